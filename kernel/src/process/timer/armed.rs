//! A timer that the clock serves.

use super::Schedule;
use super::deadlines::Place;
use crate::process::scheduler;
use crate::process::thread;
use alloc::sync::{Arc, Weak};
use kpio_hal::sync::{Lock, Rank};
use kpio_hal::time;

/// Who is told that a timer has gone off.
pub trait OnTime: Send + Sync {
    /// It may have. No lock is held.
    fn on_time(self: Arc<Self>);
}

/// A timer; it is served until it goes.
pub struct Timer {
    serial: u64,
    owner: Weak<dyn OnTime>,
    state: Lock<State>,
}

struct State {
    schedule: Schedule,
    /// Where it stands among the scheduler's deadlines, or did.
    place: Option<Place>,
}

impl Timer {
    /// A timer that never goes off, and then tells `owner`.
    #[must_use]
    pub fn new(owner: Weak<dyn OnTime>) -> Self {
        Self {
            serial: thread::next_serial(),
            owner,
            state: Lock::new(
                Rank::Timer,
                State {
                    schedule: Schedule::NEVER,
                    place: None,
                },
            ),
        }
    }

    /// Let it go off by `schedule`; what it went by before, and what time it is.
    pub fn set(&self, schedule: Schedule) -> (Schedule, u64) {
        let mut state = self.state.lock();
        let before = core::mem::replace(&mut state.schedule, schedule);
        self.arm(&mut state);
        (before, time::now_ns())
    }

    /// When it goes off.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        self.state.lock().schedule
    }

    /// Take notice that it has gone off: how often. From here on the clock serves it again.
    pub fn take_expirations(&self) -> u64 {
        let mut state = self.state.lock();
        let taken = state.schedule.take_expirations(time::now_ns());
        if taken > 0 {
            self.arm(&mut state);
        }
        taken
    }

    fn arm(&self, state: &mut State) {
        let place = state.schedule.next_ns().map(|deadline_ns| Place {
            deadline_ns,
            serial: self.serial,
        });
        scheduler::set_deadline(state.place, place, &self.owner);
        state.place = place;
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.set(Schedule::NEVER);
    }
}
