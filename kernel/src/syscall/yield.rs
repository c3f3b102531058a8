//! YIELD: let others run.

use super::Caller;
use crate::process::scheduler;
use kpio_abi::errors::Errno;

/// Let the other ready threads run first.
pub fn r#yield(_caller: &Caller) -> Result<u64, Errno> {
    scheduler::yield_now();
    Ok(0)
}
