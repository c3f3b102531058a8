//! `faults CASE`: does one thing that a program must not be able to do.
//!
//! Most cases end with a fault: the kernel ends the process with a signal, and only that is a pass
//! (`tests/guest/expectations.py` says which signal). A case that the machine must survive without
//! a fault ends with `PASSED`. `faults --each CASE…` starts itself for each, one after the other,
//! and ends with `PASSED` if all have ended, however. `faults --list` names all cases.

#![no_std]
#![no_main]

extern crate alloc;

mod cases;
mod processor;

use harness::{FAILED, PASSED, USAGE};
use kpio_rt::{args, eprintln, println, process};

kpio_rt::main!(run);

/// A case: its name, and what it does. What returns has survived.
type Case = (&'static str, fn());

fn run() -> i32 {
    let mut texts = args::texts().flatten();
    match texts.next() {
        Some("--list") => {
            all().for_each(|(name, _)| println!("{name}"));
            PASSED
        }
        Some("--each") => run_each(),
        Some(wanted) => match all().find(|(name, _)| *name == wanted) {
            Some((name, case)) => {
                println!("faults: {name}");
                case();
                println!("faults: {name}: survived");
                if name.starts_with(SURVIVES) {
                    PASSED
                } else {
                    FAILED
                }
            }
            None => {
                eprintln!("faults: no case {wanted:?}; `faults --list` names them");
                USAGE
            }
        },
        None => {
            eprintln!("usage: faults CASE | --each CASE... | --list");
            USAGE
        }
    }
}

fn all() -> impl Iterator<Item = &'static Case> {
    cases::CASES.iter().chain(processor::CASES)
}

/// Starts a process for each case; how it ends is looked at from outside.
fn run_each() -> i32 {
    let mut given = args::args();
    let Some(own) = given.next() else {
        return USAGE;
    };
    for case in given.skip(1) {
        match process::run(own, &[own, case]) {
            Ok(status) => println!("faults: {}: {status}", case.to_string_lossy()),
            Err(error) => {
                eprintln!("faults: cannot start {}: {error}", case.to_string_lossy());
                return FAILED;
            }
        }
    }
    PASSED
}

/// How the names of cases begin that end without a fault.
const SURVIVES: &str = "survives-";
