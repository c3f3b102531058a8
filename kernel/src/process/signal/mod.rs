//! Signals: which wait, what is done about each. The parts that need no machine.
//!
//! ```text
//! mod      sets, waiting signals, actions and their defaults
//! send     from a sender to the process or thread, and whom to wake
//! deliver  on the way back to user mode: the handler's frame, or the default
//! frame    registers to and from the frame that a handler finds
//! ```
//!
//! Who waits and who wakes: a signal is added under the process's signal lock, then the chosen thread
//! gets its `attention` flag and is woken with `Wake::Interrupted`. Waits look at the flag after they
//! are armed, so a signal that comes before the sleep ends it at once. If the chosen thread ends
//! before it takes the signal, the signal still waits in the process, and the next thread that comes
//! by takes it.

#[cfg(target_os = "none")]
pub mod deliver;
#[cfg(target_os = "none")]
mod frame;
#[cfg(target_os = "none")]
pub mod send;

use alloc::collections::VecDeque;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    SIGCHLD, SIGCONT, SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH,
};
use kpio_abi::types::{SignalAction, SignalInfo};

/// The largest signal number.
pub const MAX_SIGNAL: u32 = 64;
/// The first real-time signal: from here on every one that is sent counts.
const FIRST_REAL_TIME: u32 = 32;
/// Signals that may wait for a process or a thread.
const MAX_PENDING: usize = 1024;

/// `SignalAction::handler`: the default.
pub const DEFAULT: u64 = 0;
/// `SignalAction::handler`: ignore it.
pub const IGNORE: u64 = 1;

/// A set of signals; bit 0 is signal 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalSet(u64);

impl SignalSet {
    /// No signal.
    pub const EMPTY: Self = Self(0);
    /// Those that nobody can block, handle or ignore.
    pub const UNBLOCKABLE: Self = Self::of(SIGKILL).union(Self::of(SIGSTOP));
    /// Those that stop a process by default.
    pub const STOPPING: Self = Self::of(SIGSTOP)
        .union(Self::of(SIGTSTP))
        .union(Self::of(SIGTTIN))
        .union(Self::of(SIGTTOU));

    /// The set of these bits.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// One signal.
    #[must_use]
    pub const fn of(signal: u32) -> Self {
        Self(1 << (signal - 1))
    }

    /// Those in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether `signal` is in it.
    #[must_use]
    pub const fn contains(self, signal: u32) -> bool {
        self.0 & (1 << (signal - 1)) != 0
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// The number of the signal that `info` is about.
#[must_use]
pub const fn number_of(info: &SignalInfo) -> u32 {
    info.si_signo.cast_unsigned()
}

/// Signals that wait to be taken.
#[derive(Debug, Default)]
pub struct Pending {
    set: SignalSet,
    infos: VecDeque<SignalInfo>,
}

impl Pending {
    /// Those that wait.
    #[must_use]
    pub const fn set(&self) -> SignalSet {
        self.set
    }

    /// Let one wait. A standard signal that waits already stays as it is. POSIX "Signal Generation
    /// and Delivery".
    ///
    /// # Errors
    /// EAGAIN when too many wait.
    pub fn add(&mut self, info: SignalInfo) -> Result<(), Errno> {
        let signal = number_of(&info);
        if signal < FIRST_REAL_TIME && self.set.contains(signal) {
            return Ok(());
        }
        if self.infos.len() >= MAX_PENDING {
            return Err(Errno::EAGAIN);
        }
        self.set = self.set.union(SignalSet::of(signal));
        self.infos.push_back(info);
        Ok(())
    }

    /// Take the one of `wanted` with the lowest number, the oldest of it.
    pub fn take(&mut self, wanted: SignalSet) -> Option<SignalInfo> {
        let ready = self.set.intersection(wanted);
        if ready.is_empty() {
            return None;
        }
        let signal = ready.bits().trailing_zeros() + 1;
        let place = self.infos.iter().position(|i| number_of(i) == signal)?;
        let info = self.infos.remove(place);
        if !self.infos.iter().any(|i| number_of(i) == signal) {
            self.set = self.set.without(SignalSet::of(signal));
        }
        info
    }

    /// Forget those of `unwanted`.
    pub fn discard(&mut self, unwanted: SignalSet) {
        if !self.set.intersection(unwanted).is_empty() {
            self.infos
                .retain(|info| !unwanted.contains(number_of(info)));
            self.set = self.set.without(unwanted);
        }
    }
}

/// What is done about a signal that nothing was said about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByDefault {
    /// The process ends.
    Terminate,
    /// Nothing.
    Ignore,
    /// The process stops.
    Stop,
}

/// The default of `signal`. POSIX `<signal.h>`.
#[must_use]
pub const fn default_of(signal: u32) -> ByDefault {
    match signal {
        // That a stopped process goes on is done when SIGCONT is sent.
        SIGCHLD | SIGCONT | SIGURG | SIGWINCH => ByDefault::Ignore,
        SIGSTOP | SIGTSTP | SIGTTIN | SIGTTOU => ByDefault::Stop,
        _ => ByDefault::Terminate,
    }
}

/// What a process does about each signal.
#[derive(Clone, Debug)]
pub struct Actions([SignalAction; MAX_SIGNAL as usize]);

impl Default for Actions {
    fn default() -> Self {
        Self(
            [const {
                SignalAction {
                    handler: DEFAULT,
                    flags: 0,
                    restorer: 0,
                    mask: 0,
                }
            }; MAX_SIGNAL as usize],
        )
    }
}

impl Actions {
    fn place(signal: u32) -> usize {
        usize::try_from(signal - 1).unwrap_or(0)
    }

