//! Threads, made with the kernel's own calls: until `pthread_create` is there.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::ManuallyDrop;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::flags::{PROT_NONE, PROT_READ, PROT_WRITE};
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::syscalls::{SYS_THREAD_CREATE, SYS_THREAD_EXIT};
use kpio_abi::types::ThreadCreateArgs;

use crate::c;
use crate::error::Error;
use crate::memory::{self, Mapping};
use crate::sync;
use crate::syscall;

/// The length of a thread's stack.
pub const STACK_BYTES: usize = 64 << 10;

/// Held by the thread and by whoever joins it.
struct Shared<T> {
    result: UnsafeCell<Option<T>>,
}

// SAFETY: the thread writes the result before the kernel clears the word in `ThreadMemory`; the
// joiner reads it after.
unsafe impl<T: Send> Sync for Shared<T> {}

/// What must outlive the thread: the kernel writes `running` when it has left its stack for good.
struct ThreadMemory {
    /// Not 0 while the thread runs; the kernel stores 0 at its end and wakes a sleeper.
    running: AtomicU32,
    stack: Mapping,
    block: *mut c_void,
}

impl Drop for ThreadMemory {
    fn drop(&mut self) {
        // SAFETY: the block came from libkpio, and the thread has ended or was never made.
        unsafe { c::__kpio_thread_block_free(self.block) };
    }
}

/// A thread that was started. Dropping this without joining leaks the thread's stack: nobody is
/// left to see when it is free.
pub struct JoinHandle<T> {
    id: i32,
    shared: Arc<Shared<T>>,
    memory: ManuallyDrop<Box<ThreadMemory>>,
}

/// What a new thread is started with.
struct Start<T> {
    body: Box<dyn FnOnce() -> T + Send>,
    shared: Arc<Shared<T>>,
    running: *const AtomicU32,
}

/// Starts a thread that runs `body`. EAGAIN and ENOMEM as THREAD_CREATE says.
pub fn spawn<T: Send + 'static>(
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    let shared = Arc::new(Shared {
        result: UnsafeCell::new(None),
    });
    let stack = Mapping::new(STACK_BYTES + PAGE_SIZE, PROT_READ | PROT_WRITE)?;
    // SAFETY: the guard page is the lowest of a mapping nobody uses yet.
    unsafe { memory::protect(stack.address(), PAGE_SIZE, PROT_NONE) }?;
    let block = c::__kpio_thread_block_new();
    if block.is_null() {
        return Err(Error::last());
    }
    let memory = Box::new(ThreadMemory {
        running: AtomicU32::new(1),
        stack,
        block,
    });
    let start = Box::into_raw(Box::new(Start {
        body: Box::new(body),
        shared: Arc::clone(&shared),
        running: &raw const memory.running,
    }));
    let top = memory.stack.address() + memory.stack.len_bytes();
    let arguments = ThreadCreateArgs {
        entry: run::<T> as *const () as u64,
        // As if `run` had been called: 8 below a multiple of 16 (System V ABI).
        stack_pointer: (top - 8) as u64,
        argument: start as u64,
        thread_pointer: block as u64,
        parent_tid: 0,
    };
    // SAFETY: the thread's stack, block and start data are its own until it has ended.
    match unsafe { create(&arguments) } {
        Ok(id) => Ok(JoinHandle {
            id,
            shared,
            memory: ManuallyDrop::new(memory),
        }),
        Err(error) => {
            // SAFETY: no thread was made, so this is still the only owner.
            drop(unsafe { Box::from_raw(start) });
            Err(error)
        }
    }
}

/// THREAD_CREATE.
///
/// # Safety
///
/// `arguments` names a stack, a thread pointer and an entry that the thread may use until it ends.
pub unsafe fn create(arguments: &ThreadCreateArgs) -> Result<i32, Error> {
    let address = core::ptr::from_ref(arguments) as usize;
    let size_bytes = size_of::<ThreadCreateArgs>();
    // SAFETY: handed on to the caller; the kernel reads the struct before it returns.
    let id = unsafe { syscall::call(SYS_THREAD_CREATE, [address, size_bytes, 0, 0, 0, 0]) }?;
    i32::try_from(id).map_err(|_| Errno::EOVERFLOW.into())
}

/// Where a thread starts.
extern "C" fn run<T>(start: *mut Start<T>) -> ! {
    // SAFETY: `spawn` has made it for this thread alone.
    let start = *unsafe { Box::from_raw(start) };
    let result = (start.body)();
    // SAFETY: the joiner looks only after the thread has ended.
    unsafe { start.shared.result.get().write(Some(result)) };
    let running = start.running as usize;
    drop(start.shared);
    // SAFETY: nothing on this stack is needed any more; the kernel clears the word, which the join
    // handle keeps, after it has left the stack.
    unsafe { syscall::raw(SYS_THREAD_EXIT, [running, 0, 0, 0, 0, 0]) };
    unreachable!("THREAD_EXIT has returned")
}

impl<T> JoinHandle<T> {
    /// The thread's number.
    #[must_use]
    pub const fn id(&self) -> i32 {
        self.id
    }

    /// Waits until the thread has ended, and returns what it has computed.
    ///
    /// # Panics
    ///
    /// If the kernel refuses the wait, or the thread has ended without a result.
    pub fn join(self) -> T {
        let Self { shared, memory, .. } = self;
        while memory.running.load(Ordering::Acquire) != 0 {
            if let Err(error) = sync::futex_wait(&memory.running, 1, None) {
                panic!("cannot wait for a thread: {error}");
            }
        }
        drop(ManuallyDrop::into_inner(memory));
        // SAFETY: the thread has ended, so nobody else touches the result.
        match unsafe { (*shared.result.get()).take() } {
            Some(result) => result,
            None => panic!("a thread has ended without a result"),
        }
    }
}
