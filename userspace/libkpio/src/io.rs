//! Whole-buffer output, for the library's own messages and for the byte-oriented part of `stdio.h`.

use core::ffi::c_int;

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::SYS_WRITE;

use crate::syscall::{self, ErrorNumber};

/// The descriptor of standard output.
pub const STDOUT: c_int = 1;
/// The descriptor of standard error.
pub const STDERR: c_int = 2;

/// Writes all of `bytes`, going on after short writes and after EINTR.
///
/// A write that takes nothing and reports no error is EIO: going on would never end.
pub fn write_all(descriptor: c_int, mut bytes: &[u8]) -> Result<(), ErrorNumber> {
    while !bytes.is_empty() {
        let arguments = [
            syscall::int(descriptor),
            bytes.as_ptr() as usize,
            bytes.len(),
            0,
            0,
            0,
        ];
        // SAFETY: WRITE only reads the memory named, and `bytes` is a live slice.
        match unsafe { syscall::call(SYS_WRITE, arguments) } {
            Ok(0) => return Err(Errno::EIO.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error == Errno::EINTR.into() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes `bytes` where nobody is left to be told of an error: on the way to
/// [`crate::start::abort`].
pub fn write_best_effort(descriptor: c_int, bytes: &[u8]) {
    if write_all(descriptor, bytes).is_err() {
        // The program is about to end with a fault, which says more than a lost message.
    }
}

/// Text of at most `N` bytes; what does not fit is cut.
pub struct FixedText<const N: usize> {
    bytes: [u8; N],
    len_bytes: usize,
}

impl<const N: usize> FixedText<N> {
    /// An empty text.
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            len_bytes: 0,
        }
    }

    /// What was written so far.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len_bytes).unwrap_or_default()
    }

    /// Appends `bytes` as far as they fit.
    pub fn push(&mut self, bytes: &[u8]) {
        for (slot, byte) in self.bytes.iter_mut().skip(self.len_bytes).zip(bytes) {
            *slot = *byte;
            self.len_bytes += 1;
        }
    }
}

impl<const N: usize> Default for FixedText<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> core::fmt::Write for FixedText<N> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_text_is_cut_at_its_end() {
        let mut text = FixedText::<4>::new();
        text.push(b"abc");
        text.push(b"def");
        assert_eq!(text.as_bytes(), b"abcd");
    }
}
