//! Content of files on the data partition: writing, places, pieces, lengths, safety, lists of names.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::numbers::Numbers;
use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    DT_DIR, DT_REG, O_APPEND, O_CREAT, O_DIRECTORY, O_DSYNC, O_PATH, O_RDONLY, O_RDWR, O_TRUNC,
    O_WRONLY,
};
use kpio_rt::abi::syscalls::{SYS_PREADV, SYS_PWRITEV, SYS_SYNC};
use kpio_rt::fs::{self, File, From};
use kpio_rt::{Error, descriptor, io, syscall};

kpio_rt::main!(run);

const NEW: u32 = O_RDWR | O_CREAT | O_TRUNC;

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("what was written is read", written_is_read);
    cases.run("a file is what a model says it is", like_the_model);
    cases.run("places do not move the position", places);
    cases.run("O_APPEND writes at the end", append);
    cases.run("pieces at a place", pieces);
    cases.run("a file is cut and grown", lengths);
    cases.run("holes are zeros and take no space", holes);
    cases.run("a file that is full says so", too_large);
    cases.run("what has no places says so", no_places);
    cases.run("what may not be written is not", rights);
    cases.run("content is made safe", safe);
    cases.run("a directory gives its names", names);
    cases.run("a list of names goes on where it stopped", names_in_parts);
    cases.run("a list of names goes back", names_again);
    cases.run("what is no list says so", no_list);
    cases.finish()
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

fn refused<T: core::fmt::Debug + PartialEq>(
    what: &str,
    outcome: Result<T, Error>,
    errno: Errno,
) -> Verdict {
    expect(what, outcome, Err(errno.into()))
}

fn written_is_read() -> Verdict {
    let content = bytes(1, 300_000);
    let mut file = open(c"/data/written", NEW)?;
    expect("bytes written", file.write(&content), Ok(content.len()))?;
    expect("position", file.seek(From::Current, 0), Ok(300_000))?;
    expect("st_size", context(file.stat(), "fstat")?.st_size, 300_000)?;
    let again = context(fs::read(c"/data/written"), "read")?;
    ensure(again == content, "another descriptor reads something else")?;
    expect("start", file.seek(From::Start, 0), Ok(0))?;
    let same = context(file.read_to_end(), "read")?;
    ensure(same == content, "the same descriptor reads something else")
}

/// Random writes, cuts and reads, beside a vector to which the same is done.
fn like_the_model() -> Verdict {
    let mut numbers = Numbers::from_seed(2);
    let mut model: Vec<u8> = Vec::new();
    let file = open(c"/data/model", NEW)?;
    for step in 0..300 {
        let place = numbers.below(100_000);
        match numbers.below(8) {
            0 => {
                model.resize(place, 0);
                context(file.resize(place.cast_signed() as i64), "ftruncate")?;
            }
            1..=3 => {
                let len = 1 + numbers.below(9000);
                let written = bytes(step, len);
                if model.len() < place + len {
                    model.resize(place + len, 0);
                }
                model[place..place + len].copy_from_slice(&written);
                let outcome = file.write_at(&written, place.cast_signed() as i64);
                expect("bytes written", outcome, Ok(len))?;
            }
            _ => {
                let mut buffer = vec![0xEE; 1 + numbers.below(9000)];
                let read = context(
                    file.read_at(&mut buffer, place.cast_signed() as i64),
                    "pread",
                )?;
                let start = place.min(model.len());
                let end = (place + buffer.len()).min(model.len()).max(start);
                expect("bytes read", read, end - start)?;
                let is_same = buffer[..read] == model[start..end];
                ensure(is_same, format_args!("step {step}: {place} differs"))?;
            }
        }
    }
    let whole = context(fs::read(c"/data/model"), "read")?;
    ensure(whole == model, "the whole file differs")
}

