//! BROWSER_CHANNEL_SERVE: a line for who answers a browser in the kernel's name.

use super::{Caller, Fd};
use crate::object::BrowserChannel;
use crate::process::handles::Handle;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CLOEXEC, O_NONBLOCK, SERVE_COMPILER, SERVE_NETWORK};
use kpio_abi::rights::Rights;

/// Make the line; the lowest free descriptor.
pub fn browser_channel_serve(
    caller: &Caller,
    fd: Fd,
    services: u32,
    flags: u32,
) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::SERVE)?;
    let channel = object
        .downcast_ref::<BrowserChannel>()
        .ok_or(Errno::EINVAL)?;
    let is_known = services & !(SERVE_NETWORK | SERVE_COMPILER) == 0;
    if services == 0 || !is_known || flags & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let number = caller.process.add_handle(Handle {
        object: channel.serve(services, flags)?,
        rights: Rights::READ.union(Rights::WRITE).union(Rights::INSPECT),
        is_close_on_exec: flags & O_CLOEXEC != 0,
    })?;
    Ok(u64::from(number.cast_unsigned()))
}
