//! CHANNEL_SEND: bytes and handles to the other end of a channel.

use super::{Caller, Fd};
use crate::memory::check_budget;
use crate::memory::user::UserRead;
use crate::object::{Transfer, channel_end};
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{HANDLE_COPY, HANDLE_MOVE};
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::rights::Rights;
use kpio_abi::syscalls::CHANNEL_MESSAGE_BYTES;
use kpio_abi::types::SentHandle;
use zerocopy::IntoBytes;

/// Send `bytes` and the handles that `handles` names, whole or not at all.
pub fn channel_send(
    caller: &Caller,
    fd: Fd,
    bytes: UserRead,
    handles: UserRead,
    flags: u32,
) -> Result<u64, Errno> {
    let end = channel_end(caller, fd.number(), Rights::WRITE)?;
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    if bytes.len() > CHANNEL_MESSAGE_BYTES as u64 {
        return Err(Errno::EMSGSIZE);
    }
    let transfers = read_transfers(caller, handles)?;
    let content = read_bytes(caller, bytes)?;
    end.send(caller, fd.number(), content, &transfers)?;
    Ok(0)
}

fn read_bytes(caller: &Caller, bytes: UserRead) -> Result<Vec<u8>, Errno> {
    let len = usize::try_from(bytes.len()).map_err(|_| Errno::EMSGSIZE)?;
    check_budget(len.div_ceil(PAGE_SIZE) as u64 + 1)?;
    let mut content = Vec::new();
    content.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
    content.resize(len, 0);
    bytes.copy(&caller.process.space, 0, &mut content)?;
    Ok(content)
}

fn read_transfers(caller: &Caller, handles: UserRead) -> Result<Vec<Transfer>, Errno> {
    let count =
        usize::try_from(handles.len()).map_err(|_| Errno::EINVAL)? / size_of::<SentHandle>();
    let mut sent = alloc::vec![SentHandle::default(); count];
    handles.copy(&caller.process.space, 0, sent.as_mut_bytes())?;
    let mut transfers: Vec<Transfer> = Vec::with_capacity(count);
    for sent in sent {
        let transfer = Transfer {
            number: sent.fd,
            is_copy: match sent.operation {
                HANDLE_MOVE => false,
                HANDLE_COPY => true,
                _ => return Err(Errno::EINVAL),
            },
            kept: Rights::of_handle(sent.rights).ok_or(Errno::EINVAL)?,
        };
        let is_same = |other: &Transfer| !other.is_copy && other.number == transfer.number;
        if !transfer.is_copy && transfers.iter().any(is_same) {
            return Err(Errno::EINVAL);
        }
        transfers.push(transfer);
    }
    Ok(transfers)
}
