//! What a pipe holds, and what it does when it must not wait.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    F_GETPIPE_SZ, F_SETPIPE_SZ, O_APPEND, O_CLOEXEC, O_DIRECT, O_NONBLOCK, PROT_NONE, PROT_READ,
    PROT_WRITE,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{PIPE_BUF, SYS_PIPE2, SYS_READ, SYS_WRITE};
use kpio_rt::fs::File;
use kpio_rt::memory::{self, Mapping};
use kpio_rt::{Error, args, descriptor, io, syscall};

use super::{pattern, pipe};

/// What a pipe holds at first.
const CAPACITY: usize = 65_536;

pub fn run(cases: &mut Cases) {
    cases.run("without waiting: EAGAIN, or a part", not_waiting);
    cases.run("short writes are all or nothing", all_or_nothing);
    cases.run("a pipe holds 64 KiB, and what it is given", capacity);
    cases.run("bad memory stops a transfer without harm", bad_memory);
    cases.run("PIPE2 refuses unknown flags and full tables", refused);
    cases.run("the wrong end is EBADF", wrong_end);
}

fn not_waiting() -> Verdict {
    let (mut reader, mut writer) = context(descriptor::pipe(O_NONBLOCK), "pipe")?;
    let mut buffer = vec![0; CAPACITY];
    let again: Result<usize, Error> = Err(Errno::EAGAIN.into());
    expect("nothing to read", reader.read(&mut buffer), again)?;
    let pieces = descriptor::read_pieces(reader.descriptor(), &mut [&mut buffer]);
    expect("in pieces", pieces, again)?;
    expect("as much as fits", writer.write(&[0; 100_000]), Ok(CAPACITY))?;
    expect("no room", writer.write(b"x"), again)?;
    expect("for a long one", writer.write(&[0; 10_000]), again)?;
    expect("room for a few", reader.read(&mut buffer[..10]), Ok(10))?;
    expect("a part of a long one", writer.write(&[0; 10_000]), Ok(10))?;
    expect("all", reader.read(&mut buffer), Ok(CAPACITY))?;
    drop(writer);
    expect("the end", reader.read(&mut buffer), Ok(0))
}

fn all_or_nothing() -> Verdict {
    let (mut reader, mut writer) = context(descriptor::pipe(O_NONBLOCK), "pipe")?;
    let len = CAPACITY - PIPE_BUF + 1;
    expect("filled", writer.write(&vec![0; len]), Ok(len))?;
    let again: Result<usize, Error> = Err(Errno::EAGAIN.into());
    expect("a byte too long", writer.write(&[0; PIPE_BUF]), again)?;
    let pieces: [&[u8]; 2] = [&[0; PIPE_BUF / 2], &[0; PIPE_BUF / 2]];
    let outcome = descriptor::write_pieces(writer.descriptor(), &pieces);
    expect("in pieces", outcome, again)?;
    expect(
        "one that fits",
        writer.write(&[0; PIPE_BUF - 1]),
        Ok(PIPE_BUF - 1),
    )?;
    expect("all", reader.read(&mut vec![0; 100_000]), Ok(CAPACITY))
}

fn capacity() -> Verdict {
    let (mut reader, mut writer) = context(descriptor::pipe(O_NONBLOCK), "pipe")?;
    let fd = writer.descriptor();
    let set = |wanted: i32| descriptor::control(fd, F_SETPIPE_SZ, wanted);
    let get = |end: &File| descriptor::control(end.descriptor(), F_GETPIPE_SZ, 0);
    let size = i32::try_from(CAPACITY).unwrap_or(0);
    expect("at first", get(&reader), Ok(size))?;
    expect("one byte is one page", set(1), Ok(4096))?;
    expect("seen at both ends", get(&reader), Ok(4096))?;
    expect("a power of two", set(4096 * 5), Ok(4096 * 8))?;
    expect("a mebibyte", set(1 << 20), Ok(1 << 20))?;
    expect(
        "more than that",
        set((1 << 20) + 1),
        Err(Errno::EPERM.into()),
    )?;
    expect("less than nothing", set(-1), Err(Errno::EINVAL.into()))?;
    let bytes = pattern(50_000);
    expect("much at once", writer.write(&bytes), Ok(50_000))?;
    expect("less than it holds", set(4096), Err(Errno::EBUSY.into()))?;
    expect("just enough", set(50_000), Ok(size))?;
    let mut got = vec![0; 60_000];
    expect("all of it", reader.read(&mut got), Ok(50_000))?;
    ensure(got[..50_000] == bytes, "other bytes came")?;
    let own = args::args().next().ok_or("no name of its own")?;
    let file = context(File::open(own), "open")?;
    expect("of a file", get(&file), Err(Errno::EBADF.into()))?;
    expect("full", writer.write(&vec![0; CAPACITY]), Ok(CAPACITY))?;
    expect("no room", writer.write(b"x"), Err(Errno::EAGAIN.into()))
}

