//! Channels: messages of bytes and handles between processes, and how they end.

#![no_std]
#![no_main]

extern crate alloc;

mod ends;
mod limits;

use alloc::format;
use alloc::string::String;
use alloc::vec;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    F_GETFD, FD_CLOEXEC, O_NONBLOCK, OBJECT_CHANNEL, OBJECT_PIPE, PROT_READ, PROT_WRITE,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::{
    SYS_CHANNEL_RECEIVE, SYS_FORK, SYS_HANDLE_DUPLICATE, SYS_HANDLE_INFO, SYS_HANDLE_REVOKE,
};
use kpio_rt::abi::types::{HandleInfo, MessageSize, SentHandle};
use kpio_rt::channel::{channel, copied, moved, receive, receive_sized, send};
use kpio_rt::fs::File;
use kpio_rt::memory::Mapping;
use kpio_rt::{Error, descriptor, process, syscall, system};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("messages arrive whole and in order", whole);
    cases.run("what does not fit is said and stays", too_large);
    cases.run("a message that cannot be stored stays", not_stored);
    cases.run("a moved handle is the receiver's alone", moves);
    cases.run("a copy has fewer rights and can be taken back", copies);
    cases.run("a bad handle sends nothing", nothing_sent);
    cases.run("two processes talk, with handles", processes);
    ends::run(&mut cases);
    limits::run(&mut cases);
    cases.run("nothing is left behind", leaves_nothing);
    cases.finish()
}

const ALL: Rights = Rights::HANDLE;

fn failed<T>(errno: Errno) -> Result<T, Error> {
    Err(errno.into())
}

fn pair(flags: u32) -> Result<(File, File), String> {
    context(channel(flags), "channel")
}

/// A raw call of numbers.
fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

fn word(fd: i32) -> usize {
    fd.cast_unsigned() as usize
}

fn info(fd: i32) -> Result<HandleInfo, Error> {
    let mut info = HandleInfo::default();
    let at = (&raw mut info).addr();
    let size = size_of::<HandleInfo>();
    call(SYS_HANDLE_INFO, [word(fd), at, size, 0, 0, 0]).map(|_| info)
}

fn revoke(fd: i32) -> Result<usize, Error> {
    call(SYS_HANDLE_REVOKE, [word(fd), 0, 0, 0, 0, 0])
}

fn duplicate(fd: i32) -> Result<File, String> {
    let arguments = [word(fd), ALL.bits() as usize, 0, 0, 0, 0];
    let number = context(call(SYS_HANDLE_DUPLICATE, arguments), "duplicate")?;
    let number = i32::try_from(number).map_err(|_| format!("handle {number}"))?;
    Ok(File::from_descriptor(number))
}

fn size(bytes: u32, handles: u32) -> MessageSize {
    MessageSize { bytes, handles }
}

/// Receives a message of `expected` without handles.
fn expect_bytes(end: &File, expected: &[u8]) -> Verdict {
    let mut bytes = vec![0; expected.len()];
    let received = context(receive(end.descriptor(), &mut bytes, &mut []), "receive")?;
    expect("its length", received.bytes as usize, expected.len())?;
    ensure(bytes == expected, "other bytes came")
}

/// Receives a message with one handle, and nothing else.
fn receive_handle(end: &File) -> Result<File, String> {
    let mut handles = [0];
    let received = receive(end.descriptor(), &mut [], &mut handles);
    let received = context(received, "receive")?;
    expect("handles", received.handles, 1)?;
    Ok(File::from_descriptor(handles[0]))
}

/// Sends one handle, which is the receiver's afterwards.
fn give(end: &File, handle: File) -> Result<(), Error> {
    let number = handle.descriptor();
    send(end.descriptor(), &[], &[moved(number)])?;
    // The number stands for nothing now, or for something else.
    core::mem::forget(handle);
    Ok(())
}

/// Starts `child` in a fork.
fn fork(child: impl FnOnce() -> Verdict) -> Result<i32, String> {
    let id = context(call(SYS_FORK, [0; 6]), "fork")?;
    if id == 0 {
        let status = match child() {
            Ok(()) => PASSED,
            Err(reason) => {
                kpio_rt::eprintln!("in the child: {reason}");
                FAILED
            }
        };
        process::exit_now(status);
    }
    i32::try_from(id).map_err(|_| format!("fork gave {id}"))
}

fn expect_passed(id: i32) -> Verdict {
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))
}

