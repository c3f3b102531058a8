//! FLOCK: a lock of a whole file.

use super::record_lock::file_of;
use super::{Caller, Fd};
use crate::fs::lock::{Held, Mode, Span, table};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN};
use kpio_abi::rights::Rights;

/// Do `operation` to the lock that the open file description of `fd` has.
pub fn flock(caller: &Caller, fd: Fd, operation: u32) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::NONE)?;
    let mode = match operation & !LOCK_NB {
        LOCK_SH => Some(Mode::Shared),
        LOCK_EX => Some(Mode::Exclusive),
        LOCK_UN => None,
        _ => return Err(Errno::EINVAL),
    };
    let file = file_of(&object)?;
    let (owner, span, set) = (file.lock_owner(), Span::ALL, table::Set::Whole);
    let Some(mode) = mode else {
        table::release(&file.node, set, owner, span)?;
        return Ok(0);
    };
    let wanted = Held { owner, mode, span };
    if table::holds(&file.node, set, wanted) {
        return Ok(0);
    }
    // Who changes its lock lets go of it first, so that two who do do not wait for each other. Linux
    // flock(2).
    table::release(&file.node, set, owner, span)?;
    file.note_lock();
    table::take(caller, &file.node, set, wanted, operation & LOCK_NB == 0)?;
    Ok(0)
}
