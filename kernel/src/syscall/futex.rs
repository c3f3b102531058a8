//! FUTEX: wait for a word of memory to change, wake who waits, or let them wait for another.

use super::{Caller, int_arg_u32, timespec_ns};
use crate::memory::user::UserIn;
use crate::process::futex::{requeue, wait, wake};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    FUTEX_BITSET_MATCH_ANY, FUTEX_CLOCK_REALTIME, FUTEX_CMD_MASK, FUTEX_CMP_REQUEUE,
    FUTEX_PRIVATE_FLAG, FUTEX_REQUEUE, FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
};
use kpio_abi::types::Timespec;
use kpio_hal::time;

/// Serve the operation `op` on the word at `uaddr`.
pub fn futex(
    caller: &Caller,
    uaddr: u64,
    op: u32,
    val: u32,
    timeout: u64,
    uaddr2: u64,
    val3: u64,
) -> Result<u64, Errno> {
    let command = op & FUTEX_CMD_MASK;
    let is_private = op & FUTEX_PRIVATE_FLAG != 0;
    let is_realtime = op & FUTEX_CLOCK_REALTIME != 0;
    match command {
        // A span is as long on either clock.
        FUTEX_WAIT => {
            let deadline_ns = read_timeout(caller, timeout)?.map(|ns| caller.deadline_after(ns));
            wait(
                caller,
                uaddr,
                is_private,
                val,
                FUTEX_BITSET_MATCH_ANY,
                deadline_ns,
            )
            .map(|()| 0)
        }
        FUTEX_WAIT_BITSET => {
            let offset = if is_realtime {
                time::realtime_ns() - time::now_ns()
            } else {
                0
            };
            let deadline_ns = read_timeout(caller, timeout)?.map(|at| at.saturating_sub(offset));
            wait(
                caller,
                uaddr,
                is_private,
                val,
                int_arg_u32(val3)?,
                deadline_ns,
            )
            .map(|()| 0)
        }
        _ if is_realtime => Err(Errno::ENOSYS),
        FUTEX_WAKE => wake(
            &caller.process,
            uaddr,
            is_private,
            val,
            FUTEX_BITSET_MATCH_ANY,
        ),
        FUTEX_WAKE_BITSET => wake(&caller.process, uaddr, is_private, val, int_arg_u32(val3)?),
        FUTEX_REQUEUE | FUTEX_CMP_REQUEUE => {
            let limits = (count(val.into())?, count(timeout)?);
            let is_compared = command == FUTEX_CMP_REQUEUE;
            let expected = is_compared.then(|| int_arg_u32(val3)).transpose()?;
            let done = requeue(&caller.process, uaddr, uaddr2, is_private, limits, expected)?;
            Ok(done.woken + if is_compared { done.moved } else { 0 })
        }
        _ => Err(Errno::ENOSYS),
    }
}

/// A number of sleepers: one that an `int` can have.
fn count(word: u64) -> Result<u32, Errno> {
    let count = int_arg_u32(word)?;
    i32::try_from(count).map_err(|_| Errno::EINVAL)?;
    Ok(count)
}

fn read_timeout(caller: &Caller, timeout: u64) -> Result<Option<u64>, Errno> {
    if timeout == 0 {
        return Ok(None);
    }
    timespec_ns(UserIn::<Timespec>::new(timeout)?.get(&caller.process.space)?).map(Some)
}
