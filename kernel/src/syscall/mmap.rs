//! MMAP: memory for the process.

use super::Caller;
use crate::memory::address_space::Place;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    MAP_ANONYMOUS, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_GROWSDOWN, MAP_LOCKED, MAP_NORESERVE,
    MAP_POPULATE, MAP_PRIVATE, MAP_SHARED, MAP_SHARED_VALIDATE, MAP_STACK, MAP_TYPE, PROT_EXEC,
    PROT_READ, PROT_WRITE,
};
use kpio_hal::paging::Access;

/// What `prot` allows. x86-64 pages that can be written or executed can be read.
///
/// # Errors
/// EINVAL for unknown bits, EACCES for writing and executing at once.
pub(super) fn access_of(prot: u32) -> Result<Access, Errno> {
    if prot & !(PROT_READ | PROT_WRITE | PROT_EXEC) != 0 {
        return Err(Errno::EINVAL);
    }
    let (can_write, can_execute) = (prot & PROT_WRITE != 0, prot & PROT_EXEC != 0);
    if can_write && can_execute {
        return Err(Errno::EACCES);
    }
    let mut access = Access::empty();
    access.set(Access::READ, prot != 0);
    access.set(Access::WRITE, can_write);
    access.set(Access::EXECUTE, can_execute);
    Ok(access)
}

/// Flags that change nothing here: memory is not swapped, and stacks are mapped whole.
const HINTS: u32 = MAP_NORESERVE | MAP_STACK;
/// Kinds of mapping that are not there yet.
const NOT_YET: u32 = MAP_GROWSDOWN | MAP_LOCKED | MAP_POPULATE;

/// Map `len` bytes; where they begin.
pub fn mmap(
    caller: &Caller,
    addr: u64,
    len: u64,
    prot: u32,
    flags: u32,
    _fd: i32,
    offset: i64,
) -> Result<u64, Errno> {
    let known = MAP_TYPE | MAP_ANONYMOUS | MAP_FIXED | MAP_FIXED_NOREPLACE | HINTS | NOT_YET;
    if flags & !known != 0 {
        return Err(Errno::EINVAL);
    }
    match flags & MAP_TYPE {
        MAP_PRIVATE => {}
        MAP_SHARED | MAP_SHARED_VALIDATE => return Err(Errno::ENOSYS),
        _ => return Err(Errno::EINVAL),
    }
    if flags & MAP_ANONYMOUS == 0 || flags & NOT_YET != 0 {
        return Err(Errno::ENOSYS);
    }
    if offset != 0 {
        return Err(Errno::EINVAL);
    }
    let access = access_of(prot)?;
    let place = if flags & MAP_FIXED_NOREPLACE != 0 {
        Place::FixedNoReplace(addr)
    } else if flags & MAP_FIXED != 0 {
        Place::Fixed(addr)
    } else {
        Place::Hint(addr)
    };
    let is_reserve_only = flags & MAP_NORESERVE != 0 || access.is_empty();
    caller
        .process
        .space
        .map_anonymous(place, len, access, is_reserve_only)
}
