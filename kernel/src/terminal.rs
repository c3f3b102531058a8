//! The console device: bytes to COM1 and to the screen, bytes from COM1.
//!
//! Bytes pass unchanged in both directions; there is no line editing and no echo. The byte
//! `CONSOLE_EOF` at the beginning of a read ends it with no bytes.

use crate::process::scheduler::Wake;
use crate::process::thread::Thread;
use crate::process::wait_queue::WaitQueue;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::boot::CONSOLE_EOF;
use kpio_abi::errors::Errno;
use kpio_hal::serial::COM1;
use kpio_hal::sync::{Lock, Rank};
use kpio_hal::time;

/// `st_rdev` of the console: Linux's number of `/dev/console`, major 5 minor 1.
pub const DEVICE_NUMBER: u64 = 5 << 8 | 1;

/// Input bytes kept for a reader. When they are full, COM1's FIFO fills and the sender waits.
const INPUT_BYTES: usize = 64 * 1024;

/// Least time between two updates of the screen: 60 a second.
const SCREEN_INTERVAL_NS: u64 = 16_666_667;

/// A display that shows the console's text.
pub trait Screen: Send {
    /// Take in text; nothing need be visible yet.
    fn write(&mut self, bytes: &[u8]);
    /// Make visible what was taken in.
    ///
    /// # Errors
    /// A sentence for the log; the screen is not used again.
    fn flush(&mut self) -> Result<(), alloc::string::String>;
    /// How many columns and rows of text it has.
    fn size_cells(&self) -> (usize, usize);
}

/// What was written before the screen was found, kept for it up to this size.
const EARLY_BYTES: usize = 16 * 1024;

struct Terminal {
    input: VecDeque<u8>,
    early: Vec<u8>,
    screen: Option<Box<dyn Screen>>,
    is_screen_stale: bool,
}

static TERMINAL: Lock<Terminal> = Lock::new(
    Rank::Console,
    Terminal {
        input: VecDeque::new(),
        early: Vec::new(),
        screen: None,
        is_screen_stale: false,
    },
);
static READERS: WaitQueue = WaitQueue::new();
static SCREEN_WORK: WaitQueue = WaitQueue::new();

/// Send bytes to COM1 and to the screen.
pub fn write(bytes: &[u8]) {
    let has_work = {
        let mut terminal = TERMINAL.lock();
        COM1.lock().write(bytes);
        let mut has_work = false;
        if let Some(screen) = &mut terminal.screen {
            screen.write(bytes);
            has_work = true;
        } else {
            let room = EARLY_BYTES.saturating_sub(terminal.early.len());
            terminal
                .early
                .extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        has_work && !core::mem::replace(&mut terminal.is_screen_stale, true)
    };
    if has_work {
        SCREEN_WORK.notify_all();
    }
}

/// Show the console on `screen` from now on, with what was written before.
pub fn attach_screen(mut screen: Box<dyn Screen>) {
    let mut terminal = TERMINAL.lock();
    screen.write(&core::mem::take(&mut terminal.early));
    terminal.is_screen_stale = true;
    terminal.screen = Some(screen);
}

/// Bring the screen up to date now.
pub fn flush_screen() {
    let failed = {
        let mut terminal = TERMINAL.lock();
        terminal.is_screen_stale = false;
        let result = terminal
            .screen
            .as_mut()
            .map_or(Ok(()), |screen| screen.flush());
        result.err().inspect(|_| terminal.screen = None)
    };
    if let Some(reason) = failed {
        crate::log::warn(format_args!("the screen is given up: {reason}"));
    }
}

/// The work of the kernel thread that keeps the screen up to date.
pub fn update_screen(thread: &Arc<Thread>) {
    loop {
        let is_stale = || TERMINAL.lock().is_screen_stale.then_some(());
        if SCREEN_WORK.wait_until(thread, None, is_stale) == Err(Wake::Killed) {
            return;
        }
        flush_screen();
        // Nobody notifies this queue: it only sleeps.
        let pause = WaitQueue::new();
        let _ = pause.wait_until(thread, Some(time::now_ns() + SCREEN_INTERVAL_NS), || {
            None::<()>
        });
    }
}

fn fill_input(terminal: &mut Terminal) -> bool {
    let mut has_new = false;
    while terminal.input.len() < INPUT_BYTES {
        // Not held over the push, which may want the heap.
        let Some(byte) = COM1.lock().read_byte() else {
            break;
        };
        terminal.input.push_back(byte);
        has_new = true;
    }
    has_new
}

/// Take in what COM1 received. Called after its interrupt.
pub fn receive() {
    let has_new = fill_input(&mut TERMINAL.lock());
    if has_new {
        READERS.notify_all();
    }
}

/// Take up to `limit` bytes of input that are there; `None` when there are none. An empty answer is
/// the end of input.
pub fn take_input(limit: usize) -> Option<Vec<u8>> {
    let mut terminal = TERMINAL.lock();
    fill_input(&mut terminal);
    if *terminal.input.front()? == CONSOLE_EOF {
        terminal.input.pop_front();
        return Some(Vec::new());
    }
    let to_end = terminal.input.iter().position(|&b| b == CONSOLE_EOF);
    let len = limit.min(to_end.unwrap_or(terminal.input.len()));
    Some(terminal.input.drain(..len).collect())
}

/// Whether [`take_input`] would give something.
#[must_use]
pub fn has_input() -> bool {
    let mut terminal = TERMINAL.lock();
    fill_input(&mut terminal);
    !terminal.input.is_empty()
}

/// How many bytes [`take_input`] would give at most.
#[must_use]
pub fn nr_input() -> u64 {
    let mut terminal = TERMINAL.lock();
    fill_input(&mut terminal);
    let end = terminal.input.iter().position(|&b| b == CONSOLE_EOF);
    end.unwrap_or(terminal.input.len()) as u64
}

/// How many columns and rows of text the screen has; zeros without one, as COM1 does not say what is
/// behind it.
#[must_use]
pub fn size_cells() -> (usize, usize) {
    let terminal = TERMINAL.lock();
    let screen = terminal.screen.as_ref();
    screen.map(|screen| screen.size_cells()).unwrap_or_default()
}

/// Who is told about new input.
#[must_use]
pub fn readers() -> &'static WaitQueue {
    &READERS
}

/// Wait for input and take up to `limit` bytes of it.
///
/// # Errors
/// EINTR when the wait is broken off.
pub fn read(thread: &Arc<Thread>, limit: usize) -> Result<Vec<u8>, Errno> {
    READERS
        .wait_until(thread, None, || take_input(limit))
        .map_err(|_| Errno::EINTR)
}
