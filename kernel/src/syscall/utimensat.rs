//! UTIMENSAT: the times of a file.

use super::at::{check_flags, node};
use super::clock_get::clock_ns;
use super::{Caller, NS_PER_S, ns_timespec};
use crate::fs::file_system::Change;
use crate::memory::user::{UserCStr, UserIn};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, CLOCK_REALTIME, UTIME_NOW, UTIME_OMIT};
use kpio_abi::rights::Rights;
use kpio_abi::types::{FileTimes, Timespec};

/// Set when the file at `path` was last read and changed.
pub fn utimensat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    times: Option<UserIn<FileTimes>>,
    flags: u32,
) -> Result<u64, Errno> {
    check_flags(flags, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)?;
    let now = ns_timespec(clock_ns(CLOCK_REALTIME)?);
    let change = match times {
        None => Change {
            accessed: Some(now),
            modified: Some(now),
            ..Change::default()
        },
        Some(times) => {
            let times = times.get(&caller.process.space)?;
            Change {
                accessed: wanted(times.accessed, now)?,
                modified: wanted(times.modified, now)?,
                ..Change::default()
            }
        }
    };
    let node = node(caller, dirfd, path, flags, Rights::CHANGE)?;
    if change != Change::default() {
        node.change(&change)?;
    }
    Ok(0)
}

/// The time that `time` stands for; `None` for the one that is set already.
fn wanted(time: Timespec, now: Timespec) -> Result<Option<Timespec>, Errno> {
    match time.tv_nsec {
        UTIME_NOW => Ok(Some(now)),
        UTIME_OMIT => Ok(None),
        0..NS_PER_S => Ok(Some(time)),
        _ => Err(Errno::EINVAL),
    }
}
