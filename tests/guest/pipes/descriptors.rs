//! DUP, FCNTL and IOCTL.

use alloc::format;
use alloc::string::String;

use harness::{Cases, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_GETLK, F_SETFD, F_SETFL, F_SETLK, F_SETLKW,
    FD_CLOEXEC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, O_APPEND, O_CLOEXEC, O_NONBLOCK, O_RDWR,
    O_WRONLY, TCGETS, TCSETS, TCSETSF, TIOCGWINSZ,
};
use kpio_rt::abi::syscalls::{SYS_DUP, SYS_FCNTL};
use kpio_rt::abi::types::{Termios, WinSize};
use kpio_rt::fs::{File, From};
use kpio_rt::{Error, args, descriptor, io, syscall};

use super::{pipe, start};

pub fn run(cases: &mut Cases) {
    cases.run("duplicates share what they stand for", shared);
    cases.run("DUP replaces, and refuses what it cannot", replacing);
    cases.run("F_DUPFD counts from a number on", from_number);
    cases.run("FD_CLOEXEC keeps a descriptor from a child", close_on_exec);
    cases.run(
        "F_SETFL changes what may change, for all duplicates",
        status_flags,
    );
    cases.run("FCNTL refuses what it does not know", unknown_command);
    cases.run("FIONREAD and FIONBIO", reading_ahead);
    cases.run("the console is a terminal, a pipe is none", terminal);
}

/// Sets or clears FD_CLOEXEC.
pub fn set_close_on_exec(file: &File, is_set: bool) -> Verdict {
    let request = if is_set { FIOCLEX } else { FIONCLEX };
    // SAFETY: the request has no argument.
    let outcome = unsafe { descriptor::device_control(file.descriptor(), request, 0) };
    context(outcome, "ioctl").map(|_| ())
}

fn own_file() -> Result<File, String> {
    let own = args::args().next().ok_or("no name of its own")?;
    context(File::open(own), "open")
}

fn shared() -> Verdict {
    let mut file = own_file()?;
    let mut second = context(descriptor::duplicate(file.descriptor()), "dup")?;
    expect("position", file.seek(From::Start, 100), Ok(100))?;
    expect("of the other", second.seek(From::Current, 0), Ok(100))?;
    drop(file);
    expect(
        "after the first is closed",
        second.seek(From::Current, 1),
        Ok(101),
    )?;
    let (mut reader, writer) = pipe()?;
    let mut other = context(descriptor::duplicate(writer.descriptor()), "dup")?;
    drop(writer);
    expect("the pipe is open", other.write(b"x"), Ok(1))?;
    drop(other);
    expect("what was written", reader.read(&mut [0; 4]), Ok(1))?;
    expect("the end, after both", reader.read(&mut [0; 4]), Ok(0))
}

fn replacing() -> Verdict {
    let (mut reader, mut writer) = pipe()?;
    let (mut old_reader, old_writer) = pipe()?;
    let to = old_writer.descriptor();
    expect(
        "dup2",
        descriptor::duplicate_as(writer.descriptor(), to),
        Ok(to),
    )?;
    expect("what was there is closed", old_reader.read(&mut [0]), Ok(0))?;
    expect("write", io::write(to, b"via"), Ok(3))?;
    expect("write by the first", writer.write(b"x"), Ok(1))?;
    expect("arrives", reader.read(&mut [0; 8]), Ok(4))?;
    expect("onto itself", descriptor::duplicate_as(to, to), Ok(to))?;
    let bad: Result<i32, Error> = Err(Errno::EBADF.into());
    let invalid: Result<i32, Error> = Err(Errno::EINVAL.into());
    expect("of nothing", descriptor::duplicate_as(900, to), bad)?;
    expect(
        "of nothing onto itself",
        descriptor::duplicate_as(900, 900),
        bad,
    )?;
    expect("below 0", descriptor::duplicate_as(to, -1), bad)?;
    expect("too high", descriptor::duplicate_as(to, 1024), bad)?;
    expect(
        "dup3 onto itself",
        descriptor::duplicate_with(to, to, 0),
        invalid,
    )?;
    expect(
        "dup3 with a flag",
        descriptor::duplicate_with(to, 50, O_NONBLOCK),
        invalid,
    )?;
    // The call itself, as libkpio sorts some of this out.
    let same = to.cast_unsigned() as usize;
    // SAFETY: DUP touches no memory.
    let outcome = unsafe { syscall::call(SYS_DUP, [same, same, 0, 0, 0, 0]) };
    expect("DUP onto itself", outcome, Err(Errno::EINVAL.into()))?;
    expect(
        "dup3",
        descriptor::duplicate_with(to, 50, O_CLOEXEC),
        Ok(50),
    )?;
    let second = File::from_descriptor(50);
    let flags = descriptor::control(second.descriptor(), F_GETFD, 0);
    expect("its flag", flags, Ok(FD_CLOEXEC.cast_signed()))
}

