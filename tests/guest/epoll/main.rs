//! Epolls: what is told and when, over which objects, what the other side's end does, what they cost.

#![no_std]
#![no_main]

extern crate alloc;

mod nested;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLERR, EPOLLET, EPOLLEXCLUSIVE,
    EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, O_CLOEXEC,
};
use kpio_rt::abi::syscalls::{SYS_EPOLL_CTL, SYS_EPOLL_PWAIT, SYS_FORK};
use kpio_rt::abi::types::{EpollEvent, Timespec};
use kpio_rt::fs::File;
use kpio_rt::thread::{self, JoinHandle};
use kpio_rt::{Error, args, descriptor, io, process, syscall, system, time, wait};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("level-triggered: told while it is so", level);
    cases.run("edge-triggered: told of each change", edge);
    cases.run("one shot: told once until changed", one_shot);
    cases.run("what is ready when it is added is told", ready_before);
    cases.run("errors and ends are told unasked", ends);
    cases.run("a wait is woken by a write, by an end", woken);
    cases.run("a wait ends after its timeout", timeouts);
    cases.run("watches take turns where room is short", turns);
    cases.run("the last descriptor takes its watch along", last_descriptor);
    cases.run("a descriptor's number means its object", numbers);
    cases.run("a watch is added, changed and removed", control);
    cases.run("what cannot be told is told later", unwritable);
    cases.run("two threads wait for one epoll", threads);
    cases.run("a child waits for its parent's epoll", child);
    cases.run("nonsense is refused", refused);
    cases.run("watches are limited", limits);
    nested::run(&mut cases);
    cases.run("watching leaves nothing behind", || {
        leaves_nothing(|| {
            for case in [level, ends, woken, last_descriptor, nested::passed_on] {
                case()?;
            }
            Ok(())
        })
    });
    cases.finish()
}

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);
/// How long others wait before they do something that a waiting thread is to notice.
const A_WHILE: Duration = Duration::from_millis(20);

fn epoll() -> Result<File, String> {
    context(wait::epoll(EPOLL_CLOEXEC), "epoll_create1")
}

fn pipe() -> Result<(File, File), String> {
    context(descriptor::pipe(0), "pipe")
}

fn counter() -> Result<File, String> {
    context(wait::event_counter(0, 0), "eventfd")
}

fn count(counter: &File) -> Verdict {
    context(
        io::write(counter.descriptor(), &1_u64.to_ne_bytes()),
        "write",
    )
    .map(|_| ())
}

fn take(file: &File) -> Verdict {
    context(io::read(file.descriptor(), &mut [0; 8]), "read").map(|_| ())
}

fn add(epoll: &File, file: &File, events: u32, data: u64) -> Verdict {
    let added = wait::epoll_control(epoll, EPOLL_CTL_ADD, file.descriptor(), events, data);
    context(added, "EPOLL_CTL_ADD")
}

fn modify(epoll: &File, file: &File, events: u32, data: u64) -> Verdict {
    let modified = wait::epoll_control(epoll, EPOLL_CTL_MOD, file.descriptor(), events, data);
    context(modified, "EPOLL_CTL_MOD")
}

fn remove(epoll: &File, file: &File) -> Verdict {
    let removed = wait::epoll_control(epoll, EPOLL_CTL_DEL, file.descriptor(), 0, 0);
    context(removed, "EPOLL_CTL_DEL")
}

/// What a wait tells: events and words.
fn told(epoll: &File, room: usize, timeout: Option<Duration>) -> Result<Vec<(u32, u64)>, String> {
    let mut events = alloc::vec![EpollEvent::default(); room];
    let told = context(wait::epoll_wait(epoll, &mut events, timeout), "epoll_wait")?;
    let told = events.iter().take(told);
    Ok(told.map(|event| (event.events, event.data)).collect())
}

/// Fails unless a look tells this.
fn expect_told(what: &str, epoll: &File, expected: &[(u32, u64)]) -> Verdict {
    expect(what, &told(epoll, 8, AT_ONCE)?[..], expected)
}

