//! Timers that are read: when they go off, how often, and who is told.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID, EPOLL_CTL_ADD,
    EPOLLET, EPOLLIN, POLLIN, TFD_CLOEXEC, TFD_NONBLOCK, TFD_TIMER_ABSTIME,
    TFD_TIMER_CANCEL_ON_SET,
};
use kpio_rt::abi::syscalls::{SYS_FORK, SYS_TIMERFD_SETTIME};
use kpio_rt::abi::types::{EpollEvent, PollFd, TimerSpec, Timespec};
use kpio_rt::fs::File;
use kpio_rt::{Error, io, process, syscall, system, thread, time, timer, wait};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("a timer goes off once, after its time", once);
    cases.run("an interval counts each time, and none is lost", interval);
    cases.run("points on every clock", points);
    cases.run("a point that has passed is now", passed_point);
    cases.run("what was set is told, and forgotten", set_again);
    cases.run("a timer that is set to nothing does not go off", stopped);
    cases.run("a read without waiting", not_waiting);
    cases.run("POLL and epoll wait for a timer", watched);
    cases.run("edge-triggered: told of each time that is read", edge);
    cases.run(
        "who waits is woken when the timer is set anew",
        set_meanwhile,
    );
    cases.run("a shared timer goes off for parent and child", shared);
    cases.run("many timers go off in their order", many);
    cases.run("the shortest interval leaves time to work", shortest);
    cases.run("nonsense is refused", refused);
    cases.run("timers that run leave nothing behind", || {
        leaves_nothing(|| {
            for _ in 0..20 {
                let file = new(CLOCK_MONOTONIC)?;
                context(timer::set(&file, 0, ms(1), ms(1)), "set")?;
                let far = new(CLOCK_MONOTONIC)?;
                context(timer::set(&far, 0, FAR, NEVER), "set")?;
            }
            Ok(())
        })
    });
    cases.finish()
}

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);
const NEVER: Duration = Duration::ZERO;
/// So far away that it does not come, however slow the machine is, and a bit nearer.
const FAR: Duration = ms(600_000);
const NEARER: Duration = ms(500_000);

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn new(clock: u32) -> Result<File, String> {
    context(timer::timer(clock, TFD_NONBLOCK), "timerfd_create")
}

fn new_waiting() -> Result<File, String> {
    context(timer::timer(CLOCK_MONOTONIC, 0), "timerfd_create")
}

fn take(timer: &File) -> Result<u64, Error> {
    let mut bytes = [0; 8];
    let len = io::read(timer.descriptor(), &mut bytes)?;
    if len == 8 {
        Ok(u64::from_ne_bytes(bytes))
    } else {
        Err(Errno::EIO.into())
    }
}

fn nothing_yet() -> Result<u64, Error> {
    Err(Errno::EAGAIN.into())
}

fn leaves_nothing(round: impl Fn() -> Verdict) -> Verdict {
    let counts = || context(system::info(), "system_info").map(|i| (i.handles, i.free_frames));
    round()?;
    let before = counts()?;
    round()?;
    expect("handles and free frames", counts()?, before)
}

/// Fails unless POLL says that `timer` can be read, or that it cannot.
fn expect_ready(what: &str, timer: &File, is_ready: bool) -> Verdict {
    let mut entries = [PollFd {
        fd: timer.descriptor(),
        events: i16::try_from(POLLIN).unwrap_or(0),
        revents: 0,
    }];
    let nr_ready = context(wait::poll(&mut entries, AT_ONCE), "poll")?;
    expect(what, nr_ready, i32::from(is_ready))
}

fn once() -> Verdict {
    let timer = new_waiting()?;
    context(timer::set(&timer, 0, FAR, NEVER), "set")?;
    expect_ready("before", &timer, false)?;
    let (left, interval) = context(timer::get(&timer), "get")?;
    ensure(
        left <= FAR && left > NEARER && interval == NEVER,
        alloc::format!("{left:?} left, then every {interval:?}"),
    )?;
    let start = time::monotonic();
    context(timer::set(&timer, 0, ms(20), NEVER), "set")?;
    expect("how often", take(&timer), Ok(1))?;
    let took = time::monotonic() - start;
    ensure(took >= ms(20), alloc::format!("it took {took:?}"))?;
    expect_ready("after", &timer, false)?;
    expect("what is left", timer::get(&timer), Ok((NEVER, NEVER)))
}

