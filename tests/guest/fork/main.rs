//! FORK and EXEC: what a child has of its parent, what it has not, and what a new program keeps.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, ensure, expect, machine};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    FUTEX_WAIT, FUTEX_WAKE, MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, O_CLOEXEC, O_RDONLY, PROT_READ,
    PROT_WRITE,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{
    SYS_CLOSE, SYS_EXEC, SYS_FORK, SYS_FSTAT, SYS_FUTEX, SYS_GETPID, SYS_GETTID, SYS_MMAP,
    SYS_OPEN, SYS_YIELD,
};
use kpio_rt::abi::types::SystemInfo;
use kpio_rt::process::{self, ExitStatus};
use kpio_rt::{Error, args, eprintln, syscall, system, thread};

kpio_rt::main!(run);

const SELF: &CStr = c"/test/fork";

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    match texts.as_slice() {
        [] => cases(),
        ["exec-target", kept, closed] => exec_target(kept, closed),
        _ => {
            eprintln!("fork: there is no {texts:?}");
            USAGE
        }
    }
}

fn cases() -> i32 {
    let mut cases = Cases::new();
    cases.run("a child is a copy and has a number of its own", copies);
    cases.run("nobody sees what the other writes", private_memory);
    cases.run("shared memory is shared", shared_memory);
    cases.run(
        "a futex in shared memory wakes another process",
        shared_futex,
    );
    cases.run(
        "vector registers and the thread pointer are copied",
        registers,
    );
    cases.run("only the thread that forks is in the child", one_thread);
    cases.run("a hundred children and their children", generations);
    cases.run("descriptors of a child are its own", descriptors);
    cases.run(
        "a new program has the same number and what was kept",
        exec_keeps,
    );
    cases.run(
        "other threads end when a new program begins",
        exec_ends_threads,
    );
    cases.run("an exec that fails changes nothing", exec_fails);
    cases.run("forking gives all memory back", no_leak);
    cases.finish()
}

/// A raw call of numbers.
fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

/// Run `child` in a fork; how it ended.
fn in_child(child: impl FnOnce() -> i32) -> Result<ExitStatus, alloc::string::String> {
    let id = context(call(SYS_FORK, [0; 6]), "fork")?;
    if id == 0 {
        process::exit_now(child());
    }
    let id = i32::try_from(id).map_err(|_| format!("fork gave {id}"))?;
    let (waited, status) = context(process::wait(id, 0), "wait")?;
    expect("whom wait gave", waited, id)?;
    Ok(status)
}

fn passes(child: impl FnOnce() -> i32) -> Verdict {
    let status = in_child(child)?;
    expect("the child's end", status.code(), Some(PASSED))
}

fn verdict(holds: bool) -> i32 {
    if holds { PASSED } else { FAILED }
}

fn map(flags: u32) -> Result<usize, alloc::string::String> {
    let access = PROT_READ | PROT_WRITE;
    let arguments = [0, PAGE_SIZE, access as usize, flags as usize, usize::MAX, 0];
    context(call(SYS_MMAP, arguments), "mmap")
}

fn peek(address: usize) -> u8 {
    // SAFETY: the callers mapped it.
    unsafe { machine::read(address) }
}

fn poke(address: usize, byte: u8) {
    // SAFETY: the callers mapped it and own it.
    unsafe { machine::write(address, byte) };
}

fn copies() -> Verdict {
    let parent = process::id();
    let secret = alloc::vec![7_u8; 100_000];
    passes(|| {
        let own = call(SYS_GETPID, [0; 6]).unwrap_or(0);
        let thread = call(SYS_GETTID, [0; 6]).unwrap_or(0);
        verdict(
            process::parent_id() == parent
                && i32::try_from(own).is_ok_and(|own| own != parent)
                && thread == own
                && secret.iter().all(|&byte| byte == 7),
        )
    })
}