fn whole() -> Verdict {
    let (a, b) = pair(0)?;
    let long = vec![9; 65_536];
    for bytes in [&b"first"[..], b"", b"third", &long] {
        context(send(a.descriptor(), bytes, &[]), "send")?;
    }
    context(send(b.descriptor(), b"the other way", &[]), "send")?;
    for bytes in [&b"first"[..], b"", b"third", &long] {
        expect_bytes(&b, bytes)?;
    }
    expect_bytes(&a, b"the other way")?;
    let about = context(info(a.descriptor()), "info")?;
    expect("its kind", about.object_type, OBJECT_CHANNEL)
}

fn too_large() -> Verdict {
    let (a, b) = pair(O_NONBLOCK)?;
    let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let both = [
        copied(reader.descriptor(), ALL),
        copied(writer.descriptor(), ALL),
    ];
    context(send(a.descriptor(), b"12345", &both), "send")?;
    let mut bytes = [0; 8];
    let mut handles = [-7; 4];
    for (nr_bytes, nr_handles) in [(4, 4), (8, 1), (0, 0)] {
        let room = (&mut bytes[..nr_bytes], &mut handles[..nr_handles]);
        let outcome = receive_sized(b.descriptor(), room.0, room.1);
        expect("too small", outcome, (size(5, 2), failed(Errno::EMSGSIZE)))?;
    }
    ensure(handles == [-7; 4], "a descriptor was written")?;
    let outcome = receive(b.descriptor(), &mut bytes[..5], &mut handles[..2]);
    expect("just enough", outcome, Ok(size(5, 2)))?;
    ensure(bytes[..5] == *b"12345", "other bytes came")?;
    for handle in &handles[..2] {
        let about = context(info(*handle), "info")?;
        expect("its kind", about.object_type, OBJECT_PIPE)?;
        let flags = descriptor::control(*handle, F_GETFD, 0);
        expect("its flags", flags, Ok(FD_CLOEXEC.cast_signed()))?;
        drop(File::from_descriptor(*handle));
    }
    Ok(())
}

fn not_stored() -> Verdict {
    let (a, b) = pair(O_NONBLOCK)?;
    let sent = [copied(a.descriptor(), Rights::INSPECT)];
    context(send(a.descriptor(), b"kept", &sent), "send")?;
    let access = PROT_READ | PROT_WRITE;
    let good = context(Mapping::new(PAGE_SIZE, access), "map")?;
    let at = good.address();
    let fd = word(b.descriptor());
    for arguments in [
        [fd, 8, 100, at, 4, at + 256],
        [fd, at, 100, 8, 4, at + 256],
        [fd, at, 100, at + 512, 4, 8],
    ] {
        let outcome = call(SYS_CHANNEL_RECEIVE, arguments);
        expect("into bad memory", outcome, failed(Errno::EFAULT))?;
    }
    let before = context(system::info(), "info")?.handles;
    let mut bytes = [0; 4];
    let mut handles = [0];
    let outcome = receive(b.descriptor(), &mut bytes, &mut handles);
    expect("it is still there", outcome, Ok(size(4, 1)))?;
    ensure(bytes == *b"kept", "other bytes came")?;
    let after = context(system::info(), "info")?.handles;
    expect("handles of the system", after, before)?;
    drop(File::from_descriptor(handles[0]));
    let outcome = receive(b.descriptor(), &mut bytes, &mut handles);
    expect("nothing more", outcome, failed(Errno::EAGAIN))
}

