//! BROWSER_CHANNEL_CREATE: a region of messages between a browser and the kernel.

use super::Caller;
use crate::object::BrowserChannel;
use crate::process::handles::Handle;
use kpio_abi::errors::Errno;
use kpio_abi::flags::O_CLOEXEC;
use kpio_abi::rights::Rights;

/// Make a region that the kernel serves; the lowest free descriptor.
pub fn browser_channel_create(caller: &Caller, flags: u32) -> Result<u64, Errno> {
    if flags & !O_CLOEXEC != 0 {
        return Err(Errno::EINVAL);
    }
    let number = caller.process.add_handle(Handle {
        object: BrowserChannel::open()?,
        rights: Rights::READ
            .union(Rights::WRITE)
            .union(Rights::INSPECT)
            .union(Rights::MAP)
            .union(Rights::SERVE),
        is_close_on_exec: flags & O_CLOEXEC != 0,
    })?;
    Ok(u64::from(number.cast_unsigned()))
}
