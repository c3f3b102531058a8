//! SIGSUSPEND: wait for a signal with another mask.

use super::Caller;
use crate::memory::user::UserIn;
use crate::process::signal::SignalSet;
use crate::process::wait_queue::WaitQueue;
use kpio_abi::errors::Errno;

/// Block the signals of `set` and no others until one is handled.
pub fn sigsuspend(caller: &Caller, set: UserIn<u64>) -> Result<u64, Errno> {
    let set = SignalSet::from_bits(set.get(&caller.process.space)?);
    caller.set_mask_for_call(set);
    // Nobody notifies this queue.
    let nobody = WaitQueue::new();
    let _ = nobody.wait_until(&caller.thread, None, || None::<()>);
    Err(Errno::EINTR)
}
