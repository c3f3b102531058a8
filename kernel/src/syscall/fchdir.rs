//! FCHDIR: where paths begin, by a descriptor.

use super::at::open_node;
use super::chdir::enter;
use super::{Caller, Fd};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Make `fd`'s directory the working directory.
pub fn fchdir(caller: &Caller, fd: Fd) -> Result<u64, Errno> {
    let node = open_node(caller, fd.number(), Rights::INSPECT, Errno::ENOTDIR)?;
    enter(caller, node)
}