fn private_memory() -> Verdict {
    let page = map(MAP_PRIVATE | MAP_ANONYMOUS)?;
    let mut on_stack = [1_u8; 64];
    poke(page, 1);
    passes(|| {
        poke(page, 2);
        on_stack[5] = 2;
        verdict(peek(page) == 2 && on_stack[5] == 2)
    })?;
    expect("the parent's byte", peek(page), 1)?;
    expect("the parent's stack", on_stack[5], 1)?;
    // Now the other way: the parent writes first.
    poke(page, 3);
    passes(|| verdict(peek(page) == 3))
}

fn shared_memory() -> Verdict {
    let page = map(MAP_SHARED | MAP_ANONYMOUS)?;
    passes(|| {
        poke(page, 9);
        PASSED
    })?;
    expect("what the child wrote", peek(page), 9)
}

fn shared_futex() -> Verdict {
    let page = map(MAP_SHARED | MAP_ANONYMOUS)?;
    let id = context(call(SYS_FORK, [0; 6]), "fork")?;
    if id == 0 {
        while peek(page) == 0 {
            let _ = call(SYS_FUTEX, [page, FUTEX_WAIT as usize, 0, 0, 0, 0]);
        }
        process::exit_now(PASSED);
    }
    let id = i32::try_from(id).map_err(|_| format!("fork gave {id}"))?;
    // The child sleeps once a wake finds it.
    while context(
        call(SYS_FUTEX, [page, FUTEX_WAKE as usize, 1, 0, 0, 0]),
        "wake",
    )? == 0
    {
        let _ = call(SYS_YIELD, [0; 6]);
    }
    poke(page, 1);
    context(
        call(SYS_FUTEX, [page, FUTEX_WAKE as usize, 1, 0, 0, 0]),
        "wake",
    )?;
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))
}

fn registers() -> Verdict {
    let (mut seen_in_child, pattern) = (0_u64, 0x0123_4567_89AB_CDEF_u64);
    let id: usize;
    // SAFETY: the call changes rax, rcx and r11; xmm9 is declared as changed, and nothing of the
    // stack is touched.
    unsafe {
        core::arch::asm!(
            "movq xmm9, {pattern}",
            "syscall",
            "movq {seen}, xmm9",
            pattern = in(reg) pattern,
            seen = inout(reg) seen_in_child,
            inlateout("rax") SYS_FORK => id,
            lateout("rcx") _,
            lateout("r11") _,
            out("xmm9") _,
            options(nostack),
        );
    }
    if id == 0 {
        // A thread-local of the C library is used, so the thread pointer works too.
        let failed = call(SYS_CLOSE, [usize::MAX, 0, 0, 0, 0, 0]);
        let is_good = seen_in_child == pattern && failed == Err(Error::from(Errno::EBADF));
        process::exit_now(verdict(is_good));
    }
    let id = i32::try_from(id).map_err(|_| format!("fork gave {id}"))?;
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))?;
    expect("the parent's register", seen_in_child, pattern)
}

fn one_thread() -> Verdict {
    let page = map(MAP_PRIVATE | MAP_ANONYMOUS)?;
    let other = context(
        thread::spawn(move || {
            while peek(page) == 0 {
                let _ = call(SYS_YIELD, [0; 6]);
            }
        }),
        "a thread",
    )?;
    let before = context(system::info(), "system_info")?.threads;
    passes(|| verdict(system::info().is_ok_and(|info| info.threads == before + 1)))?;
    poke(page, 1);
    other.join();
    Ok(())
}

fn generations() -> Verdict {
    for round in 0..100 {
        let status = in_child(|| match in_child(|| round) {
            Ok(status) if status.code() == Some(round) => PASSED,
            _ => FAILED,
        })?;
        expect("the child's end", status.code(), Some(PASSED))?;
    }
    Ok(())
}

fn open(flags: u32) -> Result<usize, alloc::string::String> {
    let path = c"/bin/hello".as_ptr().addr();
    let flags = (O_RDONLY | flags) as usize;
    context(call(SYS_OPEN, [path, flags, 0, 0, 0, 0]), "open")
}

fn descriptors() -> Verdict {
    let fd = open(O_CLOEXEC)?;
    passes(|| verdict(call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]).is_ok()))?;
    context(call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]), "close in the parent")?;
    Ok(())
}