fn from_number() -> Verdict {
    let (reader, _writer) = pipe()?;
    let dup = |command: u32, from: i32| descriptor::control(reader.descriptor(), command, from);
    expect("from 100", dup(F_DUPFD, 100), Ok(100))?;
    let first = File::from_descriptor(100);
    expect("once more", dup(F_DUPFD_CLOEXEC, 100), Ok(101))?;
    let second = File::from_descriptor(101);
    let flags = |file: &File| descriptor::control(file.descriptor(), F_GETFD, 0);
    expect("F_DUPFD", flags(&first), Ok(0))?;
    expect(
        "F_DUPFD_CLOEXEC",
        flags(&second),
        Ok(FD_CLOEXEC.cast_signed()),
    )?;
    expect("below 0", dup(F_DUPFD, -1), Err(Errno::EINVAL.into()))?;
    expect("too high", dup(F_DUPFD, 1024), Err(Errno::EINVAL.into()))?;
    expect("the highest", dup(F_DUPFD, 1023), Ok(1023))?;
    let last = File::from_descriptor(1023);
    expect("none above", dup(F_DUPFD, 1023), Err(Errno::EMFILE.into()))?;
    drop(last);
    Ok(())
}

fn close_on_exec() -> Verdict {
    let (reader, _writer) = context(descriptor::pipe(O_CLOEXEC), "pipe")?;
    let fd = reader.descriptor();
    let get = || descriptor::control(fd, F_GETFD, 0);
    let status = || -> Result<Option<i32>, String> {
        Ok(context(start("closed", &[fd])?.wait(), "wait")?.code())
    };
    expect("O_CLOEXEC", get(), Ok(FD_CLOEXEC.cast_signed()))?;
    expect("a child has none", status()?, Some(PASSED))?;
    expect("F_SETFD", descriptor::control(fd, F_SETFD, 0), Ok(0))?;
    expect("cleared", get(), Ok(0))?;
    set_close_on_exec(&reader, true)?;
    expect("FIOCLEX", get(), Ok(FD_CLOEXEC.cast_signed()))?;
    set_close_on_exec(&reader, false)?;
    expect("FIONCLEX", get(), Ok(0))?;
    let all = descriptor::control(fd, F_SETFD, -1);
    expect("other bits mean nothing", all, Ok(0))?;
    expect("the one is set", get(), Ok(FD_CLOEXEC.cast_signed()))
}

fn status_flags() -> Verdict {
    let (_reader, writer) = pipe()?;
    let second = context(descriptor::duplicate(writer.descriptor()), "dup")?;
    let get =
        |file: &File| descriptor::control(file.descriptor(), F_GETFL, 0).map(i32::cast_unsigned);
    expect("at first", get(&writer), Ok(O_WRONLY))?;
    let wanted = (O_NONBLOCK | O_APPEND | O_RDWR | O_CLOEXEC).cast_signed();
    let set = descriptor::control(writer.descriptor(), F_SETFL, wanted);
    expect("F_SETFL", set, Ok(0))?;
    expect("seen", get(&second), Ok(O_WRONLY | O_NONBLOCK | O_APPEND))?;
    let clear = descriptor::control(second.descriptor(), F_SETFL, 0);
    expect("cleared", clear, Ok(0))?;
    expect("seen", get(&writer), Ok(O_WRONLY))?;
    expect("a file", get(&own_file()?).map(|flags| flags & 3), Ok(0))
}

