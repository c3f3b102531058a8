//! The end of a process: `exit`, `atexit`, `abort` and their kin.

use core::ffi::{c_int, c_void};
use core::mem;
use core::ptr::NonNull;

use crate::alloc::heap::MIN_ALIGN;
use crate::alloc::heap::{Heap, Pages};
use crate::alloc::{HEAP, KernelPages};
use crate::header::stdio::file;
use crate::start;
use crate::thread::lock::Lock;

/// A function to be called at the end, with its argument.
#[derive(Clone, Copy)]
struct Handler {
    function: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
}

/// POSIX demands room for 32 handlers; so many are in place without asking for memory.
const BLOCK_HANDLERS: usize = 32;

/// A piece of a stack of handlers.
struct Block {
    handlers: [Option<Handler>; BLOCK_HANDLERS],
    count: usize,
    /// The piece below, full.
    below: Option<NonNull<Self>>,
}

impl Block {
    const fn new(below: Option<NonNull<Self>>) -> Self {
        Self {
            handlers: [None; BLOCK_HANDLERS],
            count: 0,
            below,
        }
    }
}

/// Handlers in the order they were given; the last one is taken first.
struct Handlers {
    top: Block,
}

// SAFETY: handlers may be called by any thread, and the blocks below the top belong to the stack
// alone.
unsafe impl Send for Handlers {}

impl Handlers {
    const fn new() -> Self {
        Self {
            top: Block::new(None),
        }
    }

    /// Puts a handler on top; false when there is no memory.
    fn push<P: Pages>(&mut self, handler: Handler, heap: &Lock<Heap<P>>) -> bool {
        if self.top.count == BLOCK_HANDLERS {
            let Some(place) = heap.lock().allocate(size_of::<Block>(), MIN_ALIGN) else {
                return false;
            };
            let place = place.cast::<Block>();
            let full = mem::replace(&mut self.top, Block::new(Some(place)));
            // SAFETY: allocated just now, of that size, aligned for any type.
            unsafe { place.write(full) };
        }
        if let Some(slot) = self.top.handlers.get_mut(self.top.count) {
            *slot = Some(handler);
            self.top.count += 1;
        }
        true
    }

    /// Takes the handler on top.
    fn pop<P: Pages>(&mut self, heap: &Lock<Heap<P>>) -> Option<Handler> {
        if self.top.count == 0 {
            let below = self.top.below?;
            // SAFETY: `push` has written a block there.
            self.top = unsafe { below.read() };
            // SAFETY: allocated by `push` from this heap, and moved out of just now.
            unsafe { heap.lock().free(below.cast()) };
        }
        self.top.count = self.top.count.checked_sub(1)?;
        self.top
            .handlers
            .get_mut(self.top.count)
            .and_then(Option::take)
    }
}

static AT_EXIT: Lock<Handlers> = Lock::new(Handlers::new());
static AT_QUICK_EXIT: Lock<Handlers> = Lock::new(Handlers::new());

/// Calls the handlers, the last one first; those that are given meanwhile too.
fn run(handlers: &Lock<Handlers>) {
    loop {
        // The lock is free while a handler runs: it may call `atexit`.
        let Some(handler) = handlers.lock().pop::<KernelPages>(&HEAP) else {
            return;
        };
        // SAFETY: whoever gave the function promised that it may be called at the end with this
        // argument.
        unsafe { (handler.function)(handler.argument) };
    }
}

/// Calls a handler of `atexit`, which has no argument: the function itself is the argument.
unsafe extern "C" fn call_plain(function: *mut c_void) {
    // SAFETY: `atexit` and `at_quick_exit` have made this pointer from such a function.
    let function = unsafe { mem::transmute::<*mut c_void, unsafe extern "C" fn()>(function) };
    // SAFETY: it was given to be called at the end.
    unsafe { function() };
}

