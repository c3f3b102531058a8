//! CHANNEL_RECEIVE: the first message at an end of a channel.

use super::channel_create::forget;
use super::{Caller, Fd};
use crate::ipc::channel::Size;
use crate::memory::user::{UserOut, UserWrite};
use crate::object::{ReceiveError, channel_end};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;
use kpio_abi::types::MessageSize;
use zerocopy::IntoBytes;

/// What stands for a descriptor that is not there yet.
const NO_DESCRIPTOR: i32 = -1;

/// Receive a message into `bytes` and `handles`, and say in `size` what it has.
pub fn channel_receive(
    caller: &Caller,
    fd: Fd,
    bytes: UserWrite,
    handles: UserWrite,
    size: UserOut<MessageSize>,
) -> Result<u64, Errno> {
    let end = channel_end(caller, fd.number(), Rights::READ)?;
    let room = Size {
        bytes: usize::try_from(bytes.len()).unwrap_or(usize::MAX),
        handles: usize::try_from(handles.len()).unwrap_or(usize::MAX) / size_of::<i32>(),
    };
    let space = &caller.process.space;
    let (content, found) = match end.take(caller, fd.number(), room) {
        Ok(taken) => taken,
        Err(ReceiveError::Other(errno)) => return Err(errno),
        Err(ReceiveError::TooLarge(found)) => {
            size.set(space, &message_size(found))?;
            return Err(Errno::EMSGSIZE);
        }
    };
    // All of it is stored before the message goes; the descriptors' numbers are known only then.
    let stored = bytes
        .copy(space, 0, &content)
        .and_then(|()| size.set(space, &message_size(found)))
        .and_then(|()| store(caller, handles, &alloc::vec![NO_DESCRIPTOR; found.handles]))
        .and_then(|()| end.receive(caller, found.handles));
    let numbers = match stored {
        Ok(numbers) => numbers,
        Err(errno) => {
            end.give_back(content);
            return Err(errno);
        }
    };
    if let Err(errno) = store(caller, handles, &numbers) {
        // Another thread took the memory away meanwhile.
        for number in numbers {
            forget(caller, number);
        }
        return Err(errno);
    }
    Ok(content.len() as u64)
}

fn store(caller: &Caller, to: UserWrite, numbers: &[i32]) -> Result<(), Errno> {
    to.copy(&caller.process.space, 0, numbers.as_bytes())
}

fn message_size(size: Size) -> MessageSize {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    MessageSize {
        bytes: small(size.bytes),
        handles: small(size.handles),
    }
}
