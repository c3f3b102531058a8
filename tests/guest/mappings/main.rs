//! Files in memory: what READ, WRITE and mappings see of each other, what truncation takes away, what
//! a full disk and want of memory do.
//!
//! `mappings` runs all cases; `mappings touch KIND` touches what is not there, and must be ended.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int};

use harness::numbers::Numbers;
use harness::probe::is_readable;
use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, ensure, expect, machine};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    MAP_PRIVATE, MAP_SHARED, MS_ASYNC, MS_INVALIDATE, MS_SYNC, O_APPEND, O_CREAT, O_RDONLY, O_RDWR,
    O_TRUNC, O_WRONLY, PROT_READ, PROT_WRITE, SIGBUS, SIGKILL,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::SYS_FORK;
use kpio_rt::abi::types::{StatFs, SystemInfo};
use kpio_rt::fs::{self, File};
use kpio_rt::memory::{self, Mapping};
use kpio_rt::process::{self, ExitStatus};
use kpio_rt::{Error, args, eprintln, syscall, system};

kpio_rt::main!(run);

const SELF: &CStr = c"/test/mappings";
const NEW: u32 = O_RDWR | O_CREAT | O_TRUNC;
const READ_WRITE: u32 = PROT_READ | PROT_WRITE;

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    match texts.as_slice() {
        [] => {}
        ["touch", kind] => return touch(kind),
        _ => {
            eprintln!("mappings: there is no {texts:?}");
            return USAGE;
        }
    }
    let mut cases = Cases::new();
    cases.run("a private mapping keeps what is written to it", private);
    cases.run("a shared mapping is the file", shared);
    cases.run(
        "mappings, reads and writes see the same at any time",
        like_the_model,
    );
    cases.run("children share what is shared and copy the rest", children);
    cases.run("nothing is behind the end", behind_the_end);
    cases.run("what is cut off a file goes from its mappings", cut);
    cases.run("a file that grows is there", grown);
    cases.run("rights hold", rights);
    cases.run("a file lives as long as its mapping", nameless);
    cases.run("what was made safe is safe, and can be written again", safe);
    cases.run("what makes no sense is refused", refused);
    cases.run("two that append write behind each other", appending);
    cases.run("several read and write what another cuts", cut_meanwhile);
    cases.run("a full disk is told by the write", full_disk);
    cases.run(
        "files come back from the disk when memory was short",
        pressure,
    );
    cases.run("no frame is lost", frames);
    cases.finish()
}

unsafe extern "C" {
    fn unlink(path: *const c_char) -> c_int;
    fn statfs(path: *const c_char, facts: *mut StatFs) -> c_int;
}

fn remove(path: &CStr) -> Verdict {
    // SAFETY: the path is a string.
    expect("unlink", unsafe { unlink(path.as_ptr()) }, 0)
}

/// Free blocks of the file system, and bytes in one.
fn room() -> Result<(u64, u64), String> {
    let mut facts = StatFs::default();
    // SAFETY: the path is a string, and the struct is writable.
    let outcome = unsafe { statfs(c"/data".as_ptr(), &raw mut facts) };
    expect("statfs", outcome, 0)?;
    Ok((facts.f_bfree, facts.f_bsize))
}

fn open(path: &CStr, flags: u32) -> Result<File, String> {
    context(File::open_with(path, flags), "open")
}

fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut numbers = Numbers::from_seed(seed);
    core::iter::repeat_with(|| numbers.draw().to_le_bytes())
        .flatten()
        .take(len)
        .collect()
}

/// A new file with this content.
fn made(path: &CStr, content: &[u8]) -> Result<File, String> {
    let file = open(path, NEW)?;
    write_all(&file, content, 0)?;
    Ok(file)
}

fn write_all(file: &File, content: &[u8], place: usize) -> Verdict {
    let written = file.write_at(content, place.cast_signed() as i64);
    expect("bytes written", written, Ok(content.len()))
}

fn map(file: &File, pages: usize, access: u32, kind: u32) -> Result<Mapping, String> {
    let len = pages * PAGE_SIZE;
    context(Mapping::of_part(file, 0, len, access, kind), "mmap")
}

