//! What is seen at one end when the other goes, and what is waited for.

use alloc::vec;

use core::time::Duration;

use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{O_NONBLOCK, POLLHUP, POLLIN, POLLOUT, SIGKILL};
use kpio_rt::abi::syscalls::SYS_KILL;
use kpio_rt::abi::types::PollFd;
use kpio_rt::channel::{moved, receive, send};
use kpio_rt::fs::File;
use kpio_rt::{process, time, wait};

use super::{
    call, copied, duplicate, expect_bytes, expect_passed, failed, fork, give, pair, receive_handle,
    revoke, size, word,
};

/// What is waited for is there long before that; less would only make the test weaker.
const A_WHILE: Duration = Duration::from_millis(30);

pub fn run(cases: &mut Cases) {
    cases.run("an end that goes leaves its messages, then EPIPE", gone);
    cases.run("who waits for a message sees the other end go", waiting);
    cases.run("a process that is killed ends its channels", killed);
    cases.run("a full queue makes senders wait", back_pressure);
    cases.run("POLL tells of messages, room and the end", polled);
    cases.run("a handle that is taken back ends the wait", taken_back);
    cases.run(
        "what nobody received goes with its channel",
        left_in_messages,
    );
}

fn gone() -> Verdict {
    let (a, b) = pair(0)?;
    context(send(a.descriptor(), b"last words", &[]), "send")?;
    drop(a);
    expect_bytes(&b, b"last words")?;
    let outcome = receive(b.descriptor(), &mut [0], &mut []);
    expect("receiving", outcome, failed(Errno::EPIPE))?;
    let outcome = send(b.descriptor(), b"x", &[]);
    expect("sending", outcome, failed(Errno::EPIPE))?;
    // With a handle, which stays.
    let (c, _d) = pair(0)?;
    let number = c.descriptor();
    let outcome = send(b.descriptor(), b"", &[moved(number)]);
    expect("giving", outcome, failed(Errno::EPIPE))?;
    context(send(number, b"x", &[]), "send")
}

fn waiting() -> Verdict {
    let (a, b) = pair(0)?;
    let child = fork(|| {
        // Its own copy of the other end would keep that open.
        drop(File::from_descriptor(a.descriptor()));
        let outcome = receive(b.descriptor(), &mut [0], &mut []);
        expect("receiving", outcome, failed(Errno::EPIPE))
    })?;
    context(time::sleep(A_WHILE), "sleep")?;
    drop(a);
    expect_passed(child)
}

fn killed() -> Verdict {
    let (a, b) = pair(0)?;
    let child = fork(|| {
        context(send(b.descriptor(), b"here", &[]), "send")?;
        receive(b.descriptor(), &mut [0], &mut []).map_or_else(|_| Ok(()), |_| Ok(()))
    })?;
    drop(b);
    expect_bytes(&a, b"here")?;
    let victim = word(child);
    context(
        call(SYS_KILL, [victim, SIGKILL as usize, 0, 0, 0, 0]),
        "kill",
    )?;
    let outcome = receive(a.descriptor(), &mut [0], &mut []);
    expect("receiving", outcome, failed(Errno::EPIPE))?;
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("its end", status.signal(), Some(SIGKILL.cast_signed()))
}

fn back_pressure() -> Verdict {
    let (a, b) = pair(0)?;
    let bytes = vec![3; 10_000];
    let child = fork(|| {
        for _ in 0..100 {
            context(send(b.descriptor(), &bytes, &[]), "send")?;
        }
        Ok(())
    })?;
    drop(b);
    context(time::sleep(A_WHILE), "sleep")?;
    for _ in 0..100 {
        expect_bytes(&a, &bytes)?;
    }
    expect_passed(child)?;
    let outcome = receive(a.descriptor(), &mut [0], &mut []);
    expect("the end", outcome, failed(Errno::EPIPE))
}

/// What POLL says of an end at once.
fn now(end: &File) -> Result<u32, alloc::string::String> {
    let mut fds = [PollFd {
        fd: end.descriptor(),
        events: i16::try_from(POLLIN | POLLOUT).unwrap_or_default(),
        revents: 0,
    }];
    context(wait::poll(&mut fds, Some(Duration::ZERO)), "poll")?;
    Ok(u32::from(fds[0].revents.cast_unsigned()))
}

fn polled() -> Verdict {
    let (a, b) = pair(O_NONBLOCK)?;
    expect("an empty channel", now(&a)?, POLLOUT)?;
    context(send(b.descriptor(), b"x", &[]), "send")?;
    expect("with a message", now(&a)?, POLLIN | POLLOUT)?;
    expect_bytes(&a, b"x")?;
    while send(a.descriptor(), &[0; 30_000], &[]).is_ok() {}
    expect("a full one", now(&a)?, 0)?;
    let mut bytes = vec![0; 30_000];
    context(receive(b.descriptor(), &mut bytes, &mut []), "receive")?;
    expect("with room for some", now(&a)?, 0)?;
    context(receive(b.descriptor(), &mut bytes, &mut []), "receive")?;
    expect("with room for all", now(&a)?, POLLOUT)?;
    drop(b);
    expect("without the other end", now(&a)?, POLLHUP)?;
    // And it wakes who waits.
    let (a, b) = pair(0)?;
    let child = fork(|| {
        context(time::sleep(A_WHILE), "sleep")?;
        context(send(b.descriptor(), b"x", &[]), "send")
    })?;
    let mut fds = [PollFd {
        fd: a.descriptor(),
        events: i16::try_from(POLLIN).unwrap_or_default(),
        revents: 0,
    }];
    expect("waiting", wait::poll(&mut fds, None), Ok(1))?;
    expect_bytes(&a, b"x")?;
    expect_passed(child)
}

fn taken_back() -> Verdict {
    let (a, b) = pair(0)?;
    let lent = duplicate(b.descriptor())?;
    let child = fork(|| {
        let outcome = receive(lent.descriptor(), &mut [0], &mut []);
        expect("receiving", outcome, failed(Errno::EBADF))
    })?;
    context(time::sleep(A_WHILE), "sleep")?;
    // The end stays: only the handle goes.
    let nr_revoked = context(revoke(b.descriptor()), "revoke")?;
    ensure(nr_revoked >= 2, "too few handles were taken back")?;
    expect_passed(child)?;
    context(send(a.descriptor(), b"still here", &[]), "send")?;
    expect_bytes(&b, b"still here")
}

pub fn left_in_messages() -> Verdict {
    let (a, b) = pair(0)?;
    let (c, d) = pair(0)?;
    context(send(c.descriptor(), b"in d", &[]), "send")?;
    let sent = [copied(a.descriptor(), super::ALL)];
    context(send(c.descriptor(), b"", &sent), "send")?;
    context(give(&a, d), "give")?;
    drop(b);
    // With b went d, and what was in it.
    let outcome = send(c.descriptor(), b"x", &[]);
    expect("sending", outcome, failed(Errno::EPIPE))?;
    // An end in its own channel is received like any other.
    let (e, f) = pair(0)?;
    let sent = copied(e.descriptor(), super::ALL);
    context(send(e.descriptor(), b"", &[sent]), "send")?;
    drop(e);
    let e = receive_handle(&f)?;
    context(send(e.descriptor(), b"back", &[]), "send")?;
    let mut bytes = [0; 4];
    let outcome = receive(f.descriptor(), &mut bytes, &mut []);
    expect("receiving", outcome, Ok(size(4, 0)))
}
