//! SETPRIORITY: how nice threads are.

use super::Caller;
use crate::process::family;
use crate::process::scheduler;
use crate::process::thread::Thread;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{PRIO_PGRP, PRIO_PROCESS, PRIO_USER};

/// The threads that `which` and `who` name.
///
/// # Errors
/// EINVAL, ESRCH.
pub(super) fn threads_of(caller: &Caller, which: u32, who: i32) -> Result<Vec<Arc<Thread>>, Errno> {
    let processes = match (which, who) {
        (PRIO_PROCESS, 0) => return Ok(Vec::from([Arc::clone(&caller.thread)])),
        (PRIO_PROCESS, _) => {
            let thread = family::find_thread(who).ok_or(Errno::ESRCH)?;
            return Ok(Vec::from([thread]));
        }
        (PRIO_PGRP, 0) => family::group(caller.process.family().group),
        (PRIO_PGRP, _) => family::group(who),
        // There is one user, the superuser.
        (PRIO_USER, 0) => family::all(),
        (PRIO_USER, _) => Vec::new(),
        _ => return Err(Errno::EINVAL),
    };
    let threads: Vec<_> = processes.iter().flat_map(|p| p.threads()).collect();
    if threads.is_empty() {
        return Err(Errno::ESRCH);
    }
    Ok(threads)
}

/// Let those whom `which` and `who` name be as nice as `nice`, or as the nearest there is.
pub fn setpriority(caller: &Caller, which: u32, who: i32, nice: i32) -> Result<u64, Errno> {
    // As with signals: of several, those are meant that the caller may change.
    let mut is_permitted = false;
    for thread in threads_of(caller, which, who)? {
        let process = thread.process.as_ref();
        if process.is_some_and(|process| family::may_signal(&caller.process, process)) {
            is_permitted = true;
            scheduler::set_nice(&thread, nice);
        }
    }
    is_permitted.then_some(0).ok_or(Errno::EPERM)
}