fn peek(mapping: &Mapping, at: usize) -> u8 {
    // SAFETY: the callers know that the page is there.
    unsafe { machine::read(mapping.address() + at) }
}

fn poke(mapping: &Mapping, at: usize, byte: u8) {
    // SAFETY: as in `peek`; nothing of Rust lies there.
    unsafe { machine::write(mapping.address() + at, byte) };
}

fn byte_of(file: &File, at: usize) -> Result<u8, String> {
    let mut byte = [0];
    let read = file.read_at(&mut byte, at.cast_signed() as i64);
    expect("bytes read", read, Ok(1))?;
    Ok(byte[0])
}

fn mapped(mapping: &Mapping, at: usize, len: usize) -> Vec<u8> {
    (at..at + len).map(|at| peek(mapping, at)).collect()
}

fn start_child(child: impl FnOnce() -> i32) -> Result<i32, String> {
    // SAFETY: FORK touches no memory of this process.
    let id = context(unsafe { syscall::call(SYS_FORK, [0; 6]) }, "fork")?;
    if id == 0 {
        process::exit_now(child());
    }
    i32::try_from(id).map_err(|_| format!("fork gave {id}"))
}

fn in_child(child: impl FnOnce() -> i32) -> Result<ExitStatus, String> {
    let id = start_child(child)?;
    Ok(context(process::wait(id, 0), "wait")?.1)
}

fn private() -> Verdict {
    let content = bytes(1, 3 * PAGE_SIZE);
    let file = made(c"/data/private", &content)?;
    let mapping = map(&file, 3, READ_WRITE, MAP_PRIVATE)?;
    ensure(
        mapped(&mapping, 0, content.len()) == content,
        "it is not the file",
    )?;
    poke(&mapping, 5, !content[5]);
    // Once more, now that the page is its own.
    poke(&mapping, 6, !content[6]);
    expect("the mapping", peek(&mapping, 5), !content[5])?;
    expect("the file", byte_of(&file, 5)?, content[5])?;
    write_all(&file, &[1, 2, 3], 4)?;
    expect("what was written here", peek(&mapping, 5), !content[5])?;
    expect("the neighbour of what was", peek(&mapping, 4), content[4])?;
    let whole = context(fs::read(c"/data/private"), "read")?;
    ensure(whole[7..] == content[7..], "the file has what was private")?;
    let second = context(
        Mapping::of_part(&file, PAGE_SIZE as i64, PAGE_SIZE, PROT_READ, MAP_PRIVATE),
        "mmap",
    )?;
    let page = &content[PAGE_SIZE..2 * PAGE_SIZE];
    ensure(
        mapped(&second, 0, PAGE_SIZE) == page,
        "it does not begin at its offset",
    )
}

fn shared() -> Verdict {
    let content = bytes(2, 2 * PAGE_SIZE + 100);
    let file = made(c"/data/shared", &content)?;
    let one = map(&file, 3, READ_WRITE, MAP_SHARED)?;
    let again = open(c"/data/shared", O_RDONLY)?;
    let other = map(&again, 3, PROT_READ, MAP_SHARED)?;
    poke(&one, 4100, 77);
    expect("the other mapping", peek(&other, 4100), 77)?;
    expect("the file", byte_of(&again, 4100)?, 77)?;
    write_all(&file, &[88], 4101)?;
    expect("the one", peek(&one, 4101), 88)?;
    expect("the other", peek(&other, 4101), 88)?;
    expect("behind the end", peek(&one, 2 * PAGE_SIZE + 100), 0)?;
    drop(one);
    drop(file);
    let whole = context(fs::read(c"/data/shared"), "read")?;
    expect("what was written first", &whole[4100..4102], [77, 88])?;
    expect("its length", whole.len(), content.len())
}

