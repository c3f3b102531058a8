//! Capabilities: fewer rights, taking back, and what HANDLE_INFO tells.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    F_DUPFD, F_GETFD, FD_CLOEXEC, O_CLOEXEC, O_NONBLOCK, O_RDONLY, OBJECT_CONSOLE, OBJECT_FILE,
    OBJECT_PIPE,
};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::{
    SYS_CLOSE, SYS_DUP, SYS_FCNTL, SYS_FORK, SYS_FSTAT, SYS_HANDLE_DUPLICATE, SYS_HANDLE_INFO,
    SYS_HANDLE_REVOKE, SYS_OPEN, SYS_READ, SYS_SEEK, SYS_WRITE,
};
use kpio_rt::abi::types::{HandleInfo, Stat};
use kpio_rt::{Error, descriptor, process, syscall, system};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("a new handle has the basic rights and its own", new_handles);
    cases.run("rights only shrink", rights_shrink);
    cases.run("every right is asked for", rights_are_checked);
    cases.run("a badge is written once and goes on", badges);
    cases.run("revoking takes all descendants and only these", revoking);
    cases.run("closing leaves children to the grandparent", closing);
    cases.run("children of a fork descend", across_fork);
    cases.run("a handle without TRANSFER stays here", no_transfer);
    cases.run("revoking gives the object up", object_goes);
    cases.run("ids do not come again", ids);
    cases.run("wrong arguments have their errors", refused);
    cases.run("full tables and families are said", limits);
    cases.run("nothing is left behind", leaves_nothing);
    cases.finish()
}

/// A raw call of numbers.
fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

fn bits(rights: Rights) -> usize {
    rights.bits() as usize
}

const ALL: Rights = Rights::HANDLE;

fn duplicate(fd: usize, rights: Rights, badge: usize) -> Result<usize, Error> {
    call(SYS_HANDLE_DUPLICATE, [fd, bits(rights), badge, 0, 0, 0])
}

fn copy(fd: usize) -> Result<usize, String> {
    context(duplicate(fd, ALL, 0), "duplicate")
}

fn revoke(fd: usize) -> Result<usize, Error> {
    call(SYS_HANDLE_REVOKE, [fd, 0, 0, 0, 0, 0])
}

fn info(fd: usize) -> Result<HandleInfo, Error> {
    let mut info = HandleInfo::default();
    let (at, size) = ((&raw mut info).addr(), size_of::<HandleInfo>());
    call(SYS_HANDLE_INFO, [fd, at, size, 0, 0, 0]).map(|_| info)
}

fn close(fd: usize) -> Verdict {
    context(call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]), "close").map(|_| ())
}

fn open() -> Result<usize, String> {
    let path = c"/bin/hello".as_ptr().addr();
    let flags = O_RDONLY as usize;
    context(call(SYS_OPEN, [path, flags, 0, 0, 0, 0]), "open")
}

fn read(fd: usize) -> Result<usize, Error> {
    let mut byte = 0_u8;
    call(SYS_READ, [fd, (&raw mut byte).addr(), 1, 0, 0, 0])
}

fn failed<T>(errno: Errno) -> Result<T, Error> {
    Err(errno.into())
}

/// Run `child` in a fork, which must end with PASSED.
fn in_child(child: impl FnOnce() -> Verdict) -> Verdict {
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
    let id = i32::try_from(id).map_err(|_| format!("fork gave {id}"))?;
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))
}

fn new_handles() -> Verdict {
    let file = open()?;
    let about = context(info(file), "info")?;
    let own = Rights::READ.union(Rights::SEEK).union(Rights::INSPECT);
    let expected = own.union(Rights::BASIC).bits();
    expect("rights", about.rights & expected, expected)?;
    expect("to write", about.rights & Rights::WRITE.bits(), 0)?;
    let facts = (about.badge, about.descendants, about.object_type);
    expect("a file's facts", facts, (0, 0, OBJECT_FILE))?;
    let console = context(info(1), "info of the console")?;
    expect("the console", console.object_type, OBJECT_CONSOLE)?;
    let (reader, _writer) = context(descriptor::pipe(0), "pipe")?;
    let reader = context(usize::try_from(reader.descriptor()), "number")?;
    let pipe = context(info(reader), "info of a pipe")?;
    expect("a pipe", pipe.object_type, OBJECT_PIPE)?;
    ensure(about.id != pipe.id && about.id != 0, "ids are the same")?;
    close(file)
}

