//! `leak [COUNT [PROGRAM ARG…]]`: starts a program COUNT times, one after the other, and compares
//! what the system has left with what it had. COUNT is 1000; the program is this one, doing
//! nothing.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::{Cases, PASSED, USAGE, Verdict, context, expect};
use kpio_rt::abi::types::SystemInfo;
use kpio_rt::{args, eprintln, println, process, system};

kpio_rt::main!(run);

const CHILD: &CStr = c"--child";
const DEFAULT_COUNT: usize = 1000;
/// Fills caches and the kernel's own free lists.
const WARM_UP: usize = 20;

fn run() -> i32 {
    let given: Vec<&CStr> = args::args().collect();
    let (own, rest) = match given.as_slice() {
        [_, argument] if *argument == CHILD => return PASSED,
        [own, rest @ ..] => (*own, rest),
        [] => return USAGE,
    };
    let (count, program) = match rest {
        [] => (Some(DEFAULT_COUNT), Vec::from([own, CHILD])),
        [count] => (number(count), Vec::from([own, CHILD])),
        [count, program @ ..] => (number(count), program.to_vec()),
    };
    let Some(count) = count else {
        eprintln!("usage: leak [COUNT [PROGRAM ARG...]]");
        return USAGE;
    };
    let mut cases = Cases::new();
    cases.run(
        format!("{count} starts and ends leave nothing behind"),
        || check(count, &program),
    );
    cases.finish()
}

fn number(text: &CStr) -> Option<usize> {
    text.to_str().ok()?.parse().ok()
}

fn check(count: usize, program: &[&CStr]) -> Verdict {
    let status = start(WARM_UP, program)?;
    let before = figures()?;
    expect("status", start(count, program)?, status)?;
    let after = figures()?;
    println!(
        "       free frames: {} before, {} after",
        before.free_frames, after.free_frames
    );
    expect("free frames", after.free_frames, before.free_frames)?;
    expect("processes", after.processes, before.processes)?;
    expect("threads", after.threads, before.threads)?;
    expect("sleepers", after.futex_waiters, before.futex_waiters)?;
    expect("handles", after.handles, before.handles)
}

fn figures() -> Result<SystemInfo, String> {
    context(system::info(), "system_info")
}

/// Runs the program `count` times; returns the one status it always ends with.
fn start(count: usize, program: &[&CStr]) -> Result<i32, String> {
    let path = program.first().ok_or("no program")?;
    let mut all = None;
    for _ in 0..count {
        let status = context(process::run(path, program), "run")?.raw();
        if *all.get_or_insert(status) != status {
            return Err(format!("the program ended with {status:#x} after {all:?}"));
        }
    }
    all.ok_or_else(|| "it was never started".into())
}
