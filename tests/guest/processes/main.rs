//! Processes: what SPAWN refuses, what WAIT tells, and what only the first process may.
//!
//! `processes` runs all cases, `processes --as MODE` is a child of one.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{SIGSEGV, WNOHANG, WUNTRACED};
use kpio_rt::abi::syscalls::{SYS_EXIT, SYS_POWER_OFF, SYS_SPAWN, SYS_WAIT, SYSCALLS};
use kpio_rt::process::Child;
use kpio_rt::{Error, args, eprintln, process, syscall, system, time};

kpio_rt::main!(run);

const AS: &str = "--as";

/// What a child does: its name, and what it runs.
type Mode = (&'static str, fn() -> i32);

/// The children.
const MODES: &[Mode] = &[
    ("pass", || PASSED),
    ("late", || {
        if time::sleep(Duration::from_millis(50)).is_err() {
            return FAILED;
        }
        7
    }),
    ("wide", || {
        // SAFETY: EXIT ends the process.
        unsafe { syscall::raw(SYS_EXIT, [0x1_2345_6789, 0, 0, 0, 0, 0]) };
        FAILED
    }),
    ("crash", || {
        // SAFETY: ends with a fault.
        i32::from(unsafe { harness::machine::read(8) })
    }),
    ("power-off", || {
        let error = system::power_off(0);
        if error == Errno::EPERM {
            PASSED
        } else {
            FAILED
        }
    }),
    ("parent", || process::parent_id()),
    ("orphan-maker", orphan_maker),
    ("panic", || panic!("as it was asked to")),
];

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    match texts.as_slice() {
        [] => {}
        [AS, mode] => {
            return match MODES.iter().find(|(name, _)| name == mode) {
                Some((_, child)) => child(),
                None => USAGE,
            };
        }
        _ => {
            eprintln!("usage: processes");
            return USAGE;
        }
    }
    let mut cases = Cases::new();
    cases.run("programs that cannot be started are refused", refused);
    cases.run(
        "an exit status has eight bits, a fault is a signal",
        statuses,
    );
    cases.run("children are waited for one by one, or any", waiting);
    cases.run("WNOHANG does not wait", not_waiting);
    cases.run("who has no such child is told", no_such_child);
    cases.run("a child knows its parent, an orphan has none", parents);
    cases.run("forty children at once", at_once);
    cases.run("only the first process may power off", power_off);
    cases.run("numbers without a call are ENOSYS", no_such_call);
    cases.run("a panic ends with 101", || {
        expect(
            "status",
            start("panic")?.code(),
            Some(kpio_rt::PANIC_STATUS),
        )
    });
    cases.finish()
}

fn own_path() -> Result<&'static CStr, String> {
    args::args()
        .next()
        .ok_or_else(|| "no name of its own".into())
}

fn spawn(mode: &str) -> Result<Child, String> {
    let mode = context(CString::new(mode), "argument")?;
    let own = own_path()?;
    context(process::spawn(own, &[own, c"--as", &mode]), "spawn")
}

fn start(mode: &str) -> Result<process::ExitStatus, String> {
    context(spawn(mode)?.wait(), "wait")
}

fn refused() -> Verdict {
    let long = context(CString::new("/bin".repeat(2000)), "path")?;
    let cases: [(&CStr, Errno); 7] = [
        (c"/no/such/program", Errno::ENOENT),
        (c"", Errno::ENOENT),
        // As execve does on Linux.
        (c"/bin", Errno::EACCES),
        (c"/bin/init/x", Errno::ENOTDIR),
        (c"/etc/kpio/init.list", Errno::EACCES),
        (c"/test/elf/expected.list", Errno::ENOEXEC),
        (&long, Errno::ENAMETOOLONG),
    ];
    for (path, errno) in cases {
        let outcome = process::spawn(path, &[path]).map(|child| child.id());
        let shown = path.to_string_lossy();
        expect(&format!("{shown:.30}"), outcome, Err(errno.into()))?;
    }
    let list = [own_path()?.as_ptr(), core::ptr::null()];
    let arguments = [
        list[0] as usize,
        list.as_ptr() as usize,
        list.as_ptr() as usize,
        1,
        0,
        0,
    ];
    // SAFETY: the flags are refused.
    let outcome = unsafe { syscall::call(SYS_SPAWN, arguments) };
    expect("flags", outcome, Err(Errno::EINVAL.into()))
}

