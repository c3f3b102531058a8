//! SIGRETURN: back from a handler.

use super::Caller;
use crate::process::signal::deliver::leave_handler;
use crate::process::status::ExitStatus;
use kpio_abi::errors::Errno;
use kpio_abi::flags::SIGSEGV;

/// Go on where the handler interrupted.
pub fn sigreturn(caller: &Caller) -> Result<u64, Errno> {
    leave_handler(caller).inspect_err(|_| caller.process.end(ExitStatus::killed(SIGSEGV)))
}
