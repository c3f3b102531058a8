//! The kernel's loader, compiled for the host from the kernel's own source.

#![forbid(unsafe_code)]

extern crate alloc;

#[path = "../../../kernel/src/loader/mod.rs"]
pub mod loader;
