//! The memory of one thread: a copy of the TLS image and a control block above it.

use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering};

use kpio_abi::flags::{MAP_ANONYMOUS, MAP_PRIVATE, PROT_NONE, PROT_READ, PROT_WRITE};
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::syscalls::{SYS_GETTID, SYS_MMAP, SYS_MPROTECT};

use super::tls::{self, BlockLayout, TlsTemplate};
use crate::syscall::{self, ErrorNumber};

/// Values a thread may keep under keys. Source: musl, `PTHREAD_KEYS_MAX`.
pub const KEYS_MAX: usize = 128;
/// Length of a thread's name with its NUL. Source: Linux `prctl(2)`, PR_SET_NAME.
pub const NAME_BYTES: usize = 16;

/// What a thread runs.
pub type Body = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// A value under a key; it counts only if it is of the key's present generation.
#[derive(Clone, Copy)]
pub struct Value {
    /// Which of the key's lives it belongs to.
    pub generation: u32,
    /// The value.
    pub value: *mut c_void,
}

/// Where a thread's stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its lowest usable address.
    pub start: usize,
    /// Its usable length.
    pub len_bytes: usize,
    /// Length of the guard below it.
    pub guard_bytes: usize,
}

/// What the thread pointer points at. The offsets of the first six fields are ABI: compiled code
/// reads `fs:0` for the address of this block and `fs:0x28` for the stack protector's canary.
/// Source: musl, `struct pthread`.
#[repr(C)]
pub struct ThreadControlBlock {
    /// The address of this block itself.
    this: *mut Self,
    /// Where musl keeps its table of TLS blocks; static programs have no use for it.
    dtv: *mut usize,
    previous: *mut Self,
    next: *mut Self,
    sysinfo: usize,
    canary: usize,
    /// The thread's number; 0 as long as nobody asked.
    tid: AtomicI32,
    errno: c_int,
    /// Start of the mapping this block lies in, with the stack if the library made that.
    mapping: *mut u8,
    mapping_len_bytes: usize,
    /// Not 0 while the thread runs; the kernel stores 0 when it has left its stack for good.
    running: AtomicU32,
    /// Whether somebody joins it; see [`super::life`].
    phase: AtomicU32,
    result: *mut c_void,
    stack: Stack,
    body: Option<Body>,
    argument: *mut c_void,
    values: [Value; KEYS_MAX],
    name: [u8; NAME_BYTES],
    /// Its own locale; null: the process's.
    locale: *mut c_void,
}

const _: () = {
    assert!(core::mem::offset_of!(ThreadControlBlock, this) == 0);
    assert!(core::mem::offset_of!(ThreadControlBlock, sysinfo) == 0x20);
    assert!(core::mem::offset_of!(ThreadControlBlock, canary) == 0x28);
};

/// The stack protector's canary of this process; set once, before there is a second thread.
static CANARY: AtomicUsize = AtomicUsize::new(0);

/// Derives the canary from the 16 random bytes of AT_RANDOM, as musl does: its second byte is zero,
/// so that a string that runs over the end of an array cannot reproduce it.
pub fn set_canary(random: [u8; 8]) {
    let [first, _, rest @ ..] = random;
    let mut bytes = [0; 8];
    bytes[0] = first;
    bytes[2..].copy_from_slice(&rest);
    CANARY.store(usize::from_ne_bytes(bytes), Ordering::Relaxed);
}

/// The memory of a thread that does not run yet.
pub struct ThreadBlock {
    control: NonNull<ThreadControlBlock>,
}

impl ThreadBlock {
    /// Maps and fills a block; the stack is somebody else's.
    ///
    /// Fails with the kernel's error, ENOMEM as a rule.
    pub fn allocate() -> Result<Self, ErrorNumber> {
        Self::allocate_above(0, None)
    }

    /// Maps and fills a block with a stack below it, and a guard below that. Both lengths are
    /// multiples of the page size.
    ///
    /// Fails with the kernel's error, ENOMEM as a rule.
    pub fn with_stack(len_bytes: usize, guard_bytes: usize) -> Result<Self, ErrorNumber> {
        Self::allocate_above(len_bytes + guard_bytes, Some(guard_bytes))
    }

