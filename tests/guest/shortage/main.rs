//! What happens when memory is short: copies of files make room, and when there are none, calls fail
//! and programs end, and nothing else does. For process 1 of a machine with less memory than `/data` has
//! room.
//!
//! `shortage` runs all cases; `shortage WAY` uses memory up in one way.

#![no_std]
#![no_main]

extern crate alloc;

mod eaters;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::machine;
use harness::numbers::Numbers;
use harness::{Cases, PASSED, USAGE, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    MAP_SHARED, O_CREAT, O_NONBLOCK, O_RDWR, O_TRUNC, PROT_READ, PROT_WRITE, SIGKILL,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{SYS_FORK, SYS_FTRUNCATE, SYS_SHM_CREATE};
use kpio_rt::abi::types::SystemInfo;
use kpio_rt::fs::{self, File, From};
use kpio_rt::memory::Mapping;
use kpio_rt::{Error, args, descriptor, io, process, syscall, system, thread};

kpio_rt::main!(run);

const READ_WRITE: u32 = PROT_READ | PROT_WRITE;
const NEW: u32 = O_RDWR | O_CREAT | O_TRUNC;
const CHILD: &CStr = c"--child";
/// How libkpio ends a program for which there is no memory to start it.
const NOT_STARTED: i32 = 127;
/// How Rust ends one whose own heap gets none.
const PANICKED: i32 = 101;
/// Bytes that a file is written by at once.
const PIECE: usize = 16 * PAGE_SIZE;

fn run() -> i32 {
    match args::texts().next().flatten() {
        None => {}
        Some("--child") => return PASSED,
        Some(way) => return eaters::way(way).map_or(USAGE, |eat| eat()),
    }
    let mut cases = Cases::new();
    cases.run("more than memory is written and read", more_than_memory);
    cases.run(
        "what files wait for makes room for every call",
        room_for_every_call,
    );
    cases.run(
        "calls fail when there is nothing to give up",
        nothing_to_give_up,
    );
    cases.run("each way to use memory up ends well", each_way);
    cases.run("all ways at once end well", all_ways);
    cases.finish()
}

fn info() -> Result<SystemInfo, String> {
    context(system::info(), "system_info")
}

/// Frames that programs leave alone: `reserve_frames` in kernel/src/memory/mod.rs.
fn reserve(info: &SystemInfo) -> u64 {
    (info.total_frames / 16).max(1024)
}

fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass numbers, or memory that they own.
    unsafe { syscall::call(number, arguments) }
}

/// The bytes of a file's piece.
fn piece(seed: u64, number: usize) -> Vec<u8> {
    let mut numbers = Numbers::from_seed(seed << 32 | number as u64);
    core::iter::repeat_with(|| numbers.draw().to_le_bytes())
        .flatten()
        .take(PIECE)
        .collect()
}

fn more_than_memory() -> Verdict {
    let total = usize::try_from(info()?.total_frames).map_err(|_| "too much memory")? * PAGE_SIZE;
    let nr_pieces = total / PIECE + 1;
    let mut file = context(File::open_with(c"/data/large", NEW), "open")?;
    for number in 0..nr_pieces {
        context(io::write_all(file.descriptor(), &piece(1, number)), "write")?;
    }
    for _ in 0..2 {
        context(file.seek(From::Start, 0), "seek")?;
        let mut found = vec![0; PIECE];
        for number in 0..nr_pieces {
            expect("bytes read", file.read(&mut found), Ok(PIECE))?;
            ensure(
                found == piece(1, number),
                format!("piece {number} is another"),
            )?;
        }
    }
    Ok(())
}

/// Memory that is used, and a file that waits to be written.
struct Press {
    held: Vec<Mapping>,
    file: File,
    round: u64,
}

/// Pages of the file: less than what makes a writer wait for the disk.
const WAITING_PIECES: usize = 32;

impl Press {
    fn new() -> Result<Self, String> {
        Ok(Self {
            held: Vec::with_capacity(4096),
            file: context(File::open_with(c"/data/waiting", NEW), "open")?,
            round: 0,
        })
    }

