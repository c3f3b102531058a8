//! OPEN: a handle to a file.

use super::Caller;
use crate::memory::user::UserCStr;
use crate::object::{ObjectRef, OpenFile};
use crate::process::handles::Handle;
use crate::system;
use kpio_abi::errors::Errno;
use kpio_abi::flags::O_CLOEXEC;
use kpio_abi::rights::Rights;

/// Open the file at `path`; the lowest free descriptor. The root is read-only, so `mode`, which is
/// for new files, has no use yet.
pub fn open(caller: &Caller, path: UserCStr, flags: u32, _mode: u32) -> Result<u64, Errno> {
    let path = path.path(&caller.process.space)?;
    let node = system::root().lock().open(&path, flags)?;
    let object: ObjectRef = OpenFile::new(node, flags);
    let handle = Handle {
        object,
        rights: Rights::READ.union(Rights::SEEK).union(Rights::INSPECT),
        is_close_on_exec: flags & O_CLOEXEC != 0,
    };
    let number = caller.process.add_handle(handle)?;
    Ok(u64::from(number.cast_unsigned()))
}