/// Pages of which the last is a hole.
struct Holed(Mapping);

impl Holed {
    fn new(nr_pages: usize) -> Result<Self, alloc::string::String> {
        let len = nr_pages * PAGE_SIZE;
        let mapping = context(Mapping::new(len, PROT_READ | PROT_WRITE), "map")?;
        let hole = mapping.address() + len - PAGE_SIZE;
        // SAFETY: nobody uses the page.
        let protected = unsafe { memory::protect(hole, PAGE_SIZE, PROT_NONE) };
        context(protected, "protect")?;
        Ok(Self(mapping))
    }

    /// An address `distance` bytes before the hole.
    fn before_hole(&self, distance: usize) -> usize {
        self.0.address() + self.0.len_bytes() - PAGE_SIZE - distance
    }
}

fn bad_memory() -> Verdict {
    let (mut reader, writer) = context(descriptor::pipe(O_NONBLOCK), "pipe")?;
    let memory = Holed::new(6)?;
    let transfer = |call: usize, file: &File, distance: usize, len: usize| {
        let fd = file.descriptor().cast_unsigned() as usize;
        // SAFETY: the memory is the case's own.
        unsafe { syscall::call(call, [fd, memory.before_hole(distance), len, 0, 0, 0]) }
    };
    let fault: Result<usize, Error> = Err(Errno::EFAULT.into());
    expect(
        "a short write",
        transfer(SYS_WRITE, &writer, 100, 200),
        fault,
    )?;
    let outcome = reader.read(&mut [0; 8]);
    expect("leaves nothing", outcome, Err(Errno::EAGAIN.into()))?;
    let wrote = transfer(SYS_WRITE, &writer, 3 * PAGE_SIZE, 5 * PAGE_SIZE);
    expect("a long write to the hole", wrote, Ok(3 * PAGE_SIZE))?;
    expect(
        "a read into the hole",
        transfer(SYS_READ, &reader, 0, 100),
        fault,
    )?;
    let read = transfer(SYS_READ, &reader, PAGE_SIZE, 2 * PAGE_SIZE);
    expect("a read to the hole", read, Ok(PAGE_SIZE))?;
    let mut buffer = vec![0; 8 * PAGE_SIZE];
    expect("the rest", reader.read(&mut buffer), Ok(2 * PAGE_SIZE))
}

fn refused() -> Verdict {
    for flags in [O_APPEND, O_DIRECT, 1 << 31] {
        let outcome = descriptor::pipe(flags).map(|_| ());
        expect(
            &format!("flags {flags:#o}"),
            outcome,
            Err(Errno::EINVAL.into()),
        )?;
    }
    // SAFETY: the address is refused.
    let outcome = unsafe { syscall::call(SYS_PIPE2, [8, 0, 0, 0, 0, 0]) };
    expect("a bad address", outcome, Err(Errno::EFAULT.into()))?;
    let mut pipes = Vec::new();
    let full: Result<(), Error> = loop {
        match descriptor::pipe(O_CLOEXEC) {
            Ok(ends) => pipes.push(ends),
            Err(error) => break Err(error),
        }
    };
    expect("a full table", full, Err(Errno::EMFILE.into()))?;
    let nr_pipes = pipes.len();
    drop(pipes);
    let (reader, writer) = pipe()?;
    ensure(nr_pipes > 500, format!("only {nr_pipes} pipes"))?;
    let numbers = (reader.descriptor(), writer.descriptor());
    expect("the numbers are free again", numbers, (3, 4))
}

fn wrong_end() -> Verdict {
    let (reader, writer) = pipe()?;
    let outcome = io::write(reader.descriptor(), b"x");
    expect(
        "writing to the reading end",
        outcome,
        Err(Errno::EBADF.into()),
    )?;
    let outcome = io::read(writer.descriptor(), &mut [0]);
    expect(
        "reading from the writing end",
        outcome,
        Err(Errno::EBADF.into()),
    )?;
    let mut reader = reader;
    let outcome = reader.seek(kpio_rt::fs::From::Start, 0);
    // A pipe has no right to seek; the right is judged before the object.
    ensure(outcome.is_err(), "a pipe was moved")
}
