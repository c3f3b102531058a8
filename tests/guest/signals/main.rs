//! Signals, process groups, sessions, stopping and going on, and waiting for all of it.

#![no_std]
#![no_main]

extern crate alloc;

mod alarm;
mod permission;
mod raw;

use alloc::format;
use alloc::string::String;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect, machine};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    CLD_CONTINUED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, CLOCK_MONOTONIC, MAP_ANONYMOUS, MAP_SHARED,
    P_ALL, P_PGID, P_PID, PROT_READ, PROT_WRITE, SA_NOCLDWAIT, SA_NODEFER, SA_ONSTACK,
    SA_RESETHAND, SA_RESTART, SEGV_ACCERR, SEGV_MAPERR, SI_QUEUE, SI_TKILL, SI_USER, SIG_BLOCK,
    SIG_SETMASK, SIG_UNBLOCK, SIGALRM, SIGBUS, SIGCHLD, SIGCONT, SIGFPE, SIGKILL, SIGPIPE, SIGSEGV,
    SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGWINCH, SS_DISABLE, WCONTINUED, WEXITED,
    WNOHANG, WNOWAIT, WSTOPPED, WUNTRACED,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{SYS_GETTID, SYS_MMAP, SYS_POLL, SYS_SLEEP, SYS_YIELD};
use kpio_rt::abi::types::{SignalInfo, SignalStack, Timespec};
use kpio_rt::process::{self, ExitStatus};
use kpio_rt::{Error, thread};
use raw::{
    DEFAULT, IGNORE, act, altstack, block, call, fork, kill, mask, on, pending, queue, suspend,
    tgkill, wait_for, waitid,
};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("a handler runs and the program goes on", handler);
    cases.run(
        "a handler gets why, and where it interrupted",
        handler_arguments,
    );
    cases.run("registers survive a handler", registers);
    cases.run("a handler may change where to go on", changed_context);
    cases.run("blocked signals wait", blocked);
    cases.run(
        "real-time signals wait each, in order, with values",
        real_time,
    );
    cases.run("handlers block what they say", nested);
    cases.run("a handler that is reset runs once", reset);
    cases.run("the alternate stack is used", alternate_stack);
    cases.run("a stack overflow can be handled", stack_overflow);
    cases.run("faults say where and why", faults);
    cases.run(
        "a fault that is blocked or ignored ends the process",
        forced,
    );
    cases.run("defaults end or are ignored", defaults);
    cases.run(
        "children inherit handlers, masks, and nothing that waits",
        inherited,
    );
    cases.run("a wait ends with EINTR or begins again", interrupted_waits);
    cases.run(
        "sleeping ends early, or goes on after a stop",
        interrupted_sleep,
    );
    cases.run("a signal can be waited for", waited_for);
    cases.run("a mask can be changed for a wait", suspended);
    cases.run("POLL waits with another mask", polled);
    cases.run("a thread gets its own signals", threads);
    cases.run("processes stop and go on, and parents are told", stopping);
    cases.run("SIGKILL ends what is stopped", killed_while_stopped);
    cases.run(
        "parents are told of the end, or want to hear nothing",
        child_signal,
    );
    cases.run("waiting can look without taking", wait_options);
    cases.run("groups are signalled and waited for", groups);
    cases.run("sessions", sessions);
    cases.run("who is not there gets no signal", nobody);
    cases.run("nonsense is refused", refused);
    alarm::run(&mut cases);
    permission::run(&mut cases);
    cases.run("a frame that is none ends the process", bad_frame);
    cases.finish()
}

static COUNT: AtomicU32 = AtomicU32::new(0);
static LAST: AtomicU32 = AtomicU32::new(0);
static CODE: AtomicU32 = AtomicU32::new(0);
static SENDER: AtomicU64 = AtomicU64::new(0);
static VALUE: AtomicU64 = AtomicU64::new(0);
static STACK: AtomicU64 = AtomicU64::new(0);

