//! SPAWN: start a program in a new process.

use super::Caller;
use crate::memory::user::{ARGUMENTS_BUDGET, UserCStr, UserCStrArray};
use crate::process::spawn;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Start the program at `path`; the number of its process.
pub fn spawn(
    caller: &Caller,
    path: UserCStr,
    argv: UserCStrArray,
    envp: UserCStrArray,
    flags: u32,
) -> Result<u64, Errno> {
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let space = &caller.process.space;
    let path = path.path(space)?;
    let mut budget = ARGUMENTS_BUDGET;
    let argv = argv.get(space, &mut budget)?;
    let envp = envp.get(space, &mut budget)?;
    let handles = caller.process.inherited_handles()?;
    let parent = Some(&caller.process);
    let mask = caller.thread.signals.lock().mask;
    let child = spawn::spawn(&path, &argv, &envp, parent, handles, mask, Rights::NONE)?;
    Ok(u64::from(child.pid.cast_unsigned()))
}
