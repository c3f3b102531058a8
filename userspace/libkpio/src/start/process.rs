//! Setting a process up: environment, auxiliary vector, thread-local storage, constructors, `main`.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use kpio_abi::flags::{AT_PHDR, AT_PHENT, AT_PHNUM, AT_RANDOM};
use kpio_abi::syscalls::SYS_EXIT;

use crate::header::stdlib::{self, environ};
use crate::header::sys_auxv;
use crate::io;
use crate::syscall;
use crate::thread::tls::{self, TlsTemplate};
use crate::thread::{self, ThreadBlock};

/// `int main(int argc, char **argv, char **envp)`
type Main = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;

/// A constructor or destructor of `.init_array` or `.fini_array`. musl gives constructors the
/// arguments of `main`.
type Constructor = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char);
type Destructor = unsafe extern "C" fn();

unsafe extern "C" {
    // The linker defines these around the sections of those names, in every executable it makes.
    static __init_array_start: [Constructor; 0];
    static __init_array_end: [Constructor; 0];
    static __fini_array_start: [Destructor; 0];
    static __fini_array_end: [Destructor; 0];
    // The ELF header, where it is loaded.
    static __ehdr_start: u8;
}

/// `p_type` of the segment that holds the TLS image.
const PT_TLS: u32 = 7;
/// `p_type` of the segment that holds the program headers themselves.
const PT_PHDR: u32 = 6;
/// `p_type` of a segment that is loaded.
const PT_LOAD: u32 = 1;

/// A program header. Source: ELF-64 Object File Format, "Program header".
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ProgramHeader {
    kind: u32,
    flags: u32,
    file_offset: u64,
    virtual_address: usize,
    physical_address: u64,
    file_bytes: usize,
    memory_bytes: usize,
    align: usize,
}

/// Ends a process that could not be set up. `errno` and the library are not usable yet.
fn give_up(reason: &[u8]) -> ! {
    io::write_best_effort(io::STDERR, b"libkpio: cannot start the program: ");
    io::write_best_effort(io::STDERR, reason);
    io::write_best_effort(io::STDERR, b"\n");
    loop {
        // SAFETY: EXIT does not return. 127 is what POSIX's `posix_spawn` has a child end with that
        // could not start.
        unsafe { syscall::raw(SYS_EXIT, [127, 0, 0, 0, 0, 0]) };
    }
}

/// The program headers, from the auxiliary vector.
///
/// # Safety
///
/// `sys_auxv::set` was given the kernel's vector.
pub(crate) unsafe fn program_headers() -> &'static [ProgramHeader] {
    let start = sys_auxv::value(AT_PHDR).unwrap_or(0);
    let count = sys_auxv::value(AT_PHNUM).unwrap_or(0);
    if start == 0 || sys_auxv::value(AT_PHENT) != Some(size_of::<ProgramHeader>()) {
        return &[];
    }
    // SAFETY: the kernel says that so many headers of this size are mapped there, and its loader
    // refuses others; the segment that holds them is read-only.
    unsafe { core::slice::from_raw_parts(ptr::with_exposed_provenance(start), count) }
}

/// What has to be added to addresses of the file to get those in memory.
pub(crate) fn load_bias(headers: &[ProgramHeader]) -> usize {
    let header = |kind| headers.iter().find(|header| header.kind == kind);
    if let Some(own) = header(PT_PHDR) {
        return (headers.as_ptr() as usize).wrapping_sub(own.virtual_address);
    }
    // Without PT_PHDR: the ELF header starts the first segment that is loaded.
    header(PT_LOAD).map_or(0, |first| {
        (&raw const __ehdr_start as usize).wrapping_sub(first.virtual_address)
    })
}

/// Whether the program has thread-local variables.
pub(crate) fn has_tls(headers: &[ProgramHeader]) -> bool {
    headers.iter().any(|header| header.kind == PT_TLS)
}

