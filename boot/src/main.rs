//! The UEFI boot stub, EFI/BOOT/BOOTX64.EFI of the disk image.
//!
//! It loads the kernel and its command line from the partition it was itself loaded from, builds
//! what the contract of `BootInfo` asks for, takes the machine from the firmware and enters the
//! kernel. Whatever is wrong before that is one line on the console, and the machine is off.

#![cfg_attr(target_os = "uefi", no_std, no_main)]

#[cfg(target_os = "uefi")]
extern crate alloc;

#[cfg(target_os = "uefi")]
mod firmware;
#[cfg(target_os = "uefi")]
mod handover;
#[cfg(target_os = "uefi")]
mod stub;

/// Built for the host, by `cargo test` and clippy, there is no firmware to talk to.
#[cfg(not(target_os = "uefi"))]
fn main() {}
