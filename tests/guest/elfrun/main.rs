//! `elfrun [LIST]`: starts every file of a list and compares what happens with what should.
//!
//! A line is `<file> refused`, `<file> exit=<status>` or `<file> signal=<number>`; files lie beside
//! the list. The list, `/test/elf/expected.list` unless another is named, is made with the files by
//! `tests/guest/elf/nasty.py`.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use core::ffi::CStr;

use harness::{Cases, Verdict, context, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::process::ExitStatus;
use kpio_rt::{Error, args, fs, process};

kpio_rt::main!(run);

const DEFAULT_LIST: &CStr = c"/test/elf/expected.list";

fn run() -> i32 {
    let mut cases = Cases::new();
    let list = args::args().nth(1).unwrap_or(DEFAULT_LIST);
    let path = list.to_string_lossy();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    match fs::read(list) {
        Ok(content) => match core::str::from_utf8(&content) {
            Ok(text) => text
                .lines()
                .for_each(|line| run_line(&mut cases, folder, line)),
            Err(error) => cases.run(&path, || Err(format!("{error}"))),
        },
        Err(error) => cases.run(&path, || Err(format!("{error}"))),
    }
    cases.finish()
}

fn run_line(cases: &mut Cases, folder: &str, line: &str) {
    if line.is_empty() {
        return;
    }
    cases.run(line, || {
        let (name, expected) = line.split_once(' ').ok_or("the line has no expectation")?;
        let path = context(CString::new(format!("{folder}/{name}")), "path")?;
        check(process::run(&path, &[&path]), expected)
    });
}

fn check(outcome: Result<ExitStatus, Error>, expected: &str) -> Verdict {
    let number = |text: &str| context(text.parse::<i32>(), "expectation");
    match (expected, expected.split_once('=')) {
        ("refused", _) => expect("spawn", outcome, Err(Errno::ENOEXEC.into())),
        (_, Some(("exit", status))) => expect(
            "status",
            context(outcome, "spawn")?.code(),
            Some(number(status)?),
        ),
        (_, Some(("signal", signal))) => expect(
            "signal",
            context(outcome, "spawn")?.signal(),
            Some(number(signal)?),
        ),
        _ => Err(format!("do not understand {expected:?}")),
    }
}
