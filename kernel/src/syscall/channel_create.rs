//! CHANNEL_CREATE: a channel's two ends.

use super::Caller;
use crate::memory::user::UserOut;
use crate::object::{ObjectRef, make_channel};
use crate::process::handles::Handle;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CLOEXEC, O_NONBLOCK};
use kpio_abi::rights::Rights;
use kpio_abi::types::ChannelEnds;

/// Make a channel and give its descriptors in `ends`.
pub fn channel_create(
    caller: &Caller,
    ends: UserOut<ChannelEnds>,
    flags: u32,
) -> Result<u64, Errno> {
    if flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let process = &caller.process;
    ends.prepare(&process.space)?;
    let (first, second) = make_channel(flags)?;
    let add = |object: ObjectRef| {
        process.add_handle(Handle {
            object,
            rights: Rights::READ.union(Rights::WRITE).union(Rights::INSPECT),
            is_close_on_exec: flags & O_CLOEXEC != 0,
        })
    };
    let first = add(first)?;
    let given = add(second).and_then(|second| {
        let set = ends.set(&process.space, &ChannelEnds { first, second });
        set.inspect_err(|_| forget(caller, second))
    });
    given.inspect_err(|_| forget(caller, first))?;
    Ok(0)
}

/// Close a descriptor that the program was never told of.
pub(super) fn forget(caller: &Caller, number: i32) {
    // Another thread may have guessed the number and closed it.
    let _ = caller.process.close_handle(number);
}
