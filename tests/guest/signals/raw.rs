//! The calls as they are, and the few lines of assembly that a test of signals needs.

use alloc::string::String;
use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};

use harness::machine::restorer;
use harness::{Verdict, context};
use kpio_rt::abi::flags::{SA_RESTORER, SA_SIGINFO, SIG_BLOCK};
use kpio_rt::abi::syscalls::{
    SYS_FORK, SYS_GETPGID, SYS_GETSID, SYS_KILL, SYS_SETPGID, SYS_SETSID, SYS_SIGACTION,
    SYS_SIGALTSTACK, SYS_SIGPENDING, SYS_SIGPROCMASK, SYS_SIGQUEUE, SYS_SIGRETURN, SYS_SIGSUSPEND,
    SYS_SIGTIMEDWAIT, SYS_TGKILL, SYS_WAIT, SYS_WAITID,
};
use kpio_rt::abi::types::{SignalAction, SignalFrame, SignalInfo, SignalStack, Timespec};
use kpio_rt::{Error, syscall};

/// What a handler finds on its stack.
pub type Frame = SignalFrame;
/// A handler.
pub type Handler = extern "C" fn(u32, &SignalInfo, &mut Frame);

/// The default action.
pub const DEFAULT: usize = 0;
/// The action of ignoring.
pub const IGNORE: usize = 1;
/// A value that nothing else has.
pub const PATTERN: u64 = 0x0123_4567_89AB_CDEF;

/// A raw call of numbers.
pub fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

fn check(result: Result<usize, Error>, what: &str) -> Verdict {
    context(result, what).map(|_| ())
}

const fn word(number: i32) -> usize {
    number as isize as usize
}

fn number(result: Result<usize, Error>, what: &str) -> Result<i32, String> {
    let value = context(result, what)?;
    i32::try_from(value).map_err(|_| alloc::format!("{what} gave {value}"))
}

/// FORK.
pub fn fork() -> Result<i32, String> {
    number(call(SYS_FORK, [0; 6]), "fork")
}

/// KILL.
pub fn kill(pid: i32, signal: u32) -> Verdict {
    check(
        call(SYS_KILL, [word(pid), signal as usize, 0, 0, 0, 0]),
        "kill",
    )
}

/// TGKILL.
pub fn tgkill(pid: i32, tid: i32, signal: u32) -> Verdict {
    let words = [word(pid), word(tid), signal as usize, 0, 0, 0];
    check(call(SYS_TGKILL, words), "tgkill")
}

/// SIGQUEUE.
pub fn queue(pid: i32, signal: u32, value: usize) -> Verdict {
    let words = [word(pid), signal as usize, value, 0, 0, 0];
    check(call(SYS_SIGQUEUE, words), "sigqueue")
}

/// SIGACTION with a handler's address, DEFAULT or IGNORE.
pub fn act(signal: u32, handler: usize, flags: u64) -> Verdict {
    let action = SignalAction {
        handler: handler as u64,
        flags: flags | SA_RESTORER,
        restorer: (restorer as *const ()).addr() as u64,
        mask: 0,
    };
    let words = [signal as usize, (&raw const action).addr(), 0, 0, 0, 0];
    check(call(SYS_SIGACTION, words), "sigaction")
}

/// SIGACTION with a handler that has no way back.
pub fn act_without_restorer(signal: u32) -> Verdict {
    let action = SignalAction {
        handler: (restorer as *const ()).addr() as u64,
        ..SignalAction::default()
    };
    let words = [signal as usize, (&raw const action).addr(), 0, 0, 0, 0];
    check(call(SYS_SIGACTION, words), "sigaction")
}

/// Let `handler` handle `signal`.
pub fn on(signal: u32, handler: Handler, flags: u64) -> Verdict {
    act(signal, (handler as *const ()).addr(), flags | SA_SIGINFO)
}

/// The set of one signal.
pub const fn bit(signal: u32) -> u64 {
    1 << (signal - 1)
}

