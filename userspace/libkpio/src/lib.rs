//! `libkpio`: the C library of KPIO.
//!
//! Its contract is the source ABI of musl: the same symbols, constants, struct layouts and `errno`
//! values. Below it are KPIO's own system calls (`kpio_abi`). What is not here yet is missing at
//! link time; nothing here pretends to work.
//!
//! | module | noun |
//! |---|---|
//! | [`syscall`] | the SYSCALL instruction, and what its result means |
//! | [`alloc`] | the heap behind `malloc` |
//! | [`string`] | memory and string primitives |
//! | [`calendar`] | dates and time zones |
//! | [`io`] | whole-buffer output for the library's own use |
//! | [`number`] | floating-point numbers and text, exact both ways |
//! | [`varargs`] | the arguments behind a C function's `...` |
//! | [`thread`] | thread control block, static TLS, the internal lock |
//! | [`start`] | from the first instruction to `main`, and from `exit` to the end |
//! | [`header`] | the C functions, one directory a C header |
//!
//! The crate also compiles on the host, where nothing is exported under a C name, so `cargo test -p
//! libkpio` compares the portable parts with the host's own C library.

#![cfg_attr(target_vendor = "kpio", no_std)]
// The printf and scanf families are C functions with `...`.
#![feature(c_variadic)]
// LLVM recognises loops that copy or fill memory and calls `memcpy` or `memset` for them: here that
// would be a function calling itself.
#![no_builtins]

#[cfg(not(target_vendor = "kpio"))]
extern crate std;

pub mod alloc;
pub mod calendar;
pub mod header;
pub mod io;
pub mod number;
pub mod start;
pub mod string;
pub mod syscall;
pub mod thread;
pub mod varargs;

/// A panic in the library is a defect of the library or of its caller's promises: say where, then
/// end by a fault.
#[cfg(target_vendor = "kpio")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    use core::fmt::Write;

    let mut text = io::FixedText::<512>::new();
    // A text that does not fit is cut; `FixedText` never fails.
    let _ = writeln!(text, "libkpio: {info}");
    io::write_best_effort(io::STDERR, text.as_bytes());
    start::abort()
}
