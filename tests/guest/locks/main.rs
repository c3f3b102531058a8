//! Locks of files: FLOCK's, those of processes and those of open file descriptions.

#![no_std]
#![no_main]

extern crate alloc;

mod records;

use alloc::string::String;
use core::ffi::CStr;
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, Verdict, context, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, O_CREAT, O_PATH, O_RDONLY, O_RDWR, SIGKILL,
};
use kpio_rt::abi::syscalls::{SYS_FORK, SYS_KILL};
use kpio_rt::descriptor::{self, lock_whole};
use kpio_rt::fs::File;
use kpio_rt::{Error, process, syscall, system, thread, time};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("FLOCK: one alone, or many together", whole);
    cases.run("FLOCK: duplicates and children share a lock", shared);
    cases.run("FLOCK: a lock changes its kind", changing);
    cases.run("FLOCK: who waits gets it when it is given back", waiting);
    cases.run("FLOCK: the end of its holder gives it back", ended);
    cases.run("FLOCK refuses nonsense", refused);
    records::run(&mut cases);
    cases.run("locking leaves nothing behind", || {
        let counts = || context(system::info(), "info").map(|i| (i.handles, i.processes));
        let round = || {
            whole()?;
            ended()?;
            records::ranges()
        };
        round()?;
        let before = counts()?;
        round()?;
        expect("handles and processes", counts()?, before)
    });
    cases.finish()
}

const PATH: &CStr = c"/data/locked";
const BUSY: Errno = Errno::EAGAIN;

fn open() -> Result<File, String> {
    context(File::open_with(PATH, O_RDWR | O_CREAT), "open")
}

/// A process that does `body`: PASSED or FAILED is its end.
fn child(body: impl FnOnce() -> Verdict) -> Result<i32, String> {
    // SAFETY: the process has no other thread that matters to the child.
    let pid = context(unsafe { syscall::call(SYS_FORK, [0; 6]) }, "fork")?;
    if pid == 0 {
        process::exit_now(match body() {
            Ok(()) => PASSED,
            Err(why) => {
                kpio_rt::eprintln!("in the child: {why}");
                FAILED
            }
        });
    }
    i32::try_from(pid).map_err(|_| String::from("a number that is none"))
}

fn expect_passed(pid: i32) -> Verdict {
    let (_, status) = context(process::wait(pid, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))
}

fn kill(pid: i32) -> Verdict {
    let words = [pid.cast_unsigned() as usize, SIGKILL as usize, 0, 0, 0, 0];
    // SAFETY: KILL touches no memory of this process.
    context(unsafe { syscall::call(SYS_KILL, words) }, "kill")?;
    context(process::wait(pid, 0), "wait").map(|_| ())
}

/// Gives others the time to begin to wait: what is tested holds if they have not, too.
fn a_while() -> Verdict {
    context(time::sleep(Duration::from_millis(20)), "sleep")
}

fn whole() -> Verdict {
    let (one, other) = (open()?, open()?);
    expect("alone", lock_whole(&one, LOCK_EX | LOCK_NB), Ok(()))?;
    for operation in [LOCK_EX, LOCK_SH] {
        let outcome = lock_whole(&other, operation | LOCK_NB);
        expect("not another", outcome, Err(BUSY.into()))?;
    }
    expect("again", lock_whole(&one, LOCK_EX), Ok(()))?;
    expect("back", lock_whole(&one, LOCK_UN), Ok(()))?;
    expect("together", lock_whole(&one, LOCK_SH), Ok(()))?;
    expect("together", lock_whole(&other, LOCK_SH), Ok(()))?;
    let alone = lock_whole(&other, LOCK_EX | LOCK_NB);
    expect("not alone", alone, Err(BUSY.into()))?;
    expect("nothing to give", lock_whole(&open()?, LOCK_UN), Ok(()))
}

