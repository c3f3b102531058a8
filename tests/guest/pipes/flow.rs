//! How bytes flow, and what happens when a side goes.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use harness::numbers::Numbers;
use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{S_IFIFO, S_IFMT, SIG_BLOCK, SIG_UNBLOCK, SIGPIPE, SIGSEGV};
use kpio_rt::abi::syscalls::{PIPE_BUF, SYS_SIGACTION, SYS_SIGPENDING, SYS_SIGPROCMASK};
use kpio_rt::abi::types::SignalAction;
use kpio_rt::fs::File;
use kpio_rt::{descriptor, io, syscall, thread, time};

use super::{pattern, pipe, start};

pub fn run(cases: &mut Cases) {
    cases.run("bytes come out in order, then the end", in_order);
    cases.run("a reader waits for a writer", reader_waits);
    cases.run("a writer waits for room", writer_waits);
    cases.run("a mebibyte in pieces of any size", any_size);
    cases.run("short writes of many threads arrive as wholes", wholes);
    cases.run("pieces of one WRITEV stay together", pieces_together);
    cases.run(
        "READV takes what is there and does not wait for more",
        pieces_read,
    );
    cases.run("nobody to read from it: EPIPE", broken);
    cases.run("nobody to read from it: SIGPIPE", broken_with_signal);
    cases.run(
        "a waiting writer is told that the reader has gone",
        broken_meanwhile,
    );
    cases.run("a child copies between two pipes", through_child);
    cases.run(
        "a child that crashes gives its reader an end",
        crashing_child,
    );
    cases.run("a child that ends gives its writer EPIPE", ending_child);
    cases.run("FSTAT knows a pipe", stat);
}

/// The child that copies until the end.
pub fn copy(from: i32, to: i32) -> i32 {
    let mut buffer = vec![0; 3000];
    loop {
        match io::read(from, &mut buffer) {
            Ok(0) => return PASSED,
            Ok(read) if io::write_all(to, &buffer[..read]).is_ok() => {}
            _ => return FAILED,
        }
    }
}

/// The child that says a word.
pub fn say(to: i32) -> i32 {
    if io::write_all(to, b"word").is_ok() {
        PASSED
    } else {
        FAILED
    }
}

/// The child that says a word and crashes.
pub fn crash(to: i32) -> i32 {
    if io::write_all(to, b"word").is_err() {
        return FAILED;
    }
    // SAFETY: ends with a fault.
    i32::from(unsafe { harness::machine::read(8) })
}

/// Reads until the end.
fn read_all(reader: &mut File) -> Result<Vec<u8>, String> {
    context(reader.read_to_end(), "read to the end")
}

fn in_order() -> Verdict {
    let (mut reader, mut writer) = pipe()?;
    expect("an empty write", writer.write(b""), Ok(0))?;
    expect("first", writer.write(b"one "), Ok(4))?;
    expect("second", writer.write(b"two"), Ok(3))?;
    let mut buffer = [0; 5];
    expect("an empty read", reader.read(&mut []), Ok(0))?;
    expect("a part", reader.read(&mut buffer), Ok(5))?;
    expect("its bytes", &buffer, b"one t")?;
    drop(writer);
    expect(
        "the rest",
        read_all(&mut reader)?.as_slice(),
        b"wo".as_slice(),
    )?;
    expect("still the end", reader.read(&mut buffer), Ok(0))
}

fn reader_waits() -> Verdict {
    let (mut reader, mut writer) = pipe()?;
    let has_written = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&has_written);
    let late = context(
        thread::spawn(move || {
            if time::sleep(Duration::from_millis(20)).is_err() {
                return Err(Errno::EINTR.into());
            }
            note.store(true, Ordering::Relaxed);
            writer.write(b"late")
        }),
        "thread",
    )?;
    let mut buffer = [0; 8];
    let read = reader.read(&mut buffer);
    let had_written = has_written.load(Ordering::Relaxed);
    expect("written", late.join(), Ok(4))?;
    expect("read", read, Ok(4))?;
    ensure(had_written, "the read came back before the write")
}

fn writer_waits() -> Verdict {
    let (mut reader, mut writer) = pipe()?;
    let bytes = pattern(100_000);
    let expected = bytes.clone();
    let writing = context(thread::spawn(move || writer.write(&bytes)), "thread")?;
    let read = read_all(&mut reader)?;
    expect("written", writing.join(), Ok(100_000))?;
    ensure(read == expected, format!("{} other bytes came", read.len()))
}

