//! What concerns a descriptor rather than what is behind it; pipes.

use kpio_abi::errors::Errno;
use kpio_abi::flags::{F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_SETLK, F_SETLKW};
use kpio_abi::types::{FileLock, IoVec};

use crate::c;
use crate::error::{Error, count, number};
use crate::fs::File;

/// A pipe with flags of OPEN: the end to read from, the end to write to.
pub fn pipe(flags: u32) -> Result<(File, File), Error> {
    let mut ends = [0; 2];
    // SAFETY: both numbers are writable.
    number(unsafe { c::pipe2(ends.as_mut_ptr(), flags.cast_signed()) })?;
    let [reader, writer] = ends.map(File::from_descriptor);
    Ok((reader, writer))
}

/// A second descriptor for the same object.
pub fn duplicate(descriptor: i32) -> Result<File, Error> {
    number(c::dup(descriptor)).map(File::from_descriptor)
}

/// `dup2`: makes the number `to` stand for the same object.
pub fn duplicate_as(descriptor: i32, to: i32) -> Result<i32, Error> {
    number(c::dup2(descriptor, to))
}

/// `dup3`: the same with flags of OPEN.
pub fn duplicate_with(descriptor: i32, to: i32, flags: u32) -> Result<i32, Error> {
    number(c::dup3(descriptor, to, flags.cast_signed()))
}

/// `fcntl` with a number, or without an argument.
pub fn control(descriptor: i32, command: u32, argument: i32) -> Result<i32, Error> {
    if matches!(command, F_GETLK | F_OFD_GETLK) {
        return Err(Errno::EINVAL.into());
    }
    // SAFETY: no other command writes to memory.
    number(unsafe { c::fcntl(descriptor, command.cast_signed(), argument) })
}

/// `fcntl` with a lock; F_GETLK tells what is in its way.
pub fn lock(file: &File, command: u32, mut lock: FileLock) -> Result<FileLock, Error> {
    if !matches!(
        command,
        F_GETLK | F_SETLK | F_SETLKW | F_OFD_GETLK | F_OFD_SETLK | F_OFD_SETLKW
    ) {
        return Err(Errno::EINVAL.into());
    }
    let place = &raw mut lock;
    // SAFETY: these commands read and write a lock.
    number(unsafe { c::fcntl(file.descriptor(), command.cast_signed(), place) })?;
    Ok(lock)
}

/// `flock`.
pub fn lock_whole(file: &File, operation: u32) -> Result<(), Error> {
    number(c::flock(file.descriptor(), operation.cast_signed())).map(|_| ())
}

/// `ioctl`.
///
/// # Safety
///
/// `argument` is the address of what the request reads or writes.
pub unsafe fn device_control(descriptor: i32, request: u32, argument: usize) -> Result<i32, Error> {
    // SAFETY: handed on to the caller.
    number(unsafe { c::ioctl(descriptor, request.cast_signed(), argument) })
}

/// `readv`: reads into several buffers, one after the other.
pub fn read_pieces(descriptor: i32, pieces: &mut [&mut [u8]]) -> Result<usize, Error> {
    let list: alloc::vec::Vec<IoVec> = pieces
        .iter_mut()
        .map(|piece| IoVec {
            iov_base: piece.as_mut_ptr() as u64,
            iov_len: piece.len() as u64,
        })
        .collect();
    let nr_pieces = i32::try_from(list.len()).unwrap_or(i32::MAX);
    // SAFETY: each piece is writable and that long.
    count(unsafe { c::readv(descriptor, list.as_ptr(), nr_pieces) })
}

/// `writev`: writes several buffers, one after the other.
pub fn write_pieces(descriptor: i32, pieces: &[&[u8]]) -> Result<usize, Error> {
    let list: alloc::vec::Vec<IoVec> = pieces
        .iter()
        .map(|piece| IoVec {
            iov_base: piece.as_ptr() as u64,
            iov_len: piece.len() as u64,
        })
        .collect();
    let nr_pieces = i32::try_from(list.len()).unwrap_or(i32::MAX);
    // SAFETY: each piece is readable and that long.
    count(unsafe { c::writev(descriptor, list.as_ptr(), nr_pieces) })
}

/// `preadv`: the same from byte `offset` on.
pub fn read_pieces_at(
    descriptor: i32,
    pieces: &mut [&mut [u8]],
    offset: i64,
) -> Result<usize, Error> {
    let list: alloc::vec::Vec<IoVec> = pieces
        .iter_mut()
        .map(|piece| IoVec {
            iov_base: piece.as_mut_ptr() as u64,
            iov_len: piece.len() as u64,
        })
        .collect();
    let nr_pieces = i32::try_from(list.len()).unwrap_or(i32::MAX);
    // SAFETY: each piece is writable and that long.
    count(unsafe { c::preadv(descriptor, list.as_ptr(), nr_pieces, offset) })
}

/// `pwritev`: the same at byte `offset`.
pub fn write_pieces_at(descriptor: i32, pieces: &[&[u8]], offset: i64) -> Result<usize, Error> {
    let list: alloc::vec::Vec<IoVec> = pieces
        .iter()
        .map(|piece| IoVec {
            iov_base: piece.as_ptr() as u64,
            iov_len: piece.len() as u64,
        })
        .collect();
    let nr_pieces = i32::try_from(list.len()).unwrap_or(i32::MAX);
    // SAFETY: each piece is readable and that long.
    count(unsafe { c::pwritev(descriptor, list.as_ptr(), nr_pieces, offset) })
}
