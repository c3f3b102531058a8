//! What handles refer to: every object a program can hold is an [`Object`].
//!
//! ```text
//! browser_channel  a region of messages between a browser and the kernel
//! channel   messages from one end to the other
//! console   COM1 and the screen
//! file      an open file
//! pipe      bytes from one end to the other
//! shared_memory  memory that processes share
//! event_counter  a number that one side adds to and another takes
//! epoll     watches over other objects
//! timer     how often a time has come
//! ```
//!
//! A call looks the handle up with the rights it needs and asks the object; what an object does not
//! do, it answers with the error that POSIX has for it. An object that programs can wait for says
//! what it is ready for and names the queue on which changes are told.

mod browser_channel;
mod channel;
mod console;
mod epoll;
mod event_counter;
mod file;
mod pipe;
mod shared_memory;
mod timer;

pub use browser_channel::BrowserChannel;
pub use channel::{ChannelEnd, ReceiveError, Transfer, channel_end, make_channel};
pub use console::Console;
pub use epoll::Epoll;
pub use event_counter::EventCounter;
pub use file::OpenFile;
pub use pipe::{Pipe, PipeReader, PipeWriter, make_pipe};
pub use shared_memory::OpenSharedMemory;
pub use timer::OpenTimer;

use crate::memory::user::{UserRead, UserWrite};
use crate::memory::vmo::Vmo;
use crate::process::wait_queue::WaitQueue;
use crate::syscall::Caller;
use alloc::sync::Arc;
use bitflags::bitflags;
use core::any::Any;
use core::sync::atomic::{AtomicU32, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    O_APPEND, O_NONBLOCK, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM,
};
use kpio_abi::types::Stat;

/// A reference to an object.
pub type ObjectRef = Arc<dyn Object>;

bitflags! {
    /// What an object is ready for. POSIX `poll`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Ready: u32 {
        /// A read would not wait.
        const READ = 1;
        /// A write would not wait.
        const WRITE = 2;
        /// The other side is gone.
        const HANG_UP = 4;
        /// Using it fails.
        const ERROR = 8;
    }
}

impl Ready {
    /// The same as the bits of POLL.
    #[must_use]
    pub fn poll_bits(self) -> u32 {
        let bit = |which: Self, bits: u32| if self.contains(which) { bits } else { 0 };
        bit(Self::READ, POLLIN | POLLRDNORM)
            | bit(Self::WRITE, POLLOUT | POLLWRNORM)
            | bit(Self::HANG_UP, POLLHUP)
            | bit(Self::ERROR, POLLERR)
    }
}

/// Flags of an open file description that F_SETFL may change. POSIX `fcntl`.
#[derive(Debug, Default)]
pub struct StatusFlags(AtomicU32);

/// The flags that may change after opening.
const CHANGEABLE: u32 = O_APPEND | O_NONBLOCK;

impl StatusFlags {
    /// The flags of OPEN's `flags`.
    #[must_use]
    pub const fn new(flags: u32) -> Self {
        Self(AtomicU32::new(flags))
    }

    /// All of them, as OPEN takes them.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Set those that may change; the others stay.
    pub fn set(&self, flags: u32) {
        let kept = self.get() & !CHANGEABLE;
        self.0.store(kept | flags & CHANGEABLE, Ordering::Relaxed);
    }

    /// Whether calls answer EAGAIN instead of waiting.
    #[must_use]
    pub fn is_nonblocking(&self) -> bool {
        self.get() & O_NONBLOCK != 0
    }
}

/// An object of the kernel.
///
/// The default of each operation is the answer of an object that does not have it.
pub trait Object: Any + Send + Sync {
    /// What kind of object it is: OBJECT_* value.
    fn kind(&self) -> u32;

    /// Take bytes; how many. The handle has the right to read.
    ///
    /// # Errors
    /// As in the contract of READ.
    fn read(&self, _caller: &Caller, _buffer: UserWrite) -> Result<u64, Errno> {
        Err(Errno::EINVAL)
    }

