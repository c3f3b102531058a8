//! Shared memory objects: by name and without, over processes, and what they cost.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use core::ffi::CStr;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect, machine};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    MAP_PRIVATE, MAP_SHARED, O_APPEND, O_CLOEXEC, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC,
    O_WRONLY, PROT_READ, PROT_WRITE, S_IFMT, S_IFREG, SIGBUS,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{
    SYS_CLOSE, SYS_FORK, SYS_FSTAT, SYS_FTRUNCATE, SYS_MMAP, SYS_MPROTECT, SYS_MUNMAP,
    SYS_SHM_CREATE, SYS_SHM_OPEN, SYS_SHM_UNLINK,
};
use kpio_rt::abi::types::Stat;
use kpio_rt::process::{self, ExitStatus};
use kpio_rt::{Error, syscall, system};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("one object, one memory", one_memory);
    cases.run("two processes see each other's writes", processes);
    cases.run("a name lives until it is unlinked", names);
    cases.run("a private mapping keeps its changes", private);
    cases.run("beyond the end there is nothing", beyond);
    cases.run("the length changes", resized);
    cases.run("rights are those of opening", rights);
    cases.run("nonsense is refused", refused);
    cases.run(
        "pages go with the last of handles, mappings and the name",
        no_leak,
    );
    cases.finish()
}

fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

fn open(name: &CStr, flags: u32) -> Result<usize, Error> {
    call(
        SYS_SHM_OPEN,
        [name.as_ptr().addr(), flags as usize, 0o640, 0, 0, 0],
    )
}

fn unlink(name: &CStr) -> Result<usize, Error> {
    call(SYS_SHM_UNLINK, [name.as_ptr().addr(), 0, 0, 0, 0, 0])
}

fn close(fd: usize) -> Verdict {
    context(call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]), "close").map(|_| ())
}

fn resize(fd: usize, len: usize) -> Result<usize, Error> {
    call(SYS_FTRUNCATE, [fd, len, 0, 0, 0, 0])
}

fn map(fd: usize, pages: usize, access: u32, kind: u32) -> Result<usize, Error> {
    let len = pages * PAGE_SIZE;
    call(SYS_MMAP, [0, len, access as usize, kind as usize, fd, 0])
}

fn unmap(start: usize, pages: usize) -> Verdict {
    let len = pages * PAGE_SIZE;
    context(call(SYS_MUNMAP, [start, len, 0, 0, 0, 0]), "munmap").map(|_| ())
}

const READ_WRITE: u32 = PROT_READ | PROT_WRITE;

/// An object of some pages without a name.
fn create(pages: usize) -> Result<usize, String> {
    let fd = context(call(SYS_SHM_CREATE, [0; 6]), "shm_create")?;
    context(resize(fd, pages * PAGE_SIZE), "ftruncate")?;
    Ok(fd)
}

fn peek(address: usize) -> u8 {
    // SAFETY: the callers mapped it.
    unsafe { machine::read(address) }
}

fn poke(address: usize, byte: u8) {
    // SAFETY: the callers mapped it and own it.
    unsafe { machine::write(address, byte) };
}

fn in_child(child: impl FnOnce() -> i32) -> Result<ExitStatus, String> {
    let id = context(call(SYS_FORK, [0; 6]), "fork")?;
    if id == 0 {
        process::exit_now(child());
    }
    let id = i32::try_from(id).map_err(|_| format!("fork gave {id}"))?;
    Ok(context(process::wait(id, 0), "wait")?.1)
}

fn one_memory() -> Verdict {
    let fd = create(3)?;
    let first = context(map(fd, 3, READ_WRITE, MAP_SHARED), "mmap")?;
    let second = context(map(fd, 3, PROT_READ, MAP_SHARED), "mmap")?;
    expect("a new byte", peek(second + 2 * PAGE_SIZE), 0)?;
    poke(first + 2 * PAGE_SIZE, 5);
    expect(
        "seen through the other mapping",
        peek(second + 2 * PAGE_SIZE),
        5,
    )?;
    close(fd)?;
    poke(first, 6);
    expect("after the descriptor is gone", peek(second), 6)?;
    unmap(first, 3)?;
    expect("after one mapping is gone", peek(second), 6)?;
    unmap(second, 3)
}

