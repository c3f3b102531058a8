//! Steps with channels, on the handles of this one process.

use alloc::vec;

use kpio_rt::abi::flags::{HANDLE_COPY, HANDLE_MOVE, O_NONBLOCK, POLLIN, POLLOUT};
use kpio_rt::abi::syscalls::{
    SYS_CHANNEL_CREATE, SYS_CLOSE, SYS_EVENTFD, SYS_HANDLE_DUPLICATE, SYS_HANDLE_INFO,
    SYS_HANDLE_REVOKE,
};
use kpio_rt::abi::types::{ChannelEnds, HandleInfo, PollFd, SentHandle};
use kpio_rt::channel::{receive_sized, send};
use kpio_rt::wait;

use super::{Answer, call, nr_handles, result};

/// The length of a step's record.
pub const STEP_BYTES: usize = 24;
/// Handles that a step can name to be sent.
const NR_SENT: usize = 2;

/// The first word of what a step that makes two handles, or receives them, tells of them.
const fn pair(first: i32, second: i32) -> u64 {
    (first.cast_unsigned() as u64) << 32 | second.cast_unsigned() as u64
}

fn half(step: &[u8], at: usize) -> i32 {
    i32::from(i16::from_le_bytes([step[at], step[at + 1]]))
}

fn word(step: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([step[at], step[at + 1], step[at + 2], step[at + 3]])
}

fn fd(number: i32) -> usize {
    number.cast_unsigned() as usize
}

/// Plays a step: its result, what else it tells, and how many handles there are afterwards.
pub fn play(index: u32, step: &[u8]) -> Answer {
    let (outcome, told) = do_step(index, step);
    [outcome, told, nr_handles()]
}

fn do_step(index: u32, step: &[u8]) -> (u64, u64) {
    let (operation, count) = (step[0], usize::from(step[1]).min(NR_SENT));
    let (number, len) = (half(step, 2), word(step, 4));
    let len = len as usize;
    match operation {
        0 => {
            let mut ends = ChannelEnds::default();
            let at = (&raw mut ends).addr();
            let made = call(SYS_CHANNEL_CREATE, [at, O_NONBLOCK as usize, 0, 0, 0, 0]);
            (result(made), pair(ends.first, ends.second))
        }
        1 => (result(call(SYS_EVENTFD, [0; 6])), 0),
        2 => (result(call(SYS_CLOSE, [fd(number), 0, 0, 0, 0, 0])), 0),
        3 => (send_step(index, step, number, len, count), 0),
        4 => receive_step(number, len, count),
        5 => {
            let arguments = [fd(number), word(step, 12) as usize, 0, 0, 0, 0];
            (result(call(SYS_HANDLE_DUPLICATE, arguments)), 0)
        }
        6 => {
            let arguments = [fd(number), 0, 0, 0, 0, 0];
            (result(call(SYS_HANDLE_REVOKE, arguments)), 0)
        }
        7 => (ready(number), 0),
        _ => info(number),
    }
}

/// Sends a message that says in which step it was sent.
fn send_step(index: u32, step: &[u8], number: i32, len: usize, count: usize) -> u64 {
    let mut bytes = vec![index.to_le_bytes()[0]; len];
    if let Some(first) = bytes.first_chunk_mut() {
        *first = index.to_le_bytes();
    }
    let sent = [8, 16].map(|at| SentHandle {
        fd: half(step, at),
        operation: if step[at + 2] == 0 {
            HANDLE_MOVE
        } else {
            HANDLE_COPY
        },
        rights: word(step, at + 4),
    });
    result(send(number, &bytes, &sent[..count]).map(|()| 0))
}

/// Receives a message: its first four bytes and how many it has; or how large one is that stays.
fn receive_step(number: i32, room: usize, count: usize) -> (u64, u64) {
    let (mut bytes, mut handles) = (vec![0; room], [-1; NR_SENT]);
    let (size, received) = receive_sized(number, &mut bytes, &mut handles[..count]);
    if received.is_err() {
        let told = u64::from(size.bytes) << 32 | u64::from(size.handles);
        return (result(received.map(|()| 0)), told);
    }
    let is_whole = bytes.iter().take(size.bytes as usize).skip(4);
    let is_whole = is_whole.clone().all(|byte| Some(byte) == bytes.first());
    let first = bytes
        .first_chunk()
        .map_or(0, |first| u32::from_le_bytes(*first));
    let mark = if size.bytes >= 4 && is_whole {
        first
    } else {
        0
    };
    let outcome = u64::from(mark) << 32 | u64::from(size.handles) << 24 | u64::from(size.bytes);
    (outcome, pair(handles[0], handles[1]))
}

/// What a handle is ready for: POLL's bits.
fn ready(number: i32) -> u64 {
    let mut fds = [PollFd {
        fd: number,
        events: i16::try_from(POLLIN | POLLOUT).unwrap_or_default(),
        revents: 0,
    }];
    match wait::poll_ms(&mut fds, 0) {
        Ok(_) => u64::from(fds[0].revents.cast_unsigned()),
        Err(error) => i64::from(-error.raw()).cast_unsigned(),
    }
}

/// What is known of a handle, but for its number in the system.
fn info(number: i32) -> (u64, u64) {
    let mut info = HandleInfo::default();
    let (at, size) = ((&raw mut info).addr(), size_of::<HandleInfo>());
    let outcome = call(SYS_HANDLE_INFO, [fd(number), at, size, 0, 0, 0]);
    let facts = u64::from(info.rights) << 32 | u64::from(info.object_type);
    (result(outcome), facts | info.descendants << 8)
}
