//! The kernel's capabilities and handle table, compiled for the host from the kernel's own source.

#![forbid(unsafe_code)]

extern crate alloc;

#[path = "../../../kernel/src/capability/mod.rs"]
pub mod capability;
#[path = "../../../kernel/src/process/handles.rs"]
pub mod handles;
