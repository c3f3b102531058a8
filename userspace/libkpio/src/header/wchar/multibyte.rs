//! `wchar.h` and `stdlib.h`: between characters of several bytes and wide ones.
//!
//! Every function takes what C gives it: strings, arrays of the length that is said, states that are
//! zero or were used before, places with room for the result. Where C allows no state, the function
//! has one of its own.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;

use super::array::at;
use super::character::{self, Decoder, MAX_BYTES, Step};
use crate::header::errno;
use crate::string::byte_at;

/// `WEOF`
pub const WEOF: u32 = u32::MAX;
/// What `size_t` functions return of bytes that are no character.
const WRONG: usize = usize::MAX;
/// What they return of a character that is not complete.
const INCOMPLETE: usize = usize::MAX - 1;

/// Says that there is no such character.
pub(crate) fn no_character() -> usize {
    errno::set(Errno::EILSEQ.into());
    WRONG
}

/// What C keeps between the bytes of a character. Source: musl, `mbstate_t`.
#[repr(C)]
pub struct State {
    word: u32,
    _unused: u32,
}

/// The state of a caller, or of a function.
unsafe fn load(state: *const State, own: &AtomicU32) -> Decoder {
    // SAFETY: null or a state.
    Decoder::from_word(match unsafe { state.as_ref() } {
        Some(state) => state.word,
        None => own.load(Ordering::Relaxed),
    })
}

unsafe fn store(state: *mut State, own: &AtomicU32, decoder: Decoder) {
    // SAFETY: null or a state.
    match unsafe { state.as_mut() } {
        Some(state) => state.word = decoder.to_word(),
        None => own.store(decoder.to_word(), Ordering::Relaxed),
    }
}

/// `wint_t btowc(int byte)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn btowc(byte: c_int) -> u32 {
    u8::try_from(byte)
        .ok()
        .and_then(character::of_byte)
        .unwrap_or(WEOF)
}

/// `int wctob(wint_t wide)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn wctob(wide: u32) -> c_int {
    character::to_byte(wide).map_or(-1, c_int::from)
}

/// `int mbsinit(const mbstate_t *state)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mbsinit(state: *const State) -> c_int {
    // SAFETY: null or a state.
    c_int::from(unsafe { state.as_ref() }.is_none_or(|state| state.word == 0))
}

/// Reads a character of at most `limit` bytes; returns as `mbrtowc`.
unsafe fn read(
    target: *mut u32,
    bytes: *const c_char,
    limit: usize,
    state: *mut State,
    own: &AtomicU32,
) -> usize {
    // SAFETY: null or a state.
    let mut decoder = unsafe { load(state, own) };
    if bytes.is_null() {
        // SAFETY: as above.
        unsafe { store(state, own, Decoder::new()) };
        return if decoder.is_within() {
            no_character()
        } else {
            0
        };
    }
    let mut used = 0;
    while used < limit {
        // SAFETY: below the limit, and nothing before it was the end of a string.
        let step = decoder.push(unsafe { byte_at(bytes.cast(), used) });
        used += 1;
        match step {
            Step::More => {}
            Step::Wrong => {
                // SAFETY: as above.
                unsafe { store(state, own, Decoder::new()) };
                return no_character();
            }
            Step::Character(wide) => {
                // SAFETY: as above.
                unsafe { store(state, own, Decoder::new()) };
                if !target.is_null() {
                    // SAFETY: the caller's promise.
                    unsafe { target.write(wide) };
                }
                return if wide == 0 { 0 } else { used };
            }
        }
    }
    // SAFETY: as above.
    unsafe { store(state, own, decoder) };
    INCOMPLETE
}

/// `size_t mbrtowc(wchar_t *wide, const char *bytes, size_t limit, mbstate_t *state)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mbrtowc(
    wide: *mut u32,
    bytes: *const c_char,
    limit: usize,
    state: *mut State,
) -> usize {
    static OWN: AtomicU32 = AtomicU32::new(0);
    // SAFETY: the caller's promise.
    unsafe { read(wide, bytes, limit, state, &OWN) }
}

/// `size_t mbrlen(const char *bytes, size_t limit, mbstate_t *state)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mbrlen(bytes: *const c_char, limit: usize, state: *mut State) -> usize {
    static OWN: AtomicU32 = AtomicU32::new(0);
    // SAFETY: the caller's promise.
    unsafe { read(ptr::null_mut(), bytes, limit, state, &OWN) }
}

/// `int mbtowc(wchar_t *wide, const char *bytes, size_t limit)`: a character that is not complete is
/// none.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mbtowc(wide: *mut u32, bytes: *const c_char, limit: usize) -> c_int {
    if bytes.is_null() {
        return 0;
    }
    let unused = AtomicU32::new(0);
    // SAFETY: the caller's promise.
    match unsafe { read(wide, bytes, limit, ptr::null_mut(), &unused) } {
        INCOMPLETE | WRONG => {
            errno::set(Errno::EILSEQ.into());
            -1
        }
        used => c_int::try_from(used).unwrap_or(-1),
    }
}

/// `int mblen(const char *bytes, size_t limit)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mblen(bytes: *const c_char, limit: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { mbtowc(ptr::null_mut(), bytes, limit) }
}

