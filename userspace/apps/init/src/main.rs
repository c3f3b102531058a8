//! PID 1: runs the programs of a list one after the other, then powers the machine off.
//!
//! `init [--hold] [--list FILE]`. The machine ends with status 0 if every program has ended with 0,
//! and with 1 otherwise.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::CStr;

use init_plan::{Options, Program, programs};
use kpio_rt::{args, eprintln, fs, io, println, process, system};

kpio_rt::main!(run);

/// What the machine ends with when something was wrong.
const FAILURE: u32 = 1;

fn run() -> i32 {
    let status = match carry_out() {
        Ok(all_succeeded) => u32::from(!all_succeeded),
        Err(()) => FAILURE,
    };
    let error = system::power_off(status);
    eprintln!("init: cannot power the machine off: {error}");
    // Ending PID 1 powers the machine off too, with this status.
    i32::from(status != 0)
}

/// Runs everything; returns whether all programs have ended with 0. Says itself what went wrong.
fn carry_out() -> Result<bool, ()> {
    let texts: Option<Vec<&str>> = args::texts().collect();
    let options = texts.ok_or("an argument is not UTF-8").map_err(complain)?;
    let options = Options::parse(options).map_err(complain)?;
    let list = read_list(options.list)?;
    let mut all_succeeded = true;
    for program in list {
        all_succeeded &= run_program(&program);
    }
    if options.holds {
        println!("init: ready to power off, press Enter");
        io::read_line(io::STDIN).map_err(complain)?;
    }
    Ok(all_succeeded)
}

fn complain(what: impl core::fmt::Display) {
    eprintln!("init: {what}");
}

fn read_list(path: &str) -> Result<Vec<Program>, ()> {
    let name = CString::new(path).map_err(complain)?;
    let content = fs::read(&name).map_err(|error| eprintln!("init: {path}: {error}"))?;
    programs(&content).map_err(|error| eprintln!("init: {path}: {error}"))
}

/// Runs one program and says how it has ended; returns whether that was with 0.
fn run_program(program: &Program) -> bool {
    let arguments: Vec<&CStr> = program.arguments.iter().map(CString::as_c_str).collect();
    let Some(path) = arguments.first() else {
        return true;
    };
    let name = path.to_string_lossy();
    match process::run(path, &arguments) {
        Ok(status) => {
            println!("init: {name}: {status}");
            status.is_success()
        }
        Err(error) => {
            println!("init: {name}: cannot start: {error}");
            false
        }
    }
}
