//! WAIT: what happened to a child.

use super::Caller;
use super::getrusage::usage_of;
use crate::memory::user::UserOut;
use crate::process::family::{WaitFor, WaitOptions};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{WCONTINUED, WNOHANG, WUNTRACED};
use kpio_abi::types::ResourceUsage;

/// Wait for something to happen to the children that `pid` names; the child's number, or 0 when
/// WNOHANG is set and nothing did.
pub fn wait(
    caller: &Caller,
    pid: i32,
    status: Option<UserOut<i32>>,
    options: u32,
) -> Result<u64, Errno> {
    wait4(caller, pid, status, options, None)
}

/// As [`wait`], and what the child has used.
pub(super) fn wait4(
    caller: &Caller,
    pid: i32,
    status: Option<UserOut<i32>>,
    options: u32,
    usage: Option<UserOut<ResourceUsage>>,
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
    // Before the child is forgotten: it is told of once.
    if let Some(status) = &status {
        status.prepare(&caller.process.space)?;
    }
    if let Some(usage) = &usage {
        usage.prepare(&caller.process.space)?;
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
    let Some(told) = told else {
        return Ok(0);
    };
    if let Some(status) = status {
        status.set(&caller.process.space, &told.report.wait_word())?;
    }
    if let Some(usage) = usage {
        usage.set(&caller.process.space, &usage_of(told.ran_ns))?;
    }
    Ok(u64::from(told.pid.cast_unsigned()))
}