    /// Put bytes; how many. The handle has the right to write.
    ///
    /// # Errors
    /// As in the contract of WRITE.
    fn write(&self, _caller: &Caller, _buffer: UserRead) -> Result<u64, Errno> {
        Err(Errno::EINVAL)
    }

    /// READ at a place, without a position.
    ///
    /// # Errors
    /// As in the contract of PREAD.
    fn read_at(&self, _caller: &Caller, _offset: u64, _buffer: UserWrite) -> Result<u64, Errno> {
        Err(Errno::ESPIPE)
    }

    /// WRITE at a place, without a position.
    ///
    /// # Errors
    /// As in the contract of PWRITE.
    fn write_at(&self, _caller: &Caller, _offset: u64, _buffer: UserRead) -> Result<u64, Errno> {
        Err(Errno::ESPIPE)
    }

    /// Wait until `len` bytes can be written together, where that is promised: a transfer of several
    /// pieces begins with it. The handle has the right to write.
    ///
    /// # Errors
    /// As in the contract of WRITE.
    fn begin_write(&self, _caller: &Caller, _len: u64) -> Result<(), Errno> {
        Ok(())
    }

    /// Return when what was done to it survives a power cut.
    ///
    /// # Errors
    /// As in the contract of FSYNC.
    fn sync(&self) -> Result<(), Errno> {
        Err(Errno::EINVAL)
    }

    /// Set the length of its content. The handle has the right to write.
    ///
    /// # Errors
    /// As in the contract of FTRUNCATE.
    fn resize(&self, _size: u64) -> Result<(), Errno> {
        Err(Errno::EINVAL)
    }

    /// How many bytes a read could take now. IOCTL FIONREAD.
    ///
    /// # Errors
    /// ENOTTY when that is not known of such an object.
    fn available(&self) -> Result<u64, Errno> {
        Err(Errno::ENOTTY)
    }

    /// Move the position; the new one. `whence` is unchecked.
    ///
    /// # Errors
    /// As in the contract of SEEK.
    fn seek(&self, _offset: i64, _whence: u32) -> Result<u64, Errno> {
        Err(Errno::ESPIPE)
    }

    /// Whether it has a position that SEEK could move.
    fn is_seekable(&self) -> bool {
        false
    }

    /// What is known about it.
    ///
    /// # Errors
    /// As in the contract of FSTAT.
    fn stat(&self) -> Result<Stat, Errno>;

    /// What it is ready for now. What never makes anybody wait is always ready.
    fn ready(&self) -> Ready {
        Ready::READ | Ready::WRITE
    }

    /// Who is told when [`Self::ready`] may have changed; `None` when it never does.
    fn waiters(&self) -> Option<&WaitQueue> {
        None
    }

    /// Its content as memory, for MMAP.
    ///
    /// # Errors
    /// ENODEV for what cannot be mapped.
    fn memory(&self) -> Result<Arc<Vmo>, Errno> {
        Err(Errno::ENODEV)
    }

    /// The flags of the open file description, for objects that have some.
    fn status_flags(&self) -> Option<&StatusFlags> {
        None
    }
}

impl dyn Object {
    /// Whether a read would not wait: there are bytes, or the end, or an error.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.ready()
            .intersects(Ready::READ | Ready::HANG_UP | Ready::ERROR)
    }

    /// A view of the object as a `T`, if it is one.
    #[must_use]
    pub fn downcast_ref<T: Object>(&self) -> Option<&T> {
        let any: &dyn Any = self;
        any.downcast_ref()
    }

    /// The object as a `T`, if it is one.
    #[must_use]
    pub fn downcast<T: Object>(self: Arc<Self>) -> Option<Arc<T>> {
        let any: Arc<dyn Any + Send + Sync> = self;
        any.downcast().ok()
    }
}
