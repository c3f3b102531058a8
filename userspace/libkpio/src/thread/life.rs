//! The beginning and the end of threads.
//!
//! **Who frees a thread's memory.** Its stack and its control block are one mapping, which cannot go
//! before the thread has left it for good. Three may see to that, and the word `phase` decides:
//!
//! ```text
//!            detach                        ends
//! JOINABLE ─────────▶ DETACHED ──────────────────────▶ the thread itself, with its last two calls
//!    │ ends                                 detach, or join
//!    └─────────────▶ ENDING ───────────────────────────▶ whoever does that, when `running` is 0
//! ```
//! `running` becomes 0 by the kernel, after the thread has left user mode. Who joins a thread waits
//! for that; if the process ends meanwhile, nobody is left to care.
//!
//! A stack that the program has made itself stays the program's.

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{SYS_MUNMAP, SYS_THREAD_CREATE, SYS_THREAD_EXIT};
use kpio_abi::types::ThreadCreateArgs;

use super::block::{Thread, ThreadBlock};
use super::futex::{self, Deadline, Scope};
use crate::syscall::{self, ErrorNumber};

const JOINABLE: u32 = 0;
const DETACHED: u32 = 1;
const ENDING: u32 = 2;

/// Threads that have not ended.
static NR_THREADS: AtomicU32 = AtomicU32::new(1);

/// Starts the thread of `block`, whose body and stack are set.
///
/// Fails with the kernel's error, EAGAIN as a rule; then the block's memory is gone.
pub fn start(block: ThreadBlock, is_detached: bool) -> Result<Thread, ErrorNumber> {
    let thread = block.thread();
    if is_detached {
        thread.phase().store(DETACHED, Ordering::Relaxed);
    }
    let stack = block.stack();
    let top = (stack.start + stack.len_bytes) & !15;
    let arguments = ThreadCreateArgs {
        entry: run as *const () as u64,
        // As if `run` had been called: 8 below a multiple of 16 (System V ABI).
        stack_pointer: (top - 8) as u64,
        argument: thread.as_raw() as u64,
        thread_pointer: block.thread_pointer() as u64,
        parent_tid: thread.id_place() as u64,
    };
    NR_THREADS.fetch_add(1, Ordering::Relaxed);
    let address = (&raw const arguments) as usize;
    let size_bytes = size_of::<ThreadCreateArgs>();
    // SAFETY: stack, block and body are the thread's own until it has ended; the kernel reads the
    // struct before it returns.
    let made = unsafe { syscall::call(SYS_THREAD_CREATE, [address, size_bytes, 0, 0, 0, 0]) };
    match made {
        Ok(_) => Ok(thread),
        Err(error) => {
            NR_THREADS.fetch_sub(1, Ordering::Relaxed);
            // SAFETY: no thread was made, so nobody uses the memory.
            unsafe { free(thread) };
            Err(error)
        }
    }
}

/// Where a thread starts.
unsafe extern "C" fn run(control: *mut c_void) -> ! {
    // SAFETY: `start` has passed the new thread's own block.
    let thread = unsafe { Thread::from_raw(control) };
    let (body, argument) = thread.body();
    let result = match body {
        // SAFETY: whoever made the thread promised that the body may be run with this argument.
        Some(body) => unsafe { body(argument) },
        None => core::ptr::null_mut(),
    };
    end(result)
}

/// Ends the calling thread. The last one ends the process as `exit(0)` does.
pub fn end(result: *mut c_void) -> ! {
    let thread = Thread::current();
    crate::header::pthread::key::run_destructors();
    if NR_THREADS.fetch_sub(1, Ordering::AcqRel) == 1 {
        crate::header::stdlib::exit(0);
    }
    thread.set_result(result);
    let running = thread.running();
    match thread
        .phase()
        .compare_exchange(JOINABLE, ENDING, Ordering::AcqRel, Ordering::Acquire)
    {
        Ok(_) => exit_and_clear(running),
        Err(_) => {
            // A handler would run on the stack that is about to go.
            crate::header::signal::mask::block_all();
            let (start, len_bytes) = thread.mapping();
            unmap_and_exit(start, len_bytes)
        }
    }
}

