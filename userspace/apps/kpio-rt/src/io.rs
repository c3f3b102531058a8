//! Reading and writing descriptors.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use kpio_abi::errors::Errno;

use crate::c;
use crate::error::{Error, count};

/// Standard input.
pub const STDIN: i32 = 0;
/// Standard output.
pub const STDOUT: i32 = 1;
/// Standard error.
pub const STDERR: i32 = 2;

/// Reads at most `buffer.len()` bytes; 0 is the end.
pub fn read(descriptor: i32, buffer: &mut [u8]) -> Result<usize, Error> {
    // SAFETY: the buffer is writable and that long.
    count(unsafe { c::read(descriptor, buffer.as_mut_ptr().cast(), buffer.len()) })
}

/// Writes some of `bytes`; returns how many.
pub fn write(descriptor: i32, bytes: &[u8]) -> Result<usize, Error> {
    // SAFETY: the bytes are readable.
    count(unsafe { c::write(descriptor, bytes.as_ptr().cast(), bytes.len()) })
}

/// Writes all of `bytes`.
pub fn write_all(descriptor: i32, mut bytes: &[u8]) -> Result<(), Error> {
    while !bytes.is_empty() {
        match write(descriptor, bytes) {
            Ok(0) => return Err(Errno::EIO.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error == Errno::EINTR => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads a line, without its newline; `None` at the end of the input.
///
/// Reads byte by byte, so that nothing behind the line is taken away from whoever reads next.
pub fn read_line(descriptor: i32) -> Result<Option<Vec<u8>>, Error> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        match read(descriptor, &mut byte)? {
            0 => return Ok((!line.is_empty()).then_some(line)),
            _ if byte == *b"\n" => return Ok(Some(line)),
            _ => line.extend(byte),
        }
    }
}

/// Length of what is collected before it is written.
const CHUNK_BYTES: usize = 512;

/// Collects text, so that a line is one write.
struct Chunk {
    descriptor: i32,
    bytes: [u8; CHUNK_BYTES],
    len_bytes: usize,
    outcome: Result<(), Error>,
}

impl Chunk {
    fn flush(&mut self) -> fmt::Result {
        let bytes = self.bytes.get(..self.len_bytes).unwrap_or_default();
        self.outcome = write_all(self.descriptor, bytes);
        self.len_bytes = 0;
        self.outcome.map_err(|_| fmt::Error)
    }
}

impl Write for Chunk {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.len_bytes == CHUNK_BYTES {
                self.flush()?;
            }
            if let Some(slot) = self.bytes.get_mut(self.len_bytes) {
                *slot = byte;
                self.len_bytes += 1;
            }
        }
        Ok(())
    }
}

/// Writes formatted text and `end`; needs no memory.
pub fn try_print(descriptor: i32, text: fmt::Arguments<'_>, end: &str) -> Result<(), Error> {
    let mut chunk = Chunk {
        descriptor,
        bytes: [0; CHUNK_BYTES],
        len_bytes: 0,
        outcome: Ok(()),
    };
    let written = chunk.write_fmt(text).and_then(|()| chunk.write_str(end));
    if written.and_then(|()| chunk.flush()).is_ok() {
        return Ok(());
    }
    // A `Display` that fails by itself leaves no error of a write.
    chunk.outcome.and(Err(Errno::EIO.into()))
}

/// Writes formatted text and `end`.
///
/// # Panics
///
/// If it cannot be written.
pub fn print(descriptor: i32, text: fmt::Arguments<'_>, end: &str) {
    if let Err(error) = try_print(descriptor, text, end) {
        panic!("cannot write to descriptor {descriptor}: {error}");
    }
}

/// Bytes as text; what is not UTF-8 is replaced.
#[must_use]
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
