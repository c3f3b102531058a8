//! ITIMER_REAL: the timer of a process that sends it SIGALRM.
//!
//! Going off sends the signal and does not arm the timer again. Who takes the signal does, or who
//! stops ignoring it: as on Linux, a signal that waits is not sent again, and one that nobody wants
//! costs nothing. The times stay those that were asked for.

use super::Schedule;
use super::armed::{OnTime, Timer};
use crate::process::process::Process;
use crate::process::signal::send;
use alloc::sync::{Arc, Weak};
use kpio_abi::flags::{SI_KERNEL, SIGALRM};

/// The alarm of one process.
pub struct Alarm(Timer);

impl Alarm {
    /// One of `process` that is not set.
    #[must_use]
    pub fn new(process: Weak<Process>) -> Self {
        Self(Timer::new(process))
    }

    /// Set it; what it was set to before, and what time it is.
    pub fn set(&self, schedule: Schedule) -> (Schedule, u64) {
        self.0.set(schedule)
    }

    /// What it is set to.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        self.0.schedule()
    }

    /// The signal was taken, or will be from now on: let it go off again.
    pub fn go_on(&self) {
        self.0.take_expirations();
    }
}

impl OnTime for Process {
    fn on_time(self: Arc<Self>) {
        if self.alarm.schedule().has_expired(kpio_hal::time::now_ns()) {
            // A standard signal that waits already says enough.
            let _ = send::to_process(&self, send::info(SIGALRM, SI_KERNEL, 0));
        }
    }
}
