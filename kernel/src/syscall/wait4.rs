//! WAIT4: what happened to a child, and what it has used.

use super::{Caller, wait};
use crate::memory::user::UserOut;
use kpio_abi::errors::Errno;
use kpio_abi::types::ResourceUsage;

/// WAIT, and what the child has used.
pub fn wait4(
    caller: &Caller,
    pid: i32,
    status: Option<UserOut<i32>>,
    options: u32,
    usage: Option<UserOut<ResourceUsage>>,
) -> Result<u64, Errno> {
    wait::wait4(caller, pid, status, options, usage)
}
