//! Files.

use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem::ManuallyDrop;

use kpio_abi::flags::{O_RDONLY, SEEK_CUR, SEEK_END, SEEK_SET};
use kpio_abi::types::Stat;

use crate::c;
use crate::error::{Error, count, number};
use crate::io;

/// Where a position is counted from.
#[derive(Clone, Copy, Debug)]
pub enum From {
    /// From the beginning.
    Start,
    /// From where it is.
    Current,
    /// From the end of the file.
    End,
}

/// An open file; closed when it goes.
#[derive(Debug)]
pub struct File {
    descriptor: i32,
}

impl File {
    /// Opens a file for reading.
    pub fn open(path: &CStr) -> Result<Self, Error> {
        Self::open_with(path, O_RDONLY)
    }

    /// Opens a file with `O_*` flags; one that is made gets mode 0644.
    pub fn open_with(path: &CStr, flags: u32) -> Result<Self, Error> {
        // SAFETY: the path is a string.
        let descriptor = number(unsafe { c::open(path.as_ptr(), flags.cast_signed(), 0o644_u32) })?;
        Ok(Self { descriptor })
    }

    /// The file of a descriptor that nobody else closes.
    #[must_use]
    pub const fn from_descriptor(descriptor: i32) -> Self {
        Self { descriptor }
    }

    /// The descriptor.
    #[must_use]
    pub const fn descriptor(&self) -> i32 {
        self.descriptor
    }

    /// Reads at most `buffer.len()` bytes; 0 is the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        io::read(self.descriptor, buffer)
    }

    /// Writes some of `bytes`; returns how many.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        io::write(self.descriptor, bytes)
    }

    /// Reads from the position to the end.
    pub fn read_to_end(&mut self) -> Result<Vec<u8>, Error> {
        let mut content = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match self.read(&mut buffer)? {
                0 => return Ok(content),
                read => content.extend_from_slice(buffer.get(..read).unwrap_or_default()),
            }
        }
    }

    /// Reads at most `buffer.len()` bytes from byte `offset` on.
    pub fn read_at(&self, buffer: &mut [u8], offset: i64) -> Result<usize, Error> {
        let start = buffer.as_mut_ptr().cast();
        // SAFETY: the buffer is writable and that long.
        count(unsafe { c::pread(self.descriptor, start, buffer.len(), offset) })
    }

    /// Writes some of `bytes` at byte `offset`; returns how many.
    pub fn write_at(&self, bytes: &[u8], offset: i64) -> Result<usize, Error> {
        let start = bytes.as_ptr().cast();
        // SAFETY: the bytes are readable and that many.
        count(unsafe { c::pwrite(self.descriptor, start, bytes.len(), offset) })
    }

    /// Returns when what was done to the file survives a power cut.
    pub fn sync(&self) -> Result<(), Error> {
        number(c::fsync(self.descriptor)).map(|_| ())
    }

    /// The same for its content.
    pub fn sync_data(&self) -> Result<(), Error> {
        number(c::fdatasync(self.descriptor)).map(|_| ())
    }

    /// Sets the length.
    pub fn resize(&self, len: i64) -> Result<(), Error> {
        number(c::ftruncate(self.descriptor, len)).map(|_| ())
    }

    /// Reads names of the directory as the kernel gives them: `struct dirent`s of musl, one behind
    /// the other; returns how many bytes, 0 at the end.
    pub fn list(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let start = buffer.as_mut_ptr().cast();
        // SAFETY: the buffer is writable and that long.
        let len = number(unsafe { c::getdents(self.descriptor, start, buffer.len()) })?;
        Ok(usize::try_from(len).unwrap_or(0))
    }

    /// Moves the position; returns the new one, from the beginning.
    pub fn seek(&mut self, from: From, offset: i64) -> Result<u64, Error> {
        let whence = match from {
            From::Start => SEEK_SET,
            From::Current => SEEK_CUR,
            From::End => SEEK_END,
        };
        let position = c::lseek(self.descriptor, offset, whence.cast_signed());
        u64::try_from(position).map_err(|_| Error::last())
    }

    /// What is known about the file.
    pub fn stat(&self) -> Result<Stat, Error> {
        let mut stat = Stat::default();
        // SAFETY: the struct is writable.
        number(unsafe { c::fstat(self.descriptor, &raw mut stat) })?;
        Ok(stat)
    }

    /// Closes the file, and says whether that went well.
    pub fn close(self) -> Result<(), Error> {
        let kept = ManuallyDrop::new(self);
        number(c::close(kept.descriptor)).map(|_| ())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if c::close(self.descriptor) == -1 {
            // `close` is there for whoever wants to know.
        }
    }
}

/// Returns when everything that was done to files survives a power cut.
pub fn sync() {
    c::sync();
}

/// The whole content of a file.
pub fn read(path: &CStr) -> Result<Vec<u8>, Error> {
    File::open(path)?.read_to_end()
}
