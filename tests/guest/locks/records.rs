//! FCNTL's locks of parts of a file.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    F_GETLK, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_RDLCK, F_SETLK, F_SETLKW, F_UNLCK, F_WRLCK,
    HANDLE_COPY, HANDLE_MOVE, LOCK_EX, LOCK_NB, O_RDONLY, O_WRONLY, SEEK_CUR, SEEK_END, SEEK_SET,
};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::types::{FileLock, SentHandle};
use kpio_rt::descriptor::{self, lock, lock_whole};
use kpio_rt::fs::{File, From};
use kpio_rt::{Error, channel, io, process, thread};

use super::{BUSY, PATH, a_while, child, expect_passed, kill, open};

pub fn run(cases: &mut Cases) {
    cases.run("FCNTL: a process asks who has what", asking);
    cases.run("FCNTL: parts are locked, changed and given back", ranges);
    cases.run("FCNTL: places count from the position and the end", places);
    cases.run("FCNTL: closing any descriptor gives all back", closing);
    cases.run("FCNTL: a child has none, and waits", children);
    cases.run("FCNTL: the end of its holder gives them back", ended);
    cases.run("FCNTL: a circle is refused, and a long one", circles);
    cases.run("FCNTL: descriptions lock for themselves", descriptions);
    cases.run("FCNTL: descriptions wait for each other", descriptions_wait);
    cases.run("FCNTL: locks are limited", limits);
    cases.run("FCNTL refuses locks that are none", refused);
}

fn small(value: u32) -> i16 {
    i16::try_from(value).unwrap_or(-1)
}

fn part(kind: u32, start: i64, len: i64) -> FileLock {
    FileLock {
        l_type: small(kind),
        l_whence: small(SEEK_SET),
        l_start: start,
        l_len: len,
        ..FileLock::default()
    }
}

fn set(file: &File, kind: u32, start: i64, len: i64) -> Result<(), Error> {
    lock(file, F_SETLK, part(kind, start, len)).map(|_| ())
}

/// Kind, first byte, length and process of what keeps another process from locking these bytes
/// alone; `None` if nothing.
type Told = Option<(u32, i64, i64, i32)>;

fn seen(file: &File, start: i64, len: i64) -> Result<Told, String> {
    let found = context(lock(file, F_GETLK, part(F_WRLCK, start, len)), "F_GETLK")?;
    let kind = u32::from(found.l_type.cast_unsigned());
    Ok((kind != F_UNLCK).then_some((kind, found.l_start, found.l_len, found.l_pid)))
}

/// Fails unless another process sees these locks of `pid`, from the file's start to its end.
fn expect_seen(pid: i32, locks: &'static [(u32, i64, i64)]) -> Verdict {
    let other = child(|| {
        let file = open()?;
        let mut next = 0;
        for &(kind, start, len) in locks {
            let told = seen(&file, next, 0)?;
            expect("a lock", told, Some((kind, start, len, pid)))?;
            next = if len == 0 { i64::MAX } else { start + len };
        }
        if next < i64::MAX {
            expect("nothing more", seen(&file, next, 0)?, None)?;
        }
        Ok(())
    })?;
    expect_passed(other)
}

fn asking() -> Verdict {
    let file = open()?;
    expect("taken", set(&file, F_WRLCK, 10, 5), Ok(()))?;
    expect("the holder sees nothing", seen(&file, 0, 0)?, None)?;
    let own = process::id();
    expect_seen(own, &[(F_WRLCK, 10, 5)])?;
    let other = child(|| {
        let file = open()?;
        let outcome = set(&file, F_RDLCK, 14, 1);
        expect("taken", outcome, Err(BUSY.into()))?;
        expect("free", set(&file, F_WRLCK, 15, 1), Ok(()))?;
        expect("free", set(&file, F_WRLCK, 0, 10), Ok(()))
    })?;
    expect_passed(other)
}