fn processes() -> Verdict {
    let name = c"/between";
    let fd = context(open(name, O_RDWR | O_CREAT | O_EXCL), "shm_open")?;
    context(resize(fd, PAGE_SIZE), "ftruncate")?;
    let page = context(map(fd, 1, READ_WRITE, MAP_SHARED), "mmap")?;
    poke(page, 1);
    let status = in_child(|| {
        // Not by what it inherited: by the name.
        let Ok(own) = open(name, O_RDWR) else {
            return FAILED;
        };
        let Ok(view) = map(own, 1, READ_WRITE, MAP_SHARED) else {
            return FAILED;
        };
        let seen = peek(view);
        poke(view + 1, 2);
        if seen == 1 { PASSED } else { FAILED }
    })?;
    expect("the child's end", status.code(), Some(PASSED))?;
    expect("what the child wrote", peek(page + 1), 2)?;
    context(unlink(name), "shm_unlink")?;
    close(fd)?;
    unmap(page, 1)
}

fn names() -> Verdict {
    let name = c"named";
    let absent = Err(Error::from(Errno::ENOENT));
    expect("before", open(name, O_RDWR), absent)?;
    let fd = context(open(name, O_RDWR | O_CREAT), "shm_open")?;
    let exclusive = open(name, O_RDWR | O_CREAT | O_EXCL);
    expect("again", exclusive, Err(Error::from(Errno::EEXIST)))?;
    context(resize(fd, 100), "ftruncate")?;
    close(fd)?;
    let again = context(open(c"/named", O_RDONLY), "shm_open")?;
    let mut stat = Stat::default();
    context(
        call(SYS_FSTAT, [again, (&raw mut stat).addr(), 0, 0, 0, 0]),
        "fstat",
    )?;
    let told = (stat.st_size, stat.st_mode & S_IFMT, stat.st_mode & 0o777);
    // The umask of process 1 takes the group's right to write away, which nobody asked for.
    expect("length and kind", told, (100, S_IFREG, 0o640))?;
    context(unlink(name), "shm_unlink")?;
    expect("after", open(name, O_RDWR), absent)?;
    expect("unlinking twice", unlink(name), absent)?;
    let other = context(open(name, O_RDWR | O_CREAT | O_EXCL), "another of the name")?;
    context(
        call(SYS_FSTAT, [other, (&raw mut stat).addr(), 0, 0, 0, 0]),
        "fstat",
    )?;
    expect("its length", stat.st_size, 0)?;
    context(unlink(name), "shm_unlink")?;
    close(other)?;
    close(again)
}

fn private() -> Verdict {
    let fd = create(1)?;
    let shared = context(map(fd, 1, READ_WRITE, MAP_SHARED), "mmap")?;
    let private = context(map(fd, 1, READ_WRITE, MAP_PRIVATE), "mmap")?;
    poke(shared, 1);
    expect("before it is written", peek(private), 1)?;
    poke(private, 2);
    poke(shared, 3);
    expect(
        "the copy, the object",
        (peek(private), peek(shared)),
        (2, 3),
    )?;
    close(fd)?;
    unmap(shared, 1)?;
    unmap(private, 1)
}

fn beyond() -> Verdict {
    let fd = create(1)?;
    let view = context(map(fd, 2, READ_WRITE, MAP_SHARED), "mmap")?;
    poke(view + PAGE_SIZE - 1, 1);
    let status = in_child(|| {
        poke(view + PAGE_SIZE, 1);
        FAILED
    })?;
    expect("the signal", status.signal(), Some(SIGBUS as i32))?;
    context(resize(fd, 2 * PAGE_SIZE), "ftruncate")?;
    poke(view + PAGE_SIZE, 1);
    close(fd)?;
    unmap(view, 2)
}

fn resized() -> Verdict {
    let fd = create(2)?;
    let view = context(map(fd, 2, READ_WRITE, MAP_SHARED), "mmap")?;
    poke(view + 10, 1);
    poke(view + 20, 2);
    context(resize(fd, 15), "ftruncate")?;
    context(resize(fd, 2 * PAGE_SIZE), "ftruncate")?;
    expect(
        "kept and cut off",
        (peek(view + 10), peek(view + 20)),
        (1, 0),
    )?;
    let truncated = context(open(c"cut", O_RDWR | O_CREAT), "shm_open")?;
    context(resize(truncated, 10), "ftruncate")?;
    let again = context(open(c"cut", O_RDWR | O_TRUNC), "shm_open")?;
    let mut stat = Stat::default();
    context(
        call(SYS_FSTAT, [again, (&raw mut stat).addr(), 0, 0, 0, 0]),
        "fstat",
    )?;
    expect("length after O_TRUNC", stat.st_size, 0)?;
    context(unlink(c"cut"), "shm_unlink")?;
    for fd in [fd, truncated, again] {
        close(fd)?;
    }
    unmap(view, 2)
}

