//! `kpio_channel.h`

use core::ffi::{c_int, c_void};

use kpio_abi::syscalls::{SYS_CHANNEL_CREATE, SYS_CHANNEL_RECEIVE, SYS_CHANNEL_SEND};
use kpio_abi::types::{ChannelEnds, MessageSize, SentHandle};

use crate::header::errno;
use crate::syscall;

/// `int kpio_channel_create(struct kpio_channel_ends *ends, int flags)`
///
/// # Safety
///
/// `ends` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_channel_create(ends: *mut ChannelEnds, flags: c_int) -> c_int {
    let arguments = [ends as usize, flags.cast_unsigned() as usize, 0, 0, 0, 0];
    // SAFETY: CHANNEL_CREATE writes that struct, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_CHANNEL_CREATE, arguments) })
}

/// `int kpio_channel_send(int fd, const void *bytes, size_t len,
/// const struct kpio_sent_handle *handles, size_t count, int flags)`
///
/// # Safety
///
/// `len` bytes at `bytes` and `count` structs at `handles` are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_channel_send(
    fd: c_int,
    bytes: *const c_void,
    len: usize,
    handles: *const SentHandle,
    count: usize,
    flags: c_int,
) -> c_int {
    let (bytes, handles) = (bytes as usize, handles as usize);
    let flags = flags.cast_unsigned() as usize;
    let arguments = [syscall::int(fd), bytes, len, handles, count, flags];
    // SAFETY: CHANNEL_SEND only reads.
    errno::status(unsafe { syscall::call(SYS_CHANNEL_SEND, arguments) })
}

/// `ssize_t kpio_channel_receive(int fd, void *bytes, size_t capacity, int *handles, size_t count,
/// struct kpio_message_size *size)`
///
/// # Safety
///
/// `capacity` bytes at `bytes`, `count` numbers at `handles` and `size` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_channel_receive(
    fd: c_int,
    bytes: *mut c_void,
    capacity: usize,
    handles: *mut c_int,
    count: usize,
    size: *mut MessageSize,
) -> isize {
    let (bytes, handles) = (bytes as usize, handles as usize);
    let arguments = [
        syscall::int(fd),
        bytes,
        capacity,
        handles,
        count,
        size as usize,
    ];
    // SAFETY: CHANNEL_RECEIVE writes what the caller owns.
    let received = unsafe { syscall::call(SYS_CHANNEL_RECEIVE, arguments) };
    errno::result(received.map(usize::cast_signed))
}