fn rights_shrink() -> Verdict {
    let file = open()?;
    let less = Rights::READ.union(Rights::DUPLICATE);
    let child = context(duplicate(file, less, 0), "duplicate")?;
    let rights = |fd| info(fd).map(|info| info.rights);
    expect("rights of the child", rights(child), Ok(less.bits()))?;
    let grandchild = context(duplicate(child, ALL, 0), "duplicate")?;
    expect("all of these", rights(grandchild), Ok(less.bits()))?;
    let last = context(duplicate(child, Rights::SEEK, 0), "duplicate")?;
    expect("none of these", rights(last), Ok(0))?;
    let end = duplicate(last, ALL, 0);
    expect("without DUPLICATE", end, failed(Errno::EBADF))?;
    // What POSIX duplicates has the same rights.
    let control = [child, F_DUPFD as usize, 0, 0, 0, 0];
    let other = context(call(SYS_FCNTL, control), "F_DUPFD")?;
    expect("by fcntl", rights(other), Ok(less.bits()))?;
    for fd in [file, child, grandchild, last, other] {
        close(fd)?;
    }
    Ok(())
}

fn rights_are_checked() -> Verdict {
    let file = open()?;
    let mut stat = Stat::default();
    let at = (&raw mut stat).addr();
    let uses: [(&str, Rights, usize, [usize; 5]); 6] = [
        ("read", Rights::READ, SYS_READ, [at, 1, 0, 0, 0]),
        ("seek", Rights::SEEK, SYS_SEEK, [0, 0, 0, 0, 0]),
        ("stat", Rights::INSPECT, SYS_FSTAT, [at, 0, 0, 0, 0]),
        ("dup", Rights::DUPLICATE, SYS_DUP, [900, 0, 0, 0, 0]),
        (
            "F_DUPFD",
            Rights::DUPLICATE,
            SYS_FCNTL,
            [F_DUPFD as usize, 901, 0, 0, 0],
        ),
        ("revoke", Rights::REVOKE, SYS_HANDLE_REVOKE, [0, 0, 0, 0, 0]),
    ];
    for (what, right, number, [b, c, d, e, f]) in uses {
        let without = Rights::of_handle(ALL.bits() & !right.bits()).unwrap_or_default();
        let child = context(duplicate(file, without, 0), "duplicate")?;
        let outcome = call(number, [child, b, c, d, e, f]);
        expect(what, outcome, failed(Errno::EBADF))?;
        let good = call(number, [file, b, c, d, e, f]);
        ensure(good.is_ok(), format!("{what} with the right: {good:?}"))?;
        if right != Rights::REVOKE {
            close(child)?;
        }
    }
    let written = call(SYS_WRITE, [file, at, 1, 0, 0, 0]);
    expect("writing", written, failed(Errno::EBADF))?;
    // The last one revoked all of them, but they keep their numbers.
    let child = file + 1;
    expect("a revoked handle", read(child), failed(Errno::EBADF))?;
    for fd in [file, child, 900, 901] {
        close(fd)?;
    }
    Ok(())
}

fn badges() -> Verdict {
    let file = open()?;
    let badge = |fd| info(fd).map(|info| info.badge);
    let large = usize::MAX - 5;
    let child = context(duplicate(file, ALL, large), "duplicate")?;
    expect("the badge", badge(child), Ok(large as u64))?;
    expect("that of the parent", badge(file), Ok(0))?;
    let heir = copy(child)?;
    expect("it goes on", badge(heir), Ok(large as u64))?;
    let again = duplicate(heir, ALL, 7);
    expect("another one", again, failed(Errno::EPERM))?;
    let same = context(duplicate(heir, ALL, large), "the same again")?;
    expect("the same", badge(same), Ok(large as u64))?;
    for fd in [file, child, heir, same] {
        close(fd)?;
    }
    Ok(())
}