    fn allocate_above(below_bytes: usize, guard: Option<usize>) -> Result<Self, ErrorNumber> {
        let template = tls::template();
        let layout = BlockLayout::new(&template, size_of::<ThreadControlBlock>());
        let len_bytes = below_bytes + layout.total_bytes.next_multiple_of(PAGE_SIZE);
        let arguments = [
            0,
            len_bytes,
            (PROT_READ | PROT_WRITE) as usize,
            (MAP_PRIVATE | MAP_ANONYMOUS) as usize,
            syscall::int(-1),
            0,
        ];
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing.
        let mapping = unsafe { syscall::call(SYS_MMAP, arguments) }?;
        let guard_bytes = guard.unwrap_or(0);
        if guard_bytes > 0 {
            let arguments = [mapping, guard_bytes, PROT_NONE as usize, 0, 0, 0];
            // SAFETY: nobody uses the mapping yet.
            if let Err(error) = unsafe { syscall::call(SYS_MPROTECT, arguments) } {
                let arguments = [mapping, len_bytes, 0, 0, 0, 0];
                // SAFETY: as above. The first error is the one to tell.
                let _ = unsafe { syscall::raw(kpio_abi::syscalls::SYS_MUNMAP, arguments) };
                return Err(error);
            }
        }
        let stack = Stack {
            start: mapping + guard_bytes,
            len_bytes: below_bytes - guard_bytes,
            guard_bytes,
        };
        let mapping = ptr::with_exposed_provenance_mut::<u8>(mapping);
        let place = mapping.wrapping_add(below_bytes);
        // SAFETY: from `place` on the mapping is writable, zero and `total_bytes` long.
        let control = unsafe { build(place, &layout, &template) };
        // SAFETY: written just now, and nobody else knows it.
        let block = unsafe { control.as_ptr().as_mut() };
        if let Some(block) = block {
            block.mapping = mapping;
            block.mapping_len_bytes = len_bytes;
            block.stack = stack;
        }
        Ok(Self { control })
    }

    /// Says where the stack is, which somebody else has made.
    pub fn set_stack(&mut self, stack: Stack) {
        // SAFETY: the thread does not run yet, so this is the only reference.
        unsafe { self.control.as_mut() }.stack = stack;
    }

    /// Where the stack is.
    #[must_use]
    pub fn stack(&self) -> Stack {
        // SAFETY: as above.
        unsafe { self.control.as_ref() }.stack
    }

    /// Says what the thread is to run.
    pub fn set_body(&mut self, body: Body, argument: *mut c_void) {
        // SAFETY: as above.
        let control = unsafe { self.control.as_mut() };
        control.body = Some(body);
        control.argument = argument;
    }

    /// The thread it is the memory of.
    #[must_use]
    pub const fn thread(&self) -> Thread {
        Thread {
            control: self.control,
        }
    }

    /// The value for the thread pointer.
    #[must_use]
    pub const fn thread_pointer(&self) -> *mut c_void {
        self.control.as_ptr().cast()
    }
}

/// Lays a thread's memory out from `place` on.
///
/// # Safety
///
/// `place` is page-aligned, writable, zero, `layout.total_bytes` long and used by nobody else;
/// `template` describes readable memory.
unsafe fn build(
    place: *mut u8,
    layout: &BlockLayout,
    template: &TlsTemplate,
) -> NonNull<ThreadControlBlock> {
    let variables = place.wrapping_add(layout.variables_offset);
    // SAFETY: the layout has room for `memory_bytes >= file_bytes` here, below the control block.
    unsafe { ptr::copy_nonoverlapping(template.image, variables, template.file_bytes) };
    let control = place
        .wrapping_add(layout.control_offset)
        .cast::<ThreadControlBlock>();
    // SAFETY: `control_offset` is aligned for the block, which ends within the mapping, and all of
    // whose fields may be zero.
    let block = unsafe { &mut *control };
    block.this = control;
    block.previous = control;
    block.next = control;
    block.canary = CANARY.load(Ordering::Relaxed);
    block.running = AtomicU32::new(1);
    NonNull::from(block)
}

/// A thread, by the address of its control block: what C calls `pthread_t`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thread {
    control: NonNull<ThreadControlBlock>,
}

