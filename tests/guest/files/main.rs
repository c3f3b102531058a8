//! Files of the image: reading, positions, attributes, and what is refused.
//!
//! `files` runs all cases; `files --has FD` says with its status whether a descriptor is open.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::numbers::Numbers;
use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    O_APPEND, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TMPFILE,
    O_TRUNC, O_WRONLY, S_IFCHR, S_IFDIR, S_IFMT, S_IFREG,
};
use kpio_rt::abi::syscalls::{SYS_CLOSE, SYS_FSTAT, SYS_OPEN, SYS_READ, SYS_SEEK, SYS_WRITE};
use kpio_rt::abi::types::Stat;
use kpio_rt::fs::{self, File, From};
use kpio_rt::{Error, args, eprintln, io, process, syscall};

kpio_rt::main!(run);

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    match texts.as_slice() {
        [] => {}
        ["--has", descriptor] => {
            let is_open = descriptor.parse().is_ok_and(is_open);
            return if is_open { PASSED } else { FAILED };
        }
        _ => {
            eprintln!("usage: files");
            return USAGE;
        }
    }
    let mut cases = Cases::new();
    cases.run("its own file is an ELF file of the right length", own_file);
    cases.run("pieces of any length make the same whole", pieces);
    cases.run("positions go where they are told", positions);
    cases.run("two openings have positions of their own", two_openings);
    cases.run("attributes say what a file is", attributes);
    cases.run("a path counts from the root", paths);
    cases.run("what cannot be opened says why", refused);
    cases.run("nothing can be written", read_only);
    cases.run("bad descriptors are refused", bad_descriptors);
    cases.run("the lowest free descriptor is given", lowest_free);
    cases.run("descriptors run out, and come back", running_out);
    cases.run(
        "children get descriptors, but not those with O_CLOEXEC",
        children,
    );
    cases.run("the console has no position", console);
    cases.finish()
}

/// FSTAT as it is.
fn raw_stat(descriptor: i32) -> Result<usize, Error> {
    let mut stat = Stat::default();
    let arguments = [
        descriptor.cast_unsigned() as usize,
        &raw mut stat as usize,
        0,
        0,
        0,
        0,
    ];
    // SAFETY: writes to `stat` only.
    unsafe { syscall::call(SYS_FSTAT, arguments) }
}

fn is_open(descriptor: i32) -> bool {
    raw_stat(descriptor).is_ok()
}

fn own_path() -> Result<&'static CStr, &'static str> {
    args::args().next().ok_or("no name of its own")
}

fn open(path: &CStr) -> Result<File, alloc::string::String> {
    context(File::open(path), "open")
}

fn own_file() -> Verdict {
    let content = context(fs::read(own_path()?), "read")?;
    ensure(
        content.starts_with(b"\x7FELF"),
        "it does not start as an ELF file does",
    )?;
    let stat = context(open(own_path()?)?.stat(), "fstat")?;
    expect("st_size", stat.st_size, content.len().cast_signed() as i64)
}

fn pieces() -> Verdict {
    let whole = context(fs::read(own_path()?), "read")?;
    let mut numbers = Numbers::from_seed(11);
    for most in [1, 13, 511, 4096, 5000, 70_000] {
        let mut file = open(own_path()?)?;
        let mut content = Vec::new();
        // Single bytes of all of it would take long.
        while content.len() < whole.len().min(2000 * most) {
            let mut buffer = vec![0; 1 + numbers.below(most)];
            let read = context(file.read(&mut buffer), "read")?;
            ensure(read > 0, "the end came too early")?;
            content.extend_from_slice(&buffer[..read]);
        }
        ensure(
            whole.starts_with(&content),
            format_args!("pieces of up to {most} bytes differ"),
        )?;
    }
    Ok(())
}

fn positions() -> Verdict {
    let whole = context(fs::read(own_path()?), "read")?;
    let len = whole.len() as u64;
    let mut file = open(own_path()?)?;
    let mut numbers = Numbers::from_seed(12);
    let mut buffer = [0; 64];
    for _ in 0..300 {
        let wanted = numbers.below(whole.len());
        let position = context(file.seek(From::Start, wanted.cast_signed() as i64), "seek")?;
        expect("position", position, wanted as u64)?;
        let read = context(file.read(&mut buffer), "read")?;
        expect(
            "bytes",
            &buffer[..read],
            &whole[wanted..(wanted + buffer.len()).min(whole.len())],
        )?;
        let now = context(file.seek(From::Current, 0), "seek")?;
        expect("position after reading", now, (wanted + read) as u64)?;
    }
    expect("the end", file.seek(From::End, 0), Ok(len))?;
    expect("reading there", file.read(&mut buffer), Ok(0))?;
    expect("before the end", file.seek(From::End, -1), Ok(len - 1))?;
    expect("behind the end", file.seek(From::End, 1000), Ok(len + 1000))?;
    expect("reading behind the end", file.read(&mut buffer), Ok(0))?;
    expect(
        "before the start",
        file.seek(From::Start, -1),
        Err(Errno::EINVAL.into()),
    )?;
    expect(
        "far before",
        file.seek(From::Current, i64::MIN),
        Err(Errno::EINVAL.into()),
    )?;
    expect(
        "too far",
        file.seek(From::End, i64::MAX),
        Err(Errno::EOVERFLOW.into()),
    )?;
    expect(
        "where it still is",
        file.seek(From::Current, 0),
        Ok(len + 1000),
    )?;
    let descriptor = file.descriptor().cast_unsigned() as usize;
    // SAFETY: SEEK touches no memory.
    let outcome = unsafe { syscall::call(SYS_SEEK, [descriptor, 0, 9, 0, 0, 0]) };
    expect("an unknown whence", outcome, Err(Errno::EINVAL.into()))
}

