//! What there is once: the root file system, the event port, and the way out.

use crate::events::EventWriter;
use crate::fs::mount::Mount;
use crate::fs::node::Node;
use crate::process::status::ExitStatus;
use alloc::sync::Arc;
use core::fmt::{self, Display, Write};
use core::sync::atomic::{AtomicBool, Ordering};
use kpio_abi::boot::{EXIT_INIT_FAILED, EXIT_SUCCESS};
use kpio_abi::events::{EventKind, POWER_OFF};
use kpio_hal::serial::write_event_bytes;
use kpio_hal::sync::{Lock, Rank};
use kpio_hal::{power, time};

static ROOT: spin::Once<Arc<Node>> = spin::Once::new();
static DATA: spin::Once<Arc<Mount>> = spin::Once::new();
static EVENTS: Lock<EventWriter> = Lock::new(Rank::Events, EventWriter::new());
static IS_TRACING: AtomicBool = AtomicBool::new(false);

/// Make `root` the top of the tree of files.
pub fn set_root(root: Arc<Node>) {
    ROOT.call_once(|| root);
}

/// The top of the tree of files.
///
/// # Panics
/// Before [`set_root`]: no process runs then.
pub fn root() -> &'static Arc<Node> {
    ROOT.get()
        .expect("the root is mounted before the first process starts")
}

/// Make `data` the file system that keeps what programs write.
pub fn set_data(data: Arc<Mount>) {
    DATA.call_once(|| data);
}

/// The file system that keeps what programs write, if the disk has one.
#[must_use]
pub fn data() -> Option<&'static Arc<Mount>> {
    DATA.get()
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
    if let Some(Err(error)) = data().map(|data| data.commit()) {
        crate::log::warn(format_args!("the data partition is not written: {error}"));
    }
    crate::terminal::flush_screen();
    emit(POWER_OFF, &[&status]);
    power::exit(if status == 0 {
        EXIT_SUCCESS
    } else {
        EXIT_INIT_FAILED
    })
}