/// `size_t wcrtomb(char *bytes, wchar_t wide, mbstate_t *state)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcrtomb(bytes: *mut c_char, wide: u32, _state: *mut State) -> usize {
    if bytes.is_null() {
        return 1;
    }
    let mut room = [0; MAX_BYTES];
    let Some(text) = character::encode(wide, &mut room) else {
        return no_character();
    };
    // SAFETY: the caller has room for the longest character.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), bytes.cast(), text.len()) };
    text.len()
}

/// `int wctomb(char *bytes, wchar_t wide)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wctomb(bytes: *mut c_char, wide: u32) -> c_int {
    if bytes.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise.
    let length = unsafe { wcrtomb(bytes, wide, ptr::null_mut()) };
    c_int::try_from(length).unwrap_or(-1)
}

/// `size_t mbsnrtowcs(wchar_t *target, const char **source, size_t limit, size_t room, mbstate_t
/// *state)`: at most `limit` bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mbsnrtowcs(
    target: *mut u32,
    source: *mut *const c_char,
    limit: usize,
    room: usize,
    state: *mut State,
) -> usize {
    static OWN: AtomicU32 = AtomicU32::new(0);
    // SAFETY: the caller's promise.
    let mut next = unsafe { source.read() };
    let mut left = limit;
    let mut count = 0;
    let is_measured = target.is_null();
    let unused = AtomicU32::new(0);
    if is_measured {
        // SAFETY: null or a state.
        let decoder = unsafe { load(state, &OWN) };
        unused.store(decoder.to_word(), Ordering::Relaxed);
    }
    while is_measured || count < room {
        let mut wide = 0;
        // What is only measured leaves the state alone.
        let (state, own) = if is_measured {
            (ptr::null_mut(), &unused)
        } else {
            (state, &OWN)
        };
        // SAFETY: the caller's promise.
        match unsafe { read(&raw mut wide, next, left, state, own) } {
            WRONG => {
                count = WRONG;
                break;
            }
            INCOMPLETE => {
                // As musl: it stays to be read as a whole.
                // SAFETY: null or a state.
                unsafe { store(state, own, Decoder::new()) };
                break;
            }
            0 => {
                if !is_measured {
                    // SAFETY: there is room.
                    unsafe { target.wrapping_add(count).write(0) };
                }
                next = ptr::null();
                break;
            }
            used => {
                if !is_measured {
                    // SAFETY: there is room.
                    unsafe { target.wrapping_add(count).write(wide) };
                }
                next = next.wrapping_add(used);
                left -= used;
                count += 1;
            }
        }
    }
    if !is_measured {
        // SAFETY: the caller's promise.
        unsafe { source.write(next) };
    }
    count
}

/// `size_t mbsrtowcs(wchar_t *target, const char **source, size_t room, mbstate_t *state)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mbsrtowcs(
    target: *mut u32,
    source: *mut *const c_char,
    room: usize,
    state: *mut State,
) -> usize {
    // SAFETY: the caller's promise; a string has an end.
    unsafe { mbsnrtowcs(target, source, usize::MAX, room, state) }
}

/// `size_t mbstowcs(wchar_t *target, const char *source, size_t room)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mbstowcs(target: *mut u32, source: *const c_char, room: usize) -> usize {
    let mut next = source;
    let mut state = State {
        word: 0,
        _unused: 0,
    };
    // SAFETY: the caller's promise.
    unsafe { mbsrtowcs(target, &raw mut next, room, &raw mut state) }
}

/// `size_t wcsnrtombs(char *target, const wchar_t **source, size_t limit, size_t room, mbstate_t
/// *state)`: at most `limit` characters.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsnrtombs(
    target: *mut c_char,
    source: *mut *const u32,
    limit: usize,
    room: usize,
    _state: *mut State,
) -> usize {
    // SAFETY: the caller's promise.
    let mut next = unsafe { source.read() };
    let is_measured = target.is_null();
    let mut length = 0;
    let mut left = limit;
    let mut buffer = [0; MAX_BYTES];
    while left > 0 && (is_measured || length < room) {
        // SAFETY: nothing before it was the end.
        let wide = unsafe { at(next, 0) };
        let Some(text) = character::encode(wide, &mut buffer) else {
            length = no_character();
            break;
        };
        if !is_measured {
            if text.len() > room - length {
                break;
            }
            let place = target.cast::<u8>().wrapping_add(length);
            // SAFETY: there is room.
            unsafe { ptr::copy_nonoverlapping(text.as_ptr(), place, text.len()) };
        }
        if wide == 0 {
            next = ptr::null();
            break;
        }
        length += text.len();
        next = next.wrapping_add(1);
        left -= 1;
    }
    if !is_measured {
        // SAFETY: the caller's promise.
        unsafe { source.write(next) };
    }
    length
}

/// `size_t wcsrtombs(char *target, const wchar_t **source, size_t room, mbstate_t *state)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsrtombs(
    target: *mut c_char,
    source: *mut *const u32,
    room: usize,
    state: *mut State,
) -> usize {
    // SAFETY: the caller's promise; a string has an end.
    unsafe { wcsnrtombs(target, source, usize::MAX, room, state) }
}

/// `size_t wcstombs(char *target, const wchar_t *source, size_t room)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstombs(target: *mut c_char, source: *const u32, room: usize) -> usize {
    let mut next = source;
    // SAFETY: the caller's promise.
    unsafe { wcsrtombs(target, &raw mut next, room, ptr::null_mut()) }
}
