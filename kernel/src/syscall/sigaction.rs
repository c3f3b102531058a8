//! SIGACTION: what the process does about a signal.

use super::Caller;
use crate::memory::user::{UserIn, UserOut};
use crate::process::signal::{DEFAULT, IGNORE, MAX_SIGNAL, SignalSet};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    SA_NOCLDSTOP, SA_NOCLDWAIT, SA_NODEFER, SA_ONSTACK, SA_RESETHAND, SA_RESTART, SA_RESTORER,
    SA_SIGINFO, SIGALRM,
};
use kpio_abi::memory::USER_END;
use kpio_abi::types::SignalAction;

const KNOWN: u64 = SA_NOCLDSTOP
    | SA_NOCLDWAIT
    | SA_SIGINFO
    | SA_ONSTACK
    | SA_RESTART
    | SA_NODEFER
    | SA_RESETHAND
    | SA_RESTORER;

fn check(action: &SignalAction) -> Result<(), Errno> {
    let limit = USER_END as u64;
    let is_handler = !matches!(action.handler, DEFAULT | IGNORE);
    let has_way_back = action.flags & SA_RESTORER != 0 && action.restorer < limit;
    let is_known = action.flags & !KNOWN == 0;
    if !is_known || (is_handler && (action.handler >= limit || !has_way_back)) {
        Err(Errno::EINVAL)
    } else {
        Ok(())
    }
}

/// Set the action for `signal` and store the one before.
pub fn sigaction(
    caller: &Caller,
    signal: u32,
    action: Option<UserIn<SignalAction>>,
    old: Option<UserOut<SignalAction>>,
) -> Result<u64, Errno> {
    if !(1..=MAX_SIGNAL).contains(&signal) {
        return Err(Errno::EINVAL);
    }
    let process = &caller.process;
    let new = action
        .map(|action| action.get(&process.space))
        .transpose()?;
    if let Some(new) = &new {
        if SignalSet::UNBLOCKABLE.contains(signal) {
            return Err(Errno::EINVAL);
        }
        check(new)?;
    }
    if let Some(old) = old {
        // Before anything changes.
        let current = *process.signals.lock().actions.get(signal);
        old.set(&process.space, &current)?;
    }
    if let Some(new) = new {
        let threads = process.threads();
        let mut signals = process.signals.lock();
        signals.actions.set(signal, new);
        if signals.actions.ignores(signal) {
            // What waits is forgotten. POSIX "Signal Actions".
            signals.pending.discard(SignalSet::of(signal));
            for thread in &threads {
                thread.signals.lock().pending.discard(SignalSet::of(signal));
            }
        } else if signal == SIGALRM && !signals.pending.set().contains(signal) {
            drop(signals);
            // It may have gone off while that was ignored.
            process.alarm.go_on();
        }
    }
    Ok(0)
}
