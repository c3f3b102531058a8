//! SIGPENDING: which signals wait.

use super::Caller;
use crate::memory::user::UserOut;
use kpio_abi::errors::Errno;

/// Store the signals that wait for the thread or its process.
pub fn sigpending(caller: &Caller, set: UserOut<u64>) -> Result<u64, Errno> {
    let waiting = {
        let signals = caller.process.signals.lock();
        let own = caller.thread.signals.lock();
        signals.pending.set().union(own.pending.set())
    };
    set.set(&caller.process.space, &waiting.bits())?;
    Ok(0)
}