fn interval() -> Verdict {
    let timer = new_waiting()?;
    let start = time::monotonic();
    context(timer::set(&timer, 0, ms(5), ms(3)), "set")?;
    let mut total = 0;
    for nap_ms in [0, 1, 10, 0, 30] {
        context(time::sleep(ms(nap_ms)), "sleep")?;
        let before = time::monotonic() - start;
        total += context(take(&timer), "read")?;
        let after = time::monotonic() - start;
        let often = |since: Duration| {
            since
                .checked_sub(ms(5))
                .map_or(0, |s| s.as_millis() / 3 + 1)
        };
        ensure(
            (often(before)..=often(after)).contains(&u128::from(total)),
            alloc::format!("{total} times between {before:?} and {after:?}"),
        )?;
    }
    let (left, every) = context(timer::get(&timer), "get")?;
    ensure(
        left > NEVER && left <= ms(3) && every == ms(3),
        alloc::format!("{left:?} left, then every {every:?}"),
    )
}

fn points() -> Verdict {
    for clock in [CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME] {
        let timer = context(timer::timer(clock, 0), "timerfd_create")?;
        let now = || context(time::now(clock), "clock");
        context(
            timer::set(&timer, TFD_TIMER_ABSTIME, now()? + FAR, NEVER),
            "set",
        )?;
        expect_ready("before", &timer, false)?;
        let point = now()? + ms(15);
        context(timer::set(&timer, TFD_TIMER_ABSTIME, point, NEVER), "set")?;
        expect("how often", take(&timer), Ok(1))?;
        let now = now()?;
        ensure(now >= point, alloc::format!("{now:?} before {point:?}"))?;
    }
    // No clock is set, so this never matters.
    let timer = new(CLOCK_REALTIME)?;
    let flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    let point = context(time::now(CLOCK_REALTIME), "clock")? + FAR;
    context(timer::set(&timer, flags, point, NEVER), "set")?;
    let (left, _) = context(timer::get(&timer), "get")?;
    ensure(
        left > NEARER && left <= FAR,
        alloc::format!("{left:?} left"),
    )
}

fn passed_point() -> Verdict {
    let timer = new(CLOCK_MONOTONIC)?;
    let now = time::monotonic();
    context(timer::set(&timer, TFD_TIMER_ABSTIME, now, NEVER), "set")?;
    expect_ready("it has passed", &timer, true)?;
    expect("how often", take(&timer), Ok(1))?;
    let first = time::monotonic() - ms(10);
    context(timer::set(&timer, TFD_TIMER_ABSTIME, first, ms(2)), "set")?;
    let count = context(take(&timer), "read")?;
    let since = time::monotonic() - first;
    ensure(
        count >= 6 && u128::from(count) <= since.as_millis() / 2 + 1,
        alloc::format!("{count} times in {since:?}"),
    )?;
    let timer = new(CLOCK_REALTIME)?;
    let long_ago = ms(1);
    context(
        timer::set(&timer, TFD_TIMER_ABSTIME, long_ago, NEVER),
        "set",
    )?;
    expect("long ago", take(&timer), Ok(1))
}

fn set_again() -> Verdict {
    let timer = new(CLOCK_MONOTONIC)?;
    let before = context(timer::set(&timer, 0, FAR, ms(7)), "set")?;
    expect("before that", before, (NEVER, NEVER))?;
    let (left, every) = context(timer::set(&timer, 0, ms(1), NEVER), "set")?;
    ensure(
        left <= FAR && left > NEARER && every == ms(7),
        alloc::format!("{left:?} left, then every {every:?}"),
    )?;
    context(time::sleep(ms(3)), "sleep")?;
    expect_ready("it has gone off", &timer, true)?;
    context(timer::set(&timer, 0, FAR, NEVER), "set")?;
    expect_ready("that is forgotten", &timer, false)?;
    expect("nothing", take(&timer), nothing_yet())
}

