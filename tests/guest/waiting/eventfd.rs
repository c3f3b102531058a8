//! EVENTFD.

use core::time::Duration;

use harness::{Cases, PASSED, Verdict, context, expect};
use kpio_rt::Error;
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{EFD_NONBLOCK, EFD_SEMAPHORE, POLLIN, POLLOUT};
use kpio_rt::abi::types::PollFd;
use kpio_rt::fs::File;
use kpio_rt::{io, wait};

use super::{later, leaves_nothing};

pub fn run(cases: &mut Cases) {
    cases.run("EVENTFD counts, and gives all at once", counting);
    cases.run("EVENTFD as a semaphore gives one at a time", semaphore);
    cases.run("EVENTFD is full one below the end", limits);
    cases.run("EVENTFD waits for a count, and for room", waiting);
    cases.run("EVENTFD refuses what it cannot do", refused);
    cases.run("counting leaves nothing behind", || {
        leaves_nothing(|| (0..50).try_for_each(|_| counting()))
    });
}

const MAX: u64 = u64::MAX - 1;

fn counter(count: u32, flags: u32) -> Result<File, alloc::string::String> {
    context(wait::event_counter(count, flags), "eventfd")
}

fn take(file: &File) -> Result<u64, Error> {
    let mut bytes = [0; 8];
    let len = io::read(file.descriptor(), &mut bytes)?;
    if len == 8 {
        Ok(u64::from_ne_bytes(bytes))
    } else {
        Err(Errno::EIO.into())
    }
}

fn put(file: &File, count: u64) -> Result<usize, Error> {
    io::write(file.descriptor(), &count.to_ne_bytes())
}

/// Fails unless POLL says this of `file`.
fn expect_state(what: &str, file: &File, expected: u32) -> Verdict {
    let both = i16::try_from(POLLIN | POLLOUT).unwrap_or(0);
    let mut entries = [PollFd {
        fd: file.descriptor(),
        events: both,
        revents: 0,
    }];
    context(wait::poll(&mut entries, Some(Duration::ZERO)), "poll")?;
    let came = u32::from(entries[0].revents.cast_unsigned());
    expect(what, came, expected)
}

const NOTHING_YET: Errno = Errno::EAGAIN;

fn counting() -> Verdict {
    let file = counter(3, EFD_NONBLOCK)?;
    expect_state("something", &file, POLLIN | POLLOUT)?;
    expect("more", put(&file, 4), Ok(8))?;
    expect("all", take(&file), Ok(7))?;
    expect_state("nothing", &file, POLLOUT)?;
    expect("nothing", take(&file), Err(NOTHING_YET.into()))?;
    expect("no more", put(&file, 0), Ok(8))?;
    expect("still nothing", take(&file), Err(NOTHING_YET.into()))
}

fn semaphore() -> Verdict {
    let file = counter(2, EFD_NONBLOCK | EFD_SEMAPHORE)?;
    expect("one", take(&file), Ok(1))?;
    expect("another", take(&file), Ok(1))?;
    expect("nothing", take(&file), Err(NOTHING_YET.into()))
}

fn limits() -> Verdict {
    let file = counter(0, EFD_NONBLOCK)?;
    expect("the most", put(&file, MAX), Ok(8))?;
    expect_state("full", &file, POLLIN)?;
    expect("one more", put(&file, 1), Err(NOTHING_YET.into()))?;
    expect("all", take(&file), Ok(MAX))
}

fn waiting() -> Verdict {
    let file = counter(0, 0)?;
    let number = file.descriptor();
    let other = later(move || io::write(number, &5_u64.to_ne_bytes()).map(|_| ()))?;
    expect("a count", take(&file), Ok(5))?;
    expect("the other thread", other.join(), PASSED)?;
    context(put(&file, MAX), "write")?;
    let other = later(move || io::read(number, &mut [0; 8]).map(|_| ()))?;
    expect("room", put(&file, 9), Ok(8))?;
    expect("the other thread", other.join(), PASSED)?;
    expect("what was put then", take(&file), Ok(9))
}

fn refused() -> Verdict {
    let invalid = Err(Error::from(Errno::EINVAL));
    let outcome = wait::event_counter(0, 2).map(|_| ());
    expect("an unknown flag", outcome, Err(Errno::EINVAL.into()))?;
    let file = counter(1, 0)?;
    let number = file.descriptor();
    expect("no count", put(&file, u64::MAX), invalid)?;
    expect("a short write", io::write(number, &[0; 7]), invalid)?;
    expect("a short read", io::read(number, &mut [0; 7]), invalid)?;
    expect("the count is untouched", take(&file), Ok(1))
}