fn is_open(fd: usize) -> bool {
    let mut stat = kpio_rt::abi::types::Stat::default();
    call(SYS_FSTAT, [fd, (&raw mut stat).addr(), 0, 0, 0, 0]).is_ok()
}

fn exec(arguments: &[&CStr]) -> Error {
    let mut list: Vec<usize> = arguments.iter().map(|text| text.as_ptr().addr()).collect();
    list.push(0);
    let empty = [0_usize];
    let path = arguments[0].as_ptr().addr();
    let words = [path, list.as_ptr().addr(), empty.as_ptr().addr(), 0, 0, 0];
    match call(SYS_EXEC, words) {
        Ok(value) => panic!("exec came back with {value}"),
        Err(error) => error,
    }
}

fn exec_target(kept: &str, closed: &str) -> i32 {
    let (Ok(kept), Ok(closed)) = (kept.parse(), closed.parse()) else {
        return USAGE;
    };
    let is_leader = call(SYS_GETTID, [0; 6]) == call(SYS_GETPID, [0; 6]);
    verdict(is_leader && is_open(kept) && !is_open(closed))
}

fn exec_self(kept: usize, closed: usize) -> Error {
    let number = |fd: usize| CString::new(format!("{fd}")).unwrap_or_default();
    let (kept, closed) = (number(kept), number(closed));
    exec(&[SELF, c"exec-target", &kept, &closed])
}

fn exec_keeps() -> Verdict {
    let (kept, closed) = (open(0)?, open(O_CLOEXEC)?);
    passes(|| {
        let _ = exec_self(kept, closed);
        FAILED
    })?;
    for fd in [kept, closed] {
        context(call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]), "close")?;
    }
    Ok(())
}

fn exec_ends_threads() -> Verdict {
    let (kept, closed) = (open(0)?, open(O_CLOEXEC)?);
    passes(|| {
        // Two that run for ever, and one that sleeps for ever; a thread that is not the first execs.
        let threads = [false, false, true].map(|is_asleep| {
            thread::spawn(move || {
                let word = 0_u32;
                loop {
                    if is_asleep {
                        let at = (&raw const word).addr();
                        let _ = call(SYS_FUTEX, [at, FUTEX_WAIT as usize, 0, 0, 0, 0]);
                    }
                    let _ = call(SYS_YIELD, [0; 6]);
                }
            })
        });
        let executor = thread::spawn(move || {
            let _ = exec_self(kept, closed);
        });
        let is_made = threads.iter().all(Result::is_ok);
        if let (true, Ok(executor)) = (is_made, executor) {
            executor.join();
        }
        FAILED
    })?;
    for fd in [kept, closed] {
        context(call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]), "close")?;
    }
    Ok(())
}

fn exec_fails() -> Verdict {
    let fd = open(O_CLOEXEC)?;
    let page = map(MAP_PRIVATE | MAP_ANONYMOUS)?;
    poke(page, 4);
    let outcomes = [
        (exec(&[c"/nothing/here"]), Errno::ENOENT),
        (exec(&[c"/bin"]), Errno::EACCES),
        (exec(&[c""]), Errno::ENOENT),
    ];
    for (error, errno) in outcomes {
        expect("the error", error, Error::from(errno))?;
    }
    ensure(is_open(fd), "a descriptor was closed")?;
    expect("memory", peek(page), 4)?;
    context(call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]), "close")?;
    Ok(())
}

fn no_leak() -> Verdict {
    let round = || -> Verdict {
        for _ in 0..50 {
            passes(|| {
                let heap = alloc::vec![1_u8; 40_000];
                verdict(heap.len() == 40_000)
            })?;
        }
        Ok(())
    };
    round()?;
    let before = context(system::info(), "system_info")?;
    round()?;
    let after = context(system::info(), "system_info")?;
    let counts = |info: &SystemInfo| (info.free_frames, info.processes, info.handles);
    expect(
        "free frames, processes and handles",
        counts(&after),
        counts(&before),
    )
}
