//! The console as an object.

use super::{Object, Ready, StatusFlags};
use crate::memory::user::{UserRead, UserWrite};
use crate::process::scheduler;
use crate::process::wait_queue::WaitQueue;
use crate::syscall::Caller;
use crate::terminal;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_RDWR, OBJECT_CONSOLE, S_IFCHR};
use kpio_abi::types::Stat;

/// Most bytes that one read gives.
const READ_BYTES: usize = 128 * 1024;
/// A write is served in pieces of at most this size.
const WRITE_BYTES: usize = 16 * 1024;

/// The console: COM1 and the screen.
#[derive(Debug)]
pub struct Console {
    flags: StatusFlags,
}

impl Console {
    /// The console, opened for reading and writing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            flags: StatusFlags::new(O_RDWR),
        }
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Object for Console {
    fn kind(&self) -> u32 {
        OBJECT_CONSOLE
    }

    fn read(&self, caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let limit = usize::try_from(buffer.len()).map_or(READ_BYTES, |len| len.min(READ_BYTES));
        let bytes = if self.flags.is_nonblocking() {
            terminal::take_input(limit).ok_or(Errno::EAGAIN)?
        } else {
            terminal::read(&caller.thread, limit)?
        };
        buffer.copy(&caller.process.space, 0, &bytes)?;
        Ok(bytes.len() as u64)
    }

    fn write(&self, caller: &Caller, buffer: UserRead) -> Result<u64, Errno> {
        let chunk_len =
            usize::try_from(buffer.len()).map_or(WRITE_BYTES, |len| len.min(WRITE_BYTES));
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

    fn available(&self) -> Result<u64, Errno> {
        Ok(terminal::nr_input())
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(Stat {
            st_mode: S_IFCHR | 0o620,
            st_nlink: 1,
            st_rdev: terminal::DEVICE_NUMBER,
            st_blksize: 4096,
            ..Stat::default()
        })
    }

    fn ready(&self) -> Ready {
        if terminal::has_input() {
            Ready::READ | Ready::WRITE
        } else {
            Ready::WRITE
        }
    }

    fn waiters(&self) -> Option<&WaitQueue> {
        Some(terminal::readers())
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
