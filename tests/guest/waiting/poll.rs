//! POLL, and `select` by way of it.

use alloc::format;
use alloc::vec;
use core::time::Duration;

use harness::{Cases, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM,
};
use kpio_rt::abi::syscalls::SYS_POLL;
use kpio_rt::abi::types::{PollFd, Timespec};
use kpio_rt::fs::File;
use kpio_rt::wait::{self, Set};
use kpio_rt::{args, io, syscall, time};

use super::{A_WHILE, later, leaves_nothing, pipe};

pub fn run(cases: &mut Cases) {
    cases.run("POLL says what is ready", states);
    cases.run("POLL waits for a write, for room, for an end", waiting);
    cases.run("POLL waits for several, and one is enough", several);
    cases.run("POLL ends after its timeout", timeouts);
    cases.run(
        "POLL passes over negative descriptors, tells of closed ones",
        odd_descriptors,
    );
    cases.run("POLL refuses what it cannot do", refused);
    cases.run("select waits by way of POLL", selecting);
    cases.run("polling leaves nothing behind", || {
        leaves_nothing(|| (0..50).try_for_each(|_| states()))
    });
}

/// An entry that waits for `events`.
fn entry(fd: i32, events: u32) -> PollFd {
    PollFd {
        fd,
        events: i16::try_from(events).unwrap_or(0),
        revents: -1,
    }
}

/// What has come.
fn came(entry: &PollFd) -> u32 {
    u32::from(entry.revents.cast_unsigned())
}

const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

/// Fails unless a look at `file` says this.
fn expect_state(what: &str, file: &File, events: u32, expected: u32) -> Verdict {
    let mut entries = [entry(file.descriptor(), events)];
    let ready = wait::poll(&mut entries, AT_ONCE);
    expect(what, ready, Ok(i32::from(expected != 0)))?;
    expect(what, came(&entries[0]), expected)
}

fn states() -> Verdict {
    const ALL: u32 = POLLIN | POLLOUT | POLLPRI;
    let (mut reader, mut writer) = pipe()?;
    expect_state("nothing to read", &reader, ALL, 0)?;
    expect_state("room", &writer, ALL, POLLOUT)?;
    expect_state("by the other name", &writer, POLLWRNORM, POLLWRNORM)?;
    context(writer.write(b"x"), "write")?;
    expect_state("something", &reader, ALL, POLLIN)?;
    expect_state(
        "by both names",
        &reader,
        POLLIN | POLLRDNORM,
        POLLIN | POLLRDNORM,
    )?;
    expect_state("that nobody waits for", &reader, POLLPRI, 0)?;
    context(writer.write(&vec![0; 61_439]), "write")?;
    expect_state("just enough room", &writer, ALL, POLLOUT)?;
    context(writer.write(b"x"), "write")?;
    expect_state("too little room", &writer, ALL, 0)?;
    drop(writer);
    expect_state("something, and the end", &reader, ALL, POLLIN | POLLHUP)?;
    context(reader.read(&mut vec![0; 65_536]), "read")?;
    expect_state("the end, unasked", &reader, 0, POLLHUP)?;
    let (reader, writer) = pipe()?;
    drop(reader);
    expect_state("nobody to read", &writer, ALL, POLLOUT | POLLERR)?;
    let own = args::args().next().ok_or("no name of its own")?;
    let file = context(File::open(own), "open")?;
    expect_state("a file", &file, ALL, POLLIN | POLLOUT)?;
    let mut console = [entry(io::STDOUT, POLLOUT)];
    expect("the console", wait::poll(&mut console, None), Ok(1))
}

fn waiting() -> Verdict {
    let (mut reader, mut writer) = pipe()?;
    let mut entries = [entry(reader.descriptor(), POLLIN)];
    let other = later(move || {
        writer.write(b"x")?;
        time::sleep(A_WHILE)?;
        drop(writer);
        Ok(())
    })?;
    expect("a write", wait::poll(&mut entries, None), Ok(1))?;
    expect("what came", came(&entries[0]), POLLIN)?;
    context(reader.read(&mut [0]), "read")?;
    expect("an end", wait::poll(&mut entries, None), Ok(1))?;
    expect("what came", came(&entries[0]), POLLHUP)?;
    expect("the other thread", other.join(), PASSED)?;
    let (mut reader, mut writer) = pipe()?;
    context(writer.write(&vec![0; 65_536]), "write")?;
    let mut entries = [entry(writer.descriptor(), POLLOUT)];
    let other = later(move || {
        reader.read(&mut [0; 4096])?;
        time::sleep(A_WHILE)?;
        drop(reader);
        Ok(())
    })?;
    expect("room", wait::poll(&mut entries, None), Ok(1))?;
    expect("what came", came(&entries[0]), POLLOUT)?;
    entries[0].events = 0;
    expect("nobody to read", wait::poll(&mut entries, None), Ok(1))?;
    expect("what came", came(&entries[0]), POLLERR)?;
    expect("the other thread", other.join(), PASSED)
}

