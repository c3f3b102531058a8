//! The browser's end of its channel to the kernel.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;
use core::time::Duration;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{FUTEX_WAIT, FUTEX_WAKE, MAP_SHARED, PROT_READ, PROT_WRITE};
use kpio_abi::messages::{
    CHANNEL_BYTES, CHANNEL_HEADER, CHANNEL_MAGIC, CHANNEL_VERSION, ChannelHeader,
};
use kpio_abi::syscalls::{SYS_BROWSER_CHANNEL_CREATE, SYS_BROWSER_CHANNEL_STATUS, SYS_FUTEX};
use kpio_abi::types::BrowserChannelStatus;
use kpio_messages::{Receiver, Sender, TO_BROWSER_RING, TO_KERNEL_RING, ToBrowser, ToKernel};
use kpio_ring::{Futex, Mapped, Memory, Stopped};

use crate::c;
use crate::error::Error;
use crate::fs::File;
use crate::syscall;
use crate::time::timespec;

/// A new channel, with O_CLOEXEC or 0.
pub fn create(flags: u32) -> Result<File, Error> {
    // SAFETY: the call touches no memory of the program.
    let number =
        unsafe { syscall::call(SYS_BROWSER_CHANNEL_CREATE, [flags as usize, 0, 0, 0, 0, 0]) }?;
    let number = i32::try_from(number).map_err(|_| Error::from(Errno::EBADF))?;
    Ok(File::from_descriptor(number))
}

/// What the kernel has done at its end.
pub fn status(descriptor: i32) -> Result<BrowserChannelStatus, Error> {
    let mut status = BrowserChannelStatus::default();
    let fd = descriptor.cast_unsigned() as usize;
    let at = (&raw mut status).addr();
    // SAFETY: the struct is writable.
    unsafe { syscall::call(SYS_BROWSER_CHANNEL_STATUS, [fd, at, 0, 0, 0, 0]) }?;
    Ok(status)
}

/// Sleeping on words that other processes, or the kernel, may wake.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedFutex {
    /// How long one sleep lasts at most.
    pub timeout: Option<Duration>,
}

impl Futex for SharedFutex {
    fn wait(&self, word: &AtomicU32, value: u32) -> Result<(), Stopped> {
        let timeout = self.timeout.map(timespec);
        let timeout = timeout
            .as_ref()
            .map_or(0, |t| core::ptr::from_ref(t).addr());
        let at = word.as_ptr().addr();
        let arguments = [at, FUTEX_WAIT as usize, value as usize, timeout, 0, 0];
        // SAFETY: WAIT only reads the word and the timeout.
        match unsafe { syscall::call(SYS_FUTEX, arguments) } {
            Err(error) if error == Errno::ETIMEDOUT => Err(Stopped::TimedOut),
            Err(error) if error == Errno::EINTR => Err(Stopped::Interrupted),
            // EAGAIN: the word has another value already.
            _ => Ok(()),
        }
    }

    fn wake(&self, word: &AtomicU32, count: u32) {
        let at = word.as_ptr().addr();
        let arguments = [at, FUTEX_WAKE as usize, count as usize, 0, 0, 0];
        // SAFETY: WAKE changes no memory. It fails for no word that can be read.
        let _ = unsafe { syscall::call(SYS_FUTEX, arguments) };
    }
}

/// Memory of a region.
pub type RegionMemory = Mapped<SharedFutex>;

/// A mapped region; unmapped when dropped.
#[derive(Debug)]
struct Region {
    start: NonNull<u8>,
}

impl Region {
    fn map(descriptor: i32) -> Result<Self, Error> {
        let access = (PROT_READ | PROT_WRITE).cast_signed();
        let shared = MAP_SHARED.cast_signed();
        let nowhere = core::ptr::null_mut();
        // SAFETY: without MAP_FIXED a new mapping overlaps nothing.
        let start = unsafe { c::mmap(nowhere, CHANNEL_BYTES, access, shared, descriptor, 0) };
        if start.addr() == usize::MAX {
            return Err(Error::last());
        }
        let start = NonNull::new(start.cast()).ok_or(Errno::ENOMEM)?;
        Ok(Self { start })
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own.
        if unsafe { c::munmap(self.start.as_ptr().cast(), CHANNEL_BYTES) } == -1 {
            // The kernel refuses only what is not a range of pages, which this is.
        }
    }
}

/// The browser's ends of both rings. Dropping it closes them.
#[derive(Debug)]
pub struct BrowserEnd {
    // The ends use the region, so they go before it.
    to_kernel: Sender<ToKernel, RegionMemory>,
    from_kernel: Receiver<ToBrowser, RegionMemory>,
    region: Region,
    futex: SharedFutex,
}

impl BrowserEnd {
    /// Maps the region of a channel and becomes the browser there: the only one, and from the first
    /// message on. A sleep lasts for `timeout` at most.
    ///
    /// Fails with EPROTO if the region is not what this program knows.
    pub fn attach(descriptor: i32, timeout: Option<Duration>) -> Result<Self, Error> {
        let region = Region::map(descriptor)?;
        let futex = SharedFutex { timeout };
        // SAFETY: `region` is dropped after the two ends, and the mapping is known to nobody else.
        let memory = || unsafe { Mapped::new(region.start, CHANNEL_BYTES, futex) };
        if header(&memory()) != expected_header() {
            return Err(Errno::EPROTO.into());
        }
        let to_kernel = Sender::attach(memory(), TO_KERNEL_RING);
        let from_kernel = Receiver::attach(memory(), TO_BROWSER_RING);
        Ok(Self {
            to_kernel: to_kernel.map_err(|_| Errno::EPROTO)?,
            from_kernel: from_kernel.map_err(|_| Errno::EPROTO)?,
            region,
            futex,
        })
    }

    /// What sends to the kernel.
    pub const fn to_kernel(&mut self) -> &mut Sender<ToKernel, RegionMemory> {
        &mut self.to_kernel
    }

    /// What receives from the kernel.
    pub const fn from_kernel(&mut self) -> &mut Receiver<ToBrowser, RegionMemory> {
        &mut self.from_kernel
    }

    /// Does something with the region's memory itself.
    pub fn with_memory<R>(&self, work: impl FnOnce(&RegionMemory) -> R) -> R {
        // SAFETY: as in `attach`; the memory does not outlive the call.
        work(&unsafe { Mapped::new(self.region.start, CHANNEL_BYTES, self.futex) })
    }
}

/// What the region says that it is.
#[must_use]
pub fn header<M: Memory>(memory: &M) -> ChannelHeader {
    let order = core::sync::atomic::Ordering::Relaxed;
    ChannelHeader {
        magic: memory.load32(CHANNEL_HEADER + offset_of!(ChannelHeader, magic), order),
        version: memory.load32(CHANNEL_HEADER + offset_of!(ChannelHeader, version), order),
        bytes: memory.load64(CHANNEL_HEADER + offset_of!(ChannelHeader, bytes), order),
    }
}

/// What this program knows.
#[must_use]
pub const fn expected_header() -> ChannelHeader {
    ChannelHeader {
        magic: CHANNEL_MAGIC,
        version: CHANNEL_VERSION as u32,
        bytes: CHANNEL_BYTES as u64,
    }
}
