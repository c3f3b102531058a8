//! EXEC: another program in this process.

use super::Caller;
use crate::memory::user::{ARGUMENTS_BUDGET, UserCStr, UserCStrArray};
use crate::process::spawn::{self, Image};
use kpio_abi::errors::Errno;
use kpio_hal::fpu::FpuState;

/// Run the program at `path` instead of the one that calls. Everything that can fail comes first.
pub fn exec(
    caller: &Caller,
    path: UserCStr,
    argv: UserCStrArray,
    envp: UserCStrArray,
) -> Result<u64, Errno> {
    let process = &caller.process;
    let path = path.path(&process.space)?;
    let mut budget = ARGUMENTS_BUDGET;
    let argv = argv.get(&process.space, &mut budget)?;
    let envp = envp.get(&process.space, &mut budget)?;
    let Image { space, mut context } =
        spawn::load(&process.surroundings.base(), &path, &argv, &envp)?;
    process.end_other_threads(&caller.thread)?;
    caller.thread.set_tid(process.pid);
    process.become_program(&path, space);
    caller.thread.signals.lock().stack = (0, 0);
    FpuState::new().load();
    context.restore_all();
    *caller.context() = context;
    Ok(0)
}
