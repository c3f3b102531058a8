//! What there is once: the root file system, the event port, and the way out.

use crate::events::EventWriter;
use crate::fs::Root;
use crate::process::status::ExitStatus;
use core::fmt::{self, Display, Write};
use core::sync::atomic::{AtomicBool, Ordering};
use kpio_abi::boot::{EXIT_INIT_FAILED, EXIT_SUCCESS};
use kpio_abi::events::{EventKind, POWER_OFF};
use kpio_hal::serial::write_event_bytes;
use kpio_hal::sync::{Lock, Rank};
use kpio_hal::{power, time};

static ROOT: spin::Once<Lock<Root>> = spin::Once::new();
static EVENTS: Lock<EventWriter> = Lock::new(Rank::Events, EventWriter::new());
static IS_TRACING: AtomicBool = AtomicBool::new(false);

/// Make `root` the root file system.
pub fn set_root(root: Root) {
    ROOT.call_once(|| Lock::new(Rank::FileSystem, root));
}

/// The root file system.
///
/// # Panics
/// Before [`set_root`]: no process runs then.
pub fn root() -> &'static Lock<Root> {
    ROOT.get()
        .expect("the root is mounted before the first process starts")
}

/// Tell every system call in the log from now on.
pub fn start_tracing() {
    IS_TRACING.store(true, Ordering::Relaxed);
}

/// Whether system calls are told in the log.
#[must_use]
pub fn is_tracing() -> bool {
    IS_TRACING.load(Ordering::Relaxed)
}

/// Bytes that are meant to be text.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a [u8]);

impl Display for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            out.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                out.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

/// Write an event: `values` are its fields after the time.
pub fn emit(kind: EventKind, values: &[&dyn Display]) {
    let mut events = EVENTS.lock();
    let line = events.line(time::now_ns(), kind, values);
    write_event_bytes(line.as_bytes());
}

/// Process 1 ended: so does the machine.
pub fn init_ended(status: ExitStatus) -> ! {
    power_off(u32::from(status.shell_status()))
}

/// End the machine in order; 0 is success.
pub fn power_off(status: u32) -> ! {
    crate::terminal::flush_screen();
    emit(POWER_OFF, &[&status]);
    power::exit(if status == 0 {
        EXIT_SUCCESS
    } else {
        EXIT_INIT_FAILED
    })
}
