//! SHM_OPEN: shared memory by its name.

use super::Caller;
use crate::ipc::shm::{NAMES, SharedMemory, checked_name};
use crate::memory::user::UserCStr;
use crate::object::{ObjectRef, OpenSharedMemory};
use crate::process::handles::Handle;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CLOEXEC, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC};
use kpio_abi::rights::Rights;

const KNOWN: u32 = O_RDWR | O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC;
const PERMISSION_BITS: u32 = 0o777;

/// Open the object `name`, or make it; the lowest free descriptor.
pub fn shm_open(caller: &Caller, name: UserCStr, flags: u32, mode: u32) -> Result<u64, Errno> {
    if flags & !KNOWN != 0 {
        return Err(Errno::EINVAL);
    }
    let name = name.path(&caller.process.space)?;
    let name = checked_name(&name)?;
    let memory = {
        let mut names = NAMES.lock();
        match names.open(name) {
            Some(_) if flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL => {
                return Err(Errno::EEXIST);
            }
            Some(memory) => memory,
            None if flags & O_CREAT == 0 => return Err(Errno::ENOENT),
            None => {
                let permissions = caller
                    .process
                    .surroundings
                    .permissions(mode & PERMISSION_BITS);
                names.create(name, permissions)?
            }
        }
    };
    let is_writable = flags & O_RDWR != 0;
    if flags & O_TRUNC != 0 && is_writable {
        memory.resize(0)?;
    }
    add(caller, memory, flags)
}

/// Give the caller a descriptor of `memory`.
pub(super) fn add(caller: &Caller, memory: Arc<SharedMemory>, flags: u32) -> Result<u64, Errno> {
    let access = flags & O_RDWR;
    let mut rights = Rights::READ.union(Rights::INSPECT).union(Rights::MAP);
    if access != O_RDONLY {
        rights = rights.union(Rights::WRITE);
    }
    let object: ObjectRef = OpenSharedMemory::new(memory, access);
    let number = caller.process.add_handle(Handle {
        object,
        rights,
        is_close_on_exec: flags & O_CLOEXEC != 0,
    })?;
    Ok(u64::from(number.cast_unsigned()))
}
