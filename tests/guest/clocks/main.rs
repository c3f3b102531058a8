//! Clocks, sleeping, random bytes, and writing in pieces.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use harness::probe::{is_readable, is_writable};
use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID,
    GRND_INSECURE, GRND_RANDOM, RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD, TIMER_ABSTIME,
};
use kpio_rt::abi::memory::USER_CLOCK_PAGE;
use kpio_rt::abi::syscalls::{
    IOV_MAX, SYS_CLOCK_GET, SYS_FORK, SYS_GET_RANDOM, SYS_SLEEP, SYS_SYSTEM_INFO, SYS_WRITEV,
};
use kpio_rt::abi::types::{IoVec, SystemInfo, Timespec};
use kpio_rt::{Error, io, process, syscall, system, thread, time};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("the monotonic clock never goes back", monotonic);
    cases.run("the clock page tells what the kernel tells", clock_page);
    cases.run("the real-time clock is in this century", realtime);
    cases.run("a sleep is as long as it should be", sleeping);
    cases.run("a sleep until a point ends there", sleeping_until);
    cases.run("what a thread and a process have run is counted", cpu_time);
    cases.run(
        "what children have run is told once they are waited for",
        children_time,
    );
    cases.run("every clock tells what it counts in", resolutions);
    cases.run("clocks and times that are none are refused", refused);
    cases.run("random bytes are not always the same", random);
    cases.run("figures of the system add up", figures);
    cases.run("pieces are written in their order", pieces);
    cases.finish()
}

fn monotonic() -> Verdict {
    let mut last = time::monotonic();
    for _ in 0..20_000 {
        let now = time::monotonic();
        ensure(now >= last, format_args!("{last:?} and then {now:?}"))?;
        last = now;
    }
    let start = time::monotonic();
    while time::monotonic() == start {}
    Ok(())
}

/// What CLOCK_GET tells, past the library.
fn kernel_ns(clock: u32) -> Result<i64, String> {
    let mut time = Timespec::default();
    let words = [clock as usize, (&raw mut time).addr(), 0, 0, 0, 0];
    // SAFETY: the call writes this struct only.
    context(unsafe { syscall::call(SYS_CLOCK_GET, words) }, "clock_get")?;
    Ok(time.tv_sec * 1_000_000_000 + time.tv_nsec)
}

fn clock_page() -> Verdict {
    for _ in 0..1000 {
        let before = kernel_ns(CLOCK_MONOTONIC)?;
        let own = i64::try_from(time::monotonic().as_nanos()).unwrap_or(0);
        let after = kernel_ns(CLOCK_MONOTONIC)?;
        ensure(
            (before..=after).contains(&own),
            format!("{own} is not between {before} and {after}"),
        )?;
    }
    ensure(is_readable(USER_CLOCK_PAGE), "the page cannot be read")?;
    // SAFETY: nothing relies on the page's content while this is tried out.
    let is_writable = unsafe { is_writable(USER_CLOCK_PAGE) };
    ensure(!is_writable, "the page can be written")
}

fn realtime() -> Verdict {
    const YEAR_2024_S: u64 = 1_704_067_200;
    const YEAR_2100_S: u64 = 4_102_444_800;
    let now = context(time::now(CLOCK_REALTIME), "clock")?.as_secs();
    ensure(
        (YEAR_2024_S..YEAR_2100_S).contains(&now),
        format_args!("{now} s since 1970"),
    )
}

fn sleep(clock: u32, flags: u32, request: Timespec) -> Result<usize, Error> {
    let address = &raw const request as usize;
    // SAFETY: SLEEP only reads.
    unsafe {
        syscall::call(
            SYS_SLEEP,
            [clock as usize, flags as usize, address, 0, 0, 0],
        )
    }
}

fn sleeping() -> Verdict {
    for span_ms in [0, 1, 5, 20, 60] {
        let span = Duration::from_millis(span_ms);
        let start = time::monotonic();
        context(time::sleep(span), "sleep")?;
        let slept = time::monotonic() - start;
        ensure(slept >= span, format_args!("{slept:?} instead of {span:?}"))?;
    }
    Ok(())
}

