//! The kernel's log: lines on the console, with the time since entry.

use crate::terminal;
use alloc::string::String;
use core::fmt::{Arguments, Write};
use core::sync::atomic::{AtomicBool, Ordering};
use kpio_hal::time;

static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Only warnings from now on.
pub fn set_quiet() {
    IS_QUIET.store(true, Ordering::Relaxed);
}

/// Something worth knowing.
pub fn info(message: Arguments<'_>) {
    if !IS_QUIET.load(Ordering::Relaxed) {
        write(message);
    }
}

/// Something is wrong, and the kernel goes on.
pub fn warn(message: Arguments<'_>) {
    write(message);
}

fn write(message: Arguments<'_>) {
    let now_us = time::now_ns() / 1000;
    let mut line = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(
        line,
        "[{:5}.{:06}] {message}",
        now_us / 1_000_000,
        now_us % 1_000_000
    );
    terminal::write(line.as_bytes());
}
