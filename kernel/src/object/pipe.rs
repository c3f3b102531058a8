//! Pipes: bytes from one end to the other.
//!
//! Two objects, the ends, share one [`Pipe`]. Readers wait for bytes or for the last writing end to
//! go, writers for room or for the last reading end to go; whoever moves bytes wakes the other side,
//! and so does an end that goes, however it goes: nobody waits for a side that is not there.
//!
//! User memory is copied without a lock held. Who copies takes the queue of bytes out of the pipe
//! for that time and gives it back afterwards; who finds it gone waits like for bytes or room.
//!
//! Source: POSIX "pipe", "read", "write"; Linux pipe(7).

use super::{Object, ObjectRef, Ready, StatusFlags};
use crate::ipc::byte_queue::{ByteQueue, ResizeError};
use crate::memory::user::{UserRead, UserWrite};
use crate::process::signal::send;
use crate::process::wait_queue::WaitQueue;
use crate::syscall::Caller;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_RDONLY, O_WRONLY, OBJECT_PIPE, S_IFIFO, SI_KERNEL, SIGPIPE};
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::syscalls::PIPE_BUF;
use kpio_abi::types::Stat;
use kpio_hal::sync::{Lock, Rank};

/// Pages a pipe has room for at first, as on Linux: 64 KiB.
const DEFAULT_PAGES: usize = 16;
/// Pages a pipe may be given by F_SETPIPE_SZ. Linux's `pipe-max-size`: 1 MiB.
const MAX_PAGES: usize = 256;

/// Numbers of pipes, for FSTAT.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// What both ends share.
pub struct Pipe {
    number: u64,
    state: Lock<State>,
    /// For readers: there are bytes, or the last writer has gone.
    readable: WaitQueue,
    /// For writers: there is room, or the last reader has gone.
    writable: WaitQueue,
}

struct State {
    /// Out while somebody copies.
    queue: Option<ByteQueue>,
    /// How full the queue was when it was taken out.
    lent: Fill,
    /// Somebody found the queue gone.
    is_missed: bool,
    has_reader: bool,
    has_writer: bool,
}

#[derive(Clone, Copy)]
struct Fill {
    len: usize,
    room: usize,
}

impl State {
    fn fill(&self) -> Fill {
        self.queue.as_ref().map_or(self.lent, |queue| Fill {
            len: queue.len(),
            room: queue.room(),
        })
    }

    /// Take the queue out; `None` when it is out.
    fn lend(&mut self) -> Option<ByteQueue> {
        self.lent = self.fill();
        let queue = self.queue.take();
        self.is_missed |= queue.is_none();
        queue
    }
}

/// A new pipe: the end to read from, the end to write to, with O_NONBLOCK of `flags`.
///
/// # Errors
/// ENOMEM.
pub fn make_pipe(flags: u32) -> Result<(ObjectRef, ObjectRef), Errno> {
    let pipe = Arc::new(Pipe {
        number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
        state: Lock::new(
            Rank::Pipe,
            State {
                queue: Some(ByteQueue::new(DEFAULT_PAGES)?),
                lent: Fill { len: 0, room: 0 },
                is_missed: false,
                has_reader: true,
                has_writer: true,
            },
        ),
        readable: WaitQueue::new(),
        writable: WaitQueue::new(),
    });
    let reader = PipeReader {
        pipe: Arc::clone(&pipe),
        flags: StatusFlags::new(O_RDONLY),
    };
    let writer = PipeWriter {
        pipe,
        flags: StatusFlags::new(O_WRONLY),
    };
    reader.flags.set(flags);
    writer.flags.set(flags);
    Ok((Arc::new(reader), Arc::new(writer)))
}

/// Raise SIGPIPE for the error of a write to a pipe that nobody can read from.
fn raise_broken_pipe(caller: &Caller, errno: Errno) {
    if errno == Errno::EPIPE {
        let info = send::info(SIGPIPE, SI_KERNEL, 0);
        // It cannot fail: what waits already is told of once.
        let _ = send::to_thread(&caller.process, &caller.thread, info);
    }
}

