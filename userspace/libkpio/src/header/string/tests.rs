//! Properties of `string.h` and `strings.h`: the same results as the host's C library on the same
//! bytes.

#![expect(
    clippy::multiple_unsafe_ops_per_block,
    reason = "a function and the host's are called together, with one promise"
)]

use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use std::ffi::CString;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::memory::{memchr, memcmp, memmem, memmove, mempcpy, memrchr, memset};
use super::text::*;
use crate::header::strings::{bcmp, ffs, ffsll, strcasecmp, strncasecmp};

/// Texts over few letters, so that searches succeed and comparisons get far.
fn text() -> impl Strategy<Value = CString> {
    let letter = prop_oneof![6 => prop::sample::select(b"abAB".to_vec()), 1 => 1..=255_u8];
    prop::collection::vec(letter, 0..80).prop_map(|bytes| CString::new(bytes).expect("no NUL"))
}

fn memory() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![4 => 0..4_u8, 1 => any::<u8>()];
    prop::collection::vec(byte, 0..120)
}

/// Where `found` is within what starts at `start`; `None` for null.
fn offset(start: *const u8, found: *const u8) -> Option<usize> {
    (!found.is_null()).then(|| found as usize - start as usize)
}

fn text_offset(start: *const c_char, found: *const c_char) -> Option<usize> {
    offset(start.cast(), found.cast())
}

