//! The machine under the kernel: everything that needs `unsafe` lives here, behind a safe face.
//!
//! Modules without machine access (`frame::buddy`, `symbols`, `sync`) also build for the host,
//! where `cargo test` runs them; the rest exists only on the kernel's own target.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]

extern crate alloc;

#[cfg(test)]
extern crate std;

pub mod frame;
pub(crate) mod memory;
pub mod paging;
pub mod shared;
pub mod symbols;
pub mod sync;
pub mod virtio;

pub use x86_64::{PhysAddr, VirtAddr};

#[cfg(target_os = "none")]
pub mod acpi_tables;
#[cfg(target_os = "none")]
pub mod apic;
#[cfg(target_os = "none")]
pub mod backtrace;
#[cfg(target_os = "none")]
pub mod boot;
#[cfg(target_os = "none")]
pub mod cpu;
#[cfg(target_os = "none")]
pub mod entropy;
#[cfg(target_os = "none")]
pub mod fpu;
#[cfg(target_os = "none")]
pub mod heap;
#[cfg(target_os = "none")]
pub mod pci;
#[cfg(target_os = "none")]
pub mod power;
#[cfg(target_os = "none")]
pub mod probe;
#[cfg(target_os = "none")]
pub mod serial;
#[cfg(target_os = "none")]
pub mod task;
#[cfg(target_os = "none")]
pub mod time;
#[cfg(target_os = "none")]
pub mod trap;
#[cfg(target_os = "none")]
pub mod user;
#[cfg(target_os = "none")]
pub mod usercopy;
