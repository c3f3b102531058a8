//! EPOLL_CREATE1: an epoll.

use super::{Caller, Fd};
use crate::object::{Epoll, ObjectRef};
use crate::process::handles::Handle;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::EPOLL_CLOEXEC;
use kpio_abi::rights::Rights;

/// Make an epoll; the lowest free descriptor.
pub fn epoll_create1(caller: &Caller, flags: u32) -> Result<u64, Errno> {
    if flags & !EPOLL_CLOEXEC != 0 {
        return Err(Errno::EINVAL);
    }
    let number = caller.process.add_handle(Handle {
        object: Epoll::new(),
        rights: Rights::READ.union(Rights::WRITE).union(Rights::INSPECT),
        is_close_on_exec: flags & EPOLL_CLOEXEC != 0,
    })?;
    Ok(u64::from(number.cast_unsigned()))
}

/// The epoll `epfd`, for a call that needs these rights to it.
///
/// # Errors
/// EBADF; EINVAL when it is something else.
pub(super) fn epoll_of(caller: &Caller, epfd: Fd, wanted: Rights) -> Result<Arc<Epoll>, Errno> {
    let object: ObjectRef = caller.process.object(epfd.number(), wanted)?;
    object.downcast().ok_or(Errno::EINVAL)
}
