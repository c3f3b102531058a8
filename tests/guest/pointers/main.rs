//! Passes bad pointers to every system call that takes one.
//!
//! The calls and their arguments come from the contract: a new call, or a new pointer, is a case at
//! once, and fails with "no rule" until [`rules::RULES`] says how to call it. After each case the
//! kernel must still answer.

#![no_std]
#![no_main]

extern crate alloc;

mod places;
mod rules;

use alloc::format;
use core::ffi::CStr;

use harness::{Cases, FAILED, PASSED, Verdict, context, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::syscalls::{ArgKind, SYSCALLS, SyscallInfo};
use kpio_rt::{args, process, syscall};
use places::Place;
use rules::{Rule, Setup, Use};

kpio_rt::main!(run);

/// The argument this program starts itself with, to have a child that has ended.
const CHILD: &CStr = c"--child";

fn run() -> i32 {
    match args::args().nth(1) {
        Some(argument) if argument == CHILD => return PASSED,
        // Started by a call that had to fail.
        None if args::args().next().is_none() => return FAILED,
        _ => {}
    }
    let mut cases = Cases::new();
    let setup = match Setup::new() {
        Ok(setup) => setup,
        Err(reason) => {
            cases.run("setup", || Err(reason));
            return cases.finish();
        }
    };
    for call in SYSCALLS {
        let pointers = call
            .args
            .iter()
            .enumerate()
            .filter(|(_, (_, kind))| is_pointer(*kind));
        for (index, (name, _)) in pointers {
            match rules::find(call.name, name) {
                Some(rule) => run_rule(&mut cases, &setup, call, index, rule),
                None => cases.run(format!("{}({name})", call.name), || {
                    Err("no rule says how to call this; add one to rules.rs".into())
                }),
            }
        }
    }
    cases.run("bad pointers inside of arrays", || rules::nested(&setup));
    cases.run("the child is still there after all those bad waits", || {
        let (id, status) = context(process::wait(setup.child, 0), "wait")?;
        expect("child", id, setup.child)?;
        expect("its status", status.code(), Some(PASSED))
    });
    cases.finish()
}

fn is_pointer(kind: ArgKind) -> bool {
    matches!(kind, ArgKind::Address | ArgKind::Path)
}

/// Calls with each kind of bad pointer in turn.
fn run_rule(cases: &mut Cases, setup: &Setup, call: &SyscallInfo, index: usize, rule: &Rule) {
    if let Use::NotFollowed { why } = rule.usage {
        kpio_rt::println!(
            "       {}({}) is not followed: {why}",
            call.name,
            rule.argument
        );
        return;
    }
    for (place, address) in setup.places.bad(rule) {
        cases.run(
            format!("{}({} = {place})", call.name, rule.argument),
            || {
                let mut arguments = (rule.arguments)(setup);
                arguments[index] = address;
                check(setup, call, rule, place, arguments)
            },
        );
    }
    let Some(address) = setup.places.good(rule) else {
        return;
    };
    cases.run(format!("{}({} = good)", call.name, rule.argument), || {
        let mut arguments = (rule.arguments)(setup);
        arguments[index] = address;
        // SAFETY: every address is one of the test's own places.
        match unsafe { syscall::call(call.number, arguments) } {
            Err(error) if error == Errno::EFAULT => Err("EFAULT for a pointer that is good".into()),
            _ => alive(setup),
        }
    });
}

fn check(
    setup: &Setup,
    call: &SyscallInfo,
    rule: &Rule,
    place: Place,
    arguments: [usize; 6],
) -> Verdict {
    // SAFETY: the address is bad for this use, or one of the test's own places.
    let result = unsafe { syscall::call(call.number, arguments) };
    let is_right = match place {
        // The kernel may take what it can before the hole: less than was asked for, or EFAULT.
        Place::HalfMapped if rule.is_partial => match result {
            Ok(count) => count < rule.len_bytes,
            Err(error) => error == Errno::EFAULT,
        },
        // x86-64 does not mind, so no error is asked for; the contract may ask for alignment.
        Place::Misaligned => match rule.misaligned {
            Some(errno) => matches!(result, Err(error) if error == errno),
            None => !matches!(result, Err(error) if error == Errno::EFAULT),
        },
        _ => matches!(result, Err(error) if error == Errno::EFAULT),
    };
    if !is_right {
        return Err(format!("returned {result:?}"));
    }
    alive(setup)
}

/// The kernel still answers, and has written nothing where it must not.
fn alive(setup: &Setup) -> Verdict {
    expect("getpid", process::id(), setup.pid)?;
    setup.places.untouched()
}