pub fn ranges() -> Verdict {
    let own = process::id();
    let file = open()?;
    expect("all", set(&file, F_WRLCK, 0, 0), Ok(()))?;
    expect_seen(own, &[(F_WRLCK, 0, 0)])?;
    expect("a hole", set(&file, F_UNLCK, 10, 10), Ok(()))?;
    expect_seen(own, &[(F_WRLCK, 0, 10), (F_WRLCK, 20, 0)])?;
    expect("less in the middle", set(&file, F_RDLCK, 5, 30), Ok(()))?;
    expect_seen(own, &[(F_WRLCK, 0, 5), (F_RDLCK, 5, 30), (F_WRLCK, 35, 0)])?;
    expect("joined", set(&file, F_RDLCK, 0, 100), Ok(()))?;
    expect_seen(own, &[(F_RDLCK, 0, 100), (F_WRLCK, 100, 0)])?;
    expect("backwards", set(&file, F_UNLCK, 100, -50), Ok(()))?;
    expect_seen(own, &[(F_RDLCK, 0, 50), (F_WRLCK, 100, 0)])?;
    expect("nothing", set(&file, F_UNLCK, 0, 0), Ok(()))?;
    expect_seen(own, &[])
}

fn places() -> Verdict {
    let mut file = open()?;
    context(io::write(file.descriptor(), &[0; 100]), "write")?;
    context(file.seek(From::Start, 30), "seek")?;
    let from = |whence: u32, start: i64, len: i64| FileLock {
        l_whence: small(whence),
        ..part(F_WRLCK, start, len)
    };
    context(lock(&file, F_SETLK, from(SEEK_CUR, -10, 5)), "SEEK_CUR")?;
    context(lock(&file, F_SETLK, from(SEEK_END, -20, 0)), "SEEK_END")?;
    expect_seen(process::id(), &[(F_WRLCK, 20, 5), (F_WRLCK, 80, 0)])
}

/// The lock that `closing` takes.
const KEPT: &[(u32, i64, i64)] = &[(F_WRLCK, 0, 1)];

fn closing() -> Verdict {
    let own = process::id();
    let file = open()?;
    expect("taken", set(&file, F_WRLCK, 0, 1), Ok(()))?;
    expect_seen(own, &[(F_WRLCK, 0, 1)])?;
    drop(open()?);
    expect_seen(own, &[])?;
    expect("taken", set(&file, F_WRLCK, 0, 1), Ok(()))?;
    let other = open()?;
    let (reader, _writer) = context(descriptor::pipe(0), "pipe")?;
    let replaced = descriptor::duplicate_as(reader.descriptor(), other.descriptor());
    context(replaced, "dup2")?;
    expect_seen(own, &[])?;
    // Sending a descriptor away is closing it, unless a copy goes.
    expect("taken", set(&file, F_WRLCK, 0, 1), Ok(()))?;
    let (end, _other_end) = context(channel::channel(0), "channel")?;
    for (operation, locks) in [(HANDLE_COPY, KEPT), (HANDLE_MOVE, &[])] {
        let sent = ManuallyDrop::new(open()?);
        let handle = SentHandle {
            fd: sent.descriptor(),
            operation,
            rights: Rights::READ.bits(),
        };
        context(channel::send(end.descriptor(), b"", &[handle]), "send")?;
        expect_seen(own, locks)?;
        if operation == HANDLE_COPY {
            drop(ManuallyDrop::into_inner(sent));
            expect("taken", set(&file, F_WRLCK, 0, 1), Ok(()))?;
        }
    }
    Ok(())
}

fn children() -> Verdict {
    let own = process::id();
    let file = open()?;
    expect("taken", set(&file, F_WRLCK, 0, 10), Ok(()))?;
    let heir = child(|| {
        // It closes a descriptor and ends: the parent's locks are not its.
        let outcome = set(&file, F_WRLCK, 0, 1);
        expect("not the child's", outcome, Err(BUSY.into()))?;
        drop(open()?);
        Ok(())
    })?;
    expect_passed(heir)?;
    expect_seen(own, &[(F_WRLCK, 0, 10)])?;
    let waiter = child(|| {
        let taken = lock(&file, F_SETLKW, part(F_WRLCK, 5, 1));
        context(taken, "F_SETLKW").map(|_| ())
    })?;
    a_while()?;
    expect("back", set(&file, F_UNLCK, 5, 1), Ok(()))?;
    expect_passed(waiter)
}