fn sleeping_until() -> Verdict {
    for clock in [CLOCK_MONOTONIC, CLOCK_REALTIME] {
        let point = context(time::now(clock), "clock")? + Duration::from_millis(30);
        context(sleep(clock, TIMER_ABSTIME, time::timespec(point)), "sleep")?;
        ensure(
            context(time::now(clock), "clock")? >= point,
            "it ended too early",
        )?;
        // A point that has passed.
        context(sleep(clock, TIMER_ABSTIME, time::timespec(point)), "sleep")?;
        context(sleep(clock, TIMER_ABSTIME, Timespec::default()), "sleep")?;
    }
    Ok(())
}

/// Runs until the caller's thread has run for so long.
fn work(span: Duration) -> Verdict {
    let ran = || context(time::now(CLOCK_THREAD_CPUTIME_ID), "clock");
    let end = ran()? + span;
    while ran()? < end {}
    Ok(())
}

fn cpu_time() -> Verdict {
    let clock = |clock| context(time::now(clock), "clock");
    let (thread, process) = (CLOCK_THREAD_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID);
    let real = time::monotonic();
    let (own, all) = (clock(thread)?, clock(process)?);
    let span = Duration::from_millis(15);
    work(span)?;
    // Sleeping is not running.
    let before_sleep = clock(thread)?;
    context(time::sleep(Duration::from_millis(60)), "sleep")?;
    let slept = clock(thread)? - before_sleep;
    ensure(
        slept < Duration::from_millis(50),
        format!("{slept:?} in a sleep"),
    )?;
    let body = move || i32::from(work(span).is_err());
    let other = context(thread::spawn(body), "thread")?;
    expect("the other thread", other.join(), 0)?;
    let (own_after, all_after) = (clock(thread)?, clock(process)?);
    let real_after = time::monotonic();
    let (own, all) = (own_after - own, all_after - all);
    ensure(
        own >= span && all >= own + span && all <= real_after - real,
        format!("the thread ran {own:?}, the process {all:?}"),
    )
}

fn fork() -> Result<i32, String> {
    // SAFETY: the process has one thread.
    let child = context(unsafe { syscall::call(SYS_FORK, [0; 6]) }, "fork")?;
    i32::try_from(child).map_err(|_| format!("{child}"))
}

fn children_time() -> Verdict {
    let children = || context(time::ran(RUSAGE_CHILDREN), "getrusage");
    let span = Duration::from_millis(15);
    let before = children()?;
    let child = fork()?;
    if child == 0 {
        // A child of the child: what it ran is told with the child.
        let is_done = fork().is_ok_and(|grandchild| {
            if grandchild == 0 {
                process::exit_now(i32::from(work(span).is_err()));
            }
            work(span).is_ok()
                && process::wait(grandchild, 0).is_ok_and(|(_, end)| end.code() == Some(0))
        });
        process::exit_now(i32::from(!is_done));
    }
    let (id, status, usage) = context(process::wait_usage(child, 0), "wait4")?;
    expect("whose end", (id, status.code()), (child, Some(0)))?;
    let told = time::user_time(&usage);
    ensure(told >= span * 2, format!("{told:?} of the child"))?;
    let added = children()? - before;
    // Each is told in whole microseconds.
    ensure(
        added.abs_diff(told) <= Duration::from_micros(2),
        format!("{told:?} of the child, {added:?} of all"),
    )?;
    let own = context(time::now(CLOCK_PROCESS_CPUTIME_ID), "clock")?;
    let (usage, ticks) = (context(time::ran(RUSAGE_SELF), "getrusage")?, time::times());
    let thread = context(time::ran(RUSAGE_THREAD), "getrusage")?;
    let (later, after) = (time::process_ran(), Duration::from_micros(2));
    ensure(
        own <= usage + after && usage <= later + after && thread <= later + after,
        format!("{own:?}, {usage:?}, {thread:?}, {later:?}"),
    )?;
    let tick = Duration::from_millis(10);
    ensure(
        usage < ticks.0 + 2 * tick && children()? < ticks.1 + 2 * tick,
        format!("{usage:?} and {ticks:?}"),
    )?;
    let outcome = time::ran(2).err();
    expect("nobody's", outcome, Some(Errno::EINVAL.into()))
}

fn resolutions() -> Verdict {
    for clock in 0..8 {
        let told = time::resolution(clock);
        expect("a clock", told, Ok(Duration::from_nanos(1)))?;
    }
    expect("no clock", time::resolution(8), Err(Errno::EINVAL.into()))
}