fn moves() -> Verdict {
    let (a, b) = pair(0)?;
    let (mut reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let number = writer.descriptor();
    let before = context(info(number), "info")?;
    context(give(&a, writer), "give")?;
    expect("it is gone", info(number).map(|_| ()), failed(Errno::EBADF))?;
    let mut writer = receive_handle(&b)?;
    let after = context(info(writer.descriptor()), "info")?;
    expect("its rights", after.rights, before.rights)?;
    expect("it is the same one", after.id, before.id)?;
    expect("writing", writer.write(b"x"), Ok(1))?;
    let mut byte = [0];
    expect("reading", reader.read(&mut byte), Ok(1))?;
    // With fewer rights.
    let less = SentHandle {
        rights: Rights::WRITE.bits(),
        ..moved(writer.descriptor())
    };
    context(send(a.descriptor(), &[], &[less]), "send")?;
    core::mem::forget(writer);
    let mut writer = receive_handle(&b)?;
    let after = context(info(writer.descriptor()), "info")?;
    expect("fewer rights", after.rights, Rights::WRITE.bits())?;
    expect("writing", writer.write(b"x"), Ok(1))?;
    let outcome = send(a.descriptor(), &[], &[moved(writer.descriptor())]);
    expect("without TRANSFER", outcome, failed(Errno::EBADF))?;
    drop(writer);
    expect("what was written", reader.read(&mut byte), Ok(1))?;
    expect("the end", reader.read(&mut byte), Ok(0))
}

fn copies() -> Verdict {
    let (a, b) = pair(0)?;
    let (mut reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let own = writer.descriptor();
    let kept = Rights::WRITE.union(Rights::TRANSFER);
    let send_copy = || context(send(a.descriptor(), &[], &[copied(own, kept)]), "send");
    send_copy()?;
    let mut copy = receive_handle(&b)?;
    let about = context(info(copy.descriptor()), "info")?;
    expect("its rights", about.rights, kept.bits())?;
    expect("writing", copy.write(b"x"), Ok(1))?;
    let again = send(a.descriptor(), &[], &[copied(copy.descriptor(), ALL)]);
    expect("without DUPLICATE", again, failed(Errno::EBADF))?;
    // One in a message is taken back too, and arrives without its object.
    send_copy()?;
    expect("taken back", revoke(own), Ok(2))?;
    expect("writing", copy.write(b"x"), failed(Errno::EBADF))?;
    let mut late = receive_handle(&b)?;
    expect("late", late.write(b"x"), failed(Errno::EBADF))?;
    drop(writer);
    let mut byte = [0];
    expect("what was written", reader.read(&mut byte), Ok(1))?;
    expect("the end", reader.read(&mut byte), Ok(0))
}

fn nothing_sent() -> Verdict {
    let (a, b) = pair(O_NONBLOCK)?;
    let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let good = moved(reader.descriptor());
    let revoked = duplicate(writer.descriptor())?;
    context(revoke(writer.descriptor()), "revoke")?;
    let unknown = SentHandle {
        operation: 2,
        ..good
    };
    let no_right = SentHandle {
        rights: Rights::POWER.bits(),
        ..good
    };
    let bad = [
        ("not open", moved(900), Errno::EBADF),
        ("negative", moved(-1), Errno::EBADF),
        ("revoked", moved(revoked.descriptor()), Errno::EBADF),
        (
            "a revoked one's copy",
            copied(revoked.descriptor(), ALL),
            Errno::EBADF,
        ),
        ("an unknown operation", unknown, Errno::EINVAL),
        ("no right of a handle", no_right, Errno::EINVAL),
        ("twice", good, Errno::EINVAL),
    ];
    for (what, handle, errno) in bad {
        let outcome = send(a.descriptor(), b"x", &[good, handle]);
        expect(what, outcome, failed(errno))?;
        ensure(info(reader.descriptor()).is_ok(), "the good one went")?;
    }
    let outcome = receive(b.descriptor(), &mut [0], &mut []);
    expect("receiving", outcome, failed(Errno::EAGAIN))
}

fn processes() -> Verdict {
    let (a, b) = pair(0)?;
    let child = fork(|| {
        let (mut reader, writer) = context(descriptor::pipe(0), "pipe")?;
        context(give(&b, writer), "give")?;
        expect_bytes(&b, b"it is there")?;
        let mut bytes = [0; 5];
        expect("reading", reader.read(&mut bytes), Ok(5))?;
        ensure(bytes == *b"hello", "other bytes came")?;
        context(send(b.descriptor(), b"bye", &[]), "send")
    })?;
    let mut writer = receive_handle(&a)?;
    expect("writing", writer.write(b"hello"), Ok(5))?;
    context(send(a.descriptor(), b"it is there", &[]), "send")?;
    expect_bytes(&a, b"bye")?;
    expect_passed(child)
}

fn leaves_nothing() -> Verdict {
    let round = || -> Verdict {
        for _ in 0..5 {
            moves()?;
            copies()?;
            too_large()?;
            processes()?;
            ends::left_in_messages()?;
        }
        limits::deep()
    };
    round()?;
    let before = context(system::info(), "system_info")?;
    round()?;
    let after = context(system::info(), "system_info")?;
    expect("handles", after.handles, before.handles)?;
    expect("processes", after.processes, before.processes)?;
    expect("free frames", after.free_frames, before.free_frames)
}
