//! BROWSER_CHANNEL_STATUS: what the kernel has done at its end of a browser's channel.

use super::{Caller, Fd};
use crate::memory::user::UserOut;
use crate::object::BrowserChannel;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;
use kpio_abi::types::BrowserChannelStatus;

/// Tell what the kernel has done.
pub fn browser_channel_status(
    caller: &Caller,
    fd: Fd,
    status: UserOut<BrowserChannelStatus>,
) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::INSPECT)?;
    let channel = object
        .downcast_ref::<BrowserChannel>()
        .ok_or(Errno::EINVAL)?;
    status.set(&caller.process.space, &channel.status())?;
    Ok(0)
}