/// Counts, and keeps what it was told.
extern "C" fn note(signal: u32, info: &SignalInfo, frame: &mut raw::Frame) {
    COUNT.fetch_add(1, Ordering::SeqCst);
    LAST.store(signal, Ordering::SeqCst);
    CODE.store(info.si_code.cast_unsigned(), Ordering::SeqCst);
    SENDER.store(info.pid_uid, Ordering::SeqCst);
    VALUE.store(info.value, Ordering::SeqCst);
    STACK.store((&raw const *frame).addr() as u64, Ordering::SeqCst);
}

fn noted() -> u32 {
    COUNT.swap(0, Ordering::SeqCst)
}

fn own() -> i32 {
    process::id()
}

fn handler() -> Verdict {
    on(SIGUSR1, note, 0)?;
    noted();
    kill(own(), SIGUSR1)?;
    expect("runs", noted(), 1)?;
    expect("the signal", LAST.load(Ordering::SeqCst), SIGUSR1)?;
    act(SIGUSR1, IGNORE, 0)?;
    kill(own(), SIGUSR1)?;
    expect("runs when ignored", noted(), 0)?;
    act(SIGUSR1, DEFAULT, 0)
}

fn handler_arguments() -> Verdict {
    on(SIGUSR1, note, 0)?;
    kill(own(), SIGUSR1)?;
    expect("code", CODE.load(Ordering::SeqCst), SI_USER.cast_unsigned())?;
    expect("sender", SENDER.load(Ordering::SeqCst), own() as u64)?;
    queue(own(), SIGUSR1, 0xDEAD_BEEF_1234)?;
    expect(
        "code",
        CODE.load(Ordering::SeqCst),
        SI_QUEUE.cast_unsigned(),
    )?;
    expect("value", VALUE.load(Ordering::SeqCst), 0xDEAD_BEEF_1234)?;
    expect(
        "alignment of the frame",
        STACK.load(Ordering::SeqCst) % 16,
        0,
    )?;
    act(SIGUSR1, DEFAULT, 0)
}

fn registers() -> Verdict {
    on(SIGUSR1, raw::spoil_registers, 0)?;
    for _ in 0..100 {
        let (general, vector) = raw::kill_with_patterns(own(), SIGUSR1);
        expect("general registers", general, raw::PATTERN)?;
        expect("a vector register", vector, raw::PATTERN)?;
    }
    act(SIGUSR1, DEFAULT, 0)
}

fn changed_context() -> Verdict {
    on(SIGUSR1, raw::set_rbx, 0)?;
    let rbx = raw::rbx_after_kill(own(), SIGUSR1);
    expect("rbx", rbx, raw::PATTERN)?;
    act(SIGUSR1, DEFAULT, 0)
}

fn blocked() -> Verdict {
    on(SIGUSR1, note, 0)?;
    noted();
    block(SIG_BLOCK, &[SIGUSR1])?;
    kill(own(), SIGUSR1)?;
    kill(own(), SIGUSR1)?;
    expect("runs while blocked", noted(), 0)?;
    ensure(pending()? & raw::bit(SIGUSR1) != 0, "it does not wait")?;
    block(SIG_UNBLOCK, &[SIGUSR1])?;
    expect("runs after", noted(), 1)?;
    expect("what waits", pending()?, 0)?;
    block(SIG_BLOCK, &[SIGKILL, SIGSTOP])?;
    expect("the mask", mask()?, 0)?;
    act(SIGUSR1, DEFAULT, 0)
}

static ORDER: AtomicU64 = AtomicU64::new(0);

extern "C" fn append(signal: u32, info: &SignalInfo, _frame: &mut raw::Frame) {
    let digit = u64::from(signal % 10) * 10 + info.value;
    let _ = ORDER.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |all| {
        Some(all * 100 + digit)
    });
}

