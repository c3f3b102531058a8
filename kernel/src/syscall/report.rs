//! REPORT: a text for whoever watches the machine from outside.

use super::{Caller, Fd};
use crate::memory::user::UserRead;
use crate::system::{self, Text};
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::events::PROCESS_REPORTED;
use kpio_abi::flags::OBJECT_CONSOLE;
use kpio_abi::rights::Rights;
use kpio_abi::syscalls::REPORT_MAX_BYTES;

/// Write the event.
pub fn report(caller: &Caller, fd: Fd, text: UserRead) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::WRITE)?;
    if object.kind() != OBJECT_CONSOLE {
        return Err(Errno::ENOTTY);
    }
    let len = usize::try_from(text.len()).unwrap_or(usize::MAX);
    if len > REPORT_MAX_BYTES {
        return Err(Errno::EMSGSIZE);
    }
    let mut told = Vec::new();
    told.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
    told.resize(len, 0);
    text.copy(&caller.process.space, 0, &mut told)?;
    system::emit(PROCESS_REPORTED, &[&caller.process.pid, &Text(&told)]);
    Ok(0)
}
