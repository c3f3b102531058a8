//! Tracing: every system call as a line of the log, from the contract's table.

use super::Caller;
use crate::memory::user::UserCStr;
use crate::{log, percent};
use alloc::string::String;
use core::fmt::{self, Write};
use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{ArgKind, FlagNames, SYSCALLS};

/// Tell one call that is through.
pub fn report(caller: &Caller, number: u64, args: [u64; 6], result: Result<u64, Errno>) {
    let mut line = String::new();
    // Writing to a String does not fail.
    let _ = write_call(&mut line, caller, number, args);
    let _ = match result {
        Ok(value) if value < 1 << 31 => write!(line, " = {value}"),
        Ok(value) => write!(line, " = {value:#x}"),
        Err(errno) => write!(line, " = -1 {} ({})", errno.name(), errno.message()),
    };
    log::warn(format_args!(
        "[{}:{}] {line}",
        caller.process.pid,
        caller.thread.tid()
    ));
}

fn write_call(out: &mut String, caller: &Caller, number: u64, args: [u64; 6]) -> fmt::Result {
    let known = usize::try_from(number)
        .ok()
        .and_then(|number| SYSCALLS.get(number));
    let Some(call) = known else {
        return write!(out, "call {number}({args:#x?})");
    };
    write!(out, "{}(", call.name)?;
    for (i, (&(name, kind), word)) in call.args.iter().zip(args).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        write!(out, "{comma}{name}=")?;
        match kind {
            ArgKind::Signed | ArgKind::Fd => write!(out, "{}", word.cast_signed())?,
            ArgKind::Unsigned => write!(out, "{word}")?,
            ArgKind::Address => write!(out, "{word:#x}")?,
            ArgKind::Path => write_path(out, caller, word)?,
            ArgKind::Flags(names) => write_flags(out, names, word)?,
        }
    }
    out.write_char(')')
}

fn write_path(out: &mut String, caller: &Caller, word: u64) -> fmt::Result {
    let path = UserCStr::new(word).and_then(|text| text.path(&caller.process.space));
    match path {
        Ok(path) => write!(out, "\"{}\"", percent::Encoded(&path)),
        Err(_) => write!(out, "{word:#x}"),
    }
}

/// Names for `word`: that of its value, or those of its bits with the rest as a number.
fn write_flags(out: &mut String, names: &FlagNames, word: u64) -> fmt::Result {
    if let Some((_, name)) = names.names.iter().find(|(value, _)| *value == word) {
        return out.write_str(name);
    }
    if !names.is_bits {
        return write!(out, "{}", word.cast_signed());
    }
    let mut rest = word;
    let mut separator = "";
    // Names of several bits before names of one.
    for nr_bits in (1..=8).rev() {
        for &(value, name) in names.names {
            if value.count_ones() == nr_bits && rest & value == value {
                write!(out, "{separator}{name}")?;
                separator = "|";
                rest &= !value;
            }
        }
    }
    if rest != 0 || word == 0 {
        write!(out, "{separator}{rest:#x}")?;
    }
    Ok(())
}
