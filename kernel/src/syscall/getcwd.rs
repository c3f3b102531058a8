//! GETCWD: the path of the working directory.

use super::Caller;
use crate::memory::user::UserWrite;
use kpio_abi::errors::Errno;

/// Store the path and a zero; how many bytes.
pub fn getcwd(caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
    let mut path = caller.process.surroundings.directory().path()?;
    path.push(0);
    if path.len() as u64 > buffer.len() {
        return Err(Errno::ERANGE);
    }
    buffer.copy(&caller.process.space, 0, &path)?;
    Ok(path.len() as u64)
}
