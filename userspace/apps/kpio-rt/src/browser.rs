//! The browser's end of its channel to the kernel.

use core::mem::offset_of;
use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;
use core::time::Duration;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{MAP_SHARED, PROT_READ, PROT_WRITE};
use kpio_abi::messages::{
    CHANNEL_BYTES, CHANNEL_HEADER, CHANNEL_MAGIC, CHANNEL_VERSION, ChannelHeader,
};
use kpio_abi::syscalls::{
    SYS_BROWSER_CHANNEL_CREATE, SYS_BROWSER_CHANNEL_SERVE, SYS_BROWSER_CHANNEL_STATUS,
};
use kpio_abi::types::BrowserChannelStatus;
use kpio_messages::{Receiver, Sender, TO_BROWSER_RING, TO_KERNEL_RING, ToBrowser, ToKernel};
use kpio_ring::{Futex, Mapped, Memory, Stopped};

use crate::error::Error;
use crate::fs::File;
use crate::memory::Mapping;
use crate::time::timespec;
use crate::{sync, syscall};

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

/// Make the line for who answers `services`, SERVE_*, of a channel: a channel's end, with O_CLOEXEC
/// and O_NONBLOCK of `flags`.
pub fn serve(descriptor: i32, services: u32, flags: u32) -> Result<File, Error> {
    let fd = descriptor.cast_unsigned() as usize;
    let arguments = [fd, services as usize, flags as usize, 0, 0, 0];
    // SAFETY: the call touches no memory of the program.
    let number = unsafe { syscall::call(SYS_BROWSER_CHANNEL_SERVE, arguments) }?;
    let number = i32::try_from(number).map_err(|_| Error::from(Errno::EBADF))?;
    Ok(File::from_descriptor(number))
}

/// Sleeping on words that other processes, or the kernel, may wake.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedFutex {
    /// How long one sleep lasts at most.
    pub timeout: Option<Duration>,
}

impl Futex for SharedFutex {
    fn wait(&self, word: &AtomicU32, value: u32) -> Result<(), Stopped> {
        match sync::shared_wait(word, value, self.timeout.map(timespec).as_ref()) {
            Err(error) if error == Errno::ETIMEDOUT => Err(Stopped::TimedOut),
            Err(error) if error == Errno::EINTR => Err(Stopped::Interrupted),
            _ => Ok(()),
        }
    }

    fn wake(&self, word: &AtomicU32, count: u32) {
        if sync::shared_wake(word, count).is_err() {
            // Refused is only an address that is not mapped, which this one is.
        }
    }
}

/// Memory of a region.
pub type RegionMemory = Mapped<SharedFutex>;

/// The browser's ends of both rings. Dropping it closes them.
#[derive(Debug)]
pub struct BrowserEnd {
    // The ends use the region, so they go before it.
    to_kernel: Sender<ToKernel, RegionMemory>,
    from_kernel: Receiver<ToBrowser, RegionMemory>,
    _region: Mapping,
    base: NonNull<u8>,
    futex: SharedFutex,
}

impl BrowserEnd {
    /// Maps the region of a channel and becomes the browser there: the only one, and from the first
    /// message on. A sleep lasts for `timeout` at most.
    ///
    /// Fails with EPROTO if the region is not what this program knows.
    pub fn attach(channel: &File, timeout: Option<Duration>) -> Result<Self, Error> {
        let region = Mapping::of(channel, CHANNEL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED)?;
        let base = NonNull::new(region.start()).ok_or(Errno::ENOMEM)?;
        let futex = SharedFutex { timeout };
        // SAFETY: `region` is dropped after the two ends, and the mapping is known to nobody else.
        let memory = || unsafe { Mapped::new(base, CHANNEL_BYTES, futex) };
        if header(&memory()) != expected_header() {
            return Err(Errno::EPROTO.into());
        }
        let to_kernel = Sender::attach(memory(), TO_KERNEL_RING);
        let from_kernel = Receiver::attach(memory(), TO_BROWSER_RING);
        Ok(Self {
            to_kernel: to_kernel.map_err(|_| Errno::EPROTO)?,
            from_kernel: from_kernel.map_err(|_| Errno::EPROTO)?,
            _region: region,
            base,
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
        work(&unsafe { Mapped::new(self.base, CHANNEL_BYTES, self.futex) })
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
