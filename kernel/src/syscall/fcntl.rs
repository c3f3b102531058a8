//! FCNTL: what a descriptor is.

use super::record_lock::record_lock;
use super::{Caller, Fd, low_int};
use crate::object::{ObjectRef, Pipe, PipeReader, PipeWriter};
use crate::process::handles::Number;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_GETLK, F_GETPIPE_SZ, F_OFD_GETLK, F_OFD_SETLK,
    F_OFD_SETLKW, F_SETFD, F_SETFL, F_SETLK, F_SETLKW, F_SETPIPE_SZ, FD_CLOEXEC, O_CLOEXEC,
    O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC,
};
use kpio_abi::rights::Rights;

/// Flags of OPEN that say how to open, not how it is open. POSIX `fcntl` F_GETFL.
const ONLY_FOR_OPENING: u32 = O_CLOEXEC | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC;

/// Do `command` to `fd`.
pub fn fcntl(caller: &Caller, fd: Fd, command: u32, argument: u64) -> Result<u64, Errno> {
    let process = &caller.process;
    let object = &process.object(fd.number(), Rights::NONE)?;
    match command {
        F_DUPFD | F_DUPFD_CLOEXEC => {
            let minimum = Number::From(low_int(argument));
            let is_close_on_exec = command == F_DUPFD_CLOEXEC;
            let number = process.duplicate_handle(
                fd.number(),
                minimum,
                Rights::HANDLE,
                0,
                is_close_on_exec,
            )?;
            Ok(u64::from(number.cast_unsigned()))
        }
        F_GETFD => {
            let is_set = process.is_close_on_exec(fd.number())?;
            Ok(u64::from(if is_set { FD_CLOEXEC } else { 0 }))
        }
        F_SETFD => {
            let is_set = low_int(argument).cast_unsigned() & FD_CLOEXEC != 0;
            process.set_close_on_exec(fd.number(), is_set)?;
            Ok(0)
        }
        F_GETFL => {
            let flags = object.status_flags().map_or(0, |flags| flags.get());
            Ok(u64::from(flags & !ONLY_FOR_OPENING))
        }
        F_SETFL => {
            if let Some(flags) = object.status_flags() {
                flags.set(low_int(argument).cast_unsigned());
            }
            Ok(0)
        }
        F_GETPIPE_SZ => Ok(pipe_of(object)?.capacity() as u64),
        F_SETPIPE_SZ => {
            let wanted = usize::try_from(low_int(argument)).map_err(|_| Errno::EINVAL)?;
            Ok(pipe_of(object)?.set_capacity(wanted)? as u64)
        }
        F_GETLK | F_SETLK | F_SETLKW | F_OFD_GETLK | F_OFD_SETLK | F_OFD_SETLKW => {
            record_lock(caller, fd, object, command, argument)
        }
        _ => Err(Errno::EINVAL),
    }
}

/// The pipe that an object is an end of.
fn pipe_of(object: &ObjectRef) -> Result<&Pipe, Errno> {
    let reader = object.downcast_ref().map(PipeReader::pipe);
    let writer = || object.downcast_ref().map(PipeWriter::pipe);
    reader.or_else(writer).ok_or(Errno::EBADF)
}
