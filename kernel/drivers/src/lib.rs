//! Virtio drivers in safe Rust: block, GPU, entropy, and finding them on PCI.
//!
//! A device is untrusted: what it answers is checked before it is used, and it has a deadline for
//! each answer. Every driver speaks through [`requests::Requests`], so the tests put devices in
//! front of it that lie.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(test)]
extern crate std;

pub mod blk;
pub mod gpu;
pub mod pci;
pub mod requests;
pub mod rng;
