//! The safe Rust face of libkpio, for programs without std.
//!
//! A program is a `no_std`, `no_main` crate that names its function with [`main!`]. What it prints
//! with [`println!`] goes to descriptor 1, its memory comes from `malloc`, and a panic says where
//! on descriptor 2 and ends it with status 101, as a Rust program's does on Linux.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//!
//! kpio_rt::main!(|| {
//!     kpio_rt::println!("Hello");
//!     0
//! });
//! ```
//!
//! All that is unsafe about calling C is in here, so that programs need none of it. Once std is
//! there, it takes this crate's place.

#![cfg_attr(target_vendor = "kpio", no_std)]

extern crate alloc;

pub mod args;
pub mod browser;
mod c;
pub mod channel;
pub mod descriptor;
pub mod error;
pub mod fs;
pub mod io;
pub mod memory;
pub mod priority;
pub mod process;
pub mod ring;
pub mod sync;
pub mod syscall;
pub mod system;
pub mod thread;
pub mod time;
pub mod timer;
pub mod wait;

pub use error::Error;
pub use kpio_abi as abi;
pub use kpio_messages as messages;

/// The status of a program that has panicked.
pub const PANIC_STATUS: i32 = 101;

/// Names the function the program starts with: it takes nothing and returns the exit status.
#[macro_export]
macro_rules! main {
    ($function:expr) => {
        /// The C library's way into the program.
        ///
        /// # Safety
        ///
        /// Called once, by libkpio's start code, with the program's arguments.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn main(
            count: ::core::ffi::c_int,
            arguments: *const *const ::core::ffi::c_char,
        ) -> ::core::ffi::c_int {
            // SAFETY: libkpio passes what the kernel has laid out for this process.
            unsafe { $crate::args::set(count, arguments) };
            let function: fn() -> i32 = $function;
            function()
        }
    };
}

/// Prints a line to standard output. Panics if it cannot be written.
#[macro_export]
macro_rules! println {
    ($($part:tt)*) => {
        $crate::io::print($crate::io::STDOUT, ::core::format_args!($($part)*), "\n")
    };
}

/// Prints to standard output. Panics if it cannot be written.
#[macro_export]
macro_rules! print {
    ($($part:tt)*) => {
        $crate::io::print($crate::io::STDOUT, ::core::format_args!($($part)*), "")
    };
}

/// Prints a line to standard error. Panics if it cannot be written.
#[macro_export]
macro_rules! eprintln {
    ($($part:tt)*) => {
        $crate::io::print($crate::io::STDERR, ::core::format_args!($($part)*), "\n")
    };
}

#[cfg(target_vendor = "kpio")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    if io::try_print(io::STDERR, format_args!("{info}"), "\n").is_err() {
        // Nobody is left to be told; the status still says it.
    }
    process::exit_now(PANIC_STATUS)
}
