//! SIGALTSTACK: another stack for handlers.

use super::Caller;
use crate::memory::user::{UserIn, UserOut};
use crate::process::signal::deliver::stack_of;
use crate::process::spawn::MIN_SIGNAL_STACK_BYTES;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{SS_DISABLE, SS_ONSTACK};
use kpio_abi::memory::USER_END;
use kpio_abi::types::SignalStack;

fn check(stack: &SignalStack) -> Result<(u64, u64), Errno> {
    match stack.ss_flags.cast_unsigned() {
        SS_DISABLE => return Ok((0, 0)),
        0 => {}
        _ => return Err(Errno::EINVAL),
    }
    if stack.ss_size < MIN_SIGNAL_STACK_BYTES {
        return Err(Errno::ENOMEM);
    }
    let end = stack.ss_sp.checked_add(stack.ss_size);
    match end {
        Some(end) if end <= USER_END as u64 => Ok((stack.ss_sp, stack.ss_size)),
        _ => Err(Errno::EINVAL),
    }
}

/// Set the thread's alternate stack and store the one before.
pub fn sigaltstack(
    caller: &Caller,
    stack: Option<UserIn<SignalStack>>,
    old: Option<UserOut<SignalStack>>,
) -> Result<u64, Errno> {
    let space = &caller.process.space;
    let new = stack.map(|stack| stack.get(space)).transpose()?;
    let current = stack_of(caller);
    let new = match new {
        Some(_) if current.ss_flags.cast_unsigned() == SS_ONSTACK => return Err(Errno::EPERM),
        Some(new) => Some(check(&new)?),
        None => None,
    };
    if let Some(old) = old {
        old.set(space, &current)?;
    }
    if let Some(new) = new {
        caller.thread.signals.lock().stack = new;
    }
    Ok(0)
}
