//! WAIT: the end of a child.

use super::Caller;
use crate::memory::user::UserOut;
use crate::process::process::WaitFor;
use kpio_abi::errors::Errno;
use kpio_abi::flags::WNOHANG;

/// Wait for the child `pid` (-1: any) to end; its number, or 0 when WNOHANG is set and none has.
pub fn wait(
    caller: &Caller,
    pid: i32,
    status: Option<UserOut<i32>>,
    options: u32,
) -> Result<u64, Errno> {
    if options & !WNOHANG != 0 {
        return Err(Errno::EINVAL);
    }
    let wanted = match pid {
        -1 => WaitFor::Any,
        1.. => WaitFor::Child(pid),
        _ => return Err(Errno::ENOSYS), // process groups are not there yet
    };
    if let Some(status) = &status {
        // Before the child is forgotten: its status is given once.
        status.prepare(&caller.process.space)?;
    }
    let is_blocking = options & WNOHANG == 0;
    let ended = caller
        .process
        .wait_child(&caller.thread, wanted, is_blocking)?;
    let Some((pid, how)) = ended else {
        return Ok(0);
    };
    if let Some(status) = status {
        status.set(&caller.process.space, &how.wait_word())?;
    }
    Ok(u64::from(pid.cast_unsigned()))
}