fn two_openings() -> Verdict {
    let (mut one, mut other) = (open(own_path()?)?, open(own_path()?)?);
    let mut buffer = [0; 100];
    context(one.read(&mut buffer), "read")?;
    expect("the one's position", one.seek(From::Current, 0), Ok(100))?;
    expect("the other's position", other.seek(From::Current, 0), Ok(0))
}

fn attributes() -> Verdict {
    let file = context(open(own_path()?)?.stat(), "fstat")?;
    expect("kind of a file", file.st_mode & S_IFMT, S_IFREG)?;
    ensure(
        file.st_mode & 0o111 != 0,
        format_args!("mode {:o} of a program", file.st_mode),
    )?;
    ensure(
        file.st_nlink >= 1 && file.st_ino != 0,
        "a file has a name and a number",
    )?;
    ensure(
        file.st_blksize > 0 && file.st_blocks > 0,
        "a file has blocks",
    )?;
    let root = context(open(c"/")?.stat(), "fstat")?;
    expect("kind of the root", root.st_mode & S_IFMT, S_IFDIR)?;
    expect("device", root.st_dev, file.st_dev)?;
    ensure(root.st_ino != file.st_ino, "two files have one number")
}

fn paths() -> Verdict {
    let number = |path: &CStr| -> Result<u64, alloc::string::String> {
        Ok(context(open(path)?.stat(), "fstat")?.st_ino)
    };
    let program = number(c"/bin/init")?;
    for path in [
        c"bin/init",
        c"//bin///init",
        c"/bin/./init",
        c"/bin/../bin/init",
        c"/../bin/init",
    ] {
        expect("st_ino", number(path)?, program)?;
    }
    expect("st_ino of a directory", number(c"/bin/")?, number(c"/bin")?)
}

fn refused() -> Verdict {
    let long_name = context(CString::new(format!("/{}", "n".repeat(256))), "path")?;
    let long_path = context(CString::new("/bin".repeat(2000)), "path")?;
    let cases: [(&CStr, u32, Errno); 10] = [
        (c"/no/such/file", O_RDONLY, Errno::ENOENT),
        (c"/bin/nothing", O_RDONLY, Errno::ENOENT),
        (c"", O_RDONLY, Errno::ENOENT),
        (c"/bin/init/x", O_RDONLY, Errno::ENOTDIR),
        (c"/bin/init/", O_RDONLY, Errno::ENOTDIR),
        (c"/bin/init", O_DIRECTORY, Errno::ENOTDIR),
        (&long_name, O_RDONLY, Errno::ENAMETOOLONG),
        (&long_path, O_RDONLY, Errno::ENAMETOOLONG),
        (c"/bin", O_RDWR, Errno::EISDIR),
        (c"/bin", O_TMPFILE | O_RDWR, Errno::EOPNOTSUPP),
    ];
    for (path, flags, errno) in cases {
        let outcome = File::open_with(path, flags).map(|file| file.descriptor());
        let shown = path.to_string_lossy();
        expect(
            &format!("open {:.30} {flags:#o}", shown),
            outcome,
            Err(errno.into()),
        )?;
    }
    let mut directory = open(c"/bin")?;
    expect(
        "reading a directory",
        directory.read(&mut [0; 64]),
        Err(Errno::EISDIR.into()),
    )?;
    expect(
        "O_NOFOLLOW on a file",
        File::open_with(c"/bin/init", O_NOFOLLOW).is_ok(),
        true,
    )
}