fn statuses() -> Verdict {
    expect("status", start("pass")?.raw(), PASSED << 8)?;
    expect("low bits of a status", start("wide")?.raw(), 0x89 << 8)?;
    expect("a fault", start("crash")?.raw(), SIGSEGV.cast_signed())
}

fn waiting() -> Verdict {
    let late = spawn("late")?;
    let pass = spawn("pass")?;
    expect(
        "one of them",
        context(pass.wait(), "wait")?.code(),
        Some(PASSED),
    )?;
    let id = late.id();
    let (any, status) = context(process::wait(-1, 0), "wait for any")?;
    expect("any", any, id)?;
    expect("its status", status.code(), Some(7))?;
    // A null for the status is allowed.
    let child = spawn("pass")?.id().cast_unsigned() as usize;
    // SAFETY: WAIT writes nothing here.
    let outcome = unsafe { syscall::call(SYS_WAIT, [child, 0, 0, 0, 0, 0]) };
    expect("without a status", outcome, Ok(child))
}

fn not_waiting() -> Verdict {
    let child = spawn("late")?;
    let (id, _) = context(process::wait(child.id(), WNOHANG), "wait")?;
    expect("while it runs", id, 0)?;
    expect("in the end", context(child.wait(), "wait")?.code(), Some(7))
}

fn no_such_child() -> Verdict {
    let wait = |id, options| process::wait(id, options).map(|(id, _)| id);
    expect("any", wait(-1, 0), Err(Errno::ECHILD.into()))?;
    expect("a stranger", wait(30_000, 0), Err(Errno::ECHILD.into()))?;
    expect(
        "itself",
        wait(process::id(), WNOHANG),
        Err(Errno::ECHILD.into()),
    )?;
    expect("a group", wait(0, 0), Err(Errno::ECHILD.into()))?;
    expect("another group", wait(-7, 0), Err(Errno::ECHILD.into()))?;
    expect(
        "an unknown option",
        wait(-1, WUNTRACED | 1 << 20),
        Err(Errno::EINVAL.into()),
    )?;
    let child = spawn("pass")?;
    let id = child.id();
    context(child.wait(), "wait")?;
    expect(
        "one that was waited for",
        wait(id, 0),
        Err(Errno::ECHILD.into()),
    )
}

fn parents() -> Verdict {
    let status = start("parent")?;
    expect(
        "the parent a child sees",
        status.code(),
        Some(process::id() & 0xFF),
    )?;
    expect("an orphan", start("orphan-maker")?.code(), Some(PASSED))
}

/// Ends before its child, which nobody waits for: the kernel must forget it by itself.
fn orphan_maker() -> i32 {
    match spawn("late") {
        Ok(_) => PASSED,
        Err(_) => FAILED,
    }
}

fn at_once() -> Verdict {
    let children: Result<Vec<Child>, String> = (0..40).map(|_| spawn("late")).collect();
    let children = children?;
    for (index, child) in children.iter().enumerate() {
        let is_unique = children
            .iter()
            .skip(index + 1)
            .all(|other| other.id() != child.id());
        ensure(is_unique, "two processes have one number")?;
    }
    for child in children {
        expect("status", context(child.wait(), "wait")?.code(), Some(7))?;
    }
    Ok(())
}

fn power_off() -> Verdict {
    expect(
        "a child's attempt",
        start("power-off")?.code(),
        Some(PASSED),
    )?;
    // SAFETY: the status is refused.
    let outcome = unsafe { syscall::call(SYS_POWER_OFF, [1 << 32, 0, 0, 0, 0, 0]) };
    expect("more than 32 bits", outcome, Err(Errno::EINVAL.into()))
}

fn no_such_call() -> Verdict {
    for number in [SYSCALLS.len(), 255, 1 << 31, 1 << 32, 1 << 63, usize::MAX] {
        // SAFETY: no call has this number.
        let outcome: Result<usize, Error> = unsafe { syscall::call(number, [0; 6]) };
        expect(&format!("{number:#x}"), outcome, Err(Errno::ENOSYS.into()))?;
    }
    Ok(())
}
