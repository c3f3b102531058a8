//! FORK: the process becomes two.

use super::Caller;
use crate::memory::check_budget;
use crate::process::spawn;
use kpio_abi::errors::Errno;
use kpio_abi::memory::{KERNEL_STACK_SIZE, PAGE_SIZE};

/// Make a copy of the caller's process; its number. The copy gets 0.
pub fn fork(caller: &Caller) -> Result<u64, Errno> {
    check_budget((KERNEL_STACK_SIZE / PAGE_SIZE) as u64 + 16)?;
    let mut context = caller.context().clone();
    context.registers.rax = 0;
    context.restore_all();
    let child = spawn::fork(&caller.process, &caller.thread, context)?;
    Ok(u64::from(child.pid.cast_unsigned()))
}
