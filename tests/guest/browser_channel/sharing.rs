//! The handle goes where handles go.

use alloc::format;
use alloc::string::String;
use harness::{Cases, Verdict, context, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{MAP_SHARED, PROT_READ, PROT_WRITE, SIGBUS};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::messages::{
    CHANNEL_BYTES, PRIORITY_HIGH, PRIORITY_LOW, TAB_BACKGROUND, TAB_FOREGROUND,
};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::{SYS_HANDLE_DUPLICATE, SYS_HANDLE_REVOKE, SYS_MMAP, SYS_MUNMAP};
use kpio_rt::browser::{self, BrowserEnd};
use kpio_rt::channel::{channel, copied, receive, send};
use kpio_rt::fs::File;
use kpio_rt::process;

use super::{Channel, PATIENCE, call, expect_passed, failed, fork, word};

pub fn run(cases: &mut Cases) {
    cases.run("behind the region there is nothing", beyond);
    cases.run("rights to it only shrink", rights);
    cases.run("taking it back leaves what is mapped", revoked);
    cases.run("another process can be the browser", passed_on);
}

fn map(fd: i32, len: usize, access: u32) -> Result<usize, kpio_rt::Error> {
    let shared = MAP_SHARED as usize;
    call(SYS_MMAP, [0, len, access as usize, shared, word(fd), 0])
}

fn unmap(start: usize, len: usize) -> Verdict {
    context(call(SYS_MUNMAP, [start, len, 0, 0, 0, 0]), "munmap").map(|_| ())
}

pub fn duplicate(fd: i32, rights: Rights) -> Result<File, String> {
    let arguments = [word(fd), rights.bits() as usize, 0, 0, 0, 0];
    let number = context(call(SYS_HANDLE_DUPLICATE, arguments), "duplicate")?;
    let number = i32::try_from(number).map_err(|_| format!("handle {number}"))?;
    Ok(File::from_descriptor(number))
}

fn beyond() -> Verdict {
    let handle = context(browser::create(0), "create")?;
    let access = PROT_READ | PROT_WRITE;
    let len = CHANNEL_BYTES + PAGE_SIZE;
    let start = context(map(handle.descriptor(), len, access), "mmap")?;
    let child = fork(|| {
        // SAFETY: the kernel ends the process; that is what is tested.
        let byte = unsafe { harness::machine::read(start + CHANNEL_BYTES) };
        Err(format!("there is {byte}"))
    })?;
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("the signal", status.signal(), Some(SIGBUS as i32))?;
    unmap(start, len)
}

fn rights() -> Verdict {
    let handle = context(browser::create(0), "create")?;
    let reader = duplicate(handle.descriptor(), Rights::READ.union(Rights::MAP))?;
    let fd = reader.descriptor();
    let denied = failed(Errno::EACCES);
    let both = PROT_READ | PROT_WRITE;
    expect("mapping to write", map(fd, CHANNEL_BYTES, both), denied)?;
    let start = context(map(fd, CHANNEL_BYTES, PROT_READ), "mmap")?;
    unmap(start, CHANNEL_BYTES)?;
    let status = browser::status(fd).map(|_| ());
    expect("status", status, failed(Errno::EBADF))?;
    let looker = duplicate(handle.descriptor(), Rights::READ.union(Rights::INSPECT))?;
    context(browser::status(looker.descriptor()), "status")?;
    let start = map(looker.descriptor(), PAGE_SIZE, PROT_READ);
    expect("mapping without MAP", start, failed(Errno::EACCES))
}

fn revoked() -> Verdict {
    let mut channel = Channel::new()?;
    let given = duplicate(channel.handle.descriptor(), Rights::HANDLE)?;
    context(browser::status(given.descriptor()), "status")?;
    let fd = word(channel.handle.descriptor());
    let taken = call(SYS_HANDLE_REVOKE, [fd, 0, 0, 0, 0, 0]);
    expect("taken back", taken, Ok(1))?;
    let status = browser::status(given.descriptor()).map(|_| ());
    expect("its status", status, failed(Errno::EBADF))?;
    let start = map(given.descriptor(), PAGE_SIZE, PROT_READ);
    expect("mapping it", start, failed(Errno::EBADF))?;
    expect("asking", channel.say(1, TAB_FOREGROUND)?, PRIORITY_HIGH)
}

fn passed_on() -> Verdict {
    let (a, b) = context(channel(0), "channel")?;
    let child = fork(|| {
        let mut handles = [0];
        context(receive(b.descriptor(), &mut [], &mut handles), "receive")?;
        let handle = File::from_descriptor(handles[0]);
        let end = BrowserEnd::attach(&handle, Some(PATIENCE));
        let mut channel = Channel {
            end: context(end, "attach")?,
            handle,
        };
        expect("asking", channel.say(3, TAB_BACKGROUND)?, PRIORITY_LOW)?;
        expect("again", channel.say(3, TAB_FOREGROUND)?, PRIORITY_HIGH)
    })?;
    let handle = context(browser::create(0), "create")?;
    let sent = [copied(handle.descriptor(), Rights::HANDLE)];
    context(send(a.descriptor(), &[], &sent), "send")?;
    expect_passed(child)?;
    let status = context(browser::status(handle.descriptor()), "status")?;
    expect("messages", (status.received, status.sent), (2, 2))
}
