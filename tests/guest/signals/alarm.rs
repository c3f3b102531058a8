//! SIGALRM from ITIMER_REAL.

use core::sync::atomic::Ordering;
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    ITIMER_PROF, ITIMER_VIRTUAL, LOCK_EX, O_CREAT, O_RDWR, SI_KERNEL, SIG_BLOCK, SIG_SETMASK,
    SIGALRM,
};
use kpio_rt::abi::syscalls::{SYS_GETITIMER, SYS_SETITIMER};
use kpio_rt::abi::types::{IntervalTimer, Timeval};
use kpio_rt::descriptor::lock_whole;
use kpio_rt::fs::File;
use kpio_rt::{Error, process, time, timer};

use super::raw::{DEFAULT, IGNORE, act, bit, block, call, fork, on, pending, suspend, take};
use super::{CODE, LAST, note, noted, sleep_ms};

pub fn run(cases: &mut Cases) {
    cases.run("an alarm comes once", once);
    cases.run("an alarm comes again and again", again);
    cases.run("an alarm that is not wanted ends the process", unwanted);
    cases.run("an alarm that waits or is ignored goes on later", held_back);
    cases.run("a child has no alarm", child);
    cases.run("a wait for a lock ends with EINTR", waiting_for_lock);
    cases.run("alarm and ualarm tell what was left", functions);
    cases.run("other timers and times that are none are refused", refused);
}

const NEVER: Duration = Duration::ZERO;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn set(first: Duration, interval: Duration) -> Verdict {
    context(timer::set_interval(first, interval), "setitimer").map(|_| ())
}

fn once() -> Verdict {
    on(SIGALRM, note, 0)?;
    // It comes while the signals are let in, however long that takes to begin.
    block(SIG_BLOCK, &[SIGALRM])?;
    noted();
    set(ms(600_000), NEVER)?;
    let (left, every) = context(timer::get_interval(), "getitimer")?;
    ensure(
        left > ms(500_000) && left <= ms(600_000) && every == NEVER,
        alloc::format!("{left:?} left, then every {every:?}"),
    )?;
    let start = time::monotonic();
    set(ms(15), NEVER)?;
    expect("sigsuspend", suspend(0), Err(Error::from(Errno::EINTR)))?;
    let took = time::monotonic() - start;
    ensure(took >= ms(15), alloc::format!("it took {took:?}"))?;
    expect("runs", (noted(), LAST.load(Ordering::SeqCst)), (1, SIGALRM))?;
    expect(
        "why",
        CODE.load(Ordering::SeqCst),
        SI_KERNEL.cast_unsigned(),
    )?;
    expect("what is left", timer::get_interval(), Ok((NEVER, NEVER)))?;
    block(SIG_SETMASK, &[])?;
    act(SIGALRM, DEFAULT, 0)
}

fn again() -> Verdict {
    on(SIGALRM, note, 0)?;
    noted();
    let start = time::monotonic();
    set(ms(4), ms(4))?;
    let mut runs = 0;
    while runs < 5 {
        // Nothing else ends it.
        expect("sigsuspend", suspend(0), Err(Error::from(Errno::EINTR)))?;
        runs += noted();
    }
    let took = time::monotonic() - start;
    ensure(took >= ms(20), alloc::format!("5 times in {took:?}"))?;
    // It comes to who works too, not only to who waits.
    while noted() == 0 {
        ensure(time::monotonic() - start < ms(20_000), "none in 20 s")?;
    }
    set(NEVER, NEVER)?;
    noted();
    context(time::sleep(ms(10)), "sleep")?;
    expect("runs after it was stopped", noted(), 0)?;
    act(SIGALRM, DEFAULT, 0)
}

fn unwanted() -> Verdict {
    let child = fork()?;
    if child == 0 {
        let _ = set(ms(5), NEVER);
        let _ = time::sleep(ms(60_000));
        process::exit_now(FAILED);
    }
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("its end", status.signal(), Some(SIGALRM.cast_signed()))
}

fn held_back() -> Verdict {
    block(SIG_BLOCK, &[SIGALRM])?;
    set(ms(2), ms(2))?;
    context(time::sleep(ms(20)), "sleep")?;
    expect("what waits", pending()?, bit(SIGALRM))?;
    for _ in 0..3 {
        let (signal, _) = take(&[SIGALRM], None)?;
        expect("taken", signal, SIGALRM)?;
    }
    // Ignored, it does not wait; handled again, it comes again.
    act(SIGALRM, IGNORE, 0)?;
    block(SIG_SETMASK, &[])?;
    context(time::sleep(ms(10)), "sleep")?;
    expect("what waits", pending()?, 0)?;
    on(SIGALRM, note, 0)?;
    noted();
    let (slept, _) = sleep_ms(60_000);
    expect("sleep", slept, Err(Error::from(Errno::EINTR)))?;
    set(NEVER, NEVER)?;
    act(SIGALRM, DEFAULT, 0)
}

fn child() -> Verdict {
    set(ms(600_000), ms(1))?;
    let child = fork()?;
    if child == 0 {
        let is_unset = timer::get_interval() == Ok((NEVER, NEVER));
        process::exit_now(if is_unset { PASSED } else { FAILED });
    }
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("the child", status.code(), Some(PASSED))?;
    set(NEVER, NEVER)
}

fn waiting_for_lock() -> Verdict {
    let open = || context(File::open_with(c"/data/alarm", O_RDWR | O_CREAT), "open");
    let (one, other) = (open()?, open()?);
    context(lock_whole(&one, LOCK_EX), "flock")?;
    on(SIGALRM, note, 0)?;
    // One that comes too early is followed by another.
    set(ms(5), ms(5))?;
    let waited = lock_whole(&other, LOCK_EX);
    set(NEVER, NEVER)?;
    expect("flock", waited, Err(Error::from(Errno::EINTR)))?;
    noted();
    act(SIGALRM, DEFAULT, 0)
}

fn functions() -> Verdict {
    expect("none before", timer::alarm(100), 0)?;
    expect("rounded up", timer::alarm(0), 100)?;
    expect("none before", timer::ualarm(600_000_000, 5), 0)?;
    let (left, every) = context(timer::get_interval(), "getitimer")?;
    ensure(
        left > ms(500_000) && left <= ms(600_000) && every == Duration::from_micros(5),
        alloc::format!("{left:?} left, then every {every:?}"),
    )?;
    let left_us = timer::ualarm(0, 0);
    ensure(
        (500_000_000..=600_000_000).contains(&left_us),
        alloc::format!("{left_us} us left"),
    )?;
    expect("none left", timer::alarm(0), 0)
}

fn refused() -> Verdict {
    let invalid = || Err(Error::from(Errno::EINVAL));
    let mut place = IntervalTimer::default();
    for which in [ITIMER_VIRTUAL, ITIMER_PROF, 3] {
        let words = [which as usize, (&raw mut place).addr(), 0, 0, 0, 0];
        expect("another timer", call(SYS_GETITIMER, words), invalid())?;
        expect("another timer", call(SYS_SETITIMER, words), invalid())?;
    }
    for (tv_sec, tv_usec) in [(-1, 0), (0, -1), (0, 1_000_000)] {
        let new = IntervalTimer {
            it_value: Timeval { tv_sec, tv_usec },
            ..IntervalTimer::default()
        };
        let words = [0, (&raw const new).addr(), 0, 0, 0, 0];
        expect("a time that is none", call(SYS_SETITIMER, words), invalid())?;
    }
    Ok(())
}