fn real_time() -> Verdict {
    for signal in [41, 42] {
        on(signal, append, 0)?;
    }
    block(SIG_BLOCK, &[41, 42])?;
    for (signal, value) in [(42, 1), (41, 1), (42, 2), (41, 2)] {
        queue(own(), signal, value)?;
    }
    ORDER.store(0, Ordering::SeqCst);
    block(SIG_UNBLOCK, &[41, 42])?;
    // All are put on the stack before any handler runs, so the last one runs first.
    let order = ORDER.load(Ordering::SeqCst);
    expect("how many digits", format!("{order}").len(), 8)?;
    let sum: u64 = (0..4).map(|n| order / 100_u64.pow(n) % 100).sum();
    expect("what ran", sum, 11 + 12 + 21 + 22)?;
    block(SIG_BLOCK, &[41])?;
    let mut sent = 0_usize;
    let full = loop {
        match queue(own(), 41, sent) {
            Ok(()) => sent += 1,
            Err(text) => break text,
        }
        ensure(sent < 100_000, "no limit")?;
    };
    ensure(full.contains("EAGAIN"), &full)?;
    act(41, IGNORE, 0)?;
    expect("what waits when ignored", pending()?, 0)?;
    block(SIG_UNBLOCK, &[41])?;
    act(41, DEFAULT, 0)?;
    act(42, DEFAULT, 0)
}

static DEPTH: AtomicU32 = AtomicU32::new(0);
static DEEPEST: AtomicU32 = AtomicU32::new(0);

extern "C" fn raise_again(signal: u32, _info: &SignalInfo, _frame: &mut raw::Frame) {
    let depth = DEPTH.fetch_add(1, Ordering::SeqCst) + 1;
    DEEPEST.fetch_max(depth, Ordering::SeqCst);
    if COUNT.fetch_add(1, Ordering::SeqCst) < 3 {
        let _ = kill(own(), signal);
    }
    DEPTH.fetch_sub(1, Ordering::SeqCst);
}

fn nested() -> Verdict {
    for (flags, deepest) in [(0, 1), (SA_NODEFER, 4)] {
        on(SIGUSR1, raise_again, flags)?;
        noted();
        DEEPEST.store(0, Ordering::SeqCst);
        kill(own(), SIGUSR1)?;
        expect("runs", noted(), 4)?;
        expect("depth", DEEPEST.load(Ordering::SeqCst), deepest)?;
        expect("the mask after", mask()?, 0)?;
    }
    act(SIGUSR1, DEFAULT, 0)
}

fn reset() -> Verdict {
    let status = in_child(|| {
        let _ = on(SIGUSR1, note, SA_RESETHAND);
        let _ = kill(own(), SIGUSR1);
        if noted() != 1 {
            return FAILED;
        }
        let _ = kill(own(), SIGUSR1);
        FAILED
    })?;
    expect(
        "the signal that ended it",
        status.signal(),
        Some(SIGUSR1 as i32),
    )
}

fn alternate_stack() -> Verdict {
    let mut stack = alloc::vec![0_u8; 64 * 1024];
    let start = stack.as_mut_ptr().addr() as u64;
    altstack(start, stack.len() as u64, 0)?;
    on(SIGUSR1, note, SA_ONSTACK)?;
    kill(own(), SIGUSR1)?;
    let inside = start..start + stack.len() as u64;
    ensure(
        inside.contains(&STACK.load(Ordering::SeqCst)),
        "not on the alternate stack",
    )?;
    on(SIGUSR1, note, 0)?;
    kill(own(), SIGUSR1)?;
    ensure(
        !inside.contains(&STACK.load(Ordering::SeqCst)),
        "on the alternate stack",
    )?;
    altstack(0, 0, SS_DISABLE)?;
    act(SIGUSR1, DEFAULT, 0)
}

extern "C" fn leave_well(_signal: u32, _info: &SignalInfo, _frame: &mut raw::Frame) {
    process::exit_now(PASSED);
}

