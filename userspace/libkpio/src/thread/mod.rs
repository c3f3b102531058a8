//! Threads: their memory, their beginning and end, and what they wait with.
//!
//! | module | noun |
//! |---|---|
//! | [`block`] | a thread's own memory, with the control block that the thread pointer (`fs:0`) points at |
//! | [`life`] | beginning, end, joining, detaching |
//! | [`futex`] | sleeping on a word |
//! | [`lock`] | the library's own lock |
//! | [`tls`] | the image of the thread-local variables |

pub mod block;
pub mod futex;
pub mod life;
pub mod lock;
pub mod tls;

pub use block::{Thread, ThreadBlock, set_canary};

/// Makes `block` the memory of the calling thread.
#[cfg(target_vendor = "kpio")]
pub fn adopt(block: &ThreadBlock) -> Result<(), crate::syscall::ErrorNumber> {
    let address = block.thread_pointer() as usize;
    // SAFETY: the block is laid out as the ABI wants it and lives until the process ends.
    let result = unsafe {
        crate::syscall::call(
            kpio_abi::syscalls::SYS_SET_THREAD_POINTER,
            [address, 0, 0, 0, 0, 0],
        )
    };
    result.map(|_| ())
}
