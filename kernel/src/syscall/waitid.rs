//! WAITID: what happened to a child.

use super::Caller;
use crate::memory::user::UserOut;
use crate::process::family::{WaitFor, WaitOptions};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{P_ALL, P_PGID, P_PID, WCONTINUED, WEXITED, WNOHANG, WNOWAIT, WSTOPPED};
use kpio_abi::types::SignalInfo;
use zerocopy::FromZeros;

/// Wait for what `options` name to happen to a child that `id_type` and `id` name.
pub fn waitid(
    caller: &Caller,
    id_type: u32,
    id: i32,
    info: Option<UserOut<SignalInfo>>,
    options: u32,
) -> Result<u64, Errno> {
    let events = WEXITED | WSTOPPED | WCONTINUED;
    if options & !(events | WNOHANG | WNOWAIT) != 0 || options & events == 0 {
        return Err(Errno::EINVAL);
    }
    let wanted = match id_type {
        P_ALL => WaitFor::Any,
        P_PID if id > 0 => WaitFor::Child(id),
        P_PGID if id == 0 => WaitFor::Group(caller.process.family().group),
        P_PGID if id > 0 => WaitFor::Group(id),
        _ => return Err(Errno::EINVAL),
    };
    let space = &caller.process.space;
    if let Some(info) = &info {
        // Before the child is forgotten: what happened is told once.
        info.prepare(space)?;
    }
    let told = caller.process.wait_child(
        &caller.thread,
        wanted,
        WaitOptions {
            ended: options & WEXITED != 0,
            stopped: options & WSTOPPED != 0,
            continued: options & WCONTINUED != 0,
            is_kept: options & WNOWAIT != 0,
            is_blocking: options & WNOHANG == 0,
        },
    )?;
    if let Some(info) = info {
        let facts = told.map_or_else(SignalInfo::new_zeroed, |told| told.report.info(told.pid));
        info.set(space, &facts)?;
    }
    Ok(0)
}