/// Does something in another thread, after a while; PASSED when that went well.
fn later(
    body: impl FnOnce() -> Result<(), Error> + Send + 'static,
) -> Result<JoinHandle<i32>, String> {
    let body = move || match time::sleep(A_WHILE).and_then(|()| body()) {
        Ok(()) => PASSED,
        Err(_) => FAILED,
    };
    context(thread::spawn(body), "thread")
}

/// Fails if `round` leaves handles or frames behind.
fn leaves_nothing(round: impl Fn() -> Verdict) -> Verdict {
    let counts = || context(system::info(), "system_info").map(|i| (i.handles, i.free_frames));
    for _ in 0..3 {
        round()?;
    }
    let before = counts()?;
    for _ in 0..20 {
        round()?;
    }
    expect("handles and free frames", counts()?, before)
}

fn level() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    add(&epoll, &counter, EPOLLIN, 7)?;
    expect_told("before", &epoll, &[])?;
    count(&counter)?;
    expect_told("a count", &epoll, &[(EPOLLIN, 7)])?;
    expect_told("still", &epoll, &[(EPOLLIN, 7)])?;
    take(&counter)?;
    expect_told("taken", &epoll, &[])?;
    count(&counter)?;
    expect_told("another", &epoll, &[(EPOLLIN, 7)])?;
    modify(&epoll, &counter, EPOLLIN | EPOLLOUT, 8)?;
    expect_told("both", &epoll, &[(EPOLLIN | EPOLLOUT, 8)])?;
    modify(&epoll, &counter, 0, 8)?;
    expect_told("nothing is waited for", &epoll, &[])
}

fn edge() -> Verdict {
    let epoll = epoll()?;
    let (mut reader, mut writer) = pipe()?;
    add(&epoll, &reader, EPOLLIN | EPOLLET, 1)?;
    context(writer.write(b"ab"), "write")?;
    expect_told("a write", &epoll, &[(EPOLLIN, 1)])?;
    expect_told("no change", &epoll, &[])?;
    context(reader.read(&mut [0]), "read")?;
    expect_told("a byte is left", &epoll, &[])?;
    context(writer.write(b"c"), "write")?;
    expect_told("another write", &epoll, &[(EPOLLIN, 1)])?;
    context(writer.write(b"d"), "write")?;
    context(reader.read(&mut [0; 8]), "read")?;
    expect_told("written and read", &epoll, &[])?;
    modify(&epoll, &reader, EPOLLIN | EPOLLET, 2)?;
    expect_told("modified, nothing there", &epoll, &[])?;
    context(writer.write(b"e"), "write")?;
    expect_told("yet another", &epoll, &[(EPOLLIN, 2)])?;
    modify(&epoll, &reader, EPOLLIN | EPOLLET, 3)?;
    expect_told("modified, something there", &epoll, &[(EPOLLIN, 3)])?;
    drop(writer);
    expect_told("the end", &epoll, &[(EPOLLIN | EPOLLHUP, 3)])?;
    expect_told("only once", &epoll, &[])
}

fn one_shot() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    for kind in [EPOLLONESHOT, EPOLLONESHOT | EPOLLET] {
        add(&epoll, &counter, EPOLLIN | kind, 1)?;
        count(&counter)?;
        expect_told("a count", &epoll, &[(EPOLLIN, 1)])?;
        count(&counter)?;
        expect_told("another", &epoll, &[])?;
        modify(&epoll, &counter, EPOLLIN | kind, 2)?;
        expect_told("enabled", &epoll, &[(EPOLLIN, 2)])?;
        expect_told("and disabled", &epoll, &[])?;
        take(&counter)?;
        remove(&epoll, &counter)?;
    }
    Ok(())
}

fn ready_before() -> Verdict {
    for kind in [0, EPOLLET, EPOLLONESHOT] {
        let (epoll, counter) = (epoll()?, counter()?);
        count(&counter)?;
        add(&epoll, &counter, EPOLLIN | kind, 5)?;
        expect_told(&format!("{kind:#x}"), &epoll, &[(EPOLLIN, 5)])?;
    }
    Ok(())
}

