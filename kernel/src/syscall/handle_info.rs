//! HANDLE_INFO: what a handle is and allows.

use super::{Caller, Fd};
use crate::memory::user::UserOut;
use kpio_abi::errors::Errno;
use kpio_abi::types::HandleInfo;

/// Tell what is known about `fd`.
pub fn handle_info(caller: &Caller, fd: Fd, info: UserOut<HandleInfo>) -> Result<u64, Errno> {
    let process = &caller.process;
    let (known, _object) = process.with_handles(|handles| {
        let capability = handles.capability(fd.number())?;
        let object = capability.object().ok_or(Errno::EBADF)?;
        let known = HandleInfo {
            id: capability.id(),
            badge: capability.badge(),
            descendants: capability.nr_descendants() as u64,
            rights: capability.rights().bits(),
            object_type: object.kind(),
        };
        // The object goes after the lock is released, if nobody else has it by then.
        Ok::<_, Errno>((known, object))
    })?;
    info.set(&process.space, &known)?;
    Ok(0)
}
