//! EXIT: end the process.

use super::Caller;
use crate::process::status::ExitStatus;
use kpio_abi::errors::Errno;

/// End the caller's process with the low 8 bits of `status`.
pub fn exit(caller: &Caller, status: i32) -> Result<u64, Errno> {
    caller.process.end(ExitStatus::exited(status));
    Ok(0)
}
