//! PIPE2: a pipe's two ends.

use super::Caller;
use crate::memory::user::UserOut;
use crate::object::{ObjectRef, make_pipe};
use crate::process::handles::Handle;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CLOEXEC, O_NONBLOCK};
use kpio_abi::rights::Rights;
use kpio_abi::types::PipeEnds;

/// Make a pipe and give its descriptors in `ends`.
pub fn pipe2(caller: &Caller, ends: UserOut<PipeEnds>, flags: u32) -> Result<u64, Errno> {
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let process = &caller.process;
    ends.prepare(&process.space)?;
    let (reader, writer) = make_pipe(flags)?;
    let add = |object: ObjectRef, right: Rights| {
        process.add_handle(Handle {
            object,
            rights: right.union(Rights::INSPECT),
            is_close_on_exec: flags & O_CLOEXEC != 0,
        })
    };
    let reader = add(reader, Rights::READ)?;
    let given = add(writer, Rights::WRITE).and_then(|writer| {
        let set = ends.set(&process.space, &PipeEnds { reader, writer });
        set.inspect_err(|_| forget(caller, writer))
    });
    given.inspect_err(|_| forget(caller, reader))?;
    Ok(0)
}

/// Close a descriptor that the program was never told of.
fn forget(caller: &Caller, number: i32) {
    // Another thread may have guessed the number and closed it.
    let _ = caller.process.close_handle(number);
}