fn refused() -> Verdict {
    let einval = || Err(Errno::EINVAL.into());
    let zero = Timespec::default();
    for (tv_sec, tv_nsec) in [(-1, 0), (0, -1), (0, 1_000_000_000), (i64::MIN, 0)] {
        let outcome = sleep(CLOCK_MONOTONIC, 0, Timespec { tv_sec, tv_nsec });
        expect("a time that is none", outcome, einval())?;
    }
    expect("a clock that is none", sleep(99, 0, zero), einval())?;
    for clock in [CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID] {
        expect("time that is run", sleep(clock, 0, zero), einval())?;
    }
    expect("an unknown flag", sleep(CLOCK_MONOTONIC, 2, zero), einval())?;
    for clock in [99, 8, 1 << 32, usize::MAX] {
        let mut time = Timespec::default();
        let address = &raw mut time as usize;
        // SAFETY: CLOCK_GET writes to `time` only.
        let outcome = unsafe { syscall::call(SYS_CLOCK_GET, [clock, address, 0, 0, 0, 0]) };
        expect("a clock that is none", outcome, einval())?;
    }
    Ok(())
}

fn random() -> Verdict {
    let mut first = [0; 64];
    let mut second = [0; 64];
    expect("bytes", system::random(&mut first), Ok(64))?;
    expect("bytes", system::random(&mut second), Ok(64))?;
    ensure(first != second && first != [0; 64], "the same bytes twice")?;
    let mut long = alloc::vec![0; 100_000];
    expect("many bytes", system::random(&mut long), Ok(long.len()))?;
    let ones: u32 = long.iter().map(|byte| byte.count_ones()).sum();
    // Half of 800,000 bits, and 25 times their standard deviation of 447.
    ensure(
        (388_800..411_200).contains(&ones),
        format_args!("{ones} of 800000 bits are set"),
    )?;
    for flags in [8, 1 << 31, GRND_RANDOM | GRND_INSECURE] {
        let address = first.as_mut_ptr() as usize;
        // SAFETY: the flags are refused.
        let outcome =
            unsafe { syscall::call(SYS_GET_RANDOM, [address, 8, flags as usize, 0, 0, 0]) };
        expect("unknown flags", outcome, Err(Errno::EINVAL.into()))?;
    }
    Ok(())
}

fn figures() -> Verdict {
    let info = context(system::info(), "system_info")?;
    ensure(
        info.free_frames <= info.total_frames,
        "more is free than there is",
    )?;
    ensure(
        info.processes >= 1 && info.threads >= info.processes,
        "there is no process",
    )?;
    let mut room = SystemInfo::default();
    let address = &raw mut room as usize;
    let wrong = size_of::<SystemInfo>() - 1;
    // SAFETY: the size is refused.
    let outcome = unsafe { syscall::call(SYS_SYSTEM_INFO, [address, wrong, 0, 0, 0, 0]) };
    expect("another size", outcome, Err(Errno::EINVAL.into()))
}

fn writev(pieces: &[IoVec], count: usize) -> Result<usize, Error> {
    let address = pieces.as_ptr() as usize;
    // SAFETY: WRITEV only reads.
    unsafe { syscall::call(SYS_WRITEV, [io::STDOUT as usize, address, count, 0, 0, 0]) }
}

fn pieces() -> Verdict {
    let piece = |text: &'static str| IoVec {
        iov_base: text.as_ptr() as u64,
        iov_len: text.len() as u64,
    };
    let all = [
        piece("       "),
        piece(""),
        piece("in "),
        piece("pieces"),
        piece("\n"),
    ];
    expect("bytes", writev(&all, all.len()), Ok(17))?;
    expect("no piece", writev(&all, 0), Ok(0))?;
    let einval = || Err(Errno::EINVAL.into());
    expect("too many pieces", writev(&all, IOV_MAX + 1), einval())?;
    let long = IoVec {
        iov_len: i64::MAX as u64,
        ..all[0]
    };
    // Both are true of it: no memory is so long, and the sum has no 63 bits.
    let outcome = writev(&[long, long], 2);
    let is_refused = |error: &Error| *error == Errno::EINVAL || *error == Errno::EFAULT;
    ensure(
        outcome.as_ref().is_err_and(is_refused),
        format_args!("too long: {outcome:?}"),
    )
}
