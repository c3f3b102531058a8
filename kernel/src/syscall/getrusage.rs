//! GETRUSAGE: what has been used.

use super::{Caller, ns_timeval};
use crate::memory::user::UserOut;
use crate::process::scheduler;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD};
use kpio_abi::types::ResourceUsage;
use zerocopy::FromZeros;

/// What is told of somebody who has run for so long.
pub(super) fn usage_of(ran_ns: u64) -> ResourceUsage {
    ResourceUsage {
        ru_utime: ns_timeval(ran_ns),
        ..ResourceUsage::new_zeroed()
    }
}

/// Store what `who` has used.
pub fn getrusage(caller: &Caller, who: i32, usage: UserOut<ResourceUsage>) -> Result<u64, Errno> {
    let process = &caller.process;
    let ran_ns = match who {
        RUSAGE_SELF => process.ran_ns(),
        RUSAGE_CHILDREN => process.children_ran_ns(),
        RUSAGE_THREAD => scheduler::ran_ns(&caller.thread),
        _ => return Err(Errno::EINVAL),
    };
    usage.set(&process.space, &usage_of(ran_ns))?;
    Ok(0)
}