fn ends() -> Verdict {
    let epoll = epoll()?;
    let (reader, writer) = pipe()?;
    add(&epoll, &reader, 0, 1)?;
    expect_told("both ends are there", &epoll, &[])?;
    drop(writer);
    expect_told("no writer", &epoll, &[(EPOLLHUP, 1)])?;
    remove(&epoll, &reader)?;
    let (reader, writer) = pipe()?;
    add(&epoll, &writer, 0, 2)?;
    drop(reader);
    expect_told("no reader", &epoll, &[(EPOLLERR, 2)])
}

fn woken() -> Verdict {
    let epoll = epoll()?;
    let (mut reader, mut writer) = pipe()?;
    add(&epoll, &reader, EPOLLIN, 1)?;
    let other = later(move || {
        writer.write(b"x")?;
        time::sleep(A_WHILE)?;
        drop(writer);
        Ok(())
    })?;
    expect("a write", &told(&epoll, 1, None)?[..], &[(EPOLLIN, 1)][..])?;
    context(reader.read(&mut [0]), "read")?;
    expect("an end", &told(&epoll, 1, None)?[..], &[(EPOLLHUP, 1)][..])?;
    expect("the other thread", other.join(), PASSED)?;
    // A watch that is added while somebody waits.
    let counter = counter()?;
    count(&counter)?;
    remove(&epoll, &reader)?;
    let (number, added) = (epoll.descriptor(), counter.descriptor());
    let other = later(move || {
        let epoll = descriptor::duplicate(number)?;
        wait::epoll_control(&epoll, EPOLL_CTL_ADD, added, EPOLLIN, 2)
    })?;
    expect(
        "an addition",
        &told(&epoll, 1, None)?[..],
        &[(EPOLLIN, 2)][..],
    )?;
    expect("the other thread", other.join(), PASSED)
}

fn timeouts() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    add(&epoll, &counter, EPOLLIN, 1)?;
    for span in [Duration::from_millis(30), Duration::from_micros(1500)] {
        let start = time::monotonic();
        expect("told", told(&epoll, 1, Some(span))?.len(), 0)?;
        let took = time::monotonic() - start;
        ensure(took >= span, format!("{span:?} took only {took:?}"))?;
    }
    Ok(())
}

fn turns() -> Verdict {
    let epoll = epoll()?;
    let counters: Result<Vec<File>, String> = (0..3).map(|_| counter()).collect();
    let counters = counters?;
    for (data, counter) in (0..).zip(&counters) {
        count(counter)?;
        add(&epoll, counter, EPOLLIN, data)?;
    }
    let mut order = Vec::new();
    for _ in 0..3 {
        order.extend(told(&epoll, 2, AT_ONCE)?.iter().map(|(_, data)| *data));
    }
    expect("order", &order[..], &[0, 1, 2, 0, 1, 2][..])?;
    expect("all", told(&epoll, 8, AT_ONCE)?.len(), 3)
}

fn last_descriptor() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    add(&epoll, &counter, EPOLLIN, 1)?;
    count(&counter)?;
    let other = context(descriptor::duplicate(counter.descriptor()), "dup")?;
    drop(counter);
    expect_told("one is left", &epoll, &[(EPOLLIN, 1)])?;
    drop(other);
    expect_told("none is left", &epoll, &[])?;
    // The epoll may go first, too.
    let (reader, mut writer) = pipe()?;
    add(&epoll, &reader, EPOLLIN, 1)?;
    drop(epoll);
    context(writer.write(b"x"), "write").map(|_| ())
}

fn numbers() -> Verdict {
    let epoll = epoll()?;
    let first = counter()?;
    add(&epoll, &first, EPOLLIN, 1)?;
    let number = first.descriptor();
    let same = context(descriptor::duplicate(number), "dup")?;
    add(&epoll, &same, EPOLLIN, 2)?;
    count(&first)?;
    expect("two numbers", told(&epoll, 8, AT_ONCE)?.len(), 2)?;
    // The number comes to mean another object; the first lives on under the other number.
    let other = counter()?;
    context(descriptor::duplicate_as(other.descriptor(), number), "dup2")?;
    let absent = wait::epoll_control(&epoll, EPOLL_CTL_MOD, number, EPOLLIN, 3);
    expect("it is not watched", absent, Err(Errno::ENOENT.into()))?;
    add(&epoll, &first, EPOLLIN, 3)?;
    count(&other)?;
    let mut words: Vec<u64> = told(&epoll, 8, AT_ONCE)?.iter().map(|t| t.1).collect();
    words.sort_unstable();
    expect("words", &words[..], &[1, 2, 3][..])
}