fn ended() -> Verdict {
    let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let holder = child(|| {
        let file = open()?;
        expect("taken", set(&file, F_WRLCK, 0, 0), Ok(()))?;
        context(io::write(writer.descriptor(), b"x"), "write")?;
        context(
            kpio_rt::time::sleep(core::time::Duration::from_secs(600)),
            "sleep",
        )
    })?;
    let told = io::read(reader.descriptor(), &mut [0]);
    expect("it has it", told, Ok(1))?;
    let waiter = child(|| {
        let taken = lock(&open()?, F_SETLKW, part(F_RDLCK, 0, 0));
        context(taken, "F_SETLKW").map(|_| ())
    })?;
    a_while()?;
    kill(holder)?;
    expect_passed(waiter)
}

/// Processes in a circle: each has a byte and wants the next one's. One of them is refused.
fn circle(nr_processes: u8) -> Verdict {
    let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let (go_reader, go_writer) = context(descriptor::pipe(0), "pipe")?;
    let mut pids = Vec::new();
    for index in 0..nr_processes {
        let pid = child(|| {
            let file = open()?;
            expect("its own", set(&file, F_WRLCK, index.into(), 1), Ok(()))?;
            context(io::write(writer.descriptor(), b"r"), "write")?;
            context(io::read(go_reader.descriptor(), &mut [0]), "read")?;
            let next = i64::from((index + 1) % nr_processes);
            let told = match lock(&file, F_SETLKW, part(F_WRLCK, next, 1)) {
                Ok(_) => b"t",
                Err(error) if error == Errno::EDEADLK => b"d",
                Err(error) => return Err(alloc::format!("F_SETLKW: {error}")),
            };
            // Its end gives back what the one before it waits for.
            context(io::write(writer.descriptor(), told), "write").map(|_| ())
        })?;
        pids.push(pid);
    }
    let read_all = || -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        for _ in 0..nr_processes {
            let mut byte = [0];
            context(io::read(reader.descriptor(), &mut byte), "read")?;
            all.extend(byte);
        }
        Ok(all)
    };
    let ready = read_all()?;
    ensure(ready.iter().all(|&byte| byte == b'r'), "not ready")?;
    for _ in 0..nr_processes {
        context(io::write(go_writer.descriptor(), b"g"), "write")?;
    }
    let told = read_all()?;
    for pid in pids {
        expect_passed(pid)?;
    }
    let nr_refused = told.iter().filter(|&&byte| byte == b'd').count();
    expect("how many were refused", nr_refused, 1)
}

fn circles() -> Verdict {
    circle(2)?;
    circle(9)
}

fn descriptions() -> Verdict {
    let (one, other) = (open()?, open()?);
    let ofd = |file: &File, kind: u32, start: i64, len: i64| {
        lock(file, F_OFD_SETLK, part(kind, start, len)).map(|_| ())
    };
    expect("taken", ofd(&one, F_WRLCK, 0, 10), Ok(()))?;
    expect(
        "in one process",
        ofd(&other, F_WRLCK, 5, 1),
        Err(BUSY.into()),
    )?;
    let by_process = set(&other, F_RDLCK, 5, 1);
    expect("for the process", by_process, Err(BUSY.into()))?;
    let told = context(
        lock(&other, F_OFD_GETLK, part(F_RDLCK, 9, 5)),
        "F_OFD_GETLK",
    )?;
    expect(
        "what is in the way",
        (told.l_start, told.l_len, told.l_pid),
        (0, 10, -1),
    )?;
    // Other descriptors do not matter, nor do locks of the whole file.
    drop(open()?);
    expect("still", ofd(&other, F_WRLCK, 5, 1), Err(BUSY.into()))?;
    expect("the whole", lock_whole(&other, LOCK_EX | LOCK_NB), Ok(()))?;
    let twin = context(descriptor::duplicate(one.descriptor()), "dup")?;
    drop(one);
    expect("the twin", ofd(&other, F_WRLCK, 5, 1), Err(BUSY.into()))?;
    drop(twin);
    expect("gone", ofd(&other, F_WRLCK, 5, 1), Ok(()))?;
    let not_zero = FileLock {
        l_pid: 1,
        ..part(F_WRLCK, 0, 1)
    };
    let outcome = lock(&other, F_OFD_SETLK, not_zero).map(|_| ());
    expect("a process", outcome, Err(Errno::EINVAL.into()))
}

