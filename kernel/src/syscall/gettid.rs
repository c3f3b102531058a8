//! GETTID: the thread's number.

use super::Caller;
use kpio_abi::errors::Errno;

/// The caller's thread number.
pub fn gettid(caller: &Caller) -> Result<u64, Errno> {
    Ok(u64::from(caller.thread.tid().cast_unsigned()))
}