fn any_size() -> Verdict {
    const TOTAL: usize = 1 << 20;
    let (mut reader, mut writer) = pipe()?;
    let bytes = pattern(TOTAL);
    let expected = bytes.clone();
    let writing = context(
        thread::spawn(move || {
            let mut numbers = Numbers::from_seed(7);
            let mut left = bytes.as_slice();
            while !left.is_empty() {
                let len = (1 + numbers.below(20_000)).min(left.len());
                let written = writer.write(&left[..len])?;
                left = &left[written..];
            }
            Ok::<_, kpio_rt::Error>(())
        }),
        "thread",
    )?;
    let mut numbers = Numbers::from_seed(8);
    let mut got = Vec::new();
    let mut buffer = vec![0; 20_000];
    loop {
        let len = 1 + numbers.below(buffer.len());
        match context(reader.read(&mut buffer[..len]), "read")? {
            0 => break,
            read => got.extend_from_slice(&buffer[..read]),
        }
    }
    context(writing.join(), "write")?;
    ensure(got == expected, format!("{} other bytes came", got.len()))
}

fn wholes() -> Verdict {
    const NR_THREADS: u8 = 4;
    const NR_RECORDS: usize = 100;
    const RECORD: usize = 1000;
    let (mut reader, writer) = pipe()?;
    let mut writers = Vec::new();
    for id in 0..NR_THREADS {
        let mut own = context(descriptor::duplicate(writer.descriptor()), "dup")?;
        let body = move || {
            let record = [id; RECORD];
            (0..NR_RECORDS).all(|_| own.write(&record) == Ok(RECORD))
        };
        writers.push(context(thread::spawn(body), "thread")?);
    }
    drop(writer);
    let got = read_all(&mut reader)?;
    for writer in writers {
        expect("every write was whole", writer.join(), true)?;
    }
    expect(
        "bytes",
        got.len(),
        usize::from(NR_THREADS) * NR_RECORDS * RECORD,
    )?;
    let is_whole = |record: &[u8]| record.iter().all(|byte| *byte == record[0]);
    ensure(got.chunks(RECORD).all(is_whole), "records are mixed")
}

fn pieces_together() -> Verdict {
    let (mut reader, mut writer) = pipe()?;
    // Room for one piece of the two.
    let len = 65_536 - 3000;
    expect("filled", writer.write(&pattern(len)), Ok(len))?;
    let fd = writer.descriptor();
    let writing = context(
        thread::spawn(move || descriptor::write_pieces(fd, &[&[1; 2000], &[], &[1; 2000]])),
        "thread",
    )?;
    context(time::sleep(Duration::from_millis(20)), "sleep")?;
    let mut buffer = vec![0; 65_536];
    expect("nothing of it yet", reader.read(&mut buffer), Ok(len))?;
    expect("written", writing.join(), Ok(4000))?;
    expect("read", reader.read(&mut buffer), Ok(4000))?;
    ensure(buffer[..4000] == [1; 4000], "other bytes came")
}

fn pieces_read() -> Verdict {
    let (reader, mut writer) = pipe()?;
    expect("written", writer.write(b"abcd"), Ok(4))?;
    let (mut first, mut second) = ([0; 4], [0; 4]);
    let read = |first: &mut [u8], second: &mut [u8]| {
        descriptor::read_pieces(reader.descriptor(), &mut [first, &mut [], second])
    };
    expect(
        "all of the first piece",
        read(&mut first, &mut second),
        Ok(4),
    )?;
    expect("its bytes", &first, b"abcd")?;
    expect("written", writer.write(b"efghij"), Ok(6))?;
    expect("both", read(&mut first, &mut second), Ok(6))?;
    expect("the second's bytes", &second, b"ij\0\0")?;
    expect("written", writer.write(b"last"), Ok(4))?;
    drop(writer);
    expect("the last", read(&mut first, &mut second), Ok(4))?;
    expect("the end", read(&mut first, &mut second), Ok(0))
}

fn broken() -> Verdict {
    let (reader, mut writer) = pipe()?;
    drop(reader);
    expect("write", writer.write(b"x"), Err(Errno::EPIPE.into()))?;
    expect(
        "a long one",
        writer.write(&[0; 10_000]),
        Err(Errno::EPIPE.into()),
    )?;
    let pieces = descriptor::write_pieces(writer.descriptor(), &[b"x", b"y"]);
    expect("pieces", pieces, Err(Errno::EPIPE.into()))?;
    expect("nothing", writer.write(b""), Ok(0))
}

fn broken_with_signal() -> Verdict {
    const BIT: u64 = 1 << (SIGPIPE - 1);
    let (reader, mut writer) = pipe()?;
    drop(reader);
    on_broken_pipe(DEFAULT)?;
    block(SIG_BLOCK, BIT)?;
    expect("write", writer.write(b"x"), Err(Errno::EPIPE.into()))?;
    expect("what waits", waiting_signals()?, BIT)?;
    // This takes back the signal that waits.
    on_broken_pipe(IGNORE)?;
    expect("what waits after", waiting_signals()?, 0)?;
    block(SIG_UNBLOCK, BIT)?;
    let child = start("break", &[writer.descriptor()])?;
    let signal = context(child.wait(), "wait")?.signal();
    expect("a child's end", signal, Some(SIGPIPE.cast_signed()))
}

