//! THREAD_EXIT: end the thread.

use super::Caller;
use crate::memory::user::UserOut;
use crate::process::futex;
use kpio_abi::errors::Errno;
use kpio_abi::flags::FUTEX_BITSET_MATCH_ANY;

/// End the caller; when `clear_tid` is not 0, store 0 there and wake one waiter of that word.
pub fn thread_exit(caller: &Caller, clear_tid: u64) -> Result<u64, Errno> {
    caller.is_thread_ending.set(true);
    if clear_tid != 0 {
        // The thread ends whatever the address is; nobody is left to tell about a bad one.
        let stored =
            UserOut::<u32>::new(clear_tid).and_then(|word| word.set(&caller.process.space, &0));
        if stored.is_ok() {
            let _ = futex::wake(&caller.process, clear_tid, true, 1, FUTEX_BITSET_MATCH_ANY);
        }
    }
    Ok(0)
}