fn revoking() -> Verdict {
    let root = open()?;
    let stranger = open()?;
    let child = copy(root)?;
    let grandchild = copy(child)?;
    let sibling = copy(root)?;
    let descendants = |fd| info(fd).map(|info| info.descendants);
    expect("descendants", descendants(root), Ok(3))?;
    expect("the child's", descendants(child), Ok(1))?;
    expect("of the child", revoke(child), Ok(1))?;
    for (fd, is_there) in [
        (root, true),
        (child, true),
        (grandchild, false),
        (sibling, true),
    ] {
        ensure(read(fd).is_ok() == is_there, format!("handle {fd}"))?;
    }
    expect("of the root", revoke(root), Ok(2))?;
    expect("once more", revoke(root), Ok(0))?;
    for fd in [child, grandchild, sibling] {
        let bad = failed::<usize>(Errno::EBADF);
        expect("reading", read(fd), bad)?;
        expect("duplicating", duplicate(fd, ALL, 0), bad)?;
        expect("revoking", revoke(fd), bad)?;
        expect("asking", info(fd).map(|_| 0_usize), bad)?;
        expect("dup2", call(SYS_DUP, [fd, 910, 0, 0, 0, 0]), bad)?;
    }
    ensure(read(root).is_ok() && read(stranger).is_ok(), "others went")?;
    // Its number is taken until it is closed.
    let next = copy(root)?;
    ensure(next != child && next != grandchild, "a number came again")?;
    for fd in [root, stranger, child, grandchild, sibling, next] {
        close(fd)?;
    }
    Ok(())
}

fn closing() -> Verdict {
    let root = open()?;
    let child = copy(root)?;
    let grandchild = copy(child)?;
    close(child)?;
    let descendants = info(root).map(|info| info.descendants);
    expect("descendants", descendants, Ok(1))?;
    expect("revoked", revoke(root), Ok(1))?;
    expect("the grandchild", read(grandchild), failed(Errno::EBADF))?;
    close(grandchild)?;
    // And with the root gone, a child lives on.
    let child = copy(root)?;
    close(root)?;
    ensure(read(child).is_ok(), "it went with its parent")?;
    close(child)
}

fn across_fork() -> Verdict {
    let root = open()?;
    let (mut from_child, mut to_parent) = context(descriptor::pipe(0), "pipe")?;
    let (mut from_parent, mut to_child) = context(descriptor::pipe(0), "pipe")?;
    let id = context(call(SYS_FORK, [0; 6]), "fork")?;
    if id == 0 {
        let own = copy(root);
        let mut byte = [0];
        let is_told = to_parent.write(b"x").is_ok() && from_parent.read(&mut byte) == Ok(1);
        let is_gone = |fd| read(fd) == failed(Errno::EBADF);
        let is_good = is_told && is_gone(root) && own.is_ok_and(is_gone);
        process::exit_now(if is_good { PASSED } else { FAILED });
    }
    let mut byte = [0];
    expect("the child is ready", from_child.read(&mut byte), Ok(1))?;
    expect("taken back", revoke(root), Ok(2))?;
    expect("told", to_child.write(b"x"), Ok(1))?;
    let id = i32::try_from(id).map_err(|_| format!("fork gave {id}"))?;
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))?;
    ensure(read(root).is_ok(), "the root went")?;
    close(root)
}

fn no_transfer() -> Verdict {
    let root = open()?;
    let kept = Rights::of_handle(ALL.bits() & !Rights::TRANSFER.bits()).unwrap_or_default();
    let private = context(duplicate(root, kept, 0), "duplicate")?;
    ensure(read(private).is_ok(), "it is of no use")?;
    in_child(|| {
        expect("in the child", read(private), failed(Errno::EBADF))?;
        ensure(read(root).is_ok(), "the other is not there")?;
        // Nothing is there at all: the number is free.
        expect("its number", duplicate(root, ALL, 0), Ok(private))
    })?;
    close(root)?;
    close(private)
}

