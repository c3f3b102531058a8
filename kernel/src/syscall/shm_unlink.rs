//! SHM_UNLINK: shared memory loses its name.

use super::Caller;
use crate::ipc::shm::{NAMES, checked_name};
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;

/// Take the name from the object `name`.
pub fn shm_unlink(caller: &Caller, name: UserCStr) -> Result<u64, Errno> {
    let name = name.path(&caller.process.space)?;
    // The object may go with its name, after the lock.
    let unlinked = NAMES.lock().unlink(checked_name(&name)?)?;
    drop(unlinked);
    Ok(0)
}