fn shared() -> Verdict {
    let file = open()?;
    expect("taken", lock_whole(&file, LOCK_EX), Ok(()))?;
    let twin = context(descriptor::duplicate(file.descriptor()), "dup")?;
    expect("the same lock", lock_whole(&twin, LOCK_EX), Ok(()))?;
    drop(file);
    let other = open()?;
    let outcome = lock_whole(&other, LOCK_SH | LOCK_NB);
    expect("the twin has it", outcome, Err(BUSY.into()))?;
    let heir = child(|| expect("the child too", lock_whole(&twin, LOCK_UN), Ok(())))?;
    expect_passed(heir)?;
    expect("given back", lock_whole(&other, LOCK_EX | LOCK_NB), Ok(()))?;
    drop(other);
    expect("gone", lock_whole(&twin, LOCK_EX | LOCK_NB), Ok(()))
}

fn changing() -> Verdict {
    let (one, other) = (open()?, open()?);
    expect("alone", lock_whole(&one, LOCK_EX), Ok(()))?;
    expect("less", lock_whole(&one, LOCK_SH), Ok(()))?;
    expect("together", lock_whole(&other, LOCK_SH | LOCK_NB), Ok(()))?;
    let more = lock_whole(&one, LOCK_EX | LOCK_NB);
    expect("not alone", more, Err(BUSY.into()))?;
    // As on Linux, it has lost what it had.
    expect("the other", lock_whole(&other, LOCK_EX | LOCK_NB), Ok(()))
}

fn waiting() -> Verdict {
    let (one, other) = (open()?, open()?);
    expect("alone", lock_whole(&one, LOCK_EX), Ok(()))?;
    let body = move || {
        if lock_whole(&other, LOCK_SH).is_ok() {
            PASSED
        } else {
            FAILED
        }
    };
    let waiter = context(thread::spawn(body), "thread")?;
    a_while()?;
    expect("less is enough", lock_whole(&one, LOCK_SH), Ok(()))?;
    expect("the waiter", waiter.join(), PASSED)?;
    expect("alone again", lock_whole(&one, LOCK_EX | LOCK_NB), Ok(()))?;
    let child = child(|| expect("in the child", lock_whole(&open()?, LOCK_EX), Ok(())))?;
    a_while()?;
    expect("back", lock_whole(&one, LOCK_UN), Ok(()))?;
    expect_passed(child)
}

fn ended() -> Verdict {
    let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let holder = child(|| {
        let file = open()?;
        expect("alone", lock_whole(&file, LOCK_EX), Ok(()))?;
        context(kpio_rt::io::write(writer.descriptor(), b"x"), "write")?;
        context(time::sleep(Duration::from_secs(600)), "sleep")
    })?;
    let told = kpio_rt::io::read(reader.descriptor(), &mut [0]);
    expect("it has it", told, Ok(1))?;
    let file = open()?;
    let outcome = lock_whole(&file, LOCK_EX | LOCK_NB);
    expect("not another", outcome, Err(BUSY.into()))?;
    kill(holder)?;
    expect("now", lock_whole(&file, LOCK_EX | LOCK_NB), Ok(()))
}

fn refused() -> Verdict {
    let file = open()?;
    let invalid = || Err(Error::from(Errno::EINVAL));
    for operation in [0, LOCK_NB, LOCK_SH | LOCK_EX, 16] {
        expect("no operation", lock_whole(&file, operation), invalid())?;
    }
    let (reader, _writer) = context(descriptor::pipe(0), "pipe")?;
    expect("a pipe", lock_whole(&reader, LOCK_SH), invalid())?;
    let place = context(File::open_with(PATH, O_PATH), "open")?;
    let outcome = lock_whole(&place, LOCK_SH);
    expect("a place", outcome, Err(Errno::EBADF.into()))?;
    let only_read = context(File::open_with(PATH, O_RDONLY), "open")?;
    expect("open for reading", lock_whole(&only_read, LOCK_EX), Ok(()))
}