fn void_offset(start: &[u8], found: *const c_void) -> Option<usize> {
    offset(start.as_ptr(), found.cast())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn lengths_and_searches_are_the_hosts(
        one in text(), other in text(), byte in 0..300_i32, limit in 0..90_usize,
    ) {
        let (left, right) = (one.as_ptr(), other.as_ptr());
        // SAFETY: both are strings.
        unsafe { prop_assert_eq!(strlen(left), libc::strlen(left)) };
        // SAFETY: a string.
        unsafe { prop_assert_eq!(strnlen(left, limit), libc::strnlen(left, limit)) };
        for byte in [byte, c_int::from(b'a'), 0] {
            // SAFETY: a string.
            let (ours, theirs) = unsafe { (strchr(left, byte), libc::strchr(left, byte)) };
            prop_assert_eq!(text_offset(left, ours), text_offset(left, theirs));
            // SAFETY: a string.
            let (ours, theirs) = unsafe { (strrchr(left, byte), libc::strrchr(left, byte)) };
            prop_assert_eq!(text_offset(left, ours), text_offset(left, theirs));
        }
        // SAFETY: both are strings.
        unsafe { prop_assert_eq!(strspn(left, right), libc::strspn(left, right)) };
        // SAFETY: both are strings.
        unsafe { prop_assert_eq!(strcspn(left, right), libc::strcspn(left, right)) };
        // SAFETY: both are strings.
        let (ours, theirs) = unsafe { (strpbrk(left, right), libc::strpbrk(left, right)) };
        prop_assert_eq!(text_offset(left, ours), text_offset(left, theirs));
    }

    #[test]
    fn substrings_are_found_where_the_host_finds_them(one in text(), other in "[abAB]{0,4}") {
        let other = CString::new(other).expect("no NUL");
        let (left, right) = (one.as_ptr(), other.as_ptr());
        // SAFETY: both are strings.
        let (ours, theirs) = unsafe { (strstr(left, right), libc::strstr(left, right)) };
        prop_assert_eq!(text_offset(left, ours), text_offset(left, theirs));
    }

    #[test]
    fn comparisons_have_the_hosts_sign(
        one in text(), tail in text(), cut in 0..80_usize, limit in 0..90_usize,
    ) {
        // A common start makes the difference come late.
        let start = &one.as_bytes()[..cut.min(one.as_bytes().len())];
        let other = CString::new([start, tail.as_bytes()].concat()).expect("no NUL");
        let (left, right) = (one.as_ptr(), other.as_ptr());
        // SAFETY: both are strings, here and below.
        let (ours, theirs) = unsafe { (strcmp(left, right), libc::strcmp(left, right)) };
        prop_assert_eq!(ours.signum(), theirs.signum());
        // SAFETY: as above.
        let (ours, theirs) =
            unsafe { (strncmp(left, right, limit), libc::strncmp(left, right, limit)) };
        prop_assert_eq!(ours.signum(), theirs.signum());
        // SAFETY: as above.
        let (ours, theirs) = unsafe { (strcasecmp(left, right), libc::strcasecmp(left, right)) };
        prop_assert_eq!(ours.signum(), theirs.signum());
        // SAFETY: as above.
        let (ours, theirs) =
            unsafe { (strncasecmp(left, right, limit), libc::strncasecmp(left, right, limit)) };
        prop_assert_eq!(ours.signum(), theirs.signum());
    }

    #[test]
    fn memory_functions_do_what_the_hosts_do(
        one in memory(),
        other in memory(),
        byte in any::<u8>(),
        from in 0..60_usize,
        len in 0..60_usize,
    ) {
        let common = one.len().min(other.len());
        let (left, right) = (one.as_ptr().cast::<c_void>(), other.as_ptr().cast::<c_void>());
        // SAFETY: both are that long.
        let (ours, theirs) =
            unsafe { (memcmp(left, right, common), libc::memcmp(left, right, common)) };
        prop_assert_eq!(ours.signum(), theirs.signum());
        // SAFETY: both are that long.
        let is_equal = unsafe { bcmp(left, right, common) } == 0;
        prop_assert_eq!(is_equal, one[..common] == other[..common]);
        for byte in [c_int::from(byte), 1] {
            // SAFETY: the region is that long.
            let (ours, theirs) =
                unsafe { (memchr(left, byte, one.len()), libc::memchr(left, byte, one.len())) };
            prop_assert_eq!(void_offset(&one, ours), void_offset(&one, theirs));
            // SAFETY: the region is that long.
            let (ours, theirs) =
                unsafe { (memrchr(left, byte, one.len()), libc::memrchr(left, byte, one.len())) };
            prop_assert_eq!(void_offset(&one, ours), void_offset(&one, theirs));
        }
        let wanted = &other[..other.len().min(3)];
        // SAFETY: both are that long.
        let ours = unsafe { memmem(left, one.len(), wanted.as_ptr().cast(), wanted.len()) };
        // SAFETY: both are that long.
        let theirs = unsafe { libc::memmem(left, one.len(), wanted.as_ptr().cast(), wanted.len()) };
        prop_assert_eq!(void_offset(&one, ours), void_offset(&one, theirs));

        let mut moved = vec![7_u8; 130];
        let mut expected = moved.clone();
        expected[from..from + common.min(len)].copy_from_slice(&one[..common.min(len)]);
        let target = moved.as_mut_ptr().wrapping_add(from);
        // SAFETY: at most 60 bytes from below 60 in a region of 130.
        let end = unsafe { mempcpy(target.cast(), left, common.min(len)) };
        prop_assert_eq!(void_offset(&moved, end), Some(from + common.min(len)));
        prop_assert_eq!(&moved, &expected);
        expected[from..from + len].fill(byte);
        // SAFETY: as above.
        unsafe { memset(target.cast(), c_int::from(byte), len) };
        prop_assert_eq!(&moved, &expected);
        expected.copy_within(from..from + len, 3);
        // SAFETY: as above.
        unsafe { memmove(moved.as_mut_ptr().wrapping_add(3).cast(), target.cast(), len) };
        prop_assert_eq!(&moved, &expected);
    }

    #[test]
    fn copies_leave_what_the_hosts_leave(one in text(), other in text(), limit in 0..100_usize) {
        let start = other.as_bytes_with_nul();
        let mut ours = vec![0x55_u8; 260];
        ours[..start.len()].copy_from_slice(start);
        let mut theirs = ours.clone();
        let source = one.as_ptr();
        // SAFETY: 260 bytes have room for both texts and for any limit, here and below.
        let end = unsafe { strncat(ours.as_mut_ptr().cast(), source, limit) };
        prop_assert_eq!(end.cast(), ours.as_mut_ptr());
        // SAFETY: as above.
        unsafe { libc::strncat(theirs.as_mut_ptr().cast(), source, limit) };
        prop_assert_eq!(&ours, &theirs);
        // SAFETY: as above.
        unsafe { strncpy(ours.as_mut_ptr().cast(), source, limit) };
        // SAFETY: as above.
        unsafe { libc::strncpy(theirs.as_mut_ptr().cast(), source, limit) };
        prop_assert_eq!(&ours, &theirs);
        // SAFETY: as above.
        unsafe { strcpy(ours.as_mut_ptr().cast(), source) };
        // SAFETY: as above.
        unsafe { strcat(ours.as_mut_ptr().cast(), other.as_ptr()) };
        // SAFETY: as above.
        unsafe { libc::strcpy(theirs.as_mut_ptr().cast(), source) };
        // SAFETY: as above.
        unsafe { libc::strcat(theirs.as_mut_ptr().cast(), other.as_ptr()) };
        prop_assert_eq!(&ours, &theirs);
        // SAFETY: as above.
        let end = unsafe { stpcpy(ours.as_mut_ptr().cast(), source) };
        prop_assert_eq!(text_offset(ours.as_ptr().cast(), end), Some(one.as_bytes().len()));
    }

    #[test]
    fn words_are_split_as_the_host_splits_them(one in text(), separators in "[abA]{0,3}") {
        let separators = CString::new(separators).expect("no NUL");
        let mut words = Vec::new();
        for ours in [true, false] {
            let mut copy = one.as_bytes_with_nul().to_vec();
            let start = copy.as_mut_ptr().cast::<c_char>();
            let mut rest = ptr::null_mut();
            let mut next = start;
            let mut found = Vec::new();
            loop {
                let word = if ours {
                    // SAFETY: strings, and `rest` from the call before.
                    unsafe { strtok_r(next, separators.as_ptr(), &raw mut rest) }
                } else {
                    // SAFETY: as above.
                    unsafe { libc::strtok_r(next, separators.as_ptr(), &raw mut rest) }
                };
                next = ptr::null_mut();
                let Some(at) = text_offset(start, word) else { break };
                // SAFETY: a word is a string.
                found.push((at, unsafe { libc::strlen(word) }));
            }
            words.push((found, copy));
        }
        prop_assert_eq!(&words[0], &words[1]);
    }

    #[test]
    fn bit_numbers_count_from_one(value in any::<i32>(), shift in 0..64_u32) {
        let lowest = (0..32).find(|bit| value & (1 << bit) != 0).map_or(0, |bit| bit + 1);
        prop_assert_eq!(ffs(value), lowest);
        prop_assert_eq!(ffsll(1_i64 << shift), shift.cast_signed() + 1);
        prop_assert_eq!(ffsll(0), 0);
    }
}

