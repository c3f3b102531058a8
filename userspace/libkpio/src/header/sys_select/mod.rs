//! `sys/select.h`: by way of POLL.

use core::ffi::{c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI};
use kpio_abi::types::{PollFd, Timespec};

use crate::header::errno;
use crate::header::poll;
use crate::syscall::ErrorNumber;

/// Descriptors a set has room for.
pub const FD_SETSIZE: usize = 1024;
const WORD_BITS: usize = u64::BITS as usize;
const US_PER_S: i64 = 1_000_000;
const NS_PER_US: i64 = 1000;

/// `fd_set`: a bit for each descriptor.
#[repr(C)]
#[derive(Clone, Debug)]
pub struct FdSet {
    words: [u64; FD_SETSIZE / WORD_BITS],
}

/// `struct timeval`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Timeval {
    tv_sec: i64,
    tv_usec: i64,
}

/// What each set waits for, and what counts as having come. Linux select(2).
const SETS: [(u32, u32); 3] = [
    (POLLIN, POLLIN | POLLHUP | POLLERR),
    (POLLOUT, POLLOUT | POLLERR),
    (POLLPRI, POLLPRI),
];

impl FdSet {
    fn has(&self, fd: usize) -> bool {
        let word = self.words.get(fd / WORD_BITS);
        word.is_some_and(|word| word & 1 << (fd % WORD_BITS) != 0)
    }

    fn clear(&mut self, fd: usize) {
        if let Some(word) = self.words.get_mut(fd / WORD_BITS) {
            *word &= !(1 << (fd % WORD_BITS));
        }
    }
}

/// A bit of POLL as it stands in a `PollFd`.
fn half(bits: u32) -> i16 {
    // All bits used here lie in the lower half.
    i16::try_from(bits).unwrap_or(i16::MAX)
}

/// Waits for the descriptors below `count` in `sets`; leaves in them what is ready.
fn select_in(
    count: usize,
    sets: &mut [Option<&mut FdSet>; 3],
    timeout: usize,
    mask: *const c_void,
) -> Result<c_int, ErrorNumber> {
    let mut entries = [PollFd::default(); FD_SETSIZE];
    let mut nr_entries = 0;
    for fd in 0..count {
        let mut events = 0;
        for (set, (wanted, _)) in sets.iter().zip(SETS) {
            if set.as_ref().is_some_and(|set| set.has(fd)) {
                events |= wanted;
            }
        }
        if events == 0 {
            continue;
        }
        if let Some(entry) = entries.get_mut(nr_entries) {
            entry.fd = c_int::try_from(fd).unwrap_or(-1);
            entry.events = half(events);
            nr_entries += 1;
        }
    }
    // SAFETY: the entries are this function's own; the timeout and the mask are the caller's matter.
    unsafe { poll::call(entries.as_mut_ptr(), nr_entries, timeout, mask) }?;
    let found = entries.get(..nr_entries).unwrap_or_default();
    if found
        .iter()
        .any(|entry| entry.revents & half(POLLNVAL) != 0)
    {
        return Err(Errno::EBADF.into());
    }
    let mut nr_ready = 0;
    for entry in found {
        let fd = usize::try_from(entry.fd).unwrap_or(FD_SETSIZE);
        for (set, (_, came)) in sets.iter_mut().zip(SETS) {
            let Some(set) = set.as_mut().filter(|set| set.has(fd)) else {
                continue;
            };
            if entry.revents & half(came) == 0 {
                set.clear(fd);
            } else {
                nr_ready += 1;
            }
        }
    }
    Ok(nr_ready)
}

/// # Safety
///
/// The sets are writable or null.
unsafe fn select_at(
    count: c_int,
    sets: [*mut FdSet; 3],
    timeout: usize,
    mask: *const c_void,
) -> Result<c_int, ErrorNumber> {
    let count = usize::try_from(count).map_err(|_| Errno::EINVAL)?;
    if count > FD_SETSIZE {
        return Err(Errno::EINVAL.into());
    }
    // SAFETY: the caller's promise. They are different objects, as POSIX has it (`restrict`).
    let mut sets = sets.map(|set| unsafe { set.as_mut() });
    select_in(count, &mut sets, timeout, mask)
}

/// `int pselect(int count, fd_set *read, fd_set *write, fd_set *except, const struct timespec
/// *timeout, const sigset_t *mask)`
///
/// # Safety
///
/// The sets are writable or null; `timeout` and `mask` are readable or null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pselect(
    count: c_int,
    read: *mut FdSet,
    write: *mut FdSet,
    except: *mut FdSet,
    timeout: *const Timespec,
    mask: *const c_void,
) -> c_int {
    // SAFETY: handed on to the caller.
    errno::result(unsafe { select_at(count, [read, write, except], timeout as usize, mask) })
}

/// `int select(int count, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout)`
///
/// As in musl, `timeout` stays as it is, and microseconds beyond a second count as seconds.
///
/// # Safety
///
/// The sets are writable or null; `timeout` is readable or null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn select(
    count: c_int,
    read: *mut FdSet,
    write: *mut FdSet,
    except: *mut FdSet,
    timeout: *const Timeval,
) -> c_int {
    // SAFETY: the caller's promise.
    let span = unsafe { timeout.as_ref() }.map(|span| {
        let (sec, usec) = (span.tv_sec, span.tv_usec);
        if sec < 0 || usec < 0 {
            return Err(Errno::EINVAL);
        }
        Ok(Timespec {
            tv_sec: sec.saturating_add(usec / US_PER_S),
            tv_nsec: usec % US_PER_S * NS_PER_US,
        })
    });
    let span = match span.transpose() {
        Ok(span) => span,
        Err(error) => return errno::result(Err(error.into())),
    };
    let timeout = poll::address_of(span.as_ref());
    // SAFETY: handed on to the caller.
    errno::result(unsafe { select_at(count, [read, write, except], timeout, ptr::null()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_a_bit_for_each_descriptor() {
        let mut set = FdSet {
            words: [0; FD_SETSIZE / WORD_BITS],
        };
        set.words[1] = 1 << 3;
        assert!(set.has(67) && !set.has(3) && !set.has(FD_SETSIZE));
        set.clear(67);
        assert!(!set.has(67));
    }
}
