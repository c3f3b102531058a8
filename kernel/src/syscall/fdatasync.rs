//! FDATASYNC: what was done to a file's content is safe.

use super::{Caller, Fd};
use kpio_abi::errors::Errno;

/// Return when the content of `fd` survives a power cut. All of a file system is written at once,
/// so there is nothing to leave out.
pub fn fdatasync(caller: &Caller, fd: Fd) -> Result<u64, Errno> {
    super::fsync::fsync(caller, fd)
}