fn several() -> Verdict {
    let pipes: Result<alloc::vec::Vec<_>, _> = (0..100).map(|_| pipe()).collect();
    let mut pipes = pipes?;
    let mut entries: alloc::vec::Vec<PollFd> = pipes
        .iter()
        .map(|(reader, _)| entry(reader.descriptor(), POLLIN))
        .collect();
    // The same one twice.
    entries.push(entries[70]);
    let (_kept, mut writer) = pipes.remove(70);
    let other = later(move || writer.write(b"x").map(|_| ()))?;
    expect("ready", wait::poll(&mut entries, None), Ok(2))?;
    expect("the other thread", other.join(), PASSED)?;
    let is_right = |(index, entry): (usize, &PollFd)| {
        let is_it = index == 70 || index == 100;
        // The writer is gone by now, or not yet.
        (came(entry) & POLLIN != 0) == is_it
    };
    ensure(entries.iter().enumerate().all(is_right), "others are ready")
}

fn timeouts() -> Verdict {
    let (reader, _writer) = pipe()?;
    let mut entries = [entry(reader.descriptor(), POLLIN)];
    for span in [Duration::from_millis(30), Duration::from_micros(1500)] {
        let start = time::monotonic();
        expect("ready", wait::poll(&mut entries, Some(span)), Ok(0))?;
        expect("what came", came(&entries[0]), 0)?;
        let took = time::monotonic() - start;
        ensure(took >= span, format!("{span:?} took only {took:?}"))?;
    }
    let start = time::monotonic();
    expect("of nothing", wait::poll_ms(&mut [], 25), Ok(0))?;
    let took = time::monotonic() - start;
    ensure(
        took >= Duration::from_millis(25),
        format!("25 ms took only {took:?}"),
    )?;
    expect("at once", wait::poll_ms(&mut entries, 0), Ok(0))
}

fn odd_descriptors() -> Verdict {
    let mut entries = [entry(-1, POLLIN), entry(-7, POLLOUT), entry(900, POLLIN)];
    expect("ready", wait::poll(&mut entries, None), Ok(1))?;
    expect(
        "negative ones",
        (came(&entries[0]), came(&entries[1])),
        (0, 0),
    )?;
    expect("one that is not open", came(&entries[2]), POLLNVAL)
}

fn refused() -> Verdict {
    let too_many = vec![entry(-1, 0); 1025];
    let mut some = too_many.clone();
    let outcome = wait::poll(&mut some, AT_ONCE);
    expect("too many", outcome, Err(Errno::EINVAL.into()))?;
    expect("the most", wait::poll(&mut some[..1024], AT_ONCE), Ok(0))?;
    for (tv_sec, tv_nsec) in [(-1, 0), (0, -1), (0, 1_000_000_000)] {
        let span = Timespec { tv_sec, tv_nsec };
        let arguments = [0, 0, &raw const span as usize, 0, 0, 0];
        // SAFETY: POLL of nothing.
        let outcome = unsafe { syscall::call(SYS_POLL, arguments) };
        expect(
            &format!("{tv_sec} s {tv_nsec} ns"),
            outcome,
            Err(Errno::EINVAL.into()),
        )?;
    }
    Ok(())
}

/// A set of these descriptors.
fn set(descriptors: &[i32]) -> Set {
    let mut set = Set::default();
    for fd in descriptors {
        let fd = fd.cast_unsigned() as usize;
        set[fd / 64] |= 1 << (fd % 64);
    }
    set
}

fn selecting() -> Verdict {
    let (reader, mut writer) = pipe()?;
    let (r, w) = (reader.descriptor(), writer.descriptor());
    let both = set(&[r, w]);
    let none = Set::default();
    let (mut read, mut write, mut except) = (both, both, both);
    let outcome = wait::select(w + 1, &mut read, &mut write, &mut except, AT_ONCE);
    expect("room only", outcome, Ok(1))?;
    expect("sets", (read, write, except), (none, set(&[w]), none))?;
    context(writer.write(b"x"), "write")?;
    (read, write, except) = (both, both, none);
    let outcome = wait::select(w + 1, &mut read, &mut write, &mut except, None);
    expect("both", outcome, Ok(2))?;
    expect("sets", (read, write), (set(&[r]), set(&[w])))?;
    (read, write, except) = (none, none, none);
    let span = Some(Duration::from_millis(5));
    let outcome = wait::select(0, &mut read, &mut write, &mut except, span);
    expect("of nothing", outcome, Ok(0))?;
    read = set(&[900]);
    let outcome = wait::select(1024, &mut read, &mut write, &mut except, AT_ONCE);
    expect("not open", outcome, Err(Errno::EBADF.into()))?;
    for count in [-1, 1025] {
        let outcome = wait::select(count, &mut read, &mut write, &mut except, AT_ONCE);
        expect(
            &format!("{count} descriptors"),
            outcome,
            Err(Errno::EINVAL.into()),
        )?;
    }
    Ok(())
}