/// Random stores, writes, cuts and calls for safety, beside a vector.
fn like_the_model() -> Verdict {
    const PAGES: usize = 24;
    let mut numbers = Numbers::from_seed(3);
    let mut model = bytes(4, PAGES * PAGE_SIZE / 2);
    let file = made(c"/data/model-map", &model)?;
    let mapping = map(&file, PAGES, READ_WRITE, MAP_SHARED)?;
    for step in 0..600_u64 {
        let place = numbers.below(PAGES * PAGE_SIZE - 9000);
        match numbers.below(10) {
            0..=2 => {
                let written = bytes(step, 1 + numbers.below(9000));
                let end = place + written.len();
                model.resize(model.len().max(end), 0);
                model[place..end].copy_from_slice(&written);
                write_all(&file, &written, place)?;
            }
            3..=5 if place < model.len() => {
                let byte = numbers.draw().to_le_bytes()[0];
                model[place] = byte;
                poke(&mapping, place, byte);
            }
            6 => {
                model.resize(place, 0);
                context(file.resize(place.cast_signed() as i64), "ftruncate")?;
            }
            7 => context(file.sync(), "fsync")?,
            8 => context(
                memory::sync(mapping.address(), mapping.len_bytes(), MS_SYNC),
                "msync",
            )?,
            _ => {
                let end = model.len().min(place + 500);
                let start = place.min(end);
                let mut read = vec![0; end - start];
                let outcome = file.read_at(&mut read, start.cast_signed() as i64);
                expect("bytes read", outcome, Ok(end - start))?;
                ensure(read == model[start..end], format_args!("step {step}: read"))?;
                let seen = mapped(&mapping, start, end - start);
                ensure(
                    seen == model[start..end],
                    format_args!("step {step}: mapping"),
                )?;
            }
        }
    }
    let whole = context(fs::read(c"/data/model-map"), "read")?;
    ensure(whole == model, "the whole file differs")
}

fn children() -> Verdict {
    let file = made(c"/data/children", &bytes(5, 2 * PAGE_SIZE))?;
    let own = map(&file, 2, READ_WRITE, MAP_PRIVATE)?;
    let common = map(&file, 2, READ_WRITE, MAP_SHARED)?;
    poke(&own, 0, 1);
    let untouched = peek(&own, PAGE_SIZE);
    let status = in_child(|| {
        let was_there = peek(&own, 0) == 1 && peek(&own, PAGE_SIZE) == untouched;
        poke(&own, 0, 2);
        poke(&own, PAGE_SIZE, !untouched);
        poke(&common, 1, 33);
        if was_there { PASSED } else { FAILED }
    })?;
    expect("the child's end", status.code(), Some(PASSED))?;
    expect("what the child wrote to its own", peek(&own, 0), 1)?;
    expect("and to another page", peek(&own, PAGE_SIZE), untouched)?;
    expect("what it wrote to the file", peek(&common, 1), 33)?;
    expect("the file", byte_of(&file, 1)?, 33)
}

fn touch(kind: &str) -> i32 {
    let outcome = (|| -> Verdict {
        let file = made(c"/data/touch", &bytes(6, 3 * PAGE_SIZE))?;
        let access = if kind == "private" {
            MAP_PRIVATE
        } else {
            MAP_SHARED
        };
        let mapping = map(&file, 4, READ_WRITE, access)?;
        for page in 0..3 {
            poke(&mapping, page * PAGE_SIZE, 9);
        }
        if kind != "behind" {
            context(file.resize(PAGE_SIZE as i64 + 10), "ftruncate")?;
            expect("what is left", peek(&mapping, PAGE_SIZE), 9)?;
            peek(&mapping, 2 * PAGE_SIZE);
        } else {
            peek(&mapping, 3 * PAGE_SIZE);
        }
        Err("it was there".into())
    })();
    if let Err(reason) = outcome {
        eprintln!("touch {kind}: {reason}");
    }
    FAILED
}

fn dies(kind: &CStr) -> Verdict {
    let status = context(process::run(SELF, &[SELF, c"touch", kind]), "run")?;
    expect("the signal", status.signal(), Some(SIGBUS.cast_signed()))
}