fn set_of(signals: &[u32]) -> u64 {
    signals.iter().fold(0, |set, &signal| set | bit(signal))
}

/// SIGPROCMASK.
pub fn block(how: u32, signals: &[u32]) -> Verdict {
    let set = set_of(signals);
    let words = [how as usize, (&raw const set).addr(), 0, 0, 0, 0];
    check(call(SYS_SIGPROCMASK, words), "sigprocmask")
}

/// The signals that are blocked.
pub fn mask() -> Result<u64, String> {
    let mut old = 0_u64;
    let words = [SIG_BLOCK as usize, 0, (&raw mut old).addr(), 0, 0, 0];
    check(call(SYS_SIGPROCMASK, words), "sigprocmask")?;
    Ok(old)
}

/// SIGPENDING.
pub fn pending() -> Result<u64, String> {
    let mut set = 0_u64;
    check(
        call(SYS_SIGPENDING, [(&raw mut set).addr(), 0, 0, 0, 0, 0]),
        "sigpending",
    )?;
    Ok(set)
}

/// SIGSUSPEND.
pub fn suspend(set: u64) -> Result<usize, Error> {
    call(SYS_SIGSUSPEND, [(&raw const set).addr(), 0, 0, 0, 0, 0])
}

/// SIGTIMEDWAIT.
pub fn take(signals: &[u32], timeout_ms: Option<i64>) -> Result<(u32, SignalInfo), String> {
    let set = set_of(signals);
    let mut info = SignalInfo::default();
    let time = Timespec {
        tv_sec: 0,
        tv_nsec: timeout_ms.unwrap_or(0) * 1_000_000,
    };
    let timeout = timeout_ms.map_or(0, |_| (&raw const time).addr());
    let words = [
        (&raw const set).addr(),
        (&raw mut info).addr(),
        timeout,
        0,
        0,
        0,
    ];
    let signal = number(call(SYS_SIGTIMEDWAIT, words), "sigtimedwait")?;
    Ok((signal.cast_unsigned(), info))
}

/// SIGALTSTACK.
pub fn altstack(start: u64, len: u64, flags: u32) -> Verdict {
    let stack = SignalStack {
        ss_sp: start,
        ss_flags: flags.cast_signed(),
        ss_size: len,
        ..SignalStack::default()
    };
    check(
        call(SYS_SIGALTSTACK, [(&raw const stack).addr(), 0, 0, 0, 0, 0]),
        "sigaltstack",
    )
}

/// WAIT: number and word.
pub fn wait_for(pid: i32, options: u32) -> Result<(i32, i32), Error> {
    let mut status = 0_i32;
    let words = [
        word(pid),
        (&raw mut status).addr(),
        options as usize,
        0,
        0,
        0,
    ];
    let id = call(SYS_WAIT, words)?;
    Ok((i32::try_from(id).unwrap_or(-1), status))
}

/// WAIT, once more for each signal that a handler took meanwhile.
pub fn wait_again(pid: i32, options: u32) -> Result<(i32, i32), Error> {
    loop {
        match wait_for(pid, options) {
            Err(error) if error == Error::from(kpio_rt::abi::errors::Errno::EINTR) => {}
            result => return result,
        }
    }
}

/// WAITID.
pub fn waitid(id_type: u32, id: i32, options: u32) -> Result<SignalInfo, String> {
    let mut info = SignalInfo::default();
    let words = [
        id_type as usize,
        word(id),
        (&raw mut info).addr(),
        options as usize,
        0,
        0,
    ];
    check(call(SYS_WAITID, words), "waitid")?;
    Ok(info)
}

/// SETPGID.
pub fn setpgid(pid: i32, group: i32) -> Verdict {
    check(
        call(SYS_SETPGID, [word(pid), word(group), 0, 0, 0, 0]),
        "setpgid",
    )
}

/// GETPGID.
pub fn getpgid(pid: i32) -> Result<i32, String> {
    number(call(SYS_GETPGID, [word(pid), 0, 0, 0, 0, 0]), "getpgid")
}