impl Pipe {
    /// Put the queue back.
    fn give_back(&self, queue: ByteQueue) {
        let is_missed = {
            let mut state = self.state.lock();
            state.queue = Some(queue);
            core::mem::take(&mut state.is_missed)
        };
        if is_missed {
            self.readable.notify_all();
            self.writable.notify_all();
        }
    }

    /// Wait for bytes and take the queue out; `None` at the end, when there are neither bytes nor
    /// writers.
    fn borrow_for_read(
        &self,
        caller: &Caller,
        flags: &StatusFlags,
    ) -> Result<Option<ByteQueue>, Errno> {
        self.readable.wait_until(&caller.thread, None, || {
            let mut state = self.state.lock();
            if state.fill().len > 0 {
                state.lend().map(|queue| Ok(Some(queue)))
            } else if !state.has_writer {
                Some(Ok(None))
            } else if flags.is_nonblocking() {
                Some(Err(Errno::EAGAIN))
            } else {
                None
            }
        })?
    }

    /// Wait for room for `wanted` bytes and take the queue out.
    fn borrow_for_write(
        &self,
        caller: &Caller,
        flags: &StatusFlags,
        wanted: usize,
    ) -> Result<ByteQueue, Errno> {
        let waited = self.writable.wait_until(&caller.thread, None, || {
            let mut state = self.state.lock();
            if !state.has_reader {
                Some(Err(Errno::EPIPE))
            } else if state.fill().room >= wanted {
                state.lend().map(Ok)
            } else if flags.is_nonblocking() {
                Some(Err(Errno::EAGAIN))
            } else {
                None
            }
        });
        let borrowed = waited.map_err(Errno::from).flatten();
        borrowed.inspect_err(|&errno| raise_broken_pipe(caller, errno))
    }

    /// How many bytes it has room for, when empty.
    pub fn capacity(&self) -> usize {
        let fill = self.state.lock().fill();
        fill.len + fill.room
    }

    /// Give it room for at least `wanted` bytes, in pages, a power of two of them; how many bytes.
    ///
    /// # Errors
    /// EBUSY when it holds more bytes, EPERM when that is more than a pipe may have, ENOMEM.
    pub fn set_capacity(&self, wanted: usize) -> Result<usize, Errno> {
        let nr_pages = wanted.div_ceil(PAGE_SIZE).max(1);
        if nr_pages > MAX_PAGES {
            return Err(Errno::EPERM);
        }
        let nr_pages = nr_pages.next_power_of_two();
        {
            let mut state = self.state.lock();
            // Out only while somebody copies, which takes no time that a caller could see.
            let queue = state.queue.as_ref().ok_or(Errno::EBUSY)?;
            let resized = queue.resized(nr_pages).map_err(|error| match error {
                ResizeError::TooFull => Errno::EBUSY,
                ResizeError::OutOfMemory => Errno::ENOMEM,
            })?;
            state.queue = Some(resized);
        }
        self.writable.notify_all();
        Ok(nr_pages * PAGE_SIZE)
    }

    fn stat(&self) -> Stat {
        Stat {
            st_ino: self.number,
            st_nlink: 1,
            st_mode: S_IFIFO | 0o600,
            st_blksize: 4096,
            ..Stat::default()
        }
    }
}

/// The end of a pipe that bytes come out of.
pub struct PipeReader {
    pipe: Arc<Pipe>,
    flags: StatusFlags,
}

impl PipeReader {
    /// The pipe.
    #[must_use]
    pub fn pipe(&self) -> &Pipe {
        &self.pipe
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.pipe.state.lock().has_reader = false;
        self.pipe.writable.notify_all();
    }
}

impl Object for PipeReader {
    fn kind(&self) -> u32 {
        OBJECT_PIPE
    }

