//! FTRUNCATE: the length of a file.

use super::{Caller, Fd};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Set the length of `fd`'s file.
pub fn ftruncate(caller: &Caller, fd: Fd, length: i64) -> Result<u64, Errno> {
    let length = u64::try_from(length).map_err(|_| Errno::EINVAL)?;
    let handle = |rights| caller.process.object(fd.number(), rights);
    // POSIX wants EINVAL of what is open for reading only; Linux has EBADF for O_PATH.
    let object = handle(Rights::WRITE).map_err(|errno| match handle(Rights::READ) {
        Ok(_) => Errno::EINVAL,
        Err(_) => errno,
    })?;
    object.resize(length)?;
    Ok(0)
}
