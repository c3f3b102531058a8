//! SIGTIMEDWAIT: take a signal without a handler.

use super::{Caller, timespec_ns};
use crate::memory::user::{UserIn, UserOut};
use crate::process::scheduler::Wake;
use crate::process::signal::{SignalSet, number_of};
use crate::process::wait_queue::WaitQueue;
use kpio_abi::errors::Errno;
use kpio_abi::flags::SIGALRM;
use kpio_abi::types::{SignalInfo, Timespec};

/// Take a signal of `set`, or wait for one until the timeout; its number.
pub fn sigtimedwait(
    caller: &Caller,
    set: UserIn<u64>,
    info: Option<UserOut<SignalInfo>>,
    timeout: Option<UserIn<Timespec>>,
) -> Result<u64, Errno> {
    let (thread, process) = (&caller.thread, &caller.process);
    let set = SignalSet::from_bits(set.get(&process.space)?).without(SignalSet::UNBLOCKABLE);
    let deadline_ns = match timeout {
        None => None,
        Some(timeout) => {
            let length_ns = timespec_ns(timeout.get(&process.space)?)?;
            Some(caller.deadline_after(length_ns))
        }
    };
    if let Some(info) = &info {
        // Before the signal is taken: it is told once.
        info.prepare(&process.space)?;
    }
    let take = || {
        let mut signals = process.signals.lock();
        let mut own = thread.signals.lock();
        own.pending.take(set).or_else(|| signals.pending.take(set))
    };
    // A sender wakes the thread for what it awaits, although it is blocked; then `take` finds it.
    thread.signals.lock().awaited = set;
    // Nobody notifies this queue.
    let nobody = WaitQueue::new();
    let woken = nobody.wait_until(thread, deadline_ns, take);
    // What woke it may be just what it awaits.
    let taken = woken.or_else(|wake| take().ok_or(wake));
    thread.signals.lock().awaited = SignalSet::EMPTY;
    let taken = taken.map_err(|wake| match wake {
        Wake::TimedOut => Errno::EAGAIN,
        _ => Errno::EINTR,
    })?;
    if number_of(&taken) == SIGALRM {
        process.alarm.go_on();
    }
    if let Some(info) = info {
        info.set(&process.space, &taken)?;
    }
    Ok(u64::from(number_of(&taken)))
}