fn stopped() -> Verdict {
    let timer = new(CLOCK_MONOTONIC)?;
    expect("never set", take(&timer), nothing_yet())?;
    context(timer::set(&timer, 0, ms(2), ms(2)), "set")?;
    context(timer::set(&timer, 0, NEVER, NEVER), "set")?;
    context(time::sleep(ms(6)), "sleep")?;
    expect_ready("stopped", &timer, false)?;
    expect("stopped", take(&timer), nothing_yet())
}

fn not_waiting() -> Verdict {
    let timer = new(CLOCK_MONOTONIC)?;
    context(timer::set(&timer, 0, FAR, NEVER), "set")?;
    expect("too early", take(&timer), nothing_yet())?;
    context(timer::set(&timer, 0, ms(5), NEVER), "set")?;
    context(time::sleep(ms(6)), "sleep")?;
    expect("in time", take(&timer), Ok(1))?;
    expect("again", take(&timer), nothing_yet())
}

fn watched() -> Verdict {
    let timer = new(CLOCK_MONOTONIC)?;
    context(timer::set(&timer, 0, ms(10), NEVER), "set")?;
    let start = time::monotonic();
    let mut entries = [PollFd {
        fd: timer.descriptor(),
        events: i16::try_from(POLLIN).unwrap_or(0),
        revents: 0,
    }];
    expect("poll", wait::poll(&mut entries, None), Ok(1))?;
    ensure(time::monotonic() - start >= ms(10), "it ended too early")?;
    expect("how often", take(&timer), Ok(1))?;
    let epoll = context(wait::epoll(0), "epoll_create1")?;
    let fd = timer.descriptor();
    let added = wait::epoll_control(&epoll, EPOLL_CTL_ADD, fd, EPOLLIN, 5);
    context(added, "epoll_ctl")?;
    let mut events = [EpollEvent::default(); 2];
    context(timer::set(&timer, 0, ms(4), ms(4)), "set")?;
    for _ in 0..5 {
        expect("told", wait::epoll_wait(&epoll, &mut events, None), Ok(1))?;
        expect("of what", events[0].data, 5)?;
        context(take(&timer), "read")?;
    }
    Ok(())
}

fn edge() -> Verdict {
    let timer = new(CLOCK_MONOTONIC)?;
    let epoll = context(wait::epoll(0), "epoll_create1")?;
    let fd = timer.descriptor();
    let added = wait::epoll_control(&epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 0);
    context(added, "epoll_ctl")?;
    let mut events = [EpollEvent::default(); 2];
    context(timer::set(&timer, 0, ms(3), ms(3)), "set")?;
    expect("told", wait::epoll_wait(&epoll, &mut events, None), Ok(1))?;
    let untold = wait::epoll_wait(&epoll, &mut events, Some(ms(10)));
    expect("not read", untold, Ok(0))?;
    context(take(&timer), "read")?;
    expect("told", wait::epoll_wait(&epoll, &mut events, None), Ok(1))
}

fn set_meanwhile() -> Verdict {
    let timer = new_waiting()?;
    context(timer::set(&timer, 0, FAR, NEVER), "set")?;
    let waiter = timer.descriptor();
    let other = thread::spawn(move || {
        let mut bytes = [0; 8];
        match io::read(waiter, &mut bytes) {
            Ok(8) if u64::from_ne_bytes(bytes) == 1 => PASSED,
            _ => FAILED,
        }
    });
    let other = context(other, "thread")?;
    context(time::sleep(ms(10)), "sleep")?;
    context(timer::set(&timer, 0, ms(1), NEVER), "set")?;
    expect("the other thread", other.join(), PASSED)
}

fn shared() -> Verdict {
    let timer = new_waiting()?;
    context(timer::set(&timer, 0, ms(10), ms(10)), "set")?;
    // SAFETY: the process has one thread, and the child only reads and ends.
    let child = context(unsafe { syscall::call(SYS_FORK, [0; 6]) }, "fork")?;
    if child == 0 {
        process::exit_now(if take(&timer).is_ok() { PASSED } else { FAILED });
    }
    context(take(&timer), "read")?;
    let child = i32::try_from(child).unwrap_or(0);
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("the child", status.code(), Some(PASSED))
}

/// Timers that go off one after the other, watched by an epoll, with their places in that order.
struct Row {
    epoll: File,
    _timers: Vec<File>,
}

const NR_TIMERS: u64 = 200;

