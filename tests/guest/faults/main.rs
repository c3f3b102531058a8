//! `faults CASE`: does one thing that a program must not be able to do.
//!
//! Most cases end with a fault: the kernel ends the process with a signal, and only that is a pass
//! (`tests/guest/expectations.py` says which signal). A case that the machine must survive without
//! a fault ends with `PASSED`. `faults --list` names all cases.

#![no_std]
#![no_main]

extern crate alloc;

mod cases;
mod processor;

use harness::{FAILED, PASSED, USAGE};
use kpio_rt::{args, eprintln, println};

kpio_rt::main!(run);

/// A case: its name, and what it does. What returns has survived.
type Case = (&'static str, fn());

fn run() -> i32 {
    let all = || cases::CASES.iter().chain(processor::CASES);
    match args::texts().next().flatten() {
        Some("--list") => {
            all().for_each(|(name, _)| println!("{name}"));
            PASSED
        }
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
            eprintln!("usage: faults CASE | --list");
            USAGE
        }
    }
}

/// How the names of cases begin that end without a fault.
const SURVIVES: &str = "survives-";