fn places() -> Verdict {
    let mut file = open(c"/data/places", NEW)?;
    context(file.write(b"0123456789"), "write")?;
    let mut buffer = [0; 4];
    expect("pread", file.read_at(&mut buffer, 2), Ok(4))?;
    expect("its bytes", &buffer, b"2345")?;
    expect("pread near the end", file.read_at(&mut buffer, 8), Ok(2))?;
    expect("pread at the end", file.read_at(&mut buffer, 10), Ok(0))?;
    expect(
        "pread far behind",
        file.read_at(&mut buffer, i64::MAX),
        Ok(0),
    )?;
    expect("pwrite", file.write_at(b"ab", 4), Ok(2))?;
    expect("position", file.seek(From::Current, 0), Ok(10))?;
    expect(
        "content",
        context(fs::read(c"/data/places"), "read")?,
        b"0123ab6789",
    )?;
    refused("pread at -1", file.read_at(&mut buffer, -1), Errno::EINVAL)?;
    refused("pwrite at -1", file.write_at(b"x", -1), Errno::EINVAL)?;
    refused(
        "pwrite at the least",
        file.write_at(b"x", i64::MIN),
        Errno::EINVAL,
    )
}

fn append() -> Verdict {
    let mut file = open(c"/data/append", NEW)?;
    context(file.write(b"start"), "write")?;
    let mut other = open(c"/data/append", O_WRONLY | O_APPEND)?;
    context(other.write(b"-one"), "write")?;
    context(file.write(b"+"), "write")?;
    context(other.seek(From::Start, 0), "seek")?;
    context(other.write(b"-two"), "write")?;
    expect("position", other.seek(From::Current, 0), Ok(13))?;
    // POSIX: PWRITE goes to its place even so. (Linux appends; it calls that a bug.)
    context(other.write_at(b"S", 0), "pwrite")?;
    expect(
        "content",
        context(fs::read(c"/data/append"), "read")?,
        b"Start+one-two",
    )
}

fn pieces() -> Verdict {
    let file = open(c"/data/pieces", NEW)?;
    let fd = file.descriptor();
    let list: [&[u8]; 4] = [b"one", b"", b"two", b"three"];
    expect("pwritev", descriptor::write_pieces_at(fd, &list, 2), Ok(11))?;
    let content = context(fs::read(c"/data/pieces"), "read")?;
    expect("content", content, b"\0\0onetwothree")?;
    let (mut first, mut second) = ([0; 4], [0; 20]);
    let outcome = descriptor::read_pieces_at(fd, &mut [&mut first, &mut second], 1);
    expect("preadv", outcome, Ok(12))?;
    expect("first piece", &first, b"\0one")?;
    expect("second piece", &second[..8], b"twothree")?;
    let outcome = descriptor::read_pieces_at(fd, &mut [&mut first], -1);
    refused("preadv at -1", outcome, Errno::EINVAL)?;
    let outcome = descriptor::write_pieces_at(fd, &[b"x"], -1);
    refused("pwritev at -1", outcome, Errno::EINVAL)?;
    let fd = fd.cast_unsigned() as usize;
    let too_long = [
        first.as_ptr() as usize,
        1 << 62,
        first.as_ptr() as usize,
        1 << 62,
    ];
    for number in [SYS_PREADV, SYS_PWRITEV] {
        let array = too_long.as_ptr() as usize;
        // SAFETY: refused before anything is moved.
        let outcome = unsafe { syscall::call(number, [fd, array, 2, 0, 0, 0]) };
        refused("2^63 bytes", outcome, Errno::EINVAL)?;
        // SAFETY: the same.
        let outcome = unsafe { syscall::call(number, [fd, array, 1025, 0, 0, 0]) };
        refused("too many pieces", outcome, Errno::EINVAL)?;
    }
    Ok(())
}

fn lengths() -> Verdict {
    let file = open(c"/data/lengths", NEW)?;
    let content = bytes(3, 10_000);
    context(file.write_at(&content, 0), "pwrite")?;
    context(file.resize(5000), "ftruncate")?;
    expect("st_size", context(file.stat(), "fstat")?.st_size, 5000)?;
    context(file.resize(9000), "ftruncate")?;
    let now = context(fs::read(c"/data/lengths"), "read")?;
    ensure(now[..5000] == content[..5000], "what was kept differs")?;
    ensure(now[5000..] == [0; 4000], "what was cut came back")?;
    context(file.resize(0), "ftruncate")?;
    expect("st_blocks", context(file.stat(), "fstat")?.st_blocks, 0)?;
    refused("-1", file.resize(-1), Errno::EINVAL)?;
    refused("too long", file.resize(i64::MAX), Errno::EFBIG)
}

