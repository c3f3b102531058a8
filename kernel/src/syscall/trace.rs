//! Tracing: every system call as a line of the log, from the contract's table.

use super::Caller;
use crate::log;
use alloc::string::String;
use core::fmt::Write;
use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{ArgKind, SYSCALLS};

/// Tell one call that is through.
pub fn report(caller: &Caller, number: u64, args: [u64; 6], result: Result<u64, Errno>) {
    let mut line = String::new();
    let known = SYSCALLS.iter().find(|call| call.number as u64 == number);
    // Writing to a String does not fail.
    let _ = match known {
        Some(call) => write!(line, "{}(", call.name),
        None => write!(line, "call {number}("),
    };
    let names = known.map_or(&[][..], |call| call.args);
    for (i, (&(name, kind), word)) in names.iter().zip(args).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let _ = match kind {
            ArgKind::Signed | ArgKind::Fd => write!(line, "{comma}{name}={}", word.cast_signed()),
            ArgKind::Unsigned => write!(line, "{comma}{name}={word}"),
            ArgKind::Address | ArgKind::Path => write!(line, "{comma}{name}={word:#x}"),
        };
    }
    let _ = match result {
        Ok(value) => write!(line, ") = {value:#x}"),
        Err(errno) => write!(line, ") = {}", errno.name()),
    };
    log::warn(format_args!(
        "[{}:{}] {line}",
        caller.process.pid,
        caller.thread.tid()
    ));
}