fn unknown_command() -> Verdict {
    let (reader, _writer) = pipe()?;
    let fd = reader.descriptor();
    for command in [8, 9, 1029, 1033, 1 << 30] {
        let outcome = descriptor::control(fd, command, 0);
        expect(&format!("{command}"), outcome, Err(Errno::EINVAL.into()))?;
    }
    for command in [F_GETLK, F_SETLK, F_SETLKW] {
        let outcome = descriptor::control(fd, command, 0);
        expect(&format!("{command}"), outcome, Err(Errno::EINVAL.into()))?;
    }
    let outcome = descriptor::control(700, F_GETFD, 0);
    expect("not open", outcome, Err(Errno::EBADF.into()))?;
    let wide = [fd.cast_unsigned() as usize, 1 << 32, 0, 0, 0, 0];
    // SAFETY: the command is refused.
    let outcome = unsafe { syscall::call(SYS_FCNTL, wide) };
    expect("a wide command", outcome, Err(Errno::EINVAL.into()))
}

/// `ioctl` with a value.
fn device<T>(fd: i32, request: u32, value: &mut T) -> Result<i32, Error> {
    // SAFETY: the requests of this test read or write a `T`.
    unsafe { descriptor::device_control(fd, request, &raw mut *value as usize) }
}

fn reading_ahead() -> Verdict {
    let (mut reader, mut writer) = pipe()?;
    let mut number = -1;
    let ahead = |file: &File, number: &mut i32| device(file.descriptor(), FIONREAD, number);
    expect("of nothing", ahead(&reader, &mut number), Ok(0))?;
    expect("bytes", number, 0)?;
    expect("written", writer.write(&[0; 1000]), Ok(1000))?;
    expect("of some", ahead(&reader, &mut number), Ok(0))?;
    expect("bytes", number, 1000)?;
    let mut file = own_file()?;
    let len = context(file.stat(), "stat")?.st_size;
    expect(
        "position",
        file.seek(From::End, -7),
        u64::try_from(len - 7).map_err(|_| Errno::EIO.into()),
    )?;
    expect("of a file", ahead(&file, &mut number), Ok(0))?;
    expect("bytes", number, 7)?;
    let mut on = 5;
    expect(
        "FIONBIO",
        device(reader.descriptor(), FIONBIO, &mut on),
        Ok(0),
    )?;
    expect("all", reader.read(&mut [0; 2000]), Ok(1000))?;
    let outcome = reader.read(&mut [0; 8]);
    expect("does not wait", outcome, Err(Errno::EAGAIN.into()))?;
    let mut off = 0;
    expect("off", device(reader.descriptor(), FIONBIO, &mut off), Ok(0))?;
    expect(
        "F_GETFL",
        descriptor::control(reader.descriptor(), F_GETFL, 0),
        Ok(0),
    )
}

fn terminal() -> Verdict {
    let mut line = Termios::default();
    expect("TCGETS", device(io::STDOUT, TCGETS, &mut line), Ok(0))?;
    expect("echo and editing", line.c_lflag, 0)?;
    ensure(line.c_cflag != 0, "the line has no speed")?;
    expect(
        "TCSETS of that",
        device(io::STDOUT, TCSETS, &mut line),
        Ok(0),
    )?;
    let mut edited = line;
    edited.c_lflag = 8; // ECHO
    let invalid: Result<i32, Error> = Err(Errno::EINVAL.into());
    expect("of echo", device(io::STDOUT, TCSETS, &mut edited), invalid)?;
    expect("TCSETSF", device(io::STDOUT, TCSETSF, &mut line), invalid)?;
    let mut size = WinSize::default();
    expect(
        "TIOCGWINSZ",
        device(io::STDOUT, TIOCGWINSZ, &mut size),
        Ok(0),
    )?;
    let (reader, _writer) = pipe()?;
    let not_terminal: Result<i32, Error> = Err(Errno::ENOTTY.into());
    for request in [TCGETS, TCSETS, TCSETSF] {
        let outcome = device(reader.descriptor(), request, &mut line);
        expect(&format!("{request:#x} of a pipe"), outcome, not_terminal)?;
    }
    let outcome = device(reader.descriptor(), TIOCGWINSZ, &mut size);
    expect("TIOCGWINSZ of a pipe", outcome, not_terminal)?;
    let outcome = device(reader.descriptor(), 0x5499, &mut size);
    expect("an unknown request", outcome, not_terminal)?;
    let outcome = device(701, FIONREAD, &mut size);
    expect("not open", outcome, Err(Errno::EBADF.into()))
}
