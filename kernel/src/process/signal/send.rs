//! Sending signals.

use super::{Pending, SignalSet, number_of};
use crate::process::process::Process;
use crate::process::scheduler::{self, Wake};
use crate::process::status::ExitStatus;
use crate::process::thread::Thread;
use alloc::sync::Arc;
use kpio_abi::boot::INIT_PID;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{SIGCONT, SIGKILL};
use kpio_abi::types::SignalInfo;
use zerocopy::FromZeros;

/// What is told about a signal that `sender` sends.
#[must_use]
pub fn info(signal: u32, code: i32, sender: i32) -> SignalInfo {
    SignalInfo {
        si_signo: signal.cast_signed(),
        si_code: code,
        pid_uid: u64::from(sender.cast_unsigned()),
        ..SignalInfo::new_zeroed()
    }
}

/// Send a signal to a process: to one of its threads that does not block it, or to be taken later.
///
/// # Errors
/// EAGAIN when too many wait.
pub fn to_process(process: &Arc<Process>, info: SignalInfo) -> Result<(), Errno> {
    send(process, None, info)
}

/// Send a signal to one thread of a process.
///
/// # Errors
/// EAGAIN when too many wait.
pub fn to_thread(
    process: &Arc<Process>,
    thread: &Arc<Thread>,
    info: SignalInfo,
) -> Result<(), Errno> {
    send(process, Some(thread), info)
}

fn send(process: &Arc<Process>, only: Option<&Arc<Thread>>, info: SignalInfo) -> Result<(), Errno> {
    let signal = number_of(&info);
    // Nothing ends or stops the process that all others depend on, but its own doing.
    let is_init = process.pid == INIT_PID;
    if is_init && SignalSet::UNBLOCKABLE.contains(signal) {
        return Ok(());
    }
    if signal == SIGKILL {
        process.end(ExitStatus::killed(SIGKILL));
        return Ok(());
    }
    let threads = process.threads();
    let opposite = if signal == SIGCONT {
        SignalSet::STOPPING
    } else if SignalSet::STOPPING.contains(signal) {
        SignalSet::of(SIGCONT)
    } else {
        SignalSet::EMPTY
    };
    let to_wake = {
        let mut signals = process.signals.lock();
        signals.pending.discard(opposite);
        for thread in &threads {
            thread.signals.lock().pending.discard(opposite);
        }
        let mut candidates = threads
            .iter()
            .filter(|thread| only.is_none_or(|only| Arc::ptr_eq(only, thread)));
        let is_waiting = |thread: &&Arc<Thread>| thread.signals.lock().awaited.contains(signal);
        let is_open = |thread: &&Arc<Thread>| !thread.signals.lock().mask.contains(signal);
        let waiting = candidates.clone().find(is_waiting);
        let open = candidates.find(is_open);
        let is_ignored =
            signals.actions.ignores(signal) || (is_init && !signals.actions.handles(signal));
        if waiting.is_none() && open.is_some() && is_ignored {
            None
        } else {
            match only {
                Some(thread) => thread.signals.lock().pending.add(info)?,
                None => signals.pending.add(info)?,
            }
            waiting
                .or(open)
                .inspect(|thread| thread.set_attention(true))
        }
    };
    if signal == SIGCONT {
        process.go_on();
    }
    if let Some(thread) = to_wake {
        scheduler::wake(thread, Wake::Interrupted);
    }
    Ok(())
}

/// Signals of one thread.
#[derive(Debug, Default)]
pub struct ThreadSignals {
    /// Those it blocks.
    pub mask: SignalSet,
    /// The mask to have again once a signal was handled, or the call that set another is through.
    pub saved_mask: Option<SignalSet>,
    /// Those it waits for in SIGTIMEDWAIT.
    pub awaited: SignalSet,
    /// Those that wait for it alone.
    pub pending: Pending,
    /// Its alternate stack: first address and length; length 0 for none.
    pub stack: (u64, u64),
}

impl ThreadSignals {
    /// Whether the stack pointer `sp` is on the alternate stack.
    #[must_use]
    pub const fn is_on_stack(&self, sp: u64) -> bool {
        sp.wrapping_sub(self.stack.0) < self.stack.1
    }
}

/// Signals of a process.
#[derive(Debug, Default)]
pub struct ProcessSignals {
    /// What it does about each.
    pub actions: super::Actions,
    /// Those that wait for any of its threads.
    pub pending: Pending,
}