fn behind_the_end() -> Verdict {
    dies(c"behind")?;
    let file = made(c"/data/behind", &bytes(7, 10))?;
    let mapping = map(&file, 2, PROT_READ, MAP_SHARED)?;
    expect(
        "the rest of the page",
        mapped(&mapping, 10, 100),
        vec![0; 100],
    )?;
    ensure(
        is_readable(mapping.address()),
        "the first page is not there",
    )?;
    let is_there = is_readable(mapping.address() + PAGE_SIZE);
    ensure(!is_there, "a call could read behind the end")?;
    let empty = open(c"/data/empty-map", NEW)?;
    let mapping = map(&empty, 1, READ_WRITE, MAP_SHARED)?;
    ensure(!is_readable(mapping.address()), "an empty file has a page")?;
    write_all(&empty, b"x", 0)?;
    expect("when it has a byte", peek(&mapping, 0), b'x')
}

fn cut() -> Verdict {
    dies(c"shared")?;
    dies(c"private")?;
    let file = made(c"/data/cut", &bytes(8, 3 * PAGE_SIZE))?;
    let mapping = map(&file, 3, READ_WRITE, MAP_SHARED)?;
    poke(&mapping, 2 * PAGE_SIZE, 1);
    poke(&mapping, 200, 1);
    context(file.resize(100), "ftruncate")?;
    expect(
        "behind the new end",
        mapped(&mapping, 100, 200),
        vec![0; 200],
    )?;
    let is_there = is_readable(mapping.address() + PAGE_SIZE);
    ensure(!is_there, "a page that was cut off is there")?;
    context(file.resize(3 * PAGE_SIZE as i64), "ftruncate")?;
    expect("what came back", peek(&mapping, 2 * PAGE_SIZE), 0)?;
    expect("in the first page", peek(&mapping, 200), 0)
}

fn grown() -> Verdict {
    let file = made(c"/data/grown", b"start")?;
    let mapping = map(&file, 3, READ_WRITE, MAP_SHARED)?;
    // Behind the end of the file, where nobody keeps it.
    poke(&mapping, 50, 99);
    write_all(&file, b"end", 2 * PAGE_SIZE)?;
    expect("the hole", peek(&mapping, PAGE_SIZE), 0)?;
    expect(
        "the end",
        mapped(&mapping, 2 * PAGE_SIZE, 3),
        b"end".to_vec(),
    )?;
    expect("what was behind the end", byte_of(&file, 50)?, 0)?;
    poke(&mapping, PAGE_SIZE + 7, 7);
    context(file.sync(), "fsync")?;
    expect("in the hole", byte_of(&file, PAGE_SIZE + 7)?, 7)
}

fn no_map<T>(what: &str, outcome: Result<T, Error>, errno: Errno) -> Verdict {
    expect(what, outcome.map(|_| ()), Err(errno.into()))
}

fn rights() -> Verdict {
    drop(made(c"/data/rights-map", &bytes(9, 100))?);
    let map = |flags, access, kind| {
        let file = File::open_with(c"/data/rights-map", flags)?;
        Mapping::of_part(&file, 0, PAGE_SIZE, access, kind)
    };
    no_map(
        "shared, for writing",
        map(O_RDONLY, READ_WRITE, MAP_SHARED),
        Errno::EACCES,
    )?;
    no_map(
        "write only",
        map(O_WRONLY, PROT_WRITE, MAP_SHARED),
        Errno::EACCES,
    )?;
    no_map(
        "write only, private",
        map(O_WRONLY, PROT_READ, MAP_PRIVATE),
        Errno::EACCES,
    )?;
    let own = context(
        map(O_RDONLY, READ_WRITE, MAP_PRIVATE),
        "private, for writing",
    )?;
    poke(&own, 0, 1);
    let shown = context(map(O_RDONLY, PROT_READ, MAP_SHARED), "shared, for reading")?;
    // SAFETY: the mapping is this function's own.
    let changed = unsafe { memory::protect(shown.address(), PAGE_SIZE, READ_WRITE) };
    no_map("mprotect for writing", changed, Errno::EACCES)?;
    let directory = open(c"/data", O_RDONLY)?;
    let outcome = Mapping::of_part(&directory, 0, PAGE_SIZE, PROT_READ, MAP_SHARED);
    no_map("a directory", outcome, Errno::ENODEV)
}