fn control() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    let fd = counter.descriptor();
    let call = |operation| wait::epoll_control(&epoll, operation, fd, EPOLLIN, 1);
    let absent = Err(Errno::ENOENT.into());
    expect("changing", call(EPOLL_CTL_MOD), absent)?;
    expect("removing", call(EPOLL_CTL_DEL), absent)?;
    expect("adding", call(EPOLL_CTL_ADD), Ok(()))?;
    expect("again", call(EPOLL_CTL_ADD), Err(Errno::EEXIST.into()))?;
    count(&counter)?;
    expect("removing", call(EPOLL_CTL_DEL), Ok(()))?;
    expect_told("removed", &epoll, &[])?;
    count(&counter)?;
    expect_told("and changed", &epoll, &[])?;
    expect("adding", call(EPOLL_CTL_ADD), Ok(()))?;
    expect_told("added", &epoll, &[(EPOLLIN, 1)])
}

fn unwritable() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    for kind in [EPOLLET, EPOLLONESHOT] {
        add(&epoll, &counter, EPOLLIN | kind, 1)?;
        count(&counter)?;
        let now = Timespec::default();
        let epfd = epoll.descriptor().cast_unsigned() as usize;
        let arguments = [epfd, 8, 1, (&raw const now).addr(), 0, 0];
        // SAFETY: there is nothing at address 8.
        let outcome = unsafe { syscall::call(SYS_EPOLL_PWAIT, arguments) };
        expect("nowhere to write", outcome, Err(Errno::EFAULT.into()))?;
        expect_told("later", &epoll, &[(EPOLLIN, 1)])?;
        expect_told("and once", &epoll, &[])?;
        remove(&epoll, &counter)?;
    }
    Ok(())
}

fn threads() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    add(&epoll, &counter, EPOLLIN, 1)?;
    let number = epoll.descriptor();
    let wait_too = move || {
        let Ok(epoll) = descriptor::duplicate(number) else {
            return FAILED;
        };
        match told(&epoll, 1, None) {
            Ok(told) if told == [(EPOLLIN, 1)] => PASSED,
            _ => FAILED,
        }
    };
    let first = context(thread::spawn(wait_too), "thread")?;
    let second = context(thread::spawn(wait_too), "thread")?;
    context(time::sleep(A_WHILE), "sleep")?;
    count(&counter)?;
    expect(
        "the threads",
        (first.join(), second.join()),
        (PASSED, PASSED),
    )
}

fn child() -> Verdict {
    let (epoll, counter) = (context(wait::epoll(0), "epoll")?, counter()?);
    add(&epoll, &counter, EPOLLIN, 1)?;
    // SAFETY: FORK touches no memory.
    let id = context(unsafe { syscall::call(SYS_FORK, [0; 6]) }, "fork")?;
    if id == 0 {
        let is_told = told(&epoll, 1, None).is_ok_and(|told| told == [(EPOLLIN, 1)]);
        process::exit_now(if is_told { PASSED } else { FAILED });
    }
    context(time::sleep(A_WHILE), "sleep")?;
    count(&counter)?;
    let id = context(i32::try_from(id), "fork")?;
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))?;
    expect_told("the parent's", &epoll, &[(EPOLLIN, 1)])
}

fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