fn in_child(child: impl FnOnce() -> i32) -> Result<ExitStatus, String> {
    let id = fork()?;
    if id == 0 {
        process::exit_now(child());
    }
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

fn stack_overflow() -> Verdict {
    passes(|| {
        let mut stack = alloc::vec![0_u8; 64 * 1024];
        let start = stack.as_mut_ptr().addr() as u64;
        let _ = altstack(start, stack.len() as u64, 0);
        let _ = on(SIGSEGV, leave_well, SA_ONSTACK);
        raw::overflow_stack(0);
        FAILED
    })
}

static FAULT_AT: AtomicU64 = AtomicU64::new(0);

extern "C" fn check_fault(signal: u32, info: &SignalInfo, frame: &mut raw::Frame) {
    let is_good = signal == SIGSEGV
        && info.pid_uid == FAULT_AT.load(Ordering::SeqCst)
        && info.si_code.cast_unsigned() == CODE.load(Ordering::SeqCst)
        && frame.gregs[22] == info.pid_uid
        && frame.gregs[20] == 14;
    process::exit_now(verdict(is_good));
}

extern "C" fn check_division(signal: u32, _info: &SignalInfo, _frame: &mut raw::Frame) {
    process::exit_now(verdict(signal == SIGFPE));
}

fn faults() -> Verdict {
    for (address, code) in [
        (0x10, SEGV_MAPERR),
        (run as *const () as usize, SEGV_ACCERR),
    ] {
        passes(|| {
            FAULT_AT.store(address as u64, Ordering::SeqCst);
            CODE.store(code.cast_unsigned(), Ordering::SeqCst);
            let _ = on(SIGSEGV, check_fault, 0);
            // SAFETY: it is meant to fault.
            unsafe { machine::write(address, 1) };
            FAILED
        })?;
    }
    passes(|| {
        let _ = on(SIGFPE, check_division, 0);
        raw::divide_by_zero();
        FAILED
    })
}

fn forced() -> Verdict {
    for is_ignored in [true, false] {
        let status = in_child(|| {
            if is_ignored {
                let _ = act(SIGSEGV, IGNORE, 0);
            } else {
                let _ = on(SIGSEGV, leave_well, 0);
                let _ = block(SIG_BLOCK, &[SIGSEGV]);
            }
            // SAFETY: it is meant to fault.
            unsafe { machine::write(8, 1) };
            FAILED
        })?;
        expect(
            "the signal that ended it",
            status.signal(),
            Some(SIGSEGV as i32),
        )?;
    }
    Ok(())
}

fn defaults() -> Verdict {
    for signal in [SIGTERM, SIGUSR1, SIGPIPE, SIGALRM, SIGBUS, SIGKILL, 33, 64] {
        let status = in_child(|| {
            let _ = kill(own(), signal);
            FAILED
        })?;
        expect(
            "the signal that ended it",
            status.signal(),
            Some(signal as i32),
        )?;
    }
    passes(|| {
        for signal in [SIGCHLD, SIGCONT, SIGWINCH] {
            let _ = kill(own(), signal);
        }
        PASSED
    })
}

fn inherited() -> Verdict {
    on(SIGUSR1, note, 0)?;
    block(SIG_BLOCK, &[SIGUSR1])?;
    kill(own(), SIGUSR1)?;
    passes(|| {
        let is_empty = pending() == Ok(0);
        let is_blocked = mask() == Ok(raw::bit(SIGUSR1));
        noted();
        let _ = kill(own(), SIGUSR1);
        let _ = block(SIG_SETMASK, &[]);
        verdict(is_empty && is_blocked && noted() == 1)
    })?;
    block(SIG_SETMASK, &[])?;
    act(SIGUSR1, DEFAULT, 0)
}

/// A child that sends `signal` to this process once it sleeps, `count` times.
fn sender(signal: u32, count: u32) -> Result<i32, String> {
    let parent = own();
    let id = fork()?;
    if id == 0 {
        for _ in 0..count {
            nap(20);
            let _ = kill(parent, signal);
        }
        process::exit_now(PASSED);
    }
    Ok(id)
}

fn nap(milliseconds: i64) {
    let time = Timespec {
        tv_sec: 0,
        tv_nsec: milliseconds * 1_000_000,
    };
    let _ = call(
        SYS_SLEEP,
        [
            CLOCK_MONOTONIC as usize,
            0,
            (&raw const time).addr(),
            0,
            0,
            0,
        ],
    );
}

fn interrupted_waits() -> Verdict {
    let waiting = fork()?;
    if waiting == 0 {
        // Lives until its parent says so.
        let _ = on(SIGTERM, leave_well, 0);
        let _ = suspend(0);
        process::exit_now(FAILED);
    }
    on(SIGUSR1, note, 0)?;
    noted();
    let by = sender(SIGUSR1, 1)?;
    expect(
        "wait",
        process::wait(waiting, 0).err(),
        Some(Error::from(Errno::EINTR)),
    )?;
    expect("runs", noted(), 1)?;
    on(SIGUSR1, note, SA_RESTART)?;
    let again = sender(SIGUSR1, 3)?;
    // It begins again thrice, and ends with the sender's own end.
    expect(
        "whom wait gave",
        process::wait(again, 0).map(|(id, _)| id),
        Ok(again),
    )?;
    expect("runs", noted(), 3)?;
    kill(waiting, SIGTERM)?;
    for id in [by, waiting] {
        let (_, status) = context(process::wait(id, 0), "wait")?;
        expect("its end", status.code(), Some(PASSED))?;
    }
    act(SIGUSR1, DEFAULT, 0)
}

fn sleep_ms(milliseconds: i64) -> (Result<usize, Error>, u64) {
    let time = Timespec {
        tv_sec: milliseconds / 1000,
        tv_nsec: milliseconds % 1000 * 1_000_000,
    };
    let before = kpio_rt::time::monotonic();
    let words = [
        CLOCK_MONOTONIC as usize,
        0,
        (&raw const time).addr(),
        0,
        0,
        0,
    ];
    let result = call(SYS_SLEEP, words);
    let took = kpio_rt::time::monotonic() - before;
    (result, u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

fn interrupted_sleep() -> Verdict {
    on(SIGUSR1, note, SA_RESTART)?;
    let by = sender(SIGUSR1, 1)?;
    let (result, _) = sleep_ms(60_000);
    expect("sleep", result, Err(Error::from(Errno::EINTR)))?;
    context(process::wait(by, 0), "wait")?;
    act(SIGUSR1, DEFAULT, 0)?;
    let sleeper = fork()?;
    if sleeper == 0 {
        let (result, took_ms) = sleep_ms(300);
        process::exit_now(verdict(result == Ok(0) && (300..5_000).contains(&took_ms)));
    }
    nap(50);
    kill(sleeper, SIGSTOP)?;
    let (_, status) = context(wait_for(sleeper, WUNTRACED), "wait")?;
    expect("stopped", status, (SIGSTOP << 8 | 0x7F).cast_signed())?;
    nap(50);
    kill(sleeper, SIGCONT)?;
    let (_, status) = context(process::wait(sleeper, 0), "wait")?;
    expect("the sleeper's end", status.code(), Some(PASSED))
}

fn waited_for() -> Verdict {
    block(SIG_BLOCK, &[SIGUSR1, SIGUSR2])?;
    queue(own(), SIGUSR2, 77)?;
    let (signal, info) = raw::take(&[SIGUSR1, SIGUSR2], Some(0))?;
    expect(
        "the signal",
        (signal, info.value, info.si_code),
        (SIGUSR2, 77, SI_QUEUE),
    )?;
    let nothing = raw::take(&[SIGUSR1], Some(5)).err().unwrap_or_default();
    ensure(nothing.contains("EAGAIN"), &nothing)?;
    let by = sender(SIGUSR1, 1)?;
    let (signal, info) = raw::take(&[SIGUSR1], None)?;
    expect("the signal", (signal, info.pid_uid), (SIGUSR1, by as u64))?;
    context(process::wait(by, 0), "wait")?;
    block(SIG_SETMASK, &[])
}

fn suspended() -> Verdict {
    on(SIGUSR1, note, 0)?;
    on(SIGUSR2, note, 0)?;
    noted();
    block(SIG_BLOCK, &[SIGUSR1, SIGUSR2])?;
    kill(own(), SIGUSR1)?;
    expect(
        "sigsuspend",
        suspend(raw::bit(SIGUSR2)),
        Err(Error::from(Errno::EINTR)),
    )?;
    expect("runs", (noted(), LAST.load(Ordering::SeqCst)), (1, SIGUSR1))?;
    expect(
        "the mask after",
        mask()?,
        raw::bit(SIGUSR1) | raw::bit(SIGUSR2),
    )?;
    block(SIG_SETMASK, &[])?;
    act(SIGUSR1, DEFAULT, 0)?;
    act(SIGUSR2, DEFAULT, 0)
}

fn polled() -> Verdict {
    let poll = |timeout: &Timespec, mask: u64| {
        let words = [
            0,
            0,
            ptr::from_ref(timeout).addr(),
            (&raw const mask).addr(),
            0,
            0,
        ];
        call(SYS_POLL, words)
    };
    let long = Timespec {
        tv_sec: 600,
        tv_nsec: 0,
    };
    on(SIGUSR1, note, SA_RESTART)?;
    noted();
    block(SIG_BLOCK, &[SIGUSR1])?;
    kill(own(), SIGUSR1)?;
    let held_back = poll(&Timespec::default(), raw::bit(SIGUSR1) | raw::bit(SIGUSR2));
    expect("held back", held_back, Ok(0))?;
    expect("runs", noted(), 0)?;
    expect("the mask after", mask()?, raw::bit(SIGUSR1))?;
    let let_in = poll(&long, 0);
    expect("let in", let_in, Err(Error::from(Errno::EINTR)))?;
    expect("runs", (noted(), LAST.load(Ordering::SeqCst)), (1, SIGUSR1))?;
    expect("the mask after", mask()?, raw::bit(SIGUSR1))?;
    block(SIG_SETMASK, &[])?;
    act(SIGUSR1, DEFAULT, 0)
}

static THREAD_THAT_RAN: AtomicU32 = AtomicU32::new(0);

extern "C" fn note_thread(_signal: u32, info: &SignalInfo, _frame: &mut raw::Frame) {
    CODE.store(info.si_code.cast_unsigned(), Ordering::SeqCst);
    let tid = call(SYS_GETTID, [0; 6]).unwrap_or(0);
    THREAD_THAT_RAN.store(u32::try_from(tid).unwrap_or(0), Ordering::SeqCst);
}

fn threads() -> Verdict {
    on(SIGUSR1, note_thread, 0)?;
    static TID: AtomicU32 = AtomicU32::new(0);
    let other = context(
        thread::spawn(|| {
            let tid = call(SYS_GETTID, [0; 6]).unwrap_or(0);
            TID.store(u32::try_from(tid).unwrap_or(0), Ordering::SeqCst);
            while THREAD_THAT_RAN.load(Ordering::SeqCst) == 0 {
                let _ = call(SYS_YIELD, [0; 6]);
            }
        }),
        "a thread",
    )?;
    while TID.load(Ordering::SeqCst) == 0 {
        let _ = call(SYS_YIELD, [0; 6]);
    }
    let tid = TID.load(Ordering::SeqCst);
    tgkill(own(), tid.cast_signed(), SIGUSR1)?;
    other.join();
    expect(
        "who ran the handler",
        THREAD_THAT_RAN.load(Ordering::SeqCst),
        tid,
    )?;
    expect(
        "code",
        CODE.load(Ordering::SeqCst),
        SI_TKILL.cast_unsigned(),
    )?;
    // A signal to the process goes to the thread that does not block it.
    THREAD_THAT_RAN.store(0, Ordering::SeqCst);
    let open = context(
        thread::spawn(|| {
            TID.store(0, Ordering::SeqCst);
            while THREAD_THAT_RAN.load(Ordering::SeqCst) == 0 {
                let _ = call(SYS_YIELD, [0; 6]);
            }
            call(SYS_GETTID, [0; 6]).unwrap_or(0)
        }),
        "a thread",
    )?;
    block(SIG_BLOCK, &[SIGUSR1])?;
    kill(own(), SIGUSR1)?;
    let tid = open.join();
    expect(
        "who ran it",
        THREAD_THAT_RAN.load(Ordering::SeqCst) as usize,
        tid,
    )?;
    block(SIG_SETMASK, &[])?;
    act(SIGUSR1, DEFAULT, 0)
}

fn stopping() -> Verdict {
    on(SIGCHLD, note, 0)?;
    let page = shared_page()?;
    let id = fork()?;
    if id == 0 {
        loop {
            raw::increment(page);
            let _ = call(SYS_YIELD, [0; 6]);
        }
    }
    noted();
    for signal in [SIGSTOP, SIGTSTP] {
        kill(id, signal)?;
        let (waited, word) = context(raw::wait_again(id, WUNTRACED), "wait")?;
        expect(
            "stopped",
            (waited, word),
            (id, (signal << 8 | 0x7F).cast_signed()),
        )?;
        expect(
            "SIGCHLD",
            CODE.load(Ordering::SeqCst),
            CLD_STOPPED.cast_unsigned(),
        )?;
        let before = raw::counter(page);
        nap(30);
        expect("steps while stopped", raw::counter(page) - before, 0)?;
        expect("news twice", wait_for(id, WUNTRACED | WNOHANG), Ok((0, 0)))?;
        kill(id, SIGCONT)?;
        let (waited, word) = context(raw::wait_again(id, WCONTINUED), "wait")?;
        expect("goes on", (waited, word), (id, 0xFFFF))?;
        expect(
            "SIGCHLD",
            CODE.load(Ordering::SeqCst),
            CLD_CONTINUED.cast_unsigned(),
        )?;
        let before = raw::counter(page);
        while raw::counter(page) == before {
            let _ = call(SYS_YIELD, [0; 6]);
        }
    }
    kill(id, SIGTERM)?;
    let (_, word) = context(raw::wait_again(id, 0), "wait")?;
    expect("its end", word, SIGTERM.cast_signed())?;
    act(SIGCHLD, DEFAULT, 0)
}

fn shared_page() -> Result<usize, String> {
    let access = (PROT_READ | PROT_WRITE) as usize;
    let flags = (MAP_SHARED | MAP_ANONYMOUS) as usize;
    context(
        call(SYS_MMAP, [0, PAGE_SIZE, access, flags, usize::MAX, 0]),
        "mmap",
    )
}

fn killed_while_stopped() -> Verdict {
    let id = fork()?;
    if id == 0 {
        let _ = on(SIGTERM, leave_well, 0);
        loop {
            let _ = call(SYS_YIELD, [0; 6]);
        }
    }
    kill(id, SIGSTOP)?;
    context(wait_for(id, WUNTRACED), "wait")?;
    kill(id, SIGTERM)?;
    nap(20);
    expect("ended by a handler", wait_for(id, WNOHANG), Ok((0, 0)))?;
    kill(id, SIGKILL)?;
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("its end", status.signal(), Some(SIGKILL as i32))
}

fn child_signal() -> Verdict {
    on(SIGCHLD, note, SA_RESTART)?;
    noted();
    let id = fork()?;
    if id == 0 {
        process::exit_now(7);
    }
    context(process::wait(id, 0), "wait")?;
    expect("SIGCHLD", noted(), 1)?;
    let told = (
        CODE.load(Ordering::SeqCst),
        SENDER.load(Ordering::SeqCst),
        VALUE.load(Ordering::SeqCst),
    );
    expect(
        "what it told",
        told,
        (CLD_EXITED.cast_unsigned(), id as u64, 7),
    )?;
    let no_children = Err(Error::from(Errno::ECHILD));
    for (action, flags) in [(IGNORE, 0), (DEFAULT, SA_NOCLDWAIT)] {
        act(SIGCHLD, action, flags)?;
        let id = fork()?;
        if id == 0 {
            process::exit_now(0);
        }
        expect("wait for nobody", wait_for(-1, 0), no_children)?;
    }
    act(SIGCHLD, DEFAULT, 0)
}

fn wait_options() -> Verdict {
    let id = fork()?;
    if id == 0 {
        process::exit_now(9);
    }
    for options in [WEXITED | WNOWAIT, WEXITED | WNOWAIT, WEXITED] {
        let info = waitid(P_PID, id, options)?;
        let told = (
            info.si_signo.cast_unsigned(),
            info.si_code,
            info.pid_uid,
            info.value,
        );
        expect("what was told", told, (SIGCHLD, CLD_EXITED, id as u64, 9))?;
    }
    let gone = waitid(P_PID, id, WEXITED).err().unwrap_or_default();
    ensure(gone.contains("ECHILD"), &gone)?;
    let id = fork()?;
    if id == 0 {
        let _ = suspend(0);
        process::exit_now(0);
    }
    let nothing = waitid(P_ALL, 0, WEXITED | WNOHANG)?;
    expect("nothing yet", (nothing.si_signo, nothing.pid_uid), (0, 0))?;
    kill(id, SIGKILL)?;
    let info = waitid(P_ALL, 0, WEXITED)?;
    expect(
        "killed",
        (info.si_code, info.value),
        (CLD_KILLED, u64::from(SIGKILL)),
    )
}

fn groups() -> Verdict {
    let own_group = raw::getpgid(0)?;
    expect("inherited group", own_group, raw::getpgid(own())?)?;
    let mut members = [0; 3];
    for place in 0..3 {
        let id = fork()?;
        if id == 0 {
            let _ = suspend(0);
            process::exit_now(FAILED);
        }
        let group = if place == 0 { id } else { members[0] };
        raw::setpgid(id, group)?;
        members[place] = id;
        expect("its group", raw::getpgid(id)?, group)?;
    }
    expect("wait", wait_for(-members[0], WNOHANG), Ok((0, 0)))?;
    kill(-members[0], SIGTERM)?;
    for _ in members {
        let info = waitid(P_PGID, members[0], WEXITED)?;
        expect(
            "its end",
            (info.si_code, info.value),
            (CLD_KILLED, u64::from(SIGTERM)),
        )?;
    }
    let none = wait_for(-members[0], 0);
    expect("nobody is left", none, Err(Error::from(Errno::ECHILD)))?;
    let absent = raw::setpgid(own(), 4_000_000).err().unwrap_or_default();
    ensure(absent.contains("EPERM"), &absent)?;
    let stranger = raw::setpgid(1, 0).err().unwrap_or_default();
    // This program may itself be process 1, which leads its session.
    ensure(
        stranger.contains("ESRCH") || stranger.contains("EPERM"),
        &stranger,
    )
}

fn sessions() -> Verdict {
    passes(|| {
        let before = raw::getsid(0);
        let made = raw::setsid();
        let again = raw::setsid().err().unwrap_or_default();
        let is_good = made == Ok(own())
            && before != made
            && raw::getsid(0) == made
            && raw::getpgid(0) == made
            && again.contains("EPERM");
        verdict(is_good)
    })
}

fn nobody() -> Verdict {
    for (pid, signal) in [(4_000_000, SIGTERM), (-4_000_000, SIGTERM), (4_000_000, 0)] {
        let text = kill(pid, signal).err().unwrap_or_default();
        ensure(text.contains("ESRCH"), &text)?;
    }
    kill(own(), 0)?;
    let text = tgkill(own(), 4_000_000, SIGTERM).err().unwrap_or_default();
    ensure(text.contains("ESRCH"), &text)
}

fn refused() -> Verdict {
    let text = |result: Verdict| result.err().unwrap_or_default();
    let outcomes = [
        text(kill(own(), 65)),
        text(kill(own(), u32::MAX)),
        text(tgkill(0, 1, SIGTERM)),
        text(tgkill(own(), own(), 65)),
        text(queue(own(), 65, 0)),
        text(act(0, DEFAULT, 0)),
        text(act(65, DEFAULT, 0)),
        text(act(SIGKILL, IGNORE, 0)),
        text(act(SIGSTOP, IGNORE, 0)),
        text(act(SIGTERM, DEFAULT, 1 << 20)),
        text(raw::act_without_restorer(SIGTERM)),
        text(act(SIGTERM, usize::MAX, 0)),
        text(block(77, &[SIGTERM])),
        text(altstack(0x1000, 1 << 20, 4)),
        text(altstack(u64::MAX - 100, 1 << 20, 0)),
        text(raw::setpgid(-1, 0)),
        text(raw::setpgid(0, -1)),
        waitid(P_ALL, 0, WNOHANG).err().unwrap_or_default(),
        waitid(9, 0, WEXITED).err().unwrap_or_default(),
        waitid(P_PID, 0, WEXITED).err().unwrap_or_default(),
        waitid(P_ALL, 0, WEXITED | 1 << 20)
            .err()
            .unwrap_or_default(),
    ];
    for (place, outcome) in outcomes.iter().enumerate() {
        ensure(
            outcome.contains("EINVAL"),
            format!("case {place}: {outcome:?}"),
        )?;
    }
    let small = text(altstack(0x10_0000, 1, 0));
    ensure(small.contains("ENOMEM"), &small)?;
    let _ = (WSTOPPED, SignalStack::default());
    Ok(())
}

fn bad_frame() -> Verdict {
    let status = in_child(|| {
        raw::return_without_frame();
        FAILED
    })?;
    expect(
        "the signal that ended it",
        status.signal(),
        Some(SIGSEGV as i32),
    )
}
