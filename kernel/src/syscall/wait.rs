//! WAIT: what happened to a child.

use super::Caller;
use crate::memory::user::UserOut;
use crate::process::family::{WaitFor, WaitOptions};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{WCONTINUED, WNOHANG, WUNTRACED};

/// Wait for something to happen to the children that `pid` names; the child's number, or 0 when
/// WNOHANG is set and nothing did.
pub fn wait(
    caller: &Caller,
    pid: i32,
    status: Option<UserOut<i32>>,
    options: u32,
) -> Result<u64, Errno> {
    if options & !(WNOHANG | WUNTRACED | WCONTINUED) != 0 {
        return Err(Errno::EINVAL);
    }
    let wanted = match pid {
        -1 => WaitFor::Any,
        1.. => WaitFor::Child(pid),
        0 => WaitFor::Group(caller.process.family().group),
        i32::MIN => return Err(Errno::ECHILD),
        _ => WaitFor::Group(-pid),
    };
    if let Some(status) = &status {
        // Before the child is forgotten: its status is given once.
        status.prepare(&caller.process.space)?;
    }
    let told = caller.process.wait_child(
        &caller.thread,
        wanted,
        WaitOptions {
            ended: true,
            stopped: options & WUNTRACED != 0,
            continued: options & WCONTINUED != 0,
            is_kept: false,
            is_blocking: options & WNOHANG == 0,
        },
    )?;
    let Some((pid, how)) = told else {
        return Ok(0);
    };
    if let Some(status) = status {
        status.set(&caller.process.space, &how.wait_word())?;
    }
    Ok(u64::from(pid.cast_unsigned()))
}
