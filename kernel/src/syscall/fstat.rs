//! FSTAT: what is known about a handle's object.

use super::{Caller, Fd};
use crate::memory::user::UserOut;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;
use kpio_abi::types::Stat;

/// Store what is known about `fd`.
pub fn fstat(caller: &Caller, fd: Fd, stat: UserOut<Stat>) -> Result<u64, Errno> {
    let facts = caller
        .process
        .object(fd.number(), Rights::INSPECT)?
        .stat()?;
    stat.set(&caller.process.space, &facts)?;
    Ok(0)
}