fn nameless() -> Verdict {
    let content = bytes(10, 40 * PAGE_SIZE);
    fs::sync();
    let before = room()?.0;
    let file = made(c"/data/nameless", &content)?;
    let mapping = map(&file, 40, READ_WRITE, MAP_SHARED)?;
    remove(c"/data/nameless")?;
    drop(file);
    fs::sync();
    poke(&mapping, 0, 1);
    expect(
        "a byte",
        peek(&mapping, 39 * PAGE_SIZE),
        content[39 * PAGE_SIZE],
    )?;
    ensure(room()?.0 < before, "its blocks are free while it is mapped")?;
    context(memory::sync(mapping.address(), PAGE_SIZE, MS_SYNC), "msync")?;
    drop(mapping);
    fs::sync();
    expect("free blocks", room()?.0, before)
}

fn safe() -> Verdict {
    let file = made(c"/data/safe-map", &bytes(11, 2 * PAGE_SIZE))?;
    let mapping = map(&file, 2, READ_WRITE, MAP_SHARED)?;
    for round in 0..3 {
        poke(&mapping, PAGE_SIZE + round, 100);
        let info = context(system::info(), "system_info")?;
        ensure(
            info.cached_frames >= 2,
            "the pages of the file are not counted",
        )?;
        context(
            memory::sync(mapping.address(), 2 * PAGE_SIZE, MS_SYNC),
            "msync",
        )?;
        context(file.sync(), "fsync")?;
    }
    let before = context(file.stat(), "fstat")?.st_mtim;
    poke(&mapping, 0, 1);
    context(file.sync(), "fsync")?;
    let after = context(file.stat(), "fstat")?.st_mtim;
    let time = |time: kpio_rt::abi::types::Timespec| (time.tv_sec, time.tv_nsec);
    ensure(
        time(after) > time(before),
        "a store does not change st_mtim",
    )
}

fn refused() -> Verdict {
    let file = made(c"/data/refused", &bytes(12, PAGE_SIZE))?;
    let mapping = map(&file, 1, READ_WRITE, MAP_SHARED)?;
    let sync = |at: usize, len, flags| memory::sync(mapping.address() + at, len, flags);
    no_map("not at a page", sync(1, 10, MS_SYNC), Errno::EINVAL)?;
    no_map("both", sync(0, 10, MS_SYNC | MS_ASYNC), Errno::EINVAL)?;
    no_map("unknown", sync(0, 10, 8), Errno::EINVAL)?;
    expect(
        "asynchronous",
        sync(0, 10, MS_ASYNC | MS_INVALIDATE),
        Ok(()),
    )?;
    expect("nothing", sync(0, 0, MS_SYNC), Ok(()))?;
    let address = mapping.address();
    drop(mapping);
    no_map(
        "unmapped",
        memory::sync(address, PAGE_SIZE, MS_SYNC),
        Errno::ENOMEM,
    )
}

fn appending() -> Verdict {
    drop(made(c"/data/append-map", b"")?);
    let status = in_child(|| {
        let outcome = open(c"/data/append-map", O_WRONLY | O_APPEND).and_then(|mut file| {
            for _ in 0..200 {
                expect("written", file.write(&[b'c'; 700]), Ok(700))?;
                system::yield_now();
            }
            Ok(())
        });
        if outcome.is_ok() { PASSED } else { FAILED }
    });
    let mut file = open(c"/data/append-map", O_WRONLY | O_APPEND)?;
    for _ in 0..200 {
        expect("written", file.write(&[b'p'; 300]), Ok(300))?;
    }
    expect("the child's end", status?.code(), Some(PASSED))?;
    let whole = context(fs::read(c"/data/append-map"), "read")?;
    let count = |letter| whole.iter().filter(|&&byte| byte == letter).count();
    expect(
        "letters",
        (count(b'c'), count(b'p')),
        (200 * 700, 200 * 300),
    )
}

