//! The browser's channel: a region that a program maps and a thread of the kernel serves.
//!
//! **Who waits, who wakes.** Each channel has a thread of its own, which does what `ipc::browser`
//! says and sleeps when there is nothing to do. The browser wakes it as it would wake another process:
//! by FUTEX on the word that says that the other side sleeps. That call tells the region's page
//! source, and the source notifies the queue on which the thread waits. The thread is on the queue
//! before it says in the word that it sleeps, and looks at the ring after that, so a wake-up is not
//! lost. The kernel wakes the browser's threads by the same table of futexes. A new level of memory
//! pressure notifies a queue of its own.
//!
//! **Services.** The line to one is a channel, whose one end the thread holds. A new one is left in
//! `Common::lines` and the thread notified; it waits at the ends' queues too. Who offers a line looks
//! under the lock of the lines whether the channel is closed, and the thread, once it has said so,
//! clears the lines under that lock: none is left behind. The kernel's ends hold no handles, so no
//! service keeps a region alive by them.
//!
//! **What if the browser dies.** Its handles, mappings and sleepers go, and with the last of them the
//! memory object of the region goes, which the thread does not hold. Its page source notices that
//! and notifies the thread, which leaves, and with it the frames of the rings. Another process that
//! still holds or maps the region keeps all of it.
//!
//! **What if the kernel closes.** A ring that is damaged, or that the browser has closed, ends the
//! thread: the reason is kept here, both rings are closed, sleepers are woken, and who polls the
//! descriptor hears POLLHUP. The region stays for those who map it.
//!
//! **How much a browser can take.** Its rings' pages and the thread are paid for when it makes the
//! channel. The thread lets others run as a thread of a program does.

use super::channel::{ChannelEnd, make_line};
use super::{Object, ObjectRef, Ready};
use crate::ipc::browser::{Closed, Counts, Server};
use crate::ipc::service::Desk;
use crate::memory::vmo::{PageSource, Vmo};
use crate::memory::{check_budget, pressure};
use crate::process::thread::Thread;
use crate::process::wait_queue::WaitQueue;
use crate::process::{futex, scheduler};
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{OBJECT_BROWSER_CHANNEL, S_IFREG};
use kpio_abi::memory::{KERNEL_STACK_SIZE, PAGE_SIZE};
use kpio_abi::messages::{
    CHANNEL_BYTES, CHANNEL_HEADER, CHANNEL_MAGIC, CHANNEL_VERSION, CLOSED_NOT, ChannelHeader,
    NETWORK_START,
};
use kpio_abi::types::{BrowserChannelStatus, Stat};
use kpio_hal::frame::Frame;
use kpio_hal::shared::SharedFrames;
use kpio_hal::sync::{Lock, Rank};
use kpio_messages::create_rings;
use kpio_ring::Memory;
use zerocopy::IntoBytes;

/// Channels there may be at once.
const MAX_CHANNELS: usize = 64;
/// Pages that the kernel uses: those before the first part that messages refer to.
const NR_OWN_PAGES: usize = NETWORK_START / PAGE_SIZE;
/// Messages between two looks at the clock.
const BATCH: usize = 32;

static NR_CHANNELS: AtomicUsize = AtomicUsize::new(0);

/// A channel that counts; it counts as long as anybody knows anything of it.
struct Counted;

