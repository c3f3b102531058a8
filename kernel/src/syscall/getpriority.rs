//! GETPRIORITY: how nice threads are.

use super::Caller;
use super::setpriority::threads_of;
use kpio_abi::errors::Errno;

/// What makes a nice value positive, as Linux tells it.
const NICE_BASE: i32 = 20;

/// 20 less the least nice value of those whom `which` and `who` name.
pub fn getpriority(caller: &Caller, which: u32, who: i32) -> Result<u64, Errno> {
    let threads = threads_of(caller, which, who)?;
    let nices = threads.iter().map(|thread| thread.share.nice());
    let least = nices.min().ok_or(Errno::ESRCH)?;
    Ok(u64::from((NICE_BASE - least).cast_unsigned()))
}