/// Three processes read, two write, and this one cuts: what is read is what was written or zeros,
/// and what was cut stays away.
fn cut_meanwhile() -> Verdict {
    const LEN: usize = 16 * PAGE_SIZE;
    let content = bytes(16, LEN);
    let file = made(c"/data/cut-meanwhile", &content)?;
    let child = |number: u64| -> Verdict {
        let file = open(c"/data/cut-meanwhile", O_RDWR)?;
        let mut numbers = Numbers::from_seed(number);
        let mut piece = vec![0; 20_000];
        for _ in 0..300 {
            let place = numbers.below(LEN - 1);
            let end = (place + 1 + numbers.below(piece.len())).min(LEN);
            if number < 2 {
                write_all(&file, &content[place..end], place)?;
            } else {
                let room = &mut piece[..end - place];
                let read = file.read_at(room, place.cast_signed() as i64);
                let len = context(read, "pread")?;
                let mut pairs = room[..len].iter().zip(&content[place..end]);
                ensure(
                    pairs.all(|(&byte, &wanted)| byte == wanted || byte == 0),
                    "what was read was never written",
                )?;
            }
            system::yield_now();
        }
        Ok(())
    };
    let mut children = Vec::new();
    for number in 0..5 {
        children.push(start_child(|| match child(number) {
            Ok(()) => PASSED,
            Err(reason) => {
                eprintln!("child {number}: {reason}");
                FAILED
            }
        })?);
    }
    let mut numbers = Numbers::from_seed(17);
    for round in 0..300 {
        let len = numbers.below(LEN);
        context(file.resize(len.cast_signed() as i64), "ftruncate")?;
        if round % 50 == 0 {
            context(file.sync(), "fsync")?;
        }
        system::yield_now();
    }
    for id in children {
        let status = context(process::wait(id, 0), "wait")?.1;
        expect("a child's end", status.code(), Some(PASSED))?;
    }
    context(file.resize(100), "ftruncate")?;
    context(file.resize(LEN as i64), "ftruncate")?;
    let whole = context(fs::read(c"/data/cut-meanwhile"), "read")?;
    ensure(whole[100..] == [0; LEN - 100], "what was cut came back")?;
    remove(c"/data/cut-meanwhile")
}

/// Write to `path` until there is no room; how many bytes.
fn fill(path: &CStr, content: &[u8]) -> Result<usize, String> {
    let file = open(path, NEW)?;
    let mut len = 0_usize;
    loop {
        match file.write_at(content, len.cast_signed() as i64) {
            Ok(0) => return Err("a write of nothing".into()),
            Ok(written) => len += written,
            Err(error) => {
                expect("the error", error, Errno::ENOSPC)?;
                let size = context(file.stat(), "fstat")?.st_size;
                expect("the length", size, len.cast_signed() as i64)?;
                return Ok(len);
            }
        }
    }
}

fn full_disk() -> Verdict {
    fs::sync();
    let (before, block) = room()?;
    let content = bytes(13, 100_000);
    let kept = made(c"/data/kept", &content)?;
    context(kept.sync(), "fsync")?;
    let len = fill(c"/data/full", &content)?;
    let room_bytes = usize::try_from(before * block).unwrap_or(usize::MAX);
    ensure(
        len <= room_bytes && len > room_bytes / 10 * 9,
        format_args!("{len} bytes were written where {room_bytes} were free"),
    )?;
    // A file that has its blocks can be written on a full disk.
    write_all(&kept, &content[50_000..], 0)?;
    context(kept.sync(), "fsync")?;
    expect("a byte", byte_of(&kept, 0)?, content[50_000])?;
    // Everything that was promised can be made safe, and is what was written.
    fs::sync();
    let file = open(c"/data/full", O_RDONLY)?;
    let mut place = 0;
    let mut piece = vec![0; content.len()];
    while place < len {
        let wanted = content.len().min(len - place);
        let read = file.read_at(&mut piece[..wanted], place.cast_signed() as i64);
        expect("bytes read", read, Ok(wanted))?;
        ensure(
            piece[..wanted] == content[..wanted],
            format_args!("{place} differs"),
        )?;
        place += wanted;
    }
    // A store to a hole of a mapped file has no block to go to.
    context(kept.resize(10_000_000), "ftruncate")?;
    let mapping = map(&kept, 2000, READ_WRITE, MAP_SHARED)?;
    let status = in_child(|| {
        poke(&mapping, 1999 * PAGE_SIZE, 1);
        FAILED
    })?;
    expect(
        "a store to a hole",
        status.signal(),
        Some(SIGBUS.cast_signed()),
    )?;
    drop((file, mapping, kept));
    remove(c"/data/full")?;
    remove(c"/data/kept")?;
    fs::sync();
    let after = room()?.0;
    // Tables of directories that grew may stay.
    ensure(
        after + 16 >= before,
        format_args!("{after} of {before} blocks are free again"),
    )
}