impl Counted {
    /// # Errors
    /// ENFILE.
    fn new() -> Result<Self, Errno> {
        if NR_CHANNELS.fetch_add(1, Ordering::Relaxed) < MAX_CHANNELS {
            return Ok(Self);
        }
        NR_CHANNELS.fetch_sub(1, Ordering::Relaxed);
        Err(Errno::ENFILE)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        NR_CHANNELS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the object, the region and the thread have in common.
struct Common {
    counts: Arc<Counts>,
    /// CLOSED_*.
    closed: AtomicU32,
    /// Nobody holds or maps the region.
    is_gone: AtomicBool,
    lines: Lock<Lines>,
    /// The thread waits here. Nobody else does, so it is notified under any lock below it.
    for_kernel: WaitQueue,
    /// Programs wait here for the kernel's closing.
    for_programs: WaitQueue,
    _counted: Counted,
}

/// The lines to services.
#[derive(Default)]
struct Lines {
    /// Those that the thread has not seen yet.
    new: Vec<Desk<Arc<ChannelEnd>>>,
    /// Which services are there, and the kernel's ends of their lines while the thread has them.
    taken: Vec<(u32, Weak<ChannelEnd>)>,
}

impl Lines {
    /// Whether one of `services` has a line that is not closed.
    fn has_any(&mut self, services: u32) -> bool {
        let is_there =
            |end: &Weak<ChannelEnd>| end.upgrade().is_some_and(|end| !end.is_other_gone());
        self.taken.retain(|(_, end)| is_there(end));
        self.taken.iter().any(|(taken, _)| taken & services != 0)
    }
}

/// Content of the region: zeros, and its end is noticed.
struct Region(Arc<Common>);

impl PageSource for Region {
    fn fill(&self, first: u64, _frames: &[Frame]) -> Result<(), Errno> {
        if first < (CHANNEL_BYTES / PAGE_SIZE) as u64 {
            Ok(())
        } else {
            Err(Errno::ENXIO)
        }
    }

    fn wants_changes(&self) -> bool {
        false
    }

    fn woken(&self, _offset: u64) {
        self.0.for_kernel.notify_all();
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        self.0.is_gone.store(true, Ordering::Release);
        self.0.for_kernel.notify_all();
    }
}

/// A browser's channel, as a handle is for.
pub struct BrowserChannel {
    vmo: Arc<Vmo>,
    common: Arc<Common>,
}

impl BrowserChannel {
    /// A new region, which the kernel serves from now on.
    ///
    /// # Errors
    /// ENFILE, ENOMEM.
    pub fn open() -> Result<ObjectRef, Errno> {
        let common = Arc::new(Common {
            counts: Arc::new(Counts::default()),
            closed: AtomicU32::new(CLOSED_NOT),
            is_gone: AtomicBool::new(false),
            lines: Lock::new(Rank::BrowserLines, Lines::default()),
            for_kernel: WaitQueue::new(),
            for_programs: WaitQueue::new(),
            _counted: Counted::new()?,
        });
        // And some for what is small.
        check_budget((NR_OWN_PAGES + KERNEL_STACK_SIZE / PAGE_SIZE + 8) as u64)?;
        let vmo = Vmo::with_source(Arc::new(Region(Arc::clone(&common))));
        let frames = (0..NR_OWN_PAGES as u64)
            .map(|index| vmo.page(index))
            .collect::<Result<Vec<Frame>, _>>()?;
        let weak = Arc::downgrade(&vmo);
        let memory = SharedFrames::new(frames, move |at, count| wake(&weak, at, count));
        create_rings(&memory).map_err(|_| Errno::ENOMEM)?;
        let header = ChannelHeader {
            magic: CHANNEL_MAGIC,
            version: u32::from(CHANNEL_VERSION),
            bytes: CHANNEL_BYTES as u64,
        };
        memory.write(CHANNEL_HEADER, header.as_bytes());
        let server = Server::new(memory, Arc::clone(&common.counts)).map_err(|_| Errno::ENOMEM)?;
        let served = Arc::clone(&common);
        let thread = Thread::new_kernel(move |thread| serve(&thread, server, &served))
            .map_err(|_| Errno::ENOMEM)?;
        scheduler::start(&thread);
        Ok(Arc::new(Self { vmo, common }))
    }

    /// A line for who answers `services`, SERVE_*, from now on; with O_NONBLOCK of `flags`.
    ///
    /// # Errors
    /// EBUSY, EPIPE, ENOMEM.
    pub fn serve(&self, services: u32, flags: u32) -> Result<ObjectRef, Errno> {
        let (own, line) = make_line(flags)?;
        {
            let mut lines = self.common.lines.lock();
            if self.common.closed.load(Ordering::Acquire) != CLOSED_NOT {
                return Err(Errno::EPIPE);
            }
            if lines.has_any(services) {
                return Err(Errno::EBUSY);
            }
            lines.taken.push((services, Arc::downgrade(&own)));
            lines.new.push(Desk::new(services, own));
        }
        self.common.for_kernel.notify_all();
        Ok(line)
    }

    /// What the kernel has done at its end.
    #[must_use]
    pub fn status(&self) -> BrowserChannelStatus {
        let counts = &self.common.counts;
        BrowserChannelStatus {
            closed: self.common.closed.load(Ordering::Acquire),
            pressure: counts.pressure.load(Ordering::Relaxed),
            received: counts.received.load(Ordering::Relaxed),
            refused: counts.refused.load(Ordering::Relaxed),
            sent: counts.sent.load(Ordering::Relaxed),
        }
    }
}

/// Wake programs that sleep on a word of the region.
fn wake(region: &Weak<Vmo>, at: usize, count: u32) {
    if let Some(vmo) = region.upgrade() {
        futex::wake_shared(&vmo, at as u64, count);
    }
}

/// The life of a channel's thread.
fn serve<M: Memory + Clone>(
    thread: &Arc<Thread>,
    mut server: Server<M, Arc<ChannelEnd>>,
    common: &Common,
) {
    let ended = loop {
        if let Err(closed) = work(&mut server, common) {
            break Some(closed);
        }
        if common.is_gone.load(Ordering::Acquire) {
            break None;
        }
        let lines: Vec<Arc<ChannelEnd>> = server.lines().map(Arc::clone).collect();
        let queues = [&common.for_kernel, &pressure::CHANGED]
            .into_iter()
            .chain(lines.iter().map(|line| line.changed()));
        let waited = WaitQueue::wait_for_any(queues, thread, None, || {
            if common.is_gone.load(Ordering::Acquire) || !common.lines.lock().new.is_empty() {
                return Some(Ok(()));
            }
            match server.announce_sleep(pressure::level()) {
                Ok(true) => Some(Ok(())),
                Ok(false) => None,
                Err(closed) => Some(Err(closed)),
            }
        });
        server.end_sleep();
        // Nobody kills or interrupts a thread of the kernel: the wait ends with the condition.
        if let Ok(Err(closed)) = waited {
            break Some(closed);
        }
    };
    if let Some(Closed(reason)) = ended {
        common.closed.store(reason, Ordering::Release);
        common.for_programs.notify_all();
    }
    let left = core::mem::take(&mut *common.lines.lock());
    drop(left);
    // The rings are closed, and their sleepers woken, when the reason can be asked for.
    drop(server);
}

/// Do what can be done, while others run in between.
fn work<M: Memory + Clone>(
    server: &mut Server<M, Arc<ChannelEnd>>,
    common: &Common,
) -> Result<(), Closed> {
    while !common.is_gone.load(Ordering::Acquire) {
        let new = core::mem::take(&mut common.lines.lock().new);
        for desk in new {
            server.add_service(desk);
        }
        for _ in 0..BATCH {
            if !server.step(pressure::level(), pressure::available_bytes)? {
                return Ok(());
            }
        }
        scheduler::handle_interrupts();
    }
    Ok(())
}

impl Object for BrowserChannel {
    fn kind(&self) -> u32 {
        OBJECT_BROWSER_CHANNEL
    }

    fn stat(&self) -> Result<Stat, Errno> {
        let page = PAGE_SIZE as u64;
        Ok(Stat {
            st_mode: S_IFREG | 0o600,
            st_nlink: 1,
            st_size: (CHANNEL_BYTES as u64).cast_signed(),
            st_blksize: page.cast_signed(),
            st_blocks: (self.vmo.nr_pages() as u64 * page / 512).cast_signed(),
            ..Stat::default()
        })
    }

    /// Nothing until the kernel closes: messages are waited for by FUTEX.
    fn ready(&self) -> Ready {
        if self.common.closed.load(Ordering::Acquire) == CLOSED_NOT {
            Ready::empty()
        } else {
            Ready::HANG_UP
        }
    }

    fn waiters(&self) -> Option<&WaitQueue> {
        Some(&self.common.for_programs)
    }

    fn memory(&self) -> Result<Arc<Vmo>, Errno> {
        Ok(Arc::clone(&self.vmo))
    }
}
