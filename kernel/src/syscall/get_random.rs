//! GET_RANDOM: random bytes.

use super::Caller;
use crate::memory::user::UserWrite;
use crate::process::scheduler;
use crate::random;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{GRND_INSECURE, GRND_NONBLOCK, GRND_RANDOM};

/// Bytes made at a time.
const CHUNK_BYTES: usize = 4096;

/// Fill the buffer; how many bytes. The generator is seeded at boot, so the flags change nothing.
pub fn get_random(caller: &Caller, buffer: UserWrite, flags: u32) -> Result<u64, Errno> {
    let known = GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE;
    if flags & !known != 0 || flags & (GRND_RANDOM | GRND_INSECURE) == GRND_RANDOM | GRND_INSECURE {
        return Err(Errno::EINVAL);
    }
    let mut chunk = [0; CHUNK_BYTES];
    let mut done = 0;
    while done < buffer.len() && !caller.process.is_ending() {
        let len = usize::try_from(buffer.len() - done).map_or(CHUNK_BYTES, |l| l.min(CHUNK_BYTES));
        random::fill(&mut chunk[..len]);
        buffer.copy(&caller.process.space, done, &chunk[..len])?;
        done += len as u64;
        scheduler::handle_interrupts();
    }
    Ok(done)
}
