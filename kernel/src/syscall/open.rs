//! OPEN: a handle to a file.

use super::Caller;
use crate::fs::namespace::{self, ACCESS_MODE};
use crate::fs::walk::Base;
use crate::memory::user::UserCStr;
use crate::object::{ObjectRef, OpenFile};
use crate::process::handles::Handle;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CLOEXEC, O_PATH, O_RDONLY, O_WRONLY};
use kpio_abi::rights::Rights;

/// Open the file at `path`; the lowest free descriptor.
pub fn open(caller: &Caller, path: UserCStr, flags: u32, mode: u32) -> Result<u64, Errno> {
    let path = path.path(&caller.process.space)?;
    open_from(
        caller,
        &caller.process.surroundings.base(),
        &path,
        flags,
        mode,
    )
}

/// OPEN of a path that begins at `base`.
pub(super) fn open_from(
    caller: &Caller,
    base: &Base,
    path: &[u8],
    flags: u32,
    mode: u32,
) -> Result<u64, Errno> {
    let permissions = caller.process.surroundings.permissions(mode);
    let node = namespace::open(base, path, flags, permissions)?;
    let object: ObjectRef = OpenFile::new(node, flags);
    let handle = Handle {
        object,
        rights: rights_of(flags),
        is_close_on_exec: flags & O_CLOEXEC != 0,
    };
    let number = caller.process.add_handle(handle)?;
    Ok(u64::from(number.cast_unsigned()))
}

/// What the holder of a file opened with these flags may do.
const fn rights_of(flags: u32) -> Rights {
    if flags & O_PATH != 0 {
        return Rights::INSPECT;
    }
    let transfer = match flags & ACCESS_MODE {
        O_RDONLY => Rights::READ,
        O_WRONLY => Rights::WRITE,
        _ => Rights::READ.union(Rights::WRITE),
    };
    transfer
        .union(Rights::SEEK)
        .union(Rights::INSPECT)
        .union(Rights::CHANGE)
        .union(Rights::MAP)
}
