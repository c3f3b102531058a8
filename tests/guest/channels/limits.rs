//! What a channel refuses: circles, too much, and nonsense.

use alloc::vec;
use alloc::vec::Vec;

use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{O_APPEND, O_CLOEXEC, O_NONBLOCK};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::{
    CHANNEL_MESSAGE_BYTES, CHANNEL_QUEUE_BYTES, CHANNEL_QUEUE_MESSAGES, HANDLES_IN_FLIGHT,
    SYS_CHANNEL_CREATE, SYS_CHANNEL_RECEIVE, SYS_CHANNEL_SEND,
};
use kpio_rt::channel::{channel, copied, receive, send};
use kpio_rt::fs::File;
use kpio_rt::{descriptor, io};

use super::{ALL, call, failed, give, info, pair, receive_handle, word};

pub fn run(cases: &mut Cases) {
    cases.run("an end cannot come to hold itself", circles);
    cases.run("ends in ends in ends go one by one", deep);
    cases.run("a queue is bounded in messages and bytes", bounded);
    cases.run("handles in messages are counted", in_flight);
    cases.run("every right is asked for", rights);
    cases.run("nonsense is refused", refused);
}

fn circles() -> Verdict {
    let (a, b) = pair(0)?;
    let (c, d) = pair(0)?;
    let copy = |end: &File| copied(end.descriptor(), ALL);
    // b would hold itself.
    let outcome = send(a.descriptor(), b"", &[copy(&b)]);
    expect("an end to itself", outcome, failed(Errno::ELOOP))?;
    // b holds d, so d cannot hold b.
    context(send(a.descriptor(), b"", &[copy(&d)]), "send")?;
    let outcome = send(c.descriptor(), b"", &[copy(&b)]);
    expect("two in a circle", outcome, failed(Errno::ELOOP))?;
    // Nor through a third one.
    let (e, f) = pair(0)?;
    context(send(e.descriptor(), b"", &[copy(&b)]), "send")?;
    let number = f.descriptor();
    let outcome = send(c.descriptor(), b"", &[copied(number, ALL)]);
    expect("three in a circle", outcome, failed(Errno::ELOOP))?;
    ensure(info(number).is_ok(), "its handle went")?;
    // Once b holds nothing, it is allowed.
    drop(receive_handle(&b)?);
    context(send(c.descriptor(), b"", &[copy(&f)]), "send")
}

/// How deep an end is in others.
const DEPTH: usize = 600;

pub fn deep() -> Verdict {
    let (first, mut inner) = pair(0)?;
    for _ in 0..DEPTH {
        let (a, b) = pair(0)?;
        context(give(&a, inner), "give")?;
        inner = b;
    }
    context(send(first.descriptor(), b"x", &[]), "send")?;
    drop(inner);
    let outcome = send(first.descriptor(), b"x", &[]);
    expect("sending", outcome, failed(Errno::EPIPE))
}

fn bounded() -> Verdict {
    let (a, b) = pair(O_NONBLOCK)?;
    let full = failed(Errno::EAGAIN);
    for _ in 0..CHANNEL_QUEUE_MESSAGES {
        context(send(a.descriptor(), &[], &[]), "send")?;
    }
    expect("one more", send(a.descriptor(), &[], &[]), full)?;
    context(receive(b.descriptor(), &mut [], &mut []), "receive")?;
    context(send(a.descriptor(), &[], &[]), "send")?;
    let (a, _b) = pair(O_NONBLOCK)?;
    let bytes = vec![0; CHANNEL_MESSAGE_BYTES];
    for _ in 0..CHANNEL_QUEUE_BYTES / CHANNEL_MESSAGE_BYTES {
        context(send(a.descriptor(), &bytes, &[]), "send")?;
    }
    expect("a byte more", send(a.descriptor(), &[0], &[]), full)?;
    context(send(a.descriptor(), &[], &[]), "nothing more")
}

fn in_flight() -> Verdict {
    let (a, b) = pair(O_NONBLOCK)?;
    let (reader, _writer) = context(descriptor::pipe(0), "pipe")?;
    let many = vec![copied(reader.descriptor(), Rights::READ); 64];
    let nr_messages = HANDLES_IN_FLIGHT / many.len();
    for _ in 0..nr_messages {
        context(send(a.descriptor(), &[], &many), "send")?;
    }
    let outcome = send(a.descriptor(), &[], &many[..1]);
    expect("one more", outcome, failed(Errno::ETOOMANYREFS))?;
    let mut handles = [0; 64];
    context(receive(b.descriptor(), &mut [], &mut handles), "receive")?;
    for handle in handles {
        drop(File::from_descriptor(handle));
    }
    context(send(a.descriptor(), &[], &many), "after one came out")?;
    // With the channel they go, and count no more.
    drop((a, b));
    let (a, _b) = pair(O_NONBLOCK)?;
    for _ in 0..nr_messages {
        context(send(a.descriptor(), &[], &many), "send")?;
    }
    Ok(())
}

