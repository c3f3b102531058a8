//! The kernel's program: `start.rs` has the boot order.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![deny(unsafe_code)]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod start;

/// On the host there is nothing to boot; the library's tests run there.
#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("error: this is the kernel, built for the host\nhint: `./kpio boot --qemu`");
    std::process::exit(1);
}