fn read_only() -> Verdict {
    let cases: [(&CStr, u32, Errno); 7] = [
        (c"/bin/init", O_WRONLY, Errno::EROFS),
        (c"/bin/init", O_RDWR, Errno::EROFS),
        (c"/bin/init", O_WRONLY | O_APPEND, Errno::EROFS),
        (c"/bin/init", O_RDONLY | O_TRUNC, Errno::EROFS),
        (c"/new", O_RDONLY | O_CREAT, Errno::EROFS),
        (c"/new", O_WRONLY | O_CREAT | O_EXCL, Errno::EROFS),
        (c"/bin/init", O_RDONLY | O_CREAT | O_EXCL, Errno::EEXIST),
    ];
    for (path, flags, errno) in cases {
        let outcome = File::open_with(path, flags).map(|file| file.descriptor());
        expect(
            &format!("open {} {flags:#o}", path.to_string_lossy()),
            outcome,
            Err(errno.into()),
        )?;
    }
    // O_CREAT asks for nothing if the file is there (POSIX `open`).
    let outcome = File::open_with(c"/bin/init", O_RDONLY | O_CREAT);
    ensure(
        outcome.is_ok(),
        format_args!("O_CREAT on a file that is there: {outcome:?}"),
    )?;
    let mut file = open(c"/bin/init")?;
    expect(
        "writing to a file opened for reading",
        file.write(b"x"),
        Err(Errno::EBADF.into()),
    )
}

fn bad_descriptors() -> Verdict {
    let buffer = [0_u8; 16];
    let address = buffer.as_ptr() as usize;
    for descriptor in [-1, 77, 4095, i32::MAX, i32::MIN] {
        let fd = descriptor as isize as usize;
        for (number, arguments) in [
            (SYS_READ, [fd, address, 16, 0, 0, 0]),
            (SYS_WRITE, [fd, address, 16, 0, 0, 0]),
            (SYS_SEEK, [fd, 0, 0, 0, 0, 0]),
            (SYS_CLOSE, [fd, 0, 0, 0, 0, 0]),
        ] {
            // SAFETY: the descriptor is bad, so nothing is done.
            let outcome = unsafe { syscall::call(number, arguments) };
            expect(
                &format!("call {number} on {descriptor}"),
                outcome,
                Err(Errno::EBADF.into()),
            )?;
        }
        expect("fstat", raw_stat(descriptor), Err(Errno::EBADF.into()))?;
    }
    // SAFETY: OPEN only reads its path, and the descriptor is closed again.
    let outcome = unsafe { syscall::call(SYS_OPEN, [c"/".as_ptr() as usize, 1 << 32, 0, 0, 0, 0]) };
    expect(
        "flags of more than 32 bits",
        outcome,
        Err(Errno::EINVAL.into()),
    )
}

fn lowest_free() -> Verdict {
    let files = [open(c"/")?, open(c"/")?, open(c"/")?];
    let numbers = [0, 1, 2].map(|index: usize| files[index].descriptor());
    ensure(numbers[0] >= 3, "a standard descriptor was given out again")?;
    let [first, second, third] = files;
    context(first.close(), "close")?;
    let again = open(c"/")?;
    expect("descriptor", again.descriptor(), numbers[0])?;
    drop((second, third));
    expect("descriptor", open(c"/")?.descriptor(), numbers[1])?;
    expect("descriptor", open(c"/")?.descriptor(), numbers[1])
}

fn running_out() -> Verdict {
    let mut files = Vec::new();
    let error = loop {
        match File::open(c"/bin/init") {
            Ok(file) => files.push(file),
            Err(error) => break error,
        }
        ensure(files.len() < 100_000, "descriptors never run out")?;
    };
    ensure(
        error == Errno::EMFILE,
        format_args!("the error is {error:?}"),
    )?;
    ensure(
        files.len() >= 200,
        format_args!("there were only {}", files.len()),
    )?;
    files.truncate(10);
    open(c"/bin/init").map(drop)
}

fn children() -> Verdict {
    let kept = open(c"/bin/init")?;
    let dropped = context(File::open_with(c"/bin/init", O_CLOEXEC), "open")?;
    for (descriptor, expected) in [
        (io::STDOUT, PASSED),
        (kept.descriptor(), PASSED),
        (dropped.descriptor(), FAILED),
        (999, FAILED),
    ] {
        let number = context(CString::new(format!("{descriptor}")), "argument")?;
        let arguments = [own_path()?, c"--has", &number];
        let status = context(process::run(own_path()?, &arguments), "run")?;
        expect(
            &format!("descriptor {descriptor} in a child"),
            status.code(),
            Some(expected),
        )?;
    }
    Ok(())
}

fn console() -> Verdict {
    let mut stat = Stat::default();
    let arguments = [io::STDOUT as usize, &raw mut stat as usize, 0, 0, 0, 0];
    // SAFETY: writes to `stat` only.
    context(unsafe { syscall::call(SYS_FSTAT, arguments) }, "fstat")?;
    expect("kind of the console", stat.st_mode & S_IFMT, S_IFCHR)?;
    // SAFETY: SEEK touches no memory.
    let outcome = unsafe { syscall::call(SYS_SEEK, [io::STDOUT as usize, 0, 0, 0, 0, 0]) };
    expect("seek", outcome, Err(Errno::ESPIPE.into()))
}