fn object_goes() -> Verdict {
    // A pipe's end that only a descendant holds goes when that is taken back: its reader sees the
    // end.
    let (mut reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let own = context(usize::try_from(writer.descriptor()), "number")?;
    let child = copy(own)?;
    let grandchild = copy(child)?;
    drop(writer);
    expect("taken back", revoke(child), Ok(1))?;
    close(child)?;
    let mut byte = [0];
    expect("reading", reader.read(&mut byte), Ok(0))?;
    close(grandchild)
}

fn ids() -> Verdict {
    let root = open()?;
    let mut last = context(info(root), "info")?.id;
    for _ in 0..50 {
        let child = copy(root)?;
        let id = context(info(child), "info")?.id;
        ensure(id > last, format!("id {id} after {last}"))?;
        last = id;
        close(child)?;
    }
    close(root)
}

fn refused() -> Verdict {
    let root = open()?;
    let wrong_rights = [Rights::POWER.bits() as usize, 1 << 31, 1 << 32, usize::MAX];
    for rights in wrong_rights {
        let outcome = call(SYS_HANDLE_DUPLICATE, [root, rights, 0, 0, 0, 0]);
        expect("rights that are none", outcome, failed(Errno::EINVAL))?;
    }
    for flags in [O_NONBLOCK as usize, 1, usize::MAX] {
        let outcome = call(SYS_HANDLE_DUPLICATE, [root, bits(ALL), 0, flags, 0, 0]);
        expect("flags that are none", outcome, failed(Errno::EINVAL))?;
    }
    let closing = [root, bits(ALL), 0, O_CLOEXEC as usize, 0, 0];
    let child = context(call(SYS_HANDLE_DUPLICATE, closing), "duplicate")?;
    let flags = call(SYS_FCNTL, [child, F_GETFD as usize, 0, 0, 0, 0]);
    expect("its flags", flags, Ok(FD_CLOEXEC as usize))?;
    for (fd, errno) in [
        (800, Errno::EBADF),
        (usize::MAX, Errno::EBADF),
        (5 << 32, Errno::EINVAL),
    ] {
        expect("duplicating", duplicate(fd, ALL, 0), failed(errno))?;
        expect("revoking", revoke(fd), failed(errno))?;
        expect("asking", info(fd).map(|_| ()), failed(errno))?;
    }
    let mut about = HandleInfo::default();
    let at = (&raw mut about).addr();
    for size in [0, size_of::<HandleInfo>() - 1, usize::MAX] {
        let outcome = call(SYS_HANDLE_INFO, [root, at, size, 0, 0, 0]);
        expect("another size", outcome, failed(Errno::EINVAL))?;
    }
    close(root)?;
    close(child)
}

fn limits() -> Verdict {
    let root = open()?;
    let mut made = alloc::vec::Vec::new();
    let error = loop {
        match duplicate(root, ALL, 0) {
            Ok(fd) => made.push(fd),
            Err(error) => break error,
        }
    };
    expect("a full table", error, Error::from(Errno::EMFILE))?;
    expect("taken back", revoke(root), Ok(made.len()))?;
    for fd in made {
        close(fd)?;
    }
    close(root)
}

fn leaves_nothing() -> Verdict {
    let round = || -> Verdict {
        for _ in 0..20 {
            revoking()?;
            across_fork()?;
            object_goes()?;
        }
        Ok(())
    };
    round()?;
    let before = context(system::info(), "system_info")?;
    round()?;
    let after = context(system::info(), "system_info")?;
    expect("handles", after.handles, before.handles)?;
    expect("processes", after.processes, before.processes)?;
    expect("free frames", after.free_frames, before.free_frames)
}