    fn read(&self, caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let Some(mut queue) = self.pipe.borrow_for_read(caller, &self.flags)? else {
            return Ok(0);
        };
        let wanted = usize::try_from(buffer.len()).unwrap_or(usize::MAX);
        let (done, result) = queue.take(wanted, |piece| {
            buffer.copy_from_frame(
                &caller.process.space,
                piece.done as u64,
                piece.len,
                piece.frame,
                piece.offset,
            )
        });
        self.pipe.give_back(queue);
        if done == 0 {
            // Not a byte was taken, so a copy has failed.
            return result.map(|()| 0);
        }
        self.pipe.writable.notify_all();
        Ok(done as u64)
    }

    fn available(&self) -> Result<u64, Errno> {
        Ok(self.pipe.state.lock().fill().len as u64)
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(self.pipe.stat())
    }

    fn ready(&self) -> Ready {
        let state = self.pipe.state.lock();
        let mut ready = Ready::empty();
        ready.set(Ready::READ, state.fill().len > 0);
        ready.set(Ready::HANG_UP, !state.has_writer);
        ready
    }

    fn waiters(&self) -> Option<&WaitQueue> {
        Some(&self.pipe.readable)
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}

/// The end of a pipe that bytes go into.
pub struct PipeWriter {
    pipe: Arc<Pipe>,
    flags: StatusFlags,
}

impl PipeWriter {
    /// The pipe.
    #[must_use]
    pub fn pipe(&self) -> &Pipe {
        &self.pipe
    }

    /// Write what there is room for, once there is room for `wanted`, from byte `done` of `buffer`
    /// on; how many bytes.
    fn write_some(
        &self,
        caller: &Caller,
        buffer: UserRead,
        done: u64,
        wanted: usize,
    ) -> Result<u64, Errno> {
        let mut queue = self.pipe.borrow_for_write(caller, &self.flags, wanted)?;
        let before = queue.len();
        let left = usize::try_from(buffer.len() - done).unwrap_or(usize::MAX);
        let (put, result) = queue.put(left, |piece| {
            buffer.copy_to_frame(
                &caller.process.space,
                done + piece.done as u64,
                piece.len,
                piece.frame,
                piece.offset,
            )
        });
        // All of a short write arrives, or nothing.
        let is_whole = result.is_ok() || buffer.len() > PIPE_BUF as u64;
        if !is_whole {
            queue.truncate(before);
        }
        self.pipe.give_back(queue);
        if put == 0 || !is_whole {
            return result.map(|()| 0);
        }
        self.pipe.readable.notify_all();
        Ok(put as u64)
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.pipe.state.lock().has_writer = false;
        self.pipe.readable.notify_all();
    }
}

impl Object for PipeWriter {
    fn kind(&self) -> u32 {
        OBJECT_PIPE
    }

    fn write(&self, caller: &Caller, buffer: UserRead) -> Result<u64, Errno> {
        let total = buffer.len();
        let mut done = 0;
        while done < total {
            let left = usize::try_from(total - done).unwrap_or(usize::MAX);
            // A short write waits until it fits as a whole. A long one goes in parts: of any size
            // when it must not wait, else not too small, so that it is not woken for every byte.
            let is_long = total > PIPE_BUF as u64;
            let wanted = if is_long && self.flags.is_nonblocking() {
                1
            } else {
                left.min(PIPE_BUF)
            };
            match self.write_some(caller, buffer, done, wanted) {
                Ok(put) => done += put,
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(done)
    }

    fn begin_write(&self, caller: &Caller, len: u64) -> Result<(), Errno> {
        match usize::try_from(len) {
            Ok(wanted) if wanted <= PIPE_BUF => {
                let queue = self.pipe.borrow_for_write(caller, &self.flags, wanted)?;
                self.pipe.give_back(queue);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn available(&self) -> Result<u64, Errno> {
        Ok(self.pipe.state.lock().fill().len as u64)
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(self.pipe.stat())
    }

    fn ready(&self) -> Ready {
        let state = self.pipe.state.lock();
        let mut ready = Ready::empty();
        ready.set(Ready::WRITE, state.fill().room >= PIPE_BUF);
        ready.set(Ready::ERROR, !state.has_reader);
        ready
    }

    fn waiters(&self) -> Option<&WaitQueue> {
        Some(&self.pipe.writable)
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
