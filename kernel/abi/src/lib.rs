//! The contract between the kernel, its fronts and the programs that run on it.
//!
//! Everything here is generated from `kernel_py/abi` by `kpio abi`: constants and layouts, no logic.

#![no_std]
#![forbid(unsafe_code)]

mod generated;

pub use generated::{
    boot, errors, events, flags, memory, messages, rights, ring, states, syscalls, types,
};