#[test]
fn strlcpy_and_strlcat_cut_and_tell_the_length() {
    let mut target = [b'x'; 8];
    let start = target.as_mut_ptr().cast::<c_char>();
    // SAFETY: the room given is at most the array's, here and below.
    assert_eq!(unsafe { strlcpy(start, c"hello world".as_ptr(), 6) }, 11);
    assert_eq!(&target, b"hello\0xx");
    // SAFETY: as above.
    assert_eq!(unsafe { strlcat(start, c"abc".as_ptr(), 8) }, 8);
    assert_eq!(&target, b"helloab\0");
    // SAFETY: as above.
    assert_eq!(unsafe { strlcat(start, c"abc".as_ptr(), 3) }, 6);
    assert_eq!(&target, b"helloab\0");
    // SAFETY: as above.
    assert_eq!(unsafe { strlcpy(start, c"abc".as_ptr(), 0) }, 3);
    assert_eq!(&target, b"helloab\0");
}

#[test]
fn strsep_gives_empty_words() {
    let mut text = *b"a,,b\0";
    let start = text.as_mut_ptr().cast::<c_char>();
    let mut rest = start;
    let mut words = Vec::new();
    while !rest.is_null() {
        // SAFETY: `rest` is a string.
        let word = unsafe { strsep(&raw mut rest, c",".as_ptr()) };
        words.push(text_offset(start, word));
    }
    assert_eq!(words, [Some(0), Some(2), Some(3)]);
    assert_eq!(&text, b"a\0\0b\0");
}

#[test]
fn memchr_may_be_given_more_than_there_is() {
    let text = *b"0123456789!";
    // SAFETY: the byte is there; C asks for no more to be readable.
    let found = unsafe { memchr(text.as_ptr().cast(), c_int::from(b'!'), usize::MAX) };
    assert_eq!(void_offset(&text, found), Some(10));
}
