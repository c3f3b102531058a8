//! The KPIO kernel.
//!
//! What needs no machine (loader, files, text console, memory objects, handles, the command line,
//! events) also builds for the host, where `cargo test` runs it. Everything that touches the machine
//! does so through `kpio-hal`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(test)]
extern crate std;

pub mod capability;
pub mod command_line;
pub mod console;
pub mod events;
pub mod fs;
pub mod ipc;
pub mod loader;
pub mod memory;
pub mod percent;
pub mod process;

#[cfg(target_os = "none")]
pub mod devices;
#[cfg(target_os = "none")]
pub mod log;
#[cfg(target_os = "none")]
pub mod object;
#[cfg(target_os = "none")]
pub mod random;
#[cfg(all(target_os = "none", feature = "selftest"))]
pub mod selftest;
#[cfg(target_os = "none")]
pub mod syscall;
#[cfg(target_os = "none")]
pub mod system;
#[cfg(target_os = "none")]
pub mod terminal;