fn rights() -> Verdict {
    let (a, b) = pair(0)?;
    context(send(a.descriptor(), b"x", &[]), "send")?;
    let (c, d) = pair(0)?;
    let without = |right: Rights| {
        let kept = Rights::of_handle(ALL.bits() & !right.bits()).unwrap_or_default();
        let sent = copied(b.descriptor(), kept);
        context(send(c.descriptor(), &[], &[sent]), "send")?;
        receive_handle(&d)
    };
    let mute = without(Rights::WRITE)?;
    let outcome = send(mute.descriptor(), b"x", &[]);
    expect("without WRITE", outcome, failed(Errno::EBADF))?;
    let deaf = without(Rights::READ)?;
    let outcome = receive(deaf.descriptor(), &mut [0], &mut []);
    expect("without READ", outcome, failed(Errno::EBADF))?;
    let outcome = receive(mute.descriptor(), &mut [0], &mut []);
    ensure(outcome.is_ok(), "READ is no longer there")
}

fn refused() -> Verdict {
    for flags in [O_APPEND, 1, 1 << 31] {
        let outcome = channel(flags).map(|_| ());
        expect("flags", outcome, failed(Errno::EINVAL))?;
    }
    let outcome = call(SYS_CHANNEL_CREATE, [8, 0, 0, 0, 0, 0]);
    expect("a bad address", outcome, failed(Errno::EFAULT))?;
    let (a, b) = pair(O_CLOEXEC)?;
    let fd = word(a.descriptor());
    let at = [0_u64; 128].as_ptr().addr();
    for (what, call_number, arguments, errno) in [
        (
            "a flag",
            SYS_CHANNEL_SEND,
            [fd, at, 1, at, 0, 1],
            Errno::EINVAL,
        ),
        (
            "too many handles",
            SYS_CHANNEL_SEND,
            [fd, at, 1, at, 65, 0],
            Errno::EINVAL,
        ),
        (
            "room for too many",
            SYS_CHANNEL_RECEIVE,
            [fd, at, 1, at, 65, at],
            Errno::EINVAL,
        ),
        (
            "to nothing",
            SYS_CHANNEL_SEND,
            [900, at, 1, at, 0, 0],
            Errno::EBADF,
        ),
        (
            "from nothing",
            SYS_CHANNEL_RECEIVE,
            [900, at, 1, at, 0, at],
            Errno::EBADF,
        ),
        (
            "to the console",
            SYS_CHANNEL_SEND,
            [1, at, 1, at, 0, 0],
            Errno::EINVAL,
        ),
    ] {
        let outcome = call(call_number, arguments);
        expect(what, outcome, failed(errno))?;
    }
    let (reader, _writer) = context(descriptor::pipe(0), "pipe")?;
    let outcome = receive(reader.descriptor(), &mut [0], &mut []);
    expect("from a pipe", outcome, failed(Errno::EINVAL))?;
    let long = vec![0; CHANNEL_MESSAGE_BYTES + 1];
    let outcome = send(a.descriptor(), &long, &[]);
    expect("a long message", outcome, failed(Errno::EMSGSIZE))?;
    // Bytes without a message are for pipes.
    let invalid = failed::<usize>(Errno::EINVAL);
    expect("WRITE", io::write(a.descriptor(), b"x"), invalid)?;
    expect("READ", io::read(a.descriptor(), &mut [0]), invalid)?;
    drop(b);
    let mut channels = Vec::new();
    let error = loop {
        match channel(0) {
            Ok(ends) => channels.push(ends),
            Err(error) => break error,
        }
    };
    expect("a full table", error, kpio_rt::Error::from(Errno::EMFILE))?;
    // And a full table leaves a message where it is.
    channels.pop();
    let (c, d) = pair(O_NONBLOCK)?;
    let sent = [copied(c.descriptor(), ALL); 2];
    context(send(c.descriptor(), &[], &sent), "send")?;
    let mut handles = [0; 2];
    let outcome = receive(d.descriptor(), &mut [], &mut handles);
    expect("receiving", outcome, failed(Errno::EMFILE))?;
    channels.pop();
    let outcome = receive(d.descriptor(), &mut [], &mut handles);
    ensure(outcome.is_ok(), "the message is not there any more")?;
    for handle in handles {
        drop(File::from_descriptor(handle));
    }
    Ok(())
}