impl Thread {
    /// The thread that C means.
    ///
    /// # Safety
    ///
    /// `raw` came from [`Self::as_raw`], and the thread's memory is still there.
    #[must_use]
    pub unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: the caller's promise.
        let control = unsafe { NonNull::new_unchecked(raw.cast()) };
        Self { control }
    }

    /// The value for C.
    #[must_use]
    pub const fn as_raw(self) -> *mut c_void {
        self.control.as_ptr().cast()
    }

    /// The calling thread.
    #[cfg(target_vendor = "kpio")]
    #[must_use]
    pub fn current() -> Self {
        let control: *mut ThreadControlBlock;
        // SAFETY: `fs:0` holds the block's own address from before `main` on, in every thread.
        unsafe {
            core::arch::asm!(
                "mov {}, fs:[0]",
                out(reg) control,
                options(nostack, preserves_flags, readonly, pure),
            );
        }
        // SAFETY: that address is not null.
        let control = unsafe { NonNull::new_unchecked(control) };
        Self { control }
    }

    /// The calling thread on the host, with a block that nobody else knows.
    #[cfg(not(target_vendor = "kpio"))]
    #[must_use]
    pub fn current() -> Self {
        std::thread_local! {
            static CONTROL: NonNull<ThreadControlBlock> = {
                // SAFETY: all of its fields may be zero.
                let block = unsafe { core::mem::zeroed::<ThreadControlBlock>() };
                NonNull::from(std::boxed::Box::leak(std::boxed::Box::new(block)))
            };
        }
        Self {
            control: CONTROL.with(|control| *control),
        }
    }

    /// Its `errno`.
    #[must_use]
    pub const fn errno(self) -> *mut c_int {
        // SAFETY: the block is there; no reference is made.
        unsafe { &raw mut (*self.control.as_ptr()).errno }
    }

    /// Its number.
    #[must_use]
    pub fn id(self) -> c_int {
        // SAFETY: the block is there, and the field is only used as an atomic.
        let tid = unsafe { &(*self.control.as_ptr()).tid };
        let known = tid.load(Ordering::Relaxed);
        if known != 0 || self != Self::current() {
            return known;
        }
        // SAFETY: GETTID touches no memory.
        let id = unsafe { syscall::raw(SYS_GETTID, [0; 6]) };
        #[expect(clippy::cast_possible_truncation, reason = "a positive i32")]
        let id = id as c_int;
        tid.store(id, Ordering::Relaxed);
        id
    }

    /// Where the kernel stores its number before it runs; and what says 0 for "ask".
    #[must_use]
    pub const fn id_place(self) -> *const AtomicI32 {
        // SAFETY: the block is there; no reference is made.
        unsafe { &raw const (*self.control.as_ptr()).tid }
    }

    /// The word that is 0 when it has ended.
    #[must_use]
    pub const fn running(self) -> &'static AtomicU32 {
        // SAFETY: the block is there, as long as whoever holds this `Thread` uses it, and the field
        // is only used as an atomic.
        unsafe { &(*self.control.as_ptr()).running }
    }

    /// The word that says whether somebody joins it.
    #[must_use]
    pub const fn phase(self) -> &'static AtomicU32 {
        // SAFETY: as for `running`.
        unsafe { &(*self.control.as_ptr()).phase }
    }

    /// What it runs.
    #[must_use]
    pub const fn body(self) -> (Option<Body>, *mut c_void) {
        let control = self.control.as_ptr();
        // SAFETY: the block is there, and this is set before it runs.
        let body = unsafe { (*control).body };
        // SAFETY: as above.
        (body, unsafe { (*control).argument })
    }

    /// Keeps the calling thread's result for who joins it.
    pub fn set_result(self, result: *mut c_void) {
        // SAFETY: the place is the thread's own until `running` is 0.
        unsafe { (*self.control.as_ptr()).result = result };
    }

    /// Its result, when it has ended.
    #[must_use]
    pub fn result(self) -> *mut c_void {
        // SAFETY: the block is there, and the thread writes it no more.
        unsafe { (*self.control.as_ptr()).result }
    }

    /// Where its stack is; for the first thread nothing.
    #[must_use]
    pub const fn stack(self) -> Stack {
        // SAFETY: the block is there, and this is set before it runs.
        unsafe { (*self.control.as_ptr()).stack }
    }

    /// The mapping of its memory: start and length.
    #[must_use]
    pub const fn mapping(self) -> (*mut u8, usize) {
        let control = self.control.as_ptr();
        // SAFETY: as for `stack`.
        let start = unsafe { (*control).mapping };
        // SAFETY: as above.
        (start, unsafe { (*control).mapping_len_bytes })
    }

    /// The place of its value under a key; for the thread itself only.
    #[must_use]
    pub fn value(self, key: usize) -> Option<*mut Value> {
        // SAFETY: the block is there; no reference is made.
        let values = unsafe { &raw mut (*self.control.as_ptr()).values };
        (key < KEYS_MAX).then(|| values.cast::<Value>().wrapping_add(key))
    }

    /// Its own locale; null if it has the process's.
    #[must_use]
    pub const fn locale(self) -> *mut c_void {
        // SAFETY: the block is there, and only the thread itself changes it.
        unsafe { (*self.control.as_ptr()).locale }
    }

    /// Gives the calling thread a locale of its own, or the process's.
    pub const fn set_locale(self, locale: *mut c_void) {
        // SAFETY: as above.
        unsafe { (*self.control.as_ptr()).locale = locale };
    }

    /// The place of its name.
    #[must_use]
    pub const fn name(self) -> *mut [u8; NAME_BYTES] {
        // SAFETY: the block is there; no reference is made.
        unsafe { &raw mut (*self.control.as_ptr()).name }
    }
}

/// The start of a thread's thread-local variables.
#[must_use]
pub fn variables(thread: Thread) -> *mut c_void {
    let layout = BlockLayout::new(&tls::template(), size_of::<ThreadControlBlock>());
    let below = layout.control_offset - layout.variables_offset;
    thread.as_raw().wrapping_byte_sub(below)
}
