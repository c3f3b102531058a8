// Generated from kernel_py/emit/templates/rust/mod.rs.j2; edit that and run `kpio abi`.

//! What `kpio abi` generates from `kernel_py/abi`.

pub mod boot;
pub mod errors;
pub mod events;
pub mod flags;
pub mod memory;
pub mod messages;
pub mod rights;
pub mod ring;
pub mod states;
pub mod syscalls;
pub mod types;
