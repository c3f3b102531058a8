//! Threads: the control block that the thread pointer (`fs:0`) points at, static TLS below it, and
//! the library's lock.
//!
//! `pthread_create` is not here yet. What it will need is: [`ThreadBlock::allocate`] makes the
//! memory that a new thread's pointer is set to, with its own copy of every thread-local variable.

pub mod lock;
pub mod tls;

use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use kpio_abi::flags::{MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE};
use kpio_abi::syscalls::{SYS_MMAP, SYS_MUNMAP};

use crate::syscall::{self, ErrorNumber};
use tls::{BlockLayout, TlsTemplate};

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
    tid: c_int,
    errno: c_int,
    /// Start of the mapping this block lies in.
    mapping: *mut u8,
    mapping_len_bytes: usize,
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

/// The memory of one thread: a copy of the TLS image and a [`ThreadControlBlock`] above it.
pub struct ThreadBlock {
    control: *mut ThreadControlBlock,
}

impl ThreadBlock {
    /// Maps and fills a block for a new thread.
    ///
    /// Fails with the kernel's error, ENOMEM as a rule.
    pub fn allocate() -> Result<Self, ErrorNumber> {
        let template = tls::template();
        let layout = BlockLayout::new(&template, size_of::<ThreadControlBlock>());
        let arguments = [
            0,
            layout.total_bytes,
            (PROT_READ | PROT_WRITE) as usize,
            (MAP_PRIVATE | MAP_ANONYMOUS) as usize,
            syscall::int(-1),
            0,
        ];
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing.
        let mapping = unsafe { syscall::call(SYS_MMAP, arguments) }?;
        let mapping = ptr::with_exposed_provenance_mut::<u8>(mapping);
        // SAFETY: the mapping is writable, zero and `total_bytes` long.
        Ok(unsafe { Self::build(mapping, &layout, &template) })
    }

    /// Lays a thread's memory out in `mapping`.
    ///
    /// # Safety
    ///
    /// `mapping` is page-aligned, writable, zero, `layout.total_bytes` long and used by nobody
    /// else; `template` describes readable memory.
    unsafe fn build(mapping: *mut u8, layout: &BlockLayout, template: &TlsTemplate) -> Self {
        let variables = mapping.wrapping_add(layout.variables_offset);
        // SAFETY: the layout has room for `memory_bytes >= file_bytes` here, below the control
        // block.
        unsafe { ptr::copy_nonoverlapping(template.image, variables, template.file_bytes) };
        let control = mapping
            .wrapping_add(layout.control_offset)
            .cast::<ThreadControlBlock>();
        let block = ThreadControlBlock {
            this: control,
            dtv: ptr::null_mut(),
            previous: control,
            next: control,
            sysinfo: 0,
            canary: CANARY.load(Ordering::Relaxed),
            tid: 0,
            errno: 0,
            mapping,
            mapping_len_bytes: layout.total_bytes,
        };
        // SAFETY: `control_offset` is aligned for the block, which ends within the mapping.
        unsafe { control.write(block) };
        Self { control }
    }

    /// The value for the thread pointer.
    pub fn thread_pointer(&self) -> *mut c_void {
        self.control.cast()
    }
}

/// `void *__kpio_thread_block_new(void)`: memory for the thread pointer of a new thread, with its
/// thread-local variables and `errno`; NULL with `errno` set when there is no memory.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn __kpio_thread_block_new() -> *mut c_void {
    match ThreadBlock::allocate() {
        Ok(block) => block.thread_pointer(),
        Err(error) => {
            crate::header::errno::set(error);
            ptr::null_mut()
        }
    }
}

/// `void __kpio_thread_block_free(void *block)`: gives the memory of an ended thread back.
///
/// # Safety
///
/// `block` came from [`__kpio_thread_block_new`], and no thread runs on it any more.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __kpio_thread_block_free(block: *mut c_void) {
    // SAFETY: the caller says that this is a block, which `build` has filled.
    let control = unsafe { block.cast::<ThreadControlBlock>().read() };
    let arguments = [
        control.mapping as usize,
        control.mapping_len_bytes,
        0,
        0,
        0,
        0,
    ];
    // SAFETY: the mapping is the block's own and nobody uses it any more.
    if unsafe { syscall::call(SYS_MUNMAP, arguments) }.is_err() {
        // The kernel refuses only what is not a mapping: the block was overwritten or freed before.
        crate::start::abort();
    }
}

/// Makes `block` the memory of the calling thread.
#[cfg(target_vendor = "kpio")]
pub fn adopt(block: &ThreadBlock) -> Result<(), ErrorNumber> {
    let address = block.control as usize;
    // SAFETY: the block is laid out as the ABI wants it and lives until the process ends.
    let result = unsafe {
        syscall::call(
            kpio_abi::syscalls::SYS_SET_THREAD_POINTER,
            [address, 0, 0, 0, 0, 0],
        )
    };
    result.map(|_| ())
}

/// The calling thread's `errno`.
#[cfg(target_vendor = "kpio")]
pub fn errno_location() -> *mut c_int {
    let control: *mut ThreadControlBlock;
    // SAFETY: `fs:0` holds the block's own address from before `main` on, in every thread.
    unsafe {
        core::arch::asm!(
            "mov {}, fs:[0]",
            out(reg) control,
            options(nostack, preserves_flags, readonly, pure),
        );
    }
    // SAFETY: the address is that of a live block; no reference is made.
    unsafe { &raw mut (*control).errno }
}

/// The calling thread's `errno` on the host.
#[cfg(not(target_vendor = "kpio"))]
pub fn errno_location() -> *mut c_int {
    std::thread_local! {
        static ERRNO: core::cell::Cell<c_int> = const { core::cell::Cell::new(0) };
    }
    ERRNO.with(core::cell::Cell::as_ptr)
}