/// Registers a function without argument; 0, or -1 when there is no memory.
fn register(handlers: &Lock<Handlers>, function: unsafe extern "C" fn()) -> c_int {
    let handler = Handler {
        function: call_plain,
        argument: function as *mut c_void,
    };
    if handlers.lock().push::<KernelPages>(handler, &HEAP) {
        0
    } else {
        -1
    }
}

/// `int atexit(void (*function)(void))`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn atexit(function: unsafe extern "C" fn()) -> c_int {
    register(&AT_EXIT, function)
}

/// `int at_quick_exit(void (*function)(void))`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn at_quick_exit(function: unsafe extern "C" fn()) -> c_int {
    register(&AT_QUICK_EXIT, function)
}

/// `int __cxa_atexit(void (*function)(void *), void *argument, void *object)`: what C++ compilers
/// register destructors with. There are no shared objects, so the third argument says nothing.
/// Source: Itanium C++ ABI, "DSO Object Destruction API".
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn __cxa_atexit(
    function: unsafe extern "C" fn(*mut c_void),
    argument: *mut c_void,
    _object: *mut c_void,
) -> c_int {
    let handler = Handler { function, argument };
    if AT_EXIT.lock().push::<KernelPages>(handler, &HEAP) {
        0
    } else {
        -1
    }
}

/// `_Noreturn void exit(int status)`: handlers of `atexit`, destructors, what waits in files, end.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn exit(status: c_int) -> ! {
    run(&AT_EXIT);
    #[cfg(target_vendor = "kpio")]
    // SAFETY: the process ends below, so this is the only time.
    unsafe {
        start::run_destructors();
    }
    file::finish();
    start::exit_now(status)
}

/// `_Noreturn void quick_exit(int status)`: handlers of `at_quick_exit`, end.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn quick_exit(status: c_int) -> ! {
    run(&AT_QUICK_EXIT);
    start::exit_now(status)
}

/// `_Noreturn void _Exit(int status)`: ends the process at once.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_snake_case, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn _Exit(status: c_int) -> ! {
    start::exit_now(status)
}

/// `_Noreturn void abort(void)`: ends the process by SIGABRT; see [`start::abort`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn abort() -> ! {
    start::abort()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::alloc::Layout;
    use core::ptr;
    use std::vec::Vec;

    #[derive(Debug)]
    struct HostPages;

    // SAFETY: zeroed memory of the host's allocator.
    unsafe impl Pages for HostPages {
        fn map(len_bytes: usize) -> Option<NonNull<u8>> {
            let layout = Layout::from_size_align(len_bytes, 4096).ok()?;
            // SAFETY: the heap maps no empty slab.
            NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })
        }

        unsafe fn unmap(_start: NonNull<u8>, _len_bytes: usize) {}
    }

    unsafe extern "C" fn unused(_argument: *mut c_void) {}

    #[test]
    fn handlers_come_back_last_first_beyond_one_block() {
        let heap = Lock::new(Heap::<HostPages>::new());
        let mut handlers = Handlers::new();
        let count = 3 * BLOCK_HANDLERS + 5;
        for number in 1..=count {
            let handler = Handler {
                function: unused,
                argument: ptr::without_provenance_mut(number),
            };
            assert!(handlers.push(handler, &heap));
        }
        let popped: Vec<usize> = core::iter::from_fn(|| handlers.pop(&heap))
            .map(|handler| handler.argument as usize)
            .collect();
        let expected: Vec<usize> = (1..=count).rev().collect();
        assert_eq!(popped, expected);
    }

    #[test]
    fn first_32_handlers_need_no_memory() {
        // The kernel's pages fail on the host, so the 33rd handler finds no memory.
        let mut handlers = Handlers::new();
        let handler = Handler {
            function: unused,
            argument: ptr::null_mut(),
        };
        let heap = Lock::new(Heap::<KernelPages>::new());
        for _ in 0..BLOCK_HANDLERS {
            assert!(handlers.push(handler, &heap));
        }
        assert!(!handlers.push(handler, &heap));
    }
}