fn holes() -> Verdict {
    let file = open(c"/data/holes", NEW)?;
    let far = 5 << 30;
    context(file.write_at(b"end", far), "pwrite")?;
    let stat = context(file.stat(), "fstat")?;
    expect("st_size", stat.st_size, far + 3)?;
    ensure(
        stat.st_blocks < 100,
        format_args!("{} blocks", stat.st_blocks),
    )?;
    let mut buffer = [1; 4096];
    expect("pread", file.read_at(&mut buffer, 1 << 30), Ok(4096))?;
    ensure(buffer == [0; 4096], "a hole is not zeros")
}

fn too_large() -> Verdict {
    let file = open(c"/data/large", NEW)?;
    for place in [i64::MAX - 10, 1 << 60, 1 << 44] {
        refused("pwrite far away", file.write_at(b"x", place), Errno::EFBIG)?;
    }
    expect("st_size", context(file.stat(), "fstat")?.st_size, 0)
}

fn no_places() -> Verdict {
    let console = io::STDOUT;
    let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let mut buffer = [0; 4];
    let console = context(descriptor::duplicate(console), "dup")?;
    refused("pwrite", console.write_at(b"x", 0), Errno::ESPIPE)?;
    refused("pread", reader.read_at(&mut buffer, 0), Errno::ESPIPE)?;
    refused("pwrite", writer.write_at(b"x", 0), Errno::ESPIPE)?;
    let outcome = descriptor::read_pieces_at(reader.descriptor(), &mut [&mut buffer], 0);
    refused("preadv", outcome, Errno::ESPIPE)?;
    let outcome = descriptor::write_pieces_at(writer.descriptor(), &[b"x"], 0);
    refused("pwritev", outcome, Errno::ESPIPE)?;
    refused("ftruncate", writer.resize(0), Errno::EINVAL)?;
    refused("fsync", writer.sync(), Errno::EINVAL)?;
    refused("fdatasync", console.sync_data(), Errno::EINVAL)
}

fn rights() -> Verdict {
    context(
        open(c"/data/rights", NEW)?.write_at(b"content", 0),
        "pwrite",
    )?;
    let mut buffer = [0; 4];
    let reader = open(c"/data/rights", O_RDONLY)?;
    refused("pwrite", reader.write_at(b"x", 0), Errno::EBADF)?;
    refused("ftruncate", reader.resize(0), Errno::EINVAL)?;
    let writer = open(c"/data/rights", O_WRONLY)?;
    refused("pread", writer.read_at(&mut buffer, 0), Errno::EBADF)?;
    let place = open(c"/data/rights", O_PATH)?;
    refused("pread", place.read_at(&mut buffer, 0), Errno::EBADF)?;
    refused("ftruncate", place.resize(0), Errno::EBADF)?;
    refused("fsync", place.sync(), Errno::EBADF)?;
    let directory = open(c"/data", O_RDONLY)?;
    refused("pread", directory.read_at(&mut buffer, 0), Errno::EISDIR)?;
    expect(
        "content",
        context(fs::read(c"/data/rights"), "read")?,
        b"content",
    )
}

fn safe() -> Verdict {
    let mut file = open(c"/data/safe", NEW)?;
    context(file.write(b"safe"), "write")?;
    context(file.sync(), "fsync")?;
    context(file.sync_data(), "fdatasync")?;
    // What is open for reading is made safe too, and so are directories and the root's files.
    context(open(c"/data", O_DIRECTORY)?.sync(), "fsync of a directory")?;
    context(open(c"/bin/init", O_RDONLY)?.sync(), "fsync of a root file")?;
    let mut at_once = open(c"/data/safe", O_WRONLY | O_DSYNC)?;
    expect("write with O_DSYNC", at_once.write(b"S"), Ok(1))?;
    fs::sync();
    // SAFETY: SYNC touches no memory.
    expect("sync", unsafe { syscall::call(SYS_SYNC, [0; 6]) }, Ok(0))?;
    expect(
        "content",
        context(fs::read(c"/data/safe"), "read")?,
        b"Safe",
    )
}