/// THREAD_EXIT; the kernel clears the word.
fn exit_and_clear(running: &AtomicU32) -> ! {
    loop {
        // SAFETY: nothing on this stack is needed any more.
        unsafe { syscall::raw(SYS_THREAD_EXIT, [running.as_ptr() as usize, 0, 0, 0, 0, 0]) };
    }
}

/// MUNMAP of the memory the thread runs on, then THREAD_EXIT, without a stack between them.
#[cfg(target_vendor = "kpio")]
fn unmap_and_exit(start: *mut u8, len_bytes: usize) -> ! {
    // SAFETY: the mapping is the thread's own, and nobody joins it; between the calls only registers
    // are used. Neither call touches other memory.
    unsafe {
        core::arch::asm!(
            "syscall",
            "mov eax, {exit}",
            "xor edi, edi",
            "syscall",
            "ud2",
            exit = const SYS_THREAD_EXIT,
            in("rax") SYS_MUNMAP,
            in("rdi") start,
            in("rsi") len_bytes,
            options(noreturn, nostack),
        )
    }
}

#[cfg(not(target_vendor = "kpio"))]
fn unmap_and_exit(_start: *mut u8, _len_bytes: usize) -> ! {
    crate::start::abort()
}

/// Gives the memory of a thread back.
///
/// # Safety
///
/// It has ended, or never ran, and nobody uses it any more.
unsafe fn free(thread: Thread) {
    let (start, len_bytes) = thread.mapping();
    // SAFETY: the mapping is the thread's own.
    let unmapped = unsafe { syscall::call(SYS_MUNMAP, [start as usize, len_bytes, 0, 0, 0, 0]) };
    if unmapped.is_err() {
        // The kernel refuses only what is not a mapping: the block was overwritten.
        crate::start::abort();
    }
}

/// Waits until `thread` has ended, until `deadline` at most; its result.
///
/// Errors: EDEADLK for the calling thread itself, EINVAL for a detached one, ETIMEDOUT.
///
/// # Safety
///
/// The thread was not joined before.
pub unsafe fn join(
    thread: Thread,
    deadline: Option<&Deadline>,
) -> Result<*mut c_void, ErrorNumber> {
    if thread == Thread::current() {
        return Err(Errno::EDEADLK.into());
    }
    if thread.phase().load(Ordering::Acquire) == DETACHED {
        return Err(Errno::EINVAL.into());
    }
    while thread.running().load(Ordering::Acquire) != 0 {
        match futex::wait(thread.running(), 1, deadline, Scope::Private) {
            Err(error) if error == Errno::ETIMEDOUT.into() || error == Errno::EINVAL.into() => {
                return Err(error);
            }
            // Changed, woken or interrupted: look again.
            _ => {}
        }
    }
    let result = thread.result();
    // SAFETY: it has ended, and the caller is the only one who joins it.
    unsafe { free(thread) };
    Ok(result)
}

/// Whether `thread` has ended.
#[must_use]
pub fn has_ended(thread: Thread) -> bool {
    thread.running().load(Ordering::Acquire) == 0
}

/// Lets `thread` free its own memory at its end.
///
/// Errors: EINVAL for a detached one.
///
/// # Safety
///
/// The thread was not joined.
pub unsafe fn detach(thread: Thread) -> Result<(), ErrorNumber> {
    let phase = thread.phase();
    match phase.compare_exchange(JOINABLE, DETACHED, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(()),
        // SAFETY: handed on to the caller; it is about to end.
        Err(ENDING) => unsafe { join(thread, None) }.map(|_| ()),
        Err(_) => Err(Errno::EINVAL.into()),
    }
}

/// Whether `thread` was detached.
#[must_use]
pub fn is_detached(thread: Thread) -> bool {
    thread.phase().load(Ordering::Relaxed) == DETACHED
}

/// In the child of a fork: only the calling thread is left, under another number.
pub fn forget_others() {
    NR_THREADS.store(1, Ordering::Relaxed);
    // SAFETY: the block is the calling thread's own; its number is asked for again.
    unsafe { &*Thread::current().id_place() }.store(0, Ordering::Relaxed);
}
