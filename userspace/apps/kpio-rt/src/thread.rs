//! Threads.

use alloc::boxed::Box;
use core::ffi::c_void;
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::SYS_THREAD_CREATE;
use kpio_abi::types::ThreadCreateArgs;

use crate::c;
use crate::error::Error;
use crate::syscall;

/// The length of a thread's stack.
pub const STACK_BYTES: usize = 64 << 10;

/// A thread that was started. Dropping this without joining leaks the thread's memory.
pub struct JoinHandle<T> {
    id: i32,
    thread: *mut c_void,
    result: *mut Outcome<T>,
}

// SAFETY: the handle is the only owner of the result, which is looked at when the thread has ended.
unsafe impl<T: Send> Send for JoinHandle<T> {}

/// What a thread runs, and what came of it.
enum Outcome<T> {
    Body(Box<dyn FnOnce() -> T + Send>),
    Result(T),
    Taken,
}

/// Starts a thread that runs `body`. EAGAIN as `pthread_create` says.
pub fn spawn<T: Send + 'static>(
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    let result = Box::into_raw(Box::new(Outcome::Body(Box::new(body))));
    let mut attributes = c::ThreadAttributes::default();
    // SAFETY: the attributes are writable.
    let initialised = unsafe { c::pthread_attr_init(&raw mut attributes) };
    // SAFETY: they are initialised.
    let sized = unsafe { c::pthread_attr_setstacksize(&raw mut attributes, STACK_BYTES) };
    let mut thread = ptr::null_mut();
    // SAFETY: the thread is the only one to touch its outcome until it has ended.
    let created = unsafe {
        c::pthread_create(
            &raw mut thread,
            &raw const attributes,
            run::<T>,
            result.cast(),
        )
    };
    if let Some(error) = [initialised, sized, created].into_iter().find(|e| *e != 0) {
        // SAFETY: no thread was made, so this is still the only owner.
        drop(unsafe { Box::from_raw(result) });
        return Err(Error::from_raw(error));
    }
    // SAFETY: the thread is there until it is joined.
    let id = unsafe { c::__kpio_thread_id(thread) };
    Ok(JoinHandle { id, thread, result })
}

/// Where a thread starts.
unsafe extern "C" fn run<T>(outcome: *mut c_void) -> *mut c_void {
    let outcome = outcome.cast::<Outcome<T>>();
    // SAFETY: `spawn` has made it for this thread alone.
    if let Outcome::Body(body) = unsafe { outcome.replace(Outcome::Taken) } {
        // SAFETY: as above; the joiner looks only after the thread has ended.
        unsafe { outcome.write(Outcome::Result(body())) };
    }
    ptr::null_mut()
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
    /// If the thread cannot be joined, or has ended without a result.
    pub fn join(self) -> T {
        // SAFETY: only this joins it.
        let error = unsafe { c::pthread_join(self.thread, ptr::null_mut()) };
        assert!(error == 0, "cannot wait for a thread: {error}");
        // SAFETY: the thread has ended, so nobody else touches the outcome.
        match *unsafe { Box::from_raw(self.result) } {
            Outcome::Result(result) => result,
            _ => panic!("a thread has ended without a result"),
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