/// Writes to `to` without ignoring SIGPIPE.
pub fn break_off(to: i32) -> i32 {
    match on_broken_pipe(DEFAULT) {
        Ok(()) => io::write(to, b"x").map_or(FAILED, |_| PASSED),
        Err(_) => FAILED,
    }
}

/// What a signal does by default.
const DEFAULT: u64 = 0;
/// Nothing.
pub const IGNORE: u64 = 1;

/// Set what SIGPIPE does.
pub fn on_broken_pipe(handler: u64) -> Verdict {
    let action = SignalAction {
        handler,
        ..SignalAction::default()
    };
    let words = [SIGPIPE as usize, (&raw const action).addr(), 0, 0, 0, 0];
    // SAFETY: the call reads the struct.
    context(unsafe { syscall::call(SYS_SIGACTION, words) }, "sigaction").map(|_| ())
}

/// Block signals or let them in.
fn block(how: u32, set: u64) -> Verdict {
    let words = [how as usize, (&raw const set).addr(), 0, 0, 0, 0];
    // SAFETY: the call reads the set.
    context(unsafe { syscall::call(SYS_SIGPROCMASK, words) }, "mask").map(|_| ())
}

fn waiting_signals() -> Result<u64, String> {
    let mut set = 0_u64;
    let words = [(&raw mut set).addr(), 0, 0, 0, 0, 0];
    // SAFETY: the call writes the set.
    context(unsafe { syscall::call(SYS_SIGPENDING, words) }, "pending")?;
    Ok(set)
}

fn broken_meanwhile() -> Verdict {
    for len in [PIPE_BUF, 100_000] {
        let (reader, mut writer) = pipe()?;
        expect("filled", writer.write(&[0; 65_536]), Ok(65_536))?;
        let writing = context(thread::spawn(move || writer.write(&vec![0; len])), "thread")?;
        context(time::sleep(Duration::from_millis(20)), "sleep")?;
        drop(reader);
        expect("the write", writing.join(), Err(Errno::EPIPE.into()))?;
    }
    let (mut reader, mut writer) = pipe()?;
    let writing = context(thread::spawn(move || writer.write(&[0; 100_000])), "thread")?;
    expect("a part", reader.read(&mut [0; 4096]), Ok(4096))?;
    context(time::sleep(Duration::from_millis(20)), "sleep")?;
    drop(reader);
    expect("what was written counts", writing.join(), Ok(69_632))
}

fn through_child() -> Verdict {
    const TOTAL: usize = 300_000;
    let (from, mut to_child) = pipe()?;
    let (mut from_child, to) = pipe()?;
    // The child must not hold the ends of its parent, or it would wait for itself.
    for end in [&to_child, &from_child] {
        super::descriptors::set_close_on_exec(end, true)?;
    }
    let child = start("copy", &[from.descriptor(), to.descriptor()])?;
    drop(from);
    drop(to);
    let bytes = pattern(TOTAL);
    let expected = bytes.clone();
    let writing = context(thread::spawn(move || to_child.write(&bytes)), "thread")?;
    let got = read_all(&mut from_child)?;
    expect("written", writing.join(), Ok(TOTAL))?;
    expect("child", context(child.wait(), "wait")?.code(), Some(PASSED))?;
    ensure(got == expected, format!("{} other bytes came", got.len()))
}

fn crashing_child() -> Verdict {
    let (mut reader, writer) = pipe()?;
    let child = start("crash", &[writer.descriptor()])?;
    drop(writer);
    expect(
        "its word",
        read_all(&mut reader)?.as_slice(),
        b"word".as_slice(),
    )?;
    let signal = context(child.wait(), "wait")?.signal();
    expect("its end", signal, Some(SIGSEGV.cast_signed()))
}

fn ending_child() -> Verdict {
    let (reader, mut writer) = pipe()?;
    let (mut words, word_writer) = pipe()?;
    super::descriptors::set_close_on_exec(&writer, true)?;
    let child = start("say", &[word_writer.descriptor()])?;
    drop((reader, word_writer));
    expect("its word", read_all(&mut words)?.len(), 4)?;
    expect("child", context(child.wait(), "wait")?.code(), Some(PASSED))?;
    expect("write", writer.write(b"x"), Err(Errno::EPIPE.into()))
}

fn stat() -> Verdict {
    let (reader, writer) = pipe()?;
    let (other, _) = pipe()?;
    let stat = |file: &File| context(file.stat(), "stat");
    expect("type", stat(&reader)?.st_mode & S_IFMT, S_IFIFO)?;
    expect("one pipe", stat(&reader)?.st_ino, stat(&writer)?.st_ino)?;
    ensure(
        stat(&reader)?.st_ino != stat(&other)?.st_ino,
        "two pipes have one number",
    )
}