/// GETSID.
pub fn getsid(pid: i32) -> Result<i32, String> {
    number(call(SYS_GETSID, [word(pid), 0, 0, 0, 0, 0]), "getsid")
}

/// SETSID.
pub fn setsid() -> Result<i32, String> {
    number(call(SYS_SETSID, [0; 6]), "setsid")
}

fn at(page: usize) -> &'static AtomicU64 {
    let pointer = core::ptr::with_exposed_provenance::<AtomicU64>(page);
    // SAFETY: the callers mapped the page, aligned, and never unmap it.
    unsafe { &*pointer }
}

/// Count up at the start of a shared page.
pub fn increment(page: usize) {
    at(page).fetch_add(1, Ordering::SeqCst);
}

/// The count.
pub fn counter(page: usize) -> u64 {
    at(page).load(Ordering::SeqCst)
}

/// A handler that leaves other values in registers than it found.
pub extern "C" fn spoil_registers(_signal: u32, _info: &SignalInfo, _frame: &mut Frame) {
    // SAFETY: what is changed is declared.
    unsafe {
        asm!(
            "xor r8d, r8d",
            "xor r9d, r9d",
            "xor esi, esi",
            "pxor xmm7, xmm7",
            out("r8") _,
            out("r9") _,
            out("rsi") _,
            out("xmm7") _,
        );
    }
}

/// Send a signal with patterns in registers that calls keep; what they are then.
pub fn kill_with_patterns(pid: i32, signal: u32) -> (u64, u64) {
    let (general, vector): (u64, u64);
    // SAFETY: the call changes rax, rcx and r11 only, and the handler's registers are restored.
    unsafe {
        asm!(
            "mov r9, {pattern}",
            "movq xmm7, r9",
            "syscall",
            "movq {vector}, xmm7",
            "mov {general}, r9",
            pattern = in(reg) PATTERN,
            vector = lateout(reg) vector,
            general = lateout(reg) general,
            inlateout("rax") SYS_KILL => _,
            in("rdi") word(pid),
            in("rsi") signal as usize,
            out("r9") _,
            out("xmm7") _,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    (general, vector)
}

/// A handler that changes rbx of what it interrupted.
pub extern "C" fn set_rbx(_signal: u32, _info: &SignalInfo, frame: &mut Frame) {
    frame.gregs[11] = PATTERN;
}

/// Send a signal; what rbx is then.
pub fn rbx_after_kill(pid: i32, signal: u32) -> u64 {
    let rbx: u64;
    // SAFETY: as above; rbx is put back, because the compiler keeps it for itself.
    unsafe {
        asm!(
            "push rbx",
            "xor ebx, ebx",
            "syscall",
            "mov {rbx}, rbx",
            "pop rbx",
            rbx = lateout(reg) rbx,
            inlateout("rax") SYS_KILL => _,
            in("rdi") word(pid),
            in("rsi") signal as usize,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    rbx
}

/// Use up the stack.
pub fn overflow_stack(depth: u64) -> u64 {
    let array = core::hint::black_box([depth; 64]);
    if depth == u64::MAX {
        return 0;
    }
    overflow_stack(depth + 1) + core::hint::black_box(array)[3]
}

/// DIV by zero.
pub fn divide_by_zero() {
    // SAFETY: it is meant to fault; what DIV changes is declared.
    unsafe {
        asm!(
            "xor ecx, ecx",
            "div ecx",
            inout("eax") 1 => _,
            inout("edx") 0 => _,
            out("ecx") _,
        );
    }
}

/// SIGRETURN with a stack pointer that is none.
pub fn return_without_frame() {
    // SAFETY: it is meant to end the process.
    unsafe {
        asm!(
            "mov rsp, 16",
            "mov eax, {number}",
            "syscall",
            "ud2",
            number = const SYS_SIGRETURN,
            options(noreturn),
        );
    }
}