    /// Uses memory until programs get no more without content of files being written first.
    fn press(&mut self) -> Verdict {
        const STEP: usize = 16;
        // The kernel gives up what need not be written, and leaves the reserve to itself.
        loop {
            let now = info()?;
            if now.free_frames <= reserve(&now) + 4 * STEP as u64 {
                break;
            }
            let mapping = context(Mapping::new(STEP * PAGE_SIZE, READ_WRITE), "mmap")?;
            for page in 0..STEP {
                touch(mapping.address() + page * PAGE_SIZE);
            }
            self.held.push(mapping);
        }
        self.round += 1;
        context(self.file.seek(From::Start, 0), "seek")?;
        for number in 0..WAITING_PIECES {
            let bytes = piece(self.round + 1, number);
            context(io::write_all(self.file.descriptor(), &bytes), "write")?;
        }
        Ok(())
    }

    /// The file is as it was written last.
    fn check(&mut self) -> Verdict {
        context(self.file.seek(From::Start, 0), "seek")?;
        let mut found = vec![0; PIECE];
        for number in 0..WAITING_PIECES {
            expect("bytes read", self.file.read(&mut found), Ok(PIECE))?;
            let is_same = found == piece(self.round + 1, number);
            ensure(is_same, format!("piece {number} is another"))?;
        }
        Ok(())
    }
}

fn touch(address: usize) {
    // SAFETY: the callers own the byte, and nothing depends on it.
    unsafe { machine::write(address, 1) };
}

fn room_for_every_call() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    let mut press = Press::new()?;
    for (what, attempt) in [
        ("fork", fork as fn(&CStr) -> Verdict),
        ("spawn", spawn),
        ("thread", start_thread),
        ("pipe", pipe),
        ("shared memory", shared_memory),
        ("open", open),
        ("mapping", mapping),
        ("mapped file", mapped_file),
    ] {
        for _ in 0..3 {
            press.press()?;
            attempt(own).map_err(|why| format!("{what}: {why}"))?;
            press.check()?;
        }
    }
    press.held.clear();
    press.check()?;
    context(press.file.sync(), "fsync")?;
    press.check()
}

fn fork(_: &CStr) -> Verdict {
    let child = context(call(SYS_FORK, [0; 6]), "fork")?;
    if child == 0 {
        process::exit_now(PASSED);
    }
    let child = i32::try_from(child).map_err(|_| "a process's number")?;
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("status", status.code(), Some(PASSED))
}

fn spawn(own: &CStr) -> Verdict {
    let status = context(process::run(own, &[own, CHILD]), "run")?;
    expect("status", status.code(), Some(PASSED))
}

fn start_thread(_: &CStr) -> Verdict {
    let thread = context(thread::spawn(|| PASSED), "spawn")?;
    expect("result", thread.join(), PASSED)
}

fn pipe(_: &CStr) -> Verdict {
    let (reader, writer) = context(descriptor::pipe(O_NONBLOCK), "pipe")?;
    let bytes = piece(0, 0);
    expect("written", io::write(writer.descriptor(), &bytes), Ok(PIECE))?;
    let mut found = vec![0; PIECE];
    expect("read", io::read(reader.descriptor(), &mut found), Ok(PIECE))?;
    ensure(found == bytes, "the pipe gives other bytes")
}

fn shared_memory(_: &CStr) -> Verdict {
    let fd = context(call(SYS_SHM_CREATE, [0; 6]), "shm_create")?;
    let object = File::from_descriptor(i32::try_from(fd).map_err(|_| "a descriptor")?);
    context(call(SYS_FTRUNCATE, [fd, PIECE, 0, 0, 0, 0]), "ftruncate")?;
    let shown = Mapping::of(&object, PIECE, READ_WRITE, MAP_SHARED);
    let shown = context(shown, "mmap")?;
    for at in (0..PIECE).step_by(PAGE_SIZE) {
        touch(shown.address() + at);
    }
    Ok(())
}