    /// The one for `signal`.
    #[must_use]
    pub fn get(&self, signal: u32) -> &SignalAction {
        &self.0[Self::place(signal)]
    }

    /// Change the one for `signal`; the one before.
    pub fn set(&mut self, signal: u32, action: SignalAction) -> SignalAction {
        core::mem::replace(&mut self.0[Self::place(signal)], action)
    }

    /// Whether nothing at all is done about `signal`.
    #[must_use]
    pub fn ignores(&self, signal: u32) -> bool {
        match self.get(signal).handler {
            IGNORE => true,
            DEFAULT => default_of(signal) == ByDefault::Ignore,
            _ => false,
        }
    }

    /// Whether a handler takes `signal`.
    #[must_use]
    pub fn handles(&self, signal: u32) -> bool {
        self.get(signal).handler > IGNORE
    }

    /// Those of a new program: what was handled gets its default. POSIX `exec`.
    #[must_use]
    pub fn after_exec(&self) -> Self {
        let mut actions = Self::default();
        for (new, old) in actions.0.iter_mut().zip(&self.0) {
            if old.handler == IGNORE {
                new.handler = IGNORE;
            }
        }
        actions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kpio_abi::flags::{SIGTERM, SIGUSR1};
    use zerocopy::FromZeros;

    fn info(signal: u32, value: u64) -> SignalInfo {
        SignalInfo {
            si_signo: signal.cast_signed(),
            value,
            ..SignalInfo::new_zeroed()
        }
    }

    #[test]
    fn standard_signals_wait_once_and_real_time_ones_each() {
        let mut pending = Pending::default();
        for (signal, value) in [(SIGUSR1, 1), (SIGUSR1, 2), (40, 3), (40, 4)] {
            pending.add(info(signal, value)).expect("room");
        }
        let all = SignalSet::from_bits(u64::MAX);
        let taken: alloc::vec::Vec<u64> =
            core::iter::from_fn(|| pending.take(all).map(|i| i.value)).collect();
        assert_eq!(taken, [1, 3, 4]);
        assert!(pending.set().is_empty());
    }

    #[test]
    fn what_is_blocked_stays() {
        let mut pending = Pending::default();
        pending.add(info(SIGTERM, 0)).expect("room");
        pending.add(info(SIGUSR1, 0)).expect("room");
        let unblocked = SignalSet::from_bits(u64::MAX).without(SignalSet::of(SIGUSR1));
        assert_eq!(
            pending.take(unblocked).map(|i| number_of(&i)),
            Some(SIGTERM)
        );
        assert!(pending.take(unblocked).is_none());
        assert!(pending.set().contains(SIGUSR1));
        pending.discard(SignalSet::of(SIGUSR1));
        assert!(pending.set().is_empty());
    }

    #[test]
    fn too_many_are_refused() {
        let mut pending = Pending::default();
        for _ in 0..MAX_PENDING {
            pending.add(info(50, 0)).expect("room");
        }
        assert_eq!(pending.add(info(50, 0)), Err(Errno::EAGAIN));
    }

    #[test]
    fn a_new_program_keeps_what_was_ignored() {
        let mut actions = Actions::default();
        for (signal, handler) in [(SIGTERM, IGNORE), (SIGUSR1, 0x40_0000)] {
            actions.set(
                signal,
                SignalAction {
                    handler,
                    ..SignalAction::new_zeroed()
                },
            );
        }
        let after = actions.after_exec();
        assert!(after.ignores(SIGTERM) && !after.handles(SIGUSR1));
        assert!(!after.ignores(SIGUSR1) && after.ignores(SIGCHLD));
    }
}
