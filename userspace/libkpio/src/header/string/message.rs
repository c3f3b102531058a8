//! `strerror`: musl's sentences, from the contract's table of errors.

use core::ffi::{CStr, c_char, c_int};

use kpio_abi::errors::Errno;

/// What musl says of a number that is no error.
const UNKNOWN: &str = "No error information";

/// The greatest number a table is made for; `Errno` has none above (asserted below).
const TABLE_NUMBERS: usize = 256;

/// The table's numbers, as C has them.
#[expect(clippy::cast_possible_truncation, reason = "a small number")]
const TABLE_END: c_int = TABLE_NUMBERS as c_int;

/// The sentence for a number.
const fn sentence(number: c_int) -> &'static str {
    match Errno::from_raw(number) {
        Some(errno) => errno.strerror(),
        None => UNKNOWN,
    }
}

/// Length of all sentences, each with a NUL.
const TEXT_BYTES: usize = {
    let mut total = UNKNOWN.len() + 1;
    let mut number = 0;
    while number < TABLE_END {
        if Errno::from_raw(number).is_some() {
            total += sentence(number).len() + 1;
        }
        number += 1;
    }
    total
};

/// The sentences one after the other, and where each starts.
struct Sentences {
    text: [u8; TEXT_BYTES],
    starts: [usize; TABLE_NUMBERS],
}

impl Sentences {
    /// Appends a sentence at `end`; returns its end. The NUL is there already.
    const fn put(&mut self, end: usize, sentence: &str) -> usize {
        let bytes = sentence.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            self.text[end + index] = bytes[index];
            index += 1;
        }
        end + bytes.len() + 1
    }

    const fn new() -> Self {
        let mut table = Self {
            text: [0; TEXT_BYTES],
            starts: [0; TABLE_NUMBERS],
        };
        // Numbers without a sentence keep 0, where this one starts.
        let mut end = table.put(0, UNKNOWN);
        let mut number = 0;
        while number < TABLE_END {
            if Errno::from_raw(number).is_some() {
                table.starts[number.cast_unsigned() as usize] = end;
                end = table.put(end, sentence(number));
            }
            number += 1;
        }
        assert!(end == TEXT_BYTES);
        table
    }
}

static SENTENCES: Sentences = Sentences::new();

/// The sentence for an `errno` value.
pub fn message(number: c_int) -> &'static CStr {
    let start = usize::try_from(number)
        .ok()
        .and_then(|number| SENTENCES.starts.get(number));
    let rest = start
        .and_then(|start| SENTENCES.text.get(*start..))
        .unwrap_or(&SENTENCES.text);
    CStr::from_bytes_until_nul(rest).unwrap_or_default()
}

/// `char *strerror(int number)`: the sentence lives for ever and must not be changed.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn strerror(number: c_int) -> *mut c_char {
    message(number).as_ptr().cast_mut()
}

/// `int strerror_r(int number, char *text, size_t room)`: POSIX's; ERANGE for a sentence that is cut.
///
/// # Safety
///
/// `room` bytes at `text` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strerror_r(number: c_int, text: *mut c_char, room: usize) -> c_int {
    let sentence = message(number).to_bytes_with_nul();
    let len = sentence.len().min(room);
    // SAFETY: the caller's promise.
    unsafe {
        text.cast::<u8>()
            .copy_from_nonoverlapping(sentence.as_ptr(), len)
    };
    if len == sentence.len() {
        return 0;
    }
    if room > 0 {
        // SAFETY: as above.
        unsafe { text.wrapping_add(room - 1).write(0) };
    }
    Errno::ERANGE as c_int
}

/// `int __xpg_strerror_r(int number, char *text, size_t room)`: [`strerror_r`], as binaries call it.
///
/// # Safety
///
/// As for [`strerror_r`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __xpg_strerror_r(number: c_int, text: *mut c_char, room: usize) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { strerror_r(number, text, room) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_sentence() {
        for number in -3..4096 {
            assert_eq!(message(number).to_str(), Ok(sentence(number)), "{number}");
        }
        assert_eq!(
            message(Errno::ENOENT as c_int),
            c"No such file or directory"
        );
        assert_eq!(message(0), c"No error information");
    }
}
