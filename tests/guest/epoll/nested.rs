//! Epolls that are waited for themselves.

use alloc::string::String;
use alloc::vec::Vec;

use harness::{Cases, PASSED, Verdict, context, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{EPOLL_CTL_ADD, EPOLLET, EPOLLIN, POLLIN};
use kpio_rt::abi::types::PollFd;
use kpio_rt::fs::File;
use kpio_rt::{Error, io, wait};

use super::{AT_ONCE, add, count, counter, epoll, expect_told, later, remove, take, told};

pub fn run(cases: &mut Cases) {
    cases.run("POLL waits for an epoll", polled);
    cases.run("a change goes through a row of epolls", passed_on);
    cases.run("edge-triggered over another epoll", edges);
    cases.run("circles and long rows are refused", refused);
    cases.run("many ways between two epolls cost one", many_ways);
}

/// As long a row of epolls as there may be.
const MAX_NESTED: usize = 5;

fn watch(watcher: &File, watched: &File) -> Result<(), Error> {
    wait::epoll_control(watcher, EPOLL_CTL_ADD, watched.descriptor(), EPOLLIN, 9)
}

/// Epolls of which each watches the next one.
fn row(len: usize) -> Result<Vec<File>, String> {
    let epolls: Result<Vec<File>, String> = (0..len).map(|_| epoll()).collect();
    let epolls = epolls?;
    for pair in epolls.windows(2) {
        context(watch(&pair[0], &pair[1]), "EPOLL_CTL_ADD")?;
    }
    Ok(epolls)
}

fn polled() -> Verdict {
    let (epoll, counter) = (epoll()?, counter()?);
    add(&epoll, &counter, EPOLLIN, 1)?;
    let mut entries = [PollFd {
        fd: epoll.descriptor(),
        events: i16::try_from(POLLIN).unwrap_or(0),
        revents: 0,
    }];
    expect("before", wait::poll(&mut entries, AT_ONCE), Ok(0))?;
    let fd = counter.descriptor();
    let other = later(move || io::write(fd, &1_u64.to_ne_bytes()).map(|_| ()))?;
    expect("after", wait::poll(&mut entries, None), Ok(1))?;
    expect("the other thread", other.join(), PASSED)?;
    expect_told("not taken by looking", &epoll, &[(EPOLLIN, 1)])?;
    take(&counter)?;
    expect("taken", wait::poll(&mut entries, AT_ONCE), Ok(0))
}

pub fn passed_on() -> Verdict {
    let epolls = row(MAX_NESTED)?;
    let (top, bottom) = (&epolls[0], &epolls[MAX_NESTED - 1]);
    let counter = counter()?;
    add(bottom, &counter, EPOLLIN, 1)?;
    expect_told("before", top, &[])?;
    let fd = counter.descriptor();
    let other = later(move || io::write(fd, &1_u64.to_ne_bytes()).map(|_| ()))?;
    expect("after", &told(top, 1, None)?[..], &[(EPOLLIN, 9)][..])?;
    expect("the other thread", other.join(), PASSED)?;
    expect_told("the last one", bottom, &[(EPOLLIN, 1)])?;
    expect_told("still", top, &[(EPOLLIN, 9)])?;
    take(&counter)?;
    expect_told("taken", top, &[])?;
    count(&counter)?;
    drop(counter);
    expect_told("the end of what is watched", top, &[])
}

fn edges() -> Verdict {
    let (outer, inner, counter) = (epoll()?, epoll()?, counter()?);
    add(&outer, &inner, EPOLLIN | EPOLLET, 2)?;
    add(&inner, &counter, EPOLLIN, 1)?;
    for round in ["first", "second"] {
        count(&counter)?;
        expect_told(round, &outer, &[(EPOLLIN, 2)])?;
        expect_told("once", &outer, &[])?;
        expect_told(round, &inner, &[(EPOLLIN, 1)])?;
        take(&counter)?;
    }
    Ok(())
}

fn refused() -> Verdict {
    let circle = Err(Errno::ELOOP.into());
    let mut epolls = row(MAX_NESTED)?;
    for watched in 0..MAX_NESTED {
        for watcher in watched + 1..MAX_NESTED {
            let outcome = watch(&epolls[watcher], &epolls[watched]);
            expect("a circle", outcome, circle)?;
        }
    }
    let more = epoll()?;
    expect("below", watch(&epolls[MAX_NESTED - 1], &more), circle)?;
    expect("above", watch(&more, &epolls[0]), circle)?;
    expect("aside", watch(&more, &epolls[1]), Ok(()))?;
    remove(&more, &epolls[1])?;
    // A row that is cut may grow again.
    drop(epolls.pop());
    expect("after the last one", watch(&more, &epolls[0]), Ok(()))?;
    // Two rows that are too long together.
    let (first, second) = (row(3)?, row(3)?);
    expect("rows", watch(&first[2], &second[0]), circle)?;
    expect("less of one", watch(&first[1], &second[0]), Ok(()))
}

/// Five layers of epolls, each watching all of the next layer: 20 to the power of 4 ways.
fn many_ways() -> Verdict {
    let layers: Result<Vec<Vec<File>>, String> = (0..MAX_NESTED)
        .map(|_| (0..20).map(|_| epoll()).collect())
        .collect();
    let layers = layers?;
    for pair in layers.windows(2) {
        for watcher in &pair[0] {
            for watched in &pair[1] {
                context(watch(watcher, watched), "EPOLL_CTL_ADD")?;
            }
        }
    }
    let counter = counter()?;
    for bottom in &layers[MAX_NESTED - 1] {
        add(bottom, &counter, EPOLLIN, 1)?;
    }
    for _ in 0..20 {
        count(&counter)?;
        expect("told", told(&layers[0][0], 64, AT_ONCE)?.len(), 20)?;
        take(&counter)?;
        expect("taken", told(&layers[0][0], 64, AT_ONCE)?.len(), 0)?;
    }
    Ok(())
}