fn refused() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    let own = args::args().next().ok_or("no name of its own")?;
    let file = context(File::open(own), "open")?;
    let add = EPOLL_CTL_ADD;
    let control = |fd, events| wait::epoll_control(&epoll, add, fd, events, 0);
    let fd = counter.descriptor();
    let outcomes = [
        ("a file", control(file.descriptor(), EPOLLIN), Errno::EPERM),
        ("not open", control(900, EPOLLIN), Errno::EBADF),
        ("a negative number", control(-1, EPOLLIN), Errno::EBADF),
        (
            "itself",
            control(epoll.descriptor(), EPOLLIN),
            Errno::EINVAL,
        ),
        ("an unknown event", control(fd, 1 << 20), Errno::EINVAL),
        (
            "exclusive",
            control(fd, EPOLLIN | EPOLLEXCLUSIVE),
            Errno::EINVAL,
        ),
        (
            "an unknown operation",
            wait::epoll_control(&epoll, 4, fd, EPOLLIN, 0),
            Errno::EINVAL,
        ),
        (
            "no epoll",
            wait::epoll_control(&counter, add, fd, EPOLLIN, 0),
            Errno::EINVAL,
        ),
        (
            "no epoll, another descriptor",
            wait::epoll_control(&file, add, fd, EPOLLIN, 0),
            Errno::EBADF,
        ),
        (
            "a flag",
            wait::epoll(O_CLOEXEC | 1).map(|_| ()),
            Errno::EINVAL,
        ),
        (
            "a wait for no epoll",
            wait::epoll_wait(&counter, &mut [EpollEvent::default()], AT_ONCE).map(|_| ()),
            Errno::EINVAL,
        ),
        (
            "a wait without room",
            wait::epoll_wait(&epoll, &mut [], AT_ONCE).map(|_| ()),
            Errno::EINVAL,
        ),
    ];
    for (what, outcome, errno) in outcomes {
        expect(what, outcome, Err(Error::from(errno)))?;
    }
    let epfd = epoll.descriptor().cast_unsigned() as usize;
    let outcome = call(SYS_EPOLL_PWAIT, [epfd, 8, usize::MAX, 0, 0, 0]);
    expect("too much room", outcome, Err(Errno::EINVAL.into()))?;
    for (tv_sec, tv_nsec) in [(-1, 0), (0, -1), (0, 1_000_000_000)] {
        let span = Timespec { tv_sec, tv_nsec };
        let mut event = EpollEvent::default();
        let (event, span) = ((&raw mut event).addr(), (&raw const span).addr());
        let outcome = call(SYS_EPOLL_PWAIT, [epfd, event, 1, span, 0, 0]);
        expect("no span of time", outcome, Err(Errno::EINVAL.into()))?;
    }
    let fd = fd.cast_unsigned() as usize;
    for operation in [EPOLL_CTL_ADD, EPOLL_CTL_MOD] {
        let outcome = call(SYS_EPOLL_CTL, [epfd, operation as usize, fd, 0, 0, 0]);
        expect("no event", outcome, Err(Errno::EFAULT.into()))?;
    }
    self::add(&epoll, &counter, EPOLLIN, 0)?;
    let outcome = call(SYS_EPOLL_CTL, [epfd, EPOLL_CTL_DEL as usize, fd, 1, 0, 0]);
    expect("removing looks at no event", outcome, Ok(0))
}

/// As many watches as the system has.
const MAX_WATCHES: usize = 32768;

fn limits() -> Verdict {
    let counters: Result<Vec<File>, String> = (0..600).map(|_| counter()).collect();
    let counters = counters?;
    let mut epolls = Vec::new();
    let mut nr_watches = 0;
    let outcome = 'all: loop {
        epolls.push(epoll()?);
        let epoll = epolls.last().ok_or("it was pushed")?;
        for counter in &counters {
            let fd = counter.descriptor();
            if let Err(error) = wait::epoll_control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, 0) {
                break 'all error;
            }
            nr_watches += 1;
        }
    };
    expect("the error", outcome, Errno::ENOSPC)?;
    expect("watches", nr_watches, MAX_WATCHES)?;
    // One write lists all watches over the object.
    count(&counters[0])?;
    for epoll in &epolls {
        expect_told("each", epoll, &[(EPOLLIN, 0)])?;
    }
    drop(epolls);
    let epoll = epoll()?;
    add(&epoll, &counters[1], EPOLLIN, 0)
}