/// A name of a directory: `struct dirent` of musl.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Entry {
    name: String,
    kind: u8,
    number: u64,
    next: i64,
}

/// Places of `struct dirent`'s members.
const NEXT: usize = 8;
const LEN: usize = 16;
const KIND: usize = 18;
const NAME: usize = 19;

fn parse(mut list: &[u8]) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    while !list.is_empty() {
        let word = |at: usize| list[at..at + 8].try_into().map(u64::from_le_bytes);
        let len = usize::from(u16::from_le_bytes([list[LEN], list[LEN + 1]]));
        ensure(len % 8 == 0 && len > NAME, format_args!("d_reclen {len}"))?;
        let name = context(CStr::from_bytes_until_nul(&list[NAME..len]), "d_name")?;
        entries.push(Entry {
            name: context(name.to_str(), "d_name")?.to_string(),
            kind: list[KIND],
            number: context(word(0), "d_ino")?,
            next: context(word(NEXT), "d_off")?.cast_signed(),
        });
        list = &list[len..];
    }
    Ok(entries)
}

fn list(directory: &mut File, room: usize) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    let mut buffer = vec![0; room];
    loop {
        match context(directory.list(&mut buffer), "getdents")? {
            0 => return Ok(entries),
            len => entries.extend(parse(&buffer[..len])?),
        }
    }
}

fn names() -> Verdict {
    for name in [c"/data/var/tmp/b", c"/data/var/tmp/a"] {
        drop(open(name, NEW)?);
    }
    let mut entries = list(&mut open(c"/data/var/tmp", O_RDONLY)?, 4096)?;
    entries.sort();
    let found: Vec<(&str, u8)> = entries.iter().map(|e| (e.name.as_str(), e.kind)).collect();
    let wanted = [(".", DT_DIR), ("..", DT_DIR), ("a", DT_REG), ("b", DT_REG)];
    expect("names", found.as_slice(), wanted.as_slice())?;
    let stat = context(open(c"/data/var/tmp/a", O_RDONLY)?.stat(), "fstat")?;
    expect("d_ino", entries[2].number, stat.st_ino)
}

/// Enough names that a directory has more than a block.
const MANY: usize = 600;

fn names_in_parts() -> Verdict {
    let mut wanted = Vec::from([".".to_string(), "..".to_string()]);
    for number in 0..MANY {
        let name = format!("a-name-of-some-length-{number}");
        let path = context(CString::new(format!("/data/tmp/{name}")), "path")?;
        drop(open(&path, NEW)?);
        wanted.push(name);
    }
    wanted.sort();
    for room in [300, 2000, 100_000] {
        let entries = list(&mut open(c"/data/tmp", O_RDONLY)?, room)?;
        let mut found: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
        found.sort();
        ensure(
            found == wanted,
            format_args!("{} names, in {room} bytes each", found.len()),
        )?;
    }
    Ok(())
}

fn names_again() -> Verdict {
    let mut directory = open(c"/data/tmp", O_RDONLY)?;
    let all = list(&mut directory, 4096)?;
    context(directory.seek(From::Start, 0), "seek")?;
    ensure(
        list(&mut directory, 4096)? == all,
        "from the start they differ",
    )?;
    let middle = all.len() / 2;
    context(directory.seek(From::Start, all[middle].next), "seek")?;
    let rest = list(&mut directory, 4096)?;
    ensure(rest == all[middle + 1..], "from the middle they differ")
}

fn no_list() -> Verdict {
    let mut buffer = [0; 512];
    let mut file = open(c"/bin/init", O_RDONLY)?;
    refused("getdents of a file", file.list(&mut buffer), Errno::ENOTDIR)?;
    let (mut reader, _writer) = context(descriptor::pipe(0), "pipe")?;
    refused(
        "getdents of a pipe",
        reader.list(&mut buffer),
        Errno::ENOTDIR,
    )?;
    let mut directory = open(c"/data", O_RDONLY)?;
    refused(
        "too little room",
        directory.list(&mut buffer[..8]),
        Errno::EINVAL,
    )?;
    let mut place = open(c"/data", O_PATH)?;
    refused(
        "getdents with O_PATH",
        place.list(&mut buffer),
        Errno::EBADF,
    )
}
