//! FSTATFS: how large the file system of an open file is, and how full.

use super::at::open_node;
use super::statfs::facts_of;
use super::{Caller, Fd};
use crate::memory::user::UserOut;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;
use kpio_abi::types::StatFs;

/// Store facts about the file system that `fd`'s file is on.
pub fn fstatfs(caller: &Caller, fd: Fd, facts: UserOut<StatFs>) -> Result<u64, Errno> {
    let node = open_node(caller, fd.number(), Rights::INSPECT, Errno::EINVAL)?;
    facts.set(&caller.process.space, &facts_of(&node.mount)?)?;
    Ok(0)
}