fn open(_: &CStr) -> Verdict {
    let mut files = Vec::new();
    for _ in 0..64 {
        files.push(context(File::open_with(c"/data/large", O_RDWR), "open")?);
    }
    Ok(())
}

fn mapping(_: &CStr) -> Verdict {
    let mapping = context(Mapping::new(PIECE, READ_WRITE), "mmap")?;
    for at in (0..PIECE).step_by(PAGE_SIZE) {
        touch(mapping.address() + at);
    }
    Ok(())
}

fn mapped_file(_: &CStr) -> Verdict {
    let file = context(File::open_with(c"/data/large", O_RDWR), "open")?;
    let shown = context(Mapping::of(&file, PIECE, READ_WRITE, MAP_SHARED), "mmap")?;
    let first = piece(1, 0);
    for at in (0..PIECE).step_by(PAGE_SIZE) {
        // SAFETY: the file is as long as that.
        let found = unsafe { machine::read(shown.address() + at) };
        expect("a byte", found, first[at])?;
    }
    Ok(())
}

fn nothing_to_give_up() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    let (refusal, pipes) = eaters::fill_pipes();
    let status = process::run(own, &[own, CHILD]);
    let forked = call(SYS_FORK, [0; 6]);
    if forked == Ok(0) {
        process::exit_now(PASSED);
    }
    drop(pipes);
    expect("a pipe", refusal, Error::from(Errno::ENOMEM))?;
    expect("spawn", status, Err(Errno::ENOMEM.into()))?;
    expect("fork", forked, Err(Errno::ENOMEM.into()))?;
    fork(own)?;
    spawn(own)
}

/// Counts that must be what they were.
fn counts() -> Result<[u64; 4], String> {
    let now = info()?;
    Ok([now.processes, now.threads, now.handles, now.futex_waiters])
}

/// Starts programs that use memory up, each in its way, and waits for all; each has to be refused or
/// ended.
fn eat(own: &CStr, ways: &[&CStr]) -> Verdict {
    let before = counts()?;
    let mut children = Vec::with_capacity(ways.len());
    for way in ways {
        match process::spawn(own, &[own, way]) {
            Ok(child) => children.push((way, child)),
            // The others were faster.
            Err(error) => expect("spawn", error, Error::from(Errno::ENOMEM))?,
        }
    }
    for (way, child) in children {
        let status = context(child.wait(), "wait")?;
        let is_killed = status.signal() == Some(SIGKILL.cast_signed());
        let is_refused = matches!(status.code(), Some(PASSED | NOT_STARTED | PANICKED));
        ensure(
            is_killed || is_refused,
            format!("{way:?} ended with {status}"),
        )?;
    }
    // Those that an ended one has started come to process 1, which this is.
    let left = loop {
        if let Err(error) = process::wait(-1, 0) {
            break error;
        }
    };
    expect("a wait", left, Error::from(Errno::ECHILD))?;
    expect("processes, threads, handles, sleepers", counts()?, before)?;
    spawn(own)?;
    fork(own)
}

/// Frames that nobody needs.
fn spare() -> Result<u64, String> {
    let now = info()?;
    Ok(now.free_frames + now.cached_frames)
}

fn each_way() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    for (name, _) in eaters::WAYS {
        eat(own, &[name])?;
    }
    Ok(())
}

fn all_ways() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    let ways: Vec<&CStr> = eaters::WAYS.iter().map(|(name, _)| *name).collect();
    let before = spare()?;
    for _ in 0..3 {
        eat(own, &ways)?;
    }
    // What the kernel's heap has grown by stays its own, and is its reserve at most.
    let lost = before.saturating_sub(spare()?);
    ensure(lost <= reserve(&info()?), format!("{lost} frames are lost"))?;
    let large = context(fs::read(c"/data/waiting"), "read")?;
    expect("bytes of a file", large.len(), WAITING_PIECES * PIECE)
}
