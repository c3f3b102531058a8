//! What the boot stub decides: where the kernel's segments go, which tables the processor gets, how
//! the firmware's memory map reads in the kernel's terms.
//!
//! No firmware and no machine in here, so all of it is tested on the host; `main.rs` does the rest.

#![no_std]
#![forbid(unsafe_code)]

pub mod image;
pub mod map;
pub mod tables;