fn pressure() -> Verdict {
    let content = bytes(14, 300 * PAGE_SIZE);
    let clean = made(c"/data/clean", &content)?;
    context(clean.sync(), "fsync")?;
    // What is mapped is given up as well, when nothing else is left.
    let held = map(&clean, 300, PROT_READ, MAP_SHARED)?;
    ensure(
        mapped(&held, 0, content.len()) == content,
        "it is not the file",
    )?;
    let changed = made(c"/data/changed", &content)?;
    let mapped_file = made(c"/data/mapped", &content)?;
    let mapping = map(&mapped_file, 300, READ_WRITE, MAP_SHARED)?;
    poke(&mapping, 7 * PAGE_SIZE, !content[7 * PAGE_SIZE]);
    context(
        memory::sync(mapping.address(), mapping.len_bytes(), MS_SYNC),
        "msync",
    )?;
    // Once more, so that it is the second writing back that counts.
    poke(&mapping, 8 * PAGE_SIZE, !content[8 * PAGE_SIZE]);
    drop(mapping);
    let before = context(system::info(), "system_info")?;
    ensure(before.cached_frames >= 900, "the files are not in memory")?;
    let other = c"/test/memory";
    let status = context(process::run(other, &[other, c"exhaust"]), "run")?;
    expect(
        "who used all memory",
        status.signal(),
        Some(SIGKILL.cast_signed()),
    )?;
    let after = context(system::info(), "system_info")?;
    ensure(
        after.cached_frames < 300,
        format_args!(
            "{} frames stayed of {}",
            after.cached_frames, before.cached_frames
        ),
    )?;
    for (file, path) in [(clean, c"/data/clean"), (changed, c"/data/changed")] {
        drop(file);
        let whole = context(fs::read(path), "read")?;
        ensure(whole == content, format_args!("{path:?} differs"))?;
    }
    ensure(
        mapped(&held, 0, content.len()) == content,
        "the mapping differs",
    )?;
    let mut wanted = content;
    wanted[7 * PAGE_SIZE] = !wanted[7 * PAGE_SIZE];
    wanted[8 * PAGE_SIZE] = !wanted[8 * PAGE_SIZE];
    let whole = context(fs::read(c"/data/mapped"), "read")?;
    ensure(whole == wanted, "what was stored through a mapping differs")
}

fn frames() -> Verdict {
    let unused = |info: SystemInfo| info.free_frames + info.cached_frames;
    let content = bytes(15, 100 * PAGE_SIZE);
    let round = || -> Verdict {
        let file = made(c"/data/frames", &content)?;
        let common = map(&file, 100, READ_WRITE, MAP_SHARED)?;
        let own = map(&file, 100, READ_WRITE, MAP_PRIVATE)?;
        for page in 0..100 {
            poke(&common, page * PAGE_SIZE, 1);
            poke(&own, page * PAGE_SIZE, 2);
        }
        context(file.resize(50 * PAGE_SIZE as i64), "ftruncate")?;
        context(file.sync(), "fsync")?;
        drop(file);
        remove(c"/data/frames")
    };
    round()?;
    let before = context(system::info(), "system_info")?;
    for _ in 0..5 {
        round()?;
    }
    let after = context(system::info(), "system_info")?;
    expect(
        "frames that are free or have files",
        unused(after),
        unused(before),
    )
}
