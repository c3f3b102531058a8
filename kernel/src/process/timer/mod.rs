//! Timers: what is done at a time, without a thread that sleeps. The parts that need no machine.
//!
//! ```text
//! mod        when a timer goes off, once or again and again
//! deadlines  what is to happen when, in order
//! armed      a timer that the clock serves
//! alarm      ITIMER_REAL: the timer of a process that sends SIGALRM
//! ```
//!
//! Who waits and who serves: the scheduler has one set of deadlines, of threads that sleep and of
//! timers, and asks for one interrupt at the first of them. What has come is taken out under the
//! scheduler's lock and told after it is released, so that whoever is told may take any lock. It may
//! find that its timer was set anew meanwhile, and then does nothing. The set refers to timers
//! weakly, and a timer that goes takes its deadline out.
//!
//! A timer that goes off again and again is not armed again by going off, only by whoever takes
//! notice of that: however short its interval, the clock is not busier than those who use it.

pub mod deadlines;

#[cfg(target_os = "none")]
pub mod alarm;
#[cfg(target_os = "none")]
pub mod armed;

/// When a timer goes off, on the monotonic clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Next; `None`: not at all. It stays when it has passed, until that is taken notice of.
    next_ns: Option<u64>,
    /// After that, each time so much later; 0: never again.
    interval_ns: u64,
}

impl Schedule {
    /// Never.
    pub const NEVER: Self = Self {
        next_ns: None,
        interval_ns: 0,
    };

    /// At `first_ns`, and then every `interval_ns`, unless that is 0.
    #[must_use]
    pub const fn new(first_ns: Option<u64>, interval_ns: u64) -> Self {
        Self {
            next_ns: first_ns,
            interval_ns,
        }
    }

    /// When the clock is to serve it: the first time that nobody has taken notice of.
    #[must_use]
    pub const fn next_ns(self) -> Option<u64> {
        self.next_ns
    }

    /// Whether it has gone off, seen at `now_ns`.
    #[must_use]
    pub fn has_expired(self, now_ns: u64) -> bool {
        self.next_ns.is_some_and(|next_ns| next_ns <= now_ns)
    }

    /// Take notice: how often it has gone off until `now_ns`.
    pub fn take_expirations(&mut self, now_ns: u64) -> u64 {
        let Some(next_ns) = self.next_ns.filter(|&next_ns| next_ns <= now_ns) else {
            return 0;
        };
        let Some(more) = (now_ns - next_ns).checked_div(self.interval_ns) else {
            self.next_ns = None;
            return 1;
        };
        // `more` intervals have passed since: their sum is no later than now.
        let last_ns = next_ns + more * self.interval_ns;
        self.next_ns = last_ns.checked_add(self.interval_ns);
        more + 1
    }

    /// How long until it goes off again, seen at `now_ns`, and its interval; 0 when it does not go
    /// off any more.
    #[must_use]
    pub fn remaining(mut self, now_ns: u64) -> (u64, u64) {
        self.take_expirations(now_ns);
        let left_ns = self.next_ns.map_or(0, |next_ns| next_ns - now_ns);
        (left_ns, self.interval_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_goes_off_once() {
        let mut schedule = Schedule::new(Some(100), 0);
        assert_eq!(schedule.take_expirations(99), 0);
        assert_eq!(schedule.remaining(40), (60, 0));
        assert!(schedule.has_expired(100) && !schedule.has_expired(99));
        assert_eq!(schedule.remaining(100), (0, 0));
        assert_eq!(schedule.take_expirations(1_000), 1);
        assert_eq!(schedule.next_ns(), None);
        assert_eq!(schedule.take_expirations(2_000), 0);
    }

    #[test]
    fn every_interval_counts_and_none_is_lost() {
        let mut schedule = Schedule::new(Some(100), 10);
        assert_eq!(schedule.remaining(123), (7, 10));
        // Asking is not taking notice.
        assert_eq!(schedule.next_ns(), Some(100));
        let mut total = 0;
        for now_ns in [100, 109, 110, 123, 130, 130, 1_000] {
            total += schedule.take_expirations(now_ns);
            assert_eq!(total, (now_ns - 100) / 10 + 1, "at {now_ns}");
            assert_eq!(schedule.next_ns(), Some(100 + total * 10));
        }
    }

    #[test]
    fn the_end_of_time_is_far_enough() {
        let mut schedule = Schedule::new(Some(0), 1);
        assert_eq!(schedule.take_expirations(u64::MAX - 1), u64::MAX);
        let mut schedule = Schedule::new(Some(u64::MAX - 5), 10);
        assert_eq!(schedule.take_expirations(u64::MAX), 1);
        assert_eq!(schedule.next_ns(), None);
        assert_eq!(Schedule::NEVER.remaining(7), (0, 0));
    }
}