fn descriptions_wait() -> Verdict {
    let (one, other) = (open()?, open()?);
    context(lock(&one, F_OFD_SETLK, part(F_WRLCK, 0, 0)), "F_OFD_SETLK")?;
    let body = move || {
        if lock(&other, F_OFD_SETLKW, part(F_WRLCK, 3, 3)).is_ok() {
            PASSED
        } else {
            FAILED
        }
    };
    let waiter = context(thread::spawn(body), "thread")?;
    a_while()?;
    drop(one);
    expect("the waiter", waiter.join(), PASSED)
}

fn limits() -> Verdict {
    let file = open()?;
    let mut nr_taken = 0;
    let refused = loop {
        match set(&file, F_WRLCK, nr_taken * 2, 1) {
            Ok(()) => nr_taken += 1,
            Err(error) => break error,
        }
        ensure(nr_taken < 100_000, "no end")?;
    };
    expect("refused", refused, Error::from(Errno::ENOLCK))?;
    ensure(nr_taken > 1_000, alloc::format!("only {nr_taken}"))?;
    // What needs no more is not refused: one lock in place of two.
    let last = (nr_taken - 1) * 2;
    expect("one back", set(&file, F_UNLCK, last, 1), Ok(()))?;
    expect("another", set(&file, F_WRLCK, last, 1), Ok(()))?;
    expect("all back", set(&file, F_UNLCK, 0, 0), Ok(()))?;
    expect("and again", set(&file, F_WRLCK, 0, 0), Ok(()))
}

fn refused() -> Verdict {
    let file = open()?;
    let invalid = || Err(Error::from(Errno::EINVAL));
    let refuses =
        |what: &str, bad: FileLock| expect(what, lock(&file, F_SETLK, bad).map(|_| ()), invalid());
    refuses("a kind", part(3, 0, 1))?;
    refuses("before the file", part(F_WRLCK, -1, 1))?;
    refuses("before the file", part(F_WRLCK, 5, -6))?;
    refuses(
        "a whence",
        FileLock {
            l_whence: 3,
            ..part(F_WRLCK, 0, 1)
        },
    )?;
    let beyond = set(&file, F_WRLCK, i64::MAX, 2);
    expect("beyond the end", beyond, Err(Errno::EOVERFLOW.into()))?;
    let asked = lock(&file, F_GETLK, part(F_UNLCK, 0, 1)).map(|_| ());
    expect("who unlocks", asked, invalid())?;
    let only_read = context(File::open_with(PATH, O_RDONLY), "open")?;
    let bad = || Err(Error::from(Errno::EBADF));
    expect("not for writing", set(&only_read, F_WRLCK, 0, 1), bad())?;
    expect("for reading", set(&only_read, F_RDLCK, 0, 1), Ok(()))?;
    let only_write = context(File::open_with(PATH, O_WRONLY), "open")?;
    expect("not for reading", set(&only_write, F_RDLCK, 0, 1), bad())?;
    let (reader, _writer) = context(descriptor::pipe(0), "pipe")?;
    expect("a pipe", set(&reader, F_RDLCK, 0, 1), invalid())
}
