//! Vector and floating-point registers over preemption: threads and processes each keep their own.
//!
//! `fpu` runs all cases; `fpu --keep SEED` keeps one set of values for a while.

#![no_std]
#![no_main]

extern crate alloc;

mod registers;

use alloc::ffi::CString;
use alloc::format;
use alloc::vec::Vec;

use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, ensure, expect};
use kpio_rt::{args, eprintln, process, thread};

kpio_rt::main!(run);

const KEEP: &str = "--keep";

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    match texts.as_slice() {
        [] => {
            let mut cases = Cases::new();
            cases.run(
                "a new process starts with clean registers",
                registers::clean,
            );
            cases.run("a new thread starts with clean registers", || {
                registers::dirty();
                context(thread::spawn(registers::clean), "spawn")?.join()
            });
            cases.run("six threads keep their registers", threads);
            cases.run("four processes keep their registers", processes);
            cases.finish()
        }
        [KEEP, seed] => match seed.parse() {
            Ok(seed) if registers::keep(seed) => PASSED,
            _ => FAILED,
        },
        _ => {
            eprintln!("usage: fpu");
            USAGE
        }
    }
}

fn threads() -> Verdict {
    let spawned = (0..6).map(|seed| thread::spawn(move || registers::keep(seed)));
    let threads: Result<Vec<_>, _> = spawned.collect();
    for thread in context(threads, "spawn")? {
        ensure(thread.join(), "a thread has lost its registers")?;
    }
    Ok(())
}

fn processes() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    let keep = context(CString::new(KEEP), "argument")?;
    let mut children = Vec::new();
    for seed in 10..14 {
        let seed = context(CString::new(format!("{seed}")), "argument")?;
        children.push(context(process::spawn(own, &[own, &keep, &seed]), "spawn")?);
    }
    ensure(registers::keep(20), "this process has lost its registers")?;
    for child in children {
        expect(
            "status",
            context(child.wait(), "wait")?.code(),
            Some(PASSED),
        )?;
    }
    Ok(())
}
