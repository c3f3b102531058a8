//! READ: bytes from a handle.

use super::{Caller, Fd};
use crate::memory::user::UserWrite;
use crate::object::{Object, OpenFile};
use crate::process::scheduler;
use crate::terminal;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// A read is served in pieces of at most this size.
const CHUNK_BYTES: usize = 128 * 1024;

/// Read up to the buffer's length; how many bytes.
pub fn read(caller: &Caller, fd: Fd, buffer: UserWrite) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::READ)?;
    match object {
        Object::Console => read_console(caller, buffer),
        Object::File(file) => read_file(caller, &file, buffer),
    }
}

fn read_console(caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
    if buffer.is_empty() {
        return Ok(0);
    }
    let limit = usize::try_from(buffer.len()).map_or(CHUNK_BYTES, |len| len.min(CHUNK_BYTES));
    let bytes = terminal::read(&caller.thread, limit).map_err(|_| Errno::EINTR)?;
    buffer.copy(&caller.process.space, 0, &bytes)?;
    Ok(bytes.len() as u64)
}

fn read_file(caller: &Caller, file: &OpenFile, buffer: UserWrite) -> Result<u64, Errno> {
    let chunk_len = usize::try_from(buffer.len()).map_or(CHUNK_BYTES, |len| len.min(CHUNK_BYTES));
    let mut chunk = alloc::vec![0; chunk_len];
    let mut done = 0;
    loop {
        let left = usize::try_from(buffer.len() - done).map_or(CHUNK_BYTES, |l| l.min(chunk_len));
        let len = file.read(&mut chunk[..left])?;
        buffer.copy(&caller.process.space, done, &chunk[..len])?;
        done += len as u64;
        if len < left || done == buffer.len() {
            return Ok(done);
        }
        scheduler::handle_interrupts();
    }
}
