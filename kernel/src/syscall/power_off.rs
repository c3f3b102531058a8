//! POWER_OFF: end the machine.

use super::Caller;
use crate::system;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// End the machine with `status`.
pub fn power_off(caller: &Caller, status: u32) -> Result<u64, Errno> {
    if !caller.process.rights.contains(Rights::POWER) {
        return Err(Errno::EPERM);
    }
    system::power_off(status)
}
