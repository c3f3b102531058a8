//! WRITE: bytes to a handle.

use super::{Caller, Fd};
use crate::memory::user::UserRead;
use crate::object::Object;
use crate::process::scheduler;
use crate::terminal;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// A write is served in pieces of at most this size.
const CHUNK_BYTES: usize = 16 * 1024;

/// Write the buffer; how many bytes.
pub fn write(caller: &Caller, fd: Fd, buffer: UserRead) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::WRITE)?;
    write_to(caller, &object, buffer)
}

/// Write a buffer to an object that may be written.
pub(super) fn write_to(caller: &Caller, object: &Object, buffer: UserRead) -> Result<u64, Errno> {
    match object {
        Object::Console => write_console(caller, buffer),
        // No handle to a file of the read-only root has the right.
        Object::File(_) => Err(Errno::EBADF),
    }
}

fn write_console(caller: &Caller, buffer: UserRead) -> Result<u64, Errno> {
    let chunk_len = usize::try_from(buffer.len()).map_or(CHUNK_BYTES, |len| len.min(CHUNK_BYTES));
    let mut chunk = alloc::vec![0; chunk_len];
    let mut done = 0;
    while done < buffer.len() && !caller.process.is_ending() {
        let left = usize::try_from(buffer.len() - done).map_or(chunk_len, |l| l.min(chunk_len));
        match buffer.copy(&caller.process.space, done, &mut chunk[..left]) {
            Ok(()) => {}
            // What was written before the bad page counts. POSIX `write`.
            Err(_) if done > 0 => break,
            Err(errno) => return Err(errno),
        }
        caller.process.note_output();
        terminal::write(&chunk[..left]);
        done += left as u64;
        scheduler::handle_interrupts();
    }
    Ok(done)
}
