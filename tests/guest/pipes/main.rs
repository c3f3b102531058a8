//! Pipes, and what can be done to any descriptor: DUP, FCNTL, IOCTL, READV.
//!
//! `pipes` runs all cases, `pipes --as MODE ARG…` is a child of one.

#![no_std]
#![no_main]

extern crate alloc;

mod descriptors;
mod flow;
mod limits;

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::types::SystemInfo;
use kpio_rt::fs::File;
use kpio_rt::process::Child;
use kpio_rt::{args, descriptor, eprintln, io, process, system};

kpio_rt::main!(run);

const AS: &str = "--as";

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    match texts.as_slice() {
        [] => {}
        [AS, mode, arguments @ ..] => return child(mode, arguments).unwrap_or(USAGE),
        _ => {
            eprintln!("usage: pipes");
            return USAGE;
        }
    }
    // Writes are to fail, not to end the program.
    if flow::on_broken_pipe(flow::IGNORE).is_err() {
        return FAILED;
    }
    let mut cases = Cases::new();
    flow::run(&mut cases);
    limits::run(&mut cases);
    descriptors::run(&mut cases);
    cases.run("nothing is left behind", leaves_nothing);
    cases.finish()
}

/// What a child does.
fn child(mode: &str, arguments: &[&str]) -> Option<i32> {
    let numbers: Vec<i32> = arguments
        .iter()
        .map(|argument| argument.parse().ok())
        .collect::<Option<_>>()?;
    Some(match (mode, numbers.as_slice()) {
        ("copy", [from, to]) => flow::copy(*from, *to),
        ("break", [to]) => flow::break_off(*to),
        ("say", [to]) => flow::say(*to),
        ("crash", [to]) => flow::crash(*to),
        ("closed", [number]) => {
            let mut byte = [0];
            let outcome = io::read(*number, &mut byte);
            if outcome == Err(Errno::EBADF.into()) {
                PASSED
            } else {
                FAILED
            }
        }
        _ => return None,
    })
}

/// Starts this program as a child.
fn start(mode: &str, numbers: &[i32]) -> Result<Child, String> {
    let own = args::args().next().ok_or("no name of its own")?;
    let mut texts = vec![context(CString::new(mode), "mode")?];
    for number in numbers {
        texts.push(context(CString::new(format!("{number}")), "number")?);
    }
    let mut arguments: Vec<&CStr> = vec![own, c"--as"];
    arguments.extend(texts.iter().map(CString::as_c_str));
    context(process::spawn(own, &arguments), "spawn")
}

/// A pipe whose ends go to children.
fn pipe() -> Result<(File, File), String> {
    context(descriptor::pipe(0), "pipe")
}

/// Bytes that show where they come from.
fn pattern(len: usize) -> Vec<u8> {
    const PERIOD: u8 = 251;
    (0..PERIOD).cycle().take(len).collect()
}

fn leaves_nothing() -> Verdict {
    let figures = || context(system::info(), "system_info");
    let round = || -> Result<SystemInfo, String> {
        for _ in 0..50 {
            let (mut reader, mut writer) = pipe()?;
            context(writer.write(&pattern(65_536)), "fill")?;
            context(reader.read(&mut [0; 5000]), "take some")?;
            let second = context(descriptor::duplicate(writer.descriptor()), "dup")?;
            drop(writer);
            drop(second);
        }
        figures()
    };
    let before = round()?;
    let after = round()?;
    expect("handles", after.handles, before.handles)?;
    expect("free frames", after.free_frames, before.free_frames)
}
