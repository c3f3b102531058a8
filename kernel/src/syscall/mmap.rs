//! MMAP: memory for the process.

use super::Caller;
use crate::memory::address_space::{ANY_ACCESS, Content, NewRegion, Place, Touch};
use crate::memory::vmo::Vmo;
use crate::process::scheduler;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    MAP_ANONYMOUS, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_GROWSDOWN, MAP_LOCKED, MAP_NORESERVE,
    MAP_POPULATE, MAP_PRIVATE, MAP_SHARED, MAP_SHARED_VALIDATE, MAP_STACK, MAP_TYPE, PROT_EXEC,
    PROT_READ, PROT_WRITE,
};
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::rights::Rights;
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

/// Flags that are known, but for MAP_GROWSDOWN, which is not there yet. Stacks are mapped whole.
const SERVED: u32 = MAP_TYPE
    | MAP_ANONYMOUS
    | MAP_FIXED
    | MAP_FIXED_NOREPLACE
    | MAP_NORESERVE
    | MAP_STACK
    | MAP_LOCKED
    | MAP_POPULATE;

/// Map `len` bytes; where they begin.
pub fn mmap(
    caller: &Caller,
    addr: u64,
    len: u64,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: i64,
) -> Result<u64, Errno> {
    if flags & !(SERVED | MAP_GROWSDOWN) != 0 {
        return Err(Errno::EINVAL);
    }
    let is_shared = match flags & MAP_TYPE {
        MAP_PRIVATE => false,
        MAP_SHARED | MAP_SHARED_VALIDATE => true,
        _ => return Err(Errno::EINVAL),
    };
    if flags & MAP_GROWSDOWN != 0 {
        return Err(Errno::ENOSYS);
    }
    let access = access_of(prot)?;
    let (content, limit) = if flags & MAP_ANONYMOUS != 0 {
        if offset != 0 {
            return Err(Errno::EINVAL);
        }
        let content = if is_shared {
            Content::Shared(Vmo::new(), 0)
        } else {
            Content::Anonymous
        };
        (content, ANY_ACCESS)
    } else {
        of_object(caller, fd, offset, access, is_shared)?
    };
    let place = if flags & MAP_FIXED_NOREPLACE != 0 {
        Place::FixedNoReplace(addr)
    } else if flags & MAP_FIXED != 0 {
        Place::Fixed(addr)
    } else {
        Place::Hint(addr)
    };
    let is_reserve_only = flags & MAP_NORESERVE != 0 || access.is_empty();
    let start = caller.process.space.map(NewRegion {
        place,
        len,
        access,
        limit,
        content,
        is_reserve_only,
    })?;
    if flags & (MAP_LOCKED | MAP_POPULATE) != 0 {
        populate(caller, start, len, access);
    }
    Ok(start)
}

/// Touch every page, as far as memory goes; what is left comes when it is touched.
fn populate(caller: &Caller, start: u64, len: u64, access: Access) {
    let touch = if access.contains(Access::WRITE) {
        Touch::Write
    } else {
        Touch::Read
    };
    for address in (start..start + len).step_by(PAGE_SIZE) {
        if caller.process.is_ending() || caller.process.space.fault(address, touch).is_err() {
            return;
        }
        scheduler::handle_interrupts();
    }
}

/// What a mapping of descriptor `fd` shows from `offset` on, and what may ever be done with it.
fn of_object(
    caller: &Caller,
    fd: i32,
    offset: i64,
    access: Access,
    is_shared: bool,
) -> Result<(Content, Access), Errno> {
    let page = PAGE_SIZE as u64;
    let offset = u64::try_from(offset).map_err(|_| Errno::EINVAL)?;
    if !offset.is_multiple_of(page) {
        return Err(Errno::EINVAL);
    }
    let process = &caller.process;
    process.object(fd, Rights::NONE)?;
    // Whatever is mapped can be read on x86-64. POSIX `mmap`, EACCES.
    let readable = process
        .object(fd, Rights::READ)
        .map_err(|_| Errno::EACCES)?;
    let can_write = process.object(fd, Rights::WRITE).is_ok();
    let limit = if is_shared && !can_write {
        ANY_ACCESS - Access::WRITE
    } else {
        ANY_ACCESS
    };
    if !limit.contains(access) {
        return Err(Errno::EACCES);
    }
    let vmo = readable.memory()?;
    process.object(fd, Rights::MAP).map_err(|_| Errno::EACCES)?;
    let content = if is_shared {
        Content::Shared(vmo, offset / page)
    } else {
        Content::Private(vmo, offset / page)
    };
    Ok((content, limit))
}
