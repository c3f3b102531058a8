//! Waiting for descriptors.

use core::ptr;
use core::time::Duration;

use kpio_abi::types::{EpollEvent, PollFd};

use crate::c;
use crate::error::{Error, number};
use crate::fs::File;
use crate::time::timespec;

/// `eventfd`: a counter that begins with `count`.
pub fn event_counter(count: u32, flags: u32) -> Result<File, Error> {
    number(c::eventfd(count, flags.cast_signed())).map(File::from_descriptor)
}

/// `epoll_create1`: watches over descriptors.
pub fn epoll(flags: u32) -> Result<File, Error> {
    number(c::epoll_create1(flags.cast_signed())).map(File::from_descriptor)
}

/// `epoll_ctl`: add, change or remove the watch over `fd`.
pub fn epoll_control(
    epoll: &File,
    operation: u32,
    fd: i32,
    events: u32,
    data: u64,
) -> Result<(), Error> {
    let event = EpollEvent { events, data };
    // SAFETY: the event outlives the call.
    let done = unsafe {
        c::epoll_ctl(
            epoll.descriptor(),
            operation.cast_signed(),
            fd,
            &raw const event,
        )
    };
    number(done).map(|_| ())
}

/// `epoll_pwait2`: how many `events` have come.
pub fn epoll_wait(
    epoll: &File,
    events: &mut [EpollEvent],
    timeout: Option<Duration>,
) -> Result<usize, Error> {
    let timeout = timeout.map(timespec);
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let room = i32::try_from(events.len()).unwrap_or(i32::MAX);
    // SAFETY: the events are writable and that many; the timeout outlives the call.
    let told = unsafe {
        c::epoll_pwait2(
            epoll.descriptor(),
            events.as_mut_ptr(),
            room,
            timeout,
            ptr::null(),
        )
    };
    number(told).map(|told| told.cast_unsigned() as usize)
}

/// A set of descriptors for `pselect`: a bit for each.
pub type Set = [u64; 16];

/// `poll` with a timeout in milliseconds, -1 for none: how many of `fds` have something.
pub fn poll_ms(fds: &mut [PollFd], timeout_ms: i32) -> Result<i32, Error> {
    // SAFETY: the structs are writable and that many.
    number(unsafe { c::poll(fds.as_mut_ptr(), fds.len() as u64, timeout_ms) })
}

/// `ppoll`: how many of `fds` have something.
pub fn poll(fds: &mut [PollFd], timeout: Option<Duration>) -> Result<i32, Error> {
    let timeout = timeout.map(timespec);
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the structs are writable and that many; the timeout outlives the call.
    number(unsafe { c::ppoll(fds.as_mut_ptr(), fds.len() as u64, timeout, ptr::null()) })
}

/// `pselect` over the descriptors below `count`: how many bits are set afterwards.
pub fn select(
    count: i32,
    read: &mut Set,
    write: &mut Set,
    except: &mut Set,
    timeout: Option<Duration>,
) -> Result<i32, Error> {
    let timeout = timeout.map(timespec);
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the sets are writable and of the size that C has; the timeout outlives the call.
    number(unsafe { c::pselect(count, read, write, except, timeout, ptr::null()) })
}
