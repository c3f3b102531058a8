//! FCNTL's locks of parts of a file.

use super::{Caller, Fd};
use crate::fs::lock::{Held, Mode, Owner, Span, table};
use crate::memory::user::{UserIn, UserOut};
use crate::object::{Object, ObjectRef, OpenFile};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_RDLCK, F_SETLKW, F_UNLCK, F_WRLCK, O_PATH,
    SEEK_CUR, SEEK_END, SEEK_SET,
};
use kpio_abi::rights::Rights;
use kpio_abi::types::FileLock;

/// The open file behind `object`, if its locks can be used.
///
/// # Errors
/// EINVAL when it is no file, EBADF when it is not open for use.
pub(super) fn file_of(object: &ObjectRef) -> Result<&OpenFile, Errno> {
    let file: &OpenFile = object.downcast_ref().ok_or(Errno::EINVAL)?;
    let flags = file.status_flags().map_or(0, |flags| flags.get());
    if flags & O_PATH == 0 {
        Ok(file)
    } else {
        Err(Errno::EBADF)
    }
}

/// Do `command` to `fd`, with the lock at `argument`.
pub fn record_lock(
    caller: &Caller,
    fd: Fd,
    object: &ObjectRef,
    command: u32,
    argument: u64,
) -> Result<u64, Errno> {
    let file = file_of(object)?;
    let process = &caller.process;
    let given = UserIn::<FileLock>::new(argument)?.get(&process.space)?;
    let is_of_description = matches!(command, F_OFD_GETLK | F_OFD_SETLK | F_OFD_SETLKW);
    if is_of_description && given.l_pid != 0 {
        return Err(Errno::EINVAL);
    }
    let owner = if is_of_description {
        file.lock_owner()
    } else {
        Owner::Process(process.pid)
    };
    let span = span_of(file, &given)?;
    let mode = match u32::from(given.l_type.cast_unsigned()) {
        F_RDLCK => Some(Mode::Shared),
        F_WRLCK => Some(Mode::Exclusive),
        F_UNLCK => None,
        _ => return Err(Errno::EINVAL),
    };
    if matches!(command, F_GETLK | F_OFD_GETLK) {
        let wanted = Held {
            owner,
            mode: mode.ok_or(Errno::EINVAL)?,
            span,
        };
        let told = tell(given, table::in_the_way(&file.node, wanted));
        UserOut::new(argument)?.set(&process.space, &told)?;
        return Ok(0);
    }
    let Some(mode) = mode else {
        table::release(&file.node, table::Set::Records, owner, span)?;
        return Ok(0);
    };
    let needed = match mode {
        Mode::Shared => Rights::READ,
        Mode::Exclusive => Rights::WRITE,
    };
    process.object(fd.number(), needed)?;
    if is_of_description {
        file.note_lock();
    } else {
        process.note_lock();
    }
    let wanted = Held { owner, mode, span };
    let is_waiting = matches!(command, F_SETLKW | F_OFD_SETLKW);
    let set = table::Set::Records;
    table::take(caller, &file.node, set, wanted, is_waiting)?;
    Ok(0)
}

/// The bytes that `lock` names.
fn span_of(file: &OpenFile, lock: &FileLock) -> Result<Span, Errno> {
    let base = match u32::from(lock.l_whence.cast_unsigned()) {
        SEEK_SET => 0,
        SEEK_CUR => file.position(),
        SEEK_END => file.node.attributes()?.size,
        _ => return Err(Errno::EINVAL),
    };
    let base = i64::try_from(base).map_err(|_| Errno::EOVERFLOW)?;
    let start = base.checked_add(lock.l_start).ok_or(Errno::EOVERFLOW)?;
    Span::new(start, lock.l_len)
}

/// What is told about a lock that is in the way, or that none is.
fn tell(given: FileLock, held: Option<Held>) -> FileLock {
    // The constants are small.
    let small = |value: u32| i16::try_from(value).unwrap_or(i16::MAX);
    let Some(held) = held else {
        return FileLock {
            l_type: small(F_UNLCK),
            ..given
        };
    };
    let is_to_the_end = held.span.last == Span::END;
    let len = held.span.last - held.span.first + 1;
    FileLock {
        l_type: small(match held.mode {
            Mode::Shared => F_RDLCK,
            Mode::Exclusive => F_WRLCK,
        }),
        l_whence: small(SEEK_SET),
        l_start: held.span.first.cast_signed(),
        l_len: if is_to_the_end { 0 } else { len.cast_signed() },
        l_pid: match held.owner {
            Owner::Process(pid) => pid,
            Owner::Description(_) => -1,
        },
        ..given
    }
}
