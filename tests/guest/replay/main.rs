//! `replay channels|shared-memory|processes|futexes SCRIPT`: plays a script of calls and tells what each
//! answers, as reports.
//!
//! A step is a record that the module of this name in `kernel_py/model` defines; what it answers is a record of three
//! numbers of 8 bytes, in hexadecimal, many to a report. `tests/boot/replays.py` compares them with
//! the model's. The calls are the real ones, so what is replayed is the kernel as programs see it.

#![no_std]
#![no_main]

extern crate alloc;

mod channels;
mod futexes;
mod processes;
mod shared_memory;

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use harness::{FAILED, PASSED, USAGE, context};
use kpio_rt::abi::syscalls::REPORT_MAX_BYTES;
use kpio_rt::{Error, args, eprintln, fs, syscall, system};

kpio_rt::main!(run);

/// What a step has answered: its result, and two more numbers.
type Answer = [u64; 3];
/// An answer in hexadecimal.
const ANSWER_DIGITS: usize = size_of::<Answer>() * 2;

fn run() -> i32 {
    let words: Option<alloc::vec::Vec<&str>> = args::texts().collect();
    let outcome = match words.as_deref() {
        Some(["channels", script]) => replay(script, channels::STEP_BYTES, channels::play),
        Some(["shared-memory", script]) => {
            let mut places = shared_memory::Places::default();
            replay(script, shared_memory::STEP_BYTES, |_, step| {
                shared_memory::play(&mut places, step)
            })
        }
        Some(["processes", script]) => processes::Cast::new()
            .and_then(|mut cast| replay(script, processes::STEP_BYTES, |_, step| cast.play(step))),
        Some(["futexes", script]) => futexes::Cast::new()
            .and_then(|mut cast| replay(script, futexes::STEP_BYTES, |_, step| cast.play(step))),
        _ => return USAGE,
    };
    match outcome {
        Ok(()) => PASSED,
        Err(what) => {
            eprintln!("replay: {what}");
            FAILED
        }
    }
}

/// Plays every step; `play` gets its number and its record.
fn replay(
    script: &str,
    step_bytes: usize,
    mut play: impl FnMut(u32, &[u8]) -> Answer,
) -> Result<(), String> {
    let path = CString::new(script).map_err(|_| "a zero in the path")?;
    let script = context(fs::read(&path), "read")?;
    let mut told = String::new();
    for (index, step) in (0..).zip(script.chunks_exact(step_bytes)) {
        for number in play(index, step) {
            // Writing to a String does not fail.
            let _ = write!(told, "{number:016x}");
        }
        if told.len() + ANSWER_DIGITS > REPORT_MAX_BYTES {
            context(system::report(&told), "report")?;
            told.clear();
        }
    }
    context(system::report(&told), "report")
}

/// A raw call of numbers.
fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

/// A result as the kernel gives it: a number, or a negative error.
fn result(outcome: Result<usize, Error>) -> u64 {
    match outcome {
        Ok(number) => number as u64,
        Err(error) => i64::from(-error.raw()).cast_unsigned(),
    }
}

/// How many handles there are in the system, in messages too.
fn nr_handles() -> u64 {
    match system::info() {
        Ok(info) => info.handles,
        Err(error) => panic!("{}", format!("system_info: {error}")),
    }
}
