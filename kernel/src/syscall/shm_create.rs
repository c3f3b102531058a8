//! SHM_CREATE: shared memory without a name.

use super::Caller;
use super::shm_open::add;
use crate::ipc::shm::SharedMemory;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CLOEXEC, O_RDWR};

/// Make an object; the lowest free descriptor.
pub fn shm_create(caller: &Caller, flags: u32) -> Result<u64, Errno> {
    if flags & !O_CLOEXEC != 0 {
        return Err(Errno::EINVAL);
    }
    add(caller, SharedMemory::new(0o600), flags | O_RDWR)
}
