//! Channels: messages of bytes and handles between processes.

use core::ptr;

use kpio_abi::flags::{HANDLE_COPY, HANDLE_MOVE};
use kpio_abi::rights::Rights;
use kpio_abi::syscalls::{SYS_CHANNEL_CREATE, SYS_CHANNEL_RECEIVE, SYS_CHANNEL_SEND};
use kpio_abi::types::{ChannelEnds, MessageSize, SentHandle};

use crate::error::Error;
use crate::fs::File;
use crate::syscall;

/// A new channel with flags of OPEN: its ends.
pub fn channel(flags: u32) -> Result<(File, File), Error> {
    let mut ends = ChannelEnds::default();
    let at = (&raw mut ends).addr();
    let arguments = [at, flags as usize, 0, 0, 0, 0];
    // SAFETY: the struct is writable.
    unsafe { syscall::call(SYS_CHANNEL_CREATE, arguments) }?;
    Ok((
        File::from_descriptor(ends.first),
        File::from_descriptor(ends.second),
    ))
}

/// What makes a descriptor the receiver's, with all its rights. It is gone when the message is sent.
#[must_use]
pub const fn moved(descriptor: i32) -> SentHandle {
    SentHandle {
        fd: descriptor,
        operation: HANDLE_MOVE,
        rights: Rights::HANDLE.bits(),
    }
}

/// What gives the receiver a copy of a descriptor with those of its rights that are in `kept`.
#[must_use]
pub const fn copied(descriptor: i32, kept: Rights) -> SentHandle {
    SentHandle {
        fd: descriptor,
        operation: HANDLE_COPY,
        rights: kept.bits(),
    }
}

/// Sends a message to the other end of the channel that the descriptor is an end of.
pub fn send(descriptor: i32, bytes: &[u8], handles: &[SentHandle]) -> Result<(), Error> {
    let arguments = [
        descriptor.cast_unsigned() as usize,
        bytes.as_ptr().addr(),
        bytes.len(),
        handles.as_ptr().addr(),
        handles.len(),
        0,
    ];
    // SAFETY: the kernel only reads, and both are that long.
    unsafe { syscall::call(SYS_CHANNEL_SEND, arguments) }.map(|_| ())
}

/// Receives the first message: its bytes and descriptors are the first ones of the two slices. What
/// it has is known also when that is more than there is room for, which is EMSGSIZE.
pub fn receive_sized(
    descriptor: i32,
    bytes: &mut [u8],
    handles: &mut [i32],
) -> (MessageSize, Result<(), Error>) {
    let mut size = MessageSize::default();
    let arguments = [
        descriptor.cast_unsigned() as usize,
        bytes.as_mut_ptr().addr(),
        bytes.len(),
        handles.as_mut_ptr().addr(),
        handles.len(),
        ptr::from_mut(&mut size).addr(),
    ];
    // SAFETY: all three are writable, and that long.
    let received = unsafe { syscall::call(SYS_CHANNEL_RECEIVE, arguments) };
    (size, received.map(|_| ()))
}

/// The same, for whoever knows how large messages can be.
pub fn receive(
    descriptor: i32,
    bytes: &mut [u8],
    handles: &mut [i32],
) -> Result<MessageSize, Error> {
    let (size, received) = receive_sized(descriptor, bytes, handles);
    received.map(|()| size)
}