fn rights() -> Verdict {
    let writer = context(open(c"rights", O_RDWR | O_CREAT), "shm_open")?;
    context(resize(writer, PAGE_SIZE), "ftruncate")?;
    let reader = context(open(c"rights", O_RDONLY), "shm_open")?;
    let denied = Err(Error::from(Errno::EACCES));
    expect(
        "mapping to write",
        map(reader, 1, READ_WRITE, MAP_SHARED),
        denied,
    )?;
    let view = context(map(reader, 1, PROT_READ, MAP_SHARED), "mmap")?;
    let access = READ_WRITE as usize;
    let protect = call(SYS_MPROTECT, [view, PAGE_SIZE, access, 0, 0, 0]);
    expect("mprotect to write", protect, denied)?;
    let copy = context(map(reader, 1, READ_WRITE, MAP_PRIVATE), "a private mapping")?;
    poke(copy, 1);
    expect(
        "ftruncate",
        resize(reader, 0),
        Err(Error::from(Errno::EINVAL)),
    )?;
    context(unlink(c"rights"), "shm_unlink")?;
    unmap(view, 1)?;
    unmap(copy, 1)?;
    close(reader)?;
    close(writer)
}

fn refused() -> Verdict {
    let long = [b'n'; 256];
    let mut text = alloc::vec::Vec::from(long);
    text.push(0);
    let long = context(CStr::from_bytes_with_nul(&text), "a name")?;
    let make = O_RDWR | O_CREAT;
    let fd = create(1)?;
    let outcomes = [
        ("no name", open(c"", make), Errno::EINVAL),
        ("a slash alone", open(c"/", make), Errno::EINVAL),
        ("a slash within", open(c"a/b", make), Errno::EINVAL),
        ("dots", open(c"..", make), Errno::EINVAL),
        ("a long name", open(long, make), Errno::ENAMETOOLONG),
        (
            "writing alone",
            open(c"a", O_WRONLY | O_CREAT),
            Errno::EINVAL,
        ),
        (
            "an unknown flag",
            open(c"a", make | O_APPEND),
            Errno::EINVAL,
        ),
        ("unlinking no name", unlink(c""), Errno::EINVAL),
        ("unlinking a long name", unlink(long), Errno::ENAMETOOLONG),
        (
            "a flag of creation",
            call(SYS_SHM_CREATE, [O_APPEND as usize, 0, 0, 0, 0, 0]),
            Errno::EINVAL,
        ),
        ("a negative length", resize(fd, usize::MAX), Errno::EINVAL),
        (
            "an odd offset",
            call(SYS_MMAP, [0, PAGE_SIZE, 1, MAP_SHARED as usize, fd, 1]),
            Errno::EINVAL,
        ),
    ];
    for (what, outcome, errno) in outcomes {
        expect(what, outcome, Err(Error::from(errno)))?;
    }
    let kept = context(
        call(SYS_SHM_CREATE, [O_CLOEXEC as usize, 0, 0, 0, 0, 0]),
        "shm_create",
    )?;
    close(kept)?;
    close(fd)
}

fn no_leak() -> Verdict {
    let pages = 64;
    let round = || -> Verdict {
        let fd = context(open(c"leak", O_RDWR | O_CREAT), "shm_open")?;
        context(resize(fd, pages * PAGE_SIZE), "ftruncate")?;
        let view = context(map(fd, pages, READ_WRITE, MAP_SHARED), "mmap")?;
        for page in 0..pages {
            poke(view + page * PAGE_SIZE, 1);
        }
        close(fd)?;
        context(unlink(c"leak"), "shm_unlink")?;
        ensure(peek(view) == 1, "the last mapping holds it")?;
        unmap(view, pages)
    };
    round()?;
    let free = || context(system::info(), "system_info").map(|info| info.free_frames);
    let before = free()?;
    for _ in 0..20 {
        round()?;
    }
    expect("free frames", free()?, before)
}