/// A row that begins `lead` from now; `None` if that was too soon to set all before it.
fn row(lead: Duration) -> Result<Option<Row>, String> {
    let epoll = context(wait::epoll(0), "epoll_create1")?;
    let base = time::monotonic() + lead;
    let mut timers = Vec::new();
    for index in 0..NR_TIMERS {
        let timer = new(CLOCK_MONOTONIC)?;
        // In another order than they are made.
        let place = index * 77 % NR_TIMERS;
        let at = base + Duration::from_micros(place * 300);
        let watched = EPOLLIN | EPOLLET;
        let fd = timer.descriptor();
        let added = wait::epoll_control(&epoll, EPOLL_CTL_ADD, fd, watched, place);
        context(added, "epoll_ctl")?;
        context(timer::set(&timer, TFD_TIMER_ABSTIME, at, NEVER), "set")?;
        timers.push(timer);
    }
    let is_in_time = time::monotonic() < base;
    Ok(is_in_time.then_some(Row {
        epoll,
        _timers: timers,
    }))
}

fn many() -> Verdict {
    let mut lead = ms(60);
    let row = loop {
        if let Some(row) = row(lead)? {
            break row;
        }
        lead *= 2;
    };
    let mut events = [EpollEvent::default(); 16];
    let mut next = 0;
    while next < NR_TIMERS {
        let told = context(
            wait::epoll_wait(&row.epoll, &mut events, Some(ms(10_000))),
            "wait",
        )?;
        ensure(told > 0, alloc::format!("{next} came in 10 s"))?;
        for event in &events[..told] {
            expect("which", event.data, next)?;
            next += 1;
        }
    }
    Ok(())
}

fn shortest() -> Verdict {
    let timer = new(CLOCK_MONOTONIC)?;
    context(
        timer::set(&timer, 0, Duration::from_nanos(1), Duration::from_nanos(1)),
        "set",
    )?;
    let start = time::monotonic();
    let mut total: u64 = 0;
    let mut last = NEVER;
    for _ in 0..1000 {
        last = time::monotonic() - start;
        total += context(take(&timer), "read")?;
    }
    ensure(
        u128::from(total) >= last.as_nanos(),
        alloc::format!("{total} times in {last:?}"),
    )
}

fn refused() -> Verdict {
    let invalid = || Some(Error::from(Errno::EINVAL));
    for clock in [99, CLOCK_THREAD_CPUTIME_ID] {
        expect("a clock", timer::timer(clock, 0).err(), invalid())?;
    }
    let flag = timer::timer(CLOCK_MONOTONIC, 1).err();
    expect("an unknown flag", flag, invalid())?;
    let timer = context(timer::timer(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create")?;
    expect(
        "a flag",
        timer::set(&timer, 4, ms(1), NEVER).err(),
        invalid(),
    )?;
    expect(
        "a short read",
        io::read(timer.descriptor(), &mut [0; 7]).err(),
        invalid(),
    )?;
    expect(
        "a write",
        io::write(timer.descriptor(), &[0; 8]).err(),
        invalid(),
    )?;
    let counter = context(wait::event_counter(0, 0), "eventfd")?;
    expect("no timer", timer::get(&counter).err(), invalid())?;
    expect(
        "no timer",
        timer::set(&counter, 0, ms(1), NEVER).err(),
        invalid(),
    )?;
    context(timer::set(&timer, 0, FAR, ms(3)), "set")?;
    for (tv_sec, tv_nsec) in [(-1, 0), (0, -1), (0, 1_000_000_000)] {
        let bad = Timespec { tv_sec, tv_nsec };
        let good = Timespec::default();
        for (it_interval, it_value) in [(bad, good), (good, bad)] {
            let new = TimerSpec {
                it_interval,
                it_value,
            };
            let fd = timer.descriptor().cast_unsigned() as usize;
            let words = [fd, 0, (&raw const new).addr(), 0, 0, 0];
            // SAFETY: the call reads this struct only.
            let outcome = unsafe { syscall::call(SYS_TIMERFD_SETTIME, words) };
            expect("a time that is none", outcome.err(), invalid())?;
        }
    }
    let (left, every) = context(timer::get(&timer), "get")?;
    ensure(
        left > NEARER && every == ms(3),
        alloc::format!("{left:?} left, then every {every:?}"),
    )
}
