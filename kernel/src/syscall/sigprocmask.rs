//! SIGPROCMASK: which signals the thread blocks.

use super::Caller;
use crate::memory::user::{UserIn, UserOut};
use crate::process::signal::SignalSet;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK};

/// Change the mask as `how` says and store the one before.
pub fn sigprocmask(
    caller: &Caller,
    how: u32,
    set: Option<UserIn<u64>>,
    old: Option<UserOut<u64>>,
) -> Result<u64, Errno> {
    let space = &caller.process.space;
    let mask = caller.thread.signals.lock().mask;
    let new = match set {
        None => None,
        Some(set) => {
            let set = SignalSet::from_bits(set.get(space)?);
            Some(match how {
                SIG_BLOCK => mask.union(set),
                SIG_UNBLOCK => mask.without(set),
                SIG_SETMASK => set,
                _ => return Err(Errno::EINVAL),
            })
        }
    };
    if let Some(old) = old {
        old.set(space, &mask.bits())?;
    }
    if let Some(new) = new {
        caller.thread.set_mask(&caller.process, new);
    }
    Ok(0)
}