/// Gives the first thread its control block and its copy of the thread-local variables.
///
/// # Safety
///
/// As for [`program_headers`]; nothing has used `errno` or a thread-local variable yet.
unsafe fn set_up_first_thread() {
    // SAFETY: the caller's promise.
    let headers = unsafe { program_headers() };
    if let Some(segment) = headers.iter().find(|header| header.kind == PT_TLS) {
        let image = load_bias(headers).wrapping_add(segment.virtual_address);
        tls::set_template(&TlsTemplate {
            image: ptr::with_exposed_provenance(image),
            file_bytes: segment.file_bytes,
            memory_bytes: segment.memory_bytes,
            align: segment.align,
            virtual_address: segment.virtual_address,
        });
    }
    if let Some(random) = sys_auxv::value(AT_RANDOM) {
        // SAFETY: AT_RANDOM is the address of 16 bytes.
        thread::set_canary(unsafe {
            ptr::with_exposed_provenance::<[u8; 8]>(random).read_unaligned()
        });
    }
    let Ok(block) = ThreadBlock::allocate() else {
        give_up(b"no memory for thread-local storage")
    };
    if thread::adopt(&block).is_err() {
        give_up(b"the kernel refuses the thread pointer");
    }
}

/// Runs the constructors in their order.
///
/// # Safety
///
/// To be called once, before `main`.
unsafe fn run_constructors(argc: c_int, argv: *mut *mut c_char, envp: *mut *mut c_char) {
    let mut next = (&raw const __init_array_start).cast::<Constructor>();
    let end = (&raw const __init_array_end).cast::<Constructor>();
    while next < end {
        // SAFETY: between the linker's two symbols lie addresses of functions of this type.
        let constructor = unsafe { next.read() };
        // SAFETY: the compiler has put it there to be called now.
        unsafe { constructor(argc, argv, envp) };
        next = next.wrapping_add(1);
    }
}

/// Runs the destructors, the last one first.
///
/// # Safety
///
/// To be called once, after `main` and the handlers of `atexit`.
pub unsafe fn run_destructors() {
    let start = (&raw const __fini_array_start).cast::<Destructor>();
    let mut next = (&raw const __fini_array_end).cast::<Destructor>();
    while next > start {
        next = next.wrapping_sub(1);
        // SAFETY: between the linker's two symbols lie addresses of functions of this type.
        let destructor = unsafe { next.read() };
        // SAFETY: the compiler has put it there to be called now.
        unsafe { destructor() };
    }
}

/// `_Noreturn int __libc_start_main(int (*main)(), int argc, char **argv, void (*init)(), void
/// (*fini)(), void *ldso)`: sets the process up, runs `main` and exits with its result.
///
/// The signature is musl's; the last three are unused, as constructors come from `.init_array` and
/// there is no dynamic linker.
///
/// # Safety
///
/// Called once, by `_start`, with what the kernel left on the stack.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __libc_start_main(
    main: Main,
    argc: c_int,
    argv: *mut *mut c_char,
    _init: *mut c_void,
    _fini: *mut c_void,
    _dynamic_linker: *mut c_void,
) -> ! {
    let Ok(arguments) = usize::try_from(argc) else {
        give_up(b"argc is negative")
    };
    let envp = argv.wrapping_add(arguments + 1);
    // SAFETY: no other thread exists yet.
    unsafe { environ = envp };
    let mut end = envp;
    // SAFETY: the environment ends with a null.
    while !unsafe { end.read() }.is_null() {
        end = end.wrapping_add(1);
    }
    // SAFETY: the auxiliary vector starts after that null and ends with AT_NULL.
    unsafe { sys_auxv::set(end.wrapping_add(1).cast()) };
    // SAFETY: the vector was set just now, and nothing here uses `errno`.
    unsafe { set_up_first_thread() };
    // SAFETY: the first argument, or the null behind none, which the kernel has put there.
    let name = unsafe { argv.read() };
    // SAFETY: no other thread exists yet.
    unsafe { super::set_program_name(name) };
    // SAFETY: `main` has not run yet.
    unsafe { run_constructors(argc, argv, envp) };
    // SAFETY: crt1.o passes the program's `main`.
    let status = unsafe { main(argc, argv, envp) };
    stdlib::exit(status)
}
