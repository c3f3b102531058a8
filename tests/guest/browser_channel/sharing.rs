//! The handle goes where handles go, and every kind of message goes both ways.

use alloc::format;
use alloc::string::String;
use core::ptr::NonNull;

use harness::{Cases, Verdict, context, expect};
use kpio_ring::{Mapped, Memory};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{MAP_SHARED, PROT_READ, PROT_WRITE, SIGBUS};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::messages::{
    CHANNEL_BYTES, CHANNEL_HEADER, GpuPriorityChanged, MESSAGE_KINDS, MemoryPressure,
    NetworkDataReady, NetworkRequest, PRESSURE_CRITICAL, PRIORITY_HIGH, PRIORITY_LOW,
    REFUSED_NO_GPU, RequestRefused, SubmitGpuWork, TAB_BACKGROUND, TAB_FOREGROUND, TabStateChanged,
    WasmCacheHit, WasmCompileRequest,
};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::{
    SYS_FTRUNCATE, SYS_HANDLE_DUPLICATE, SYS_HANDLE_REVOKE, SYS_MMAP, SYS_MUNMAP, SYS_SHM_CREATE,
};
use kpio_rt::browser::{self, BrowserEnd, RegionMemory, SharedFutex};
use kpio_rt::channel::{channel, copied, receive, send};
use kpio_rt::fs::File;
use kpio_rt::messages::{
    Receiver, Sender, TO_BROWSER_RING, TO_KERNEL_RING, ToBrowser, ToKernel, create_rings,
};
use kpio_rt::process;

use super::{Channel, PATIENCE, call, expect_passed, failed, fork, word};

pub fn run(cases: &mut Cases) {
    cases.run("behind the region there is nothing", beyond);
    cases.run("rights to it only shrink", rights);
    cases.run("taking it back leaves what is mapped", revoked);
    cases.run("another process can be the browser", passed_on);
    cases.run("every kind goes its way between two processes", every_kind);
}

fn map(fd: i32, len: usize, access: u32) -> Result<usize, kpio_rt::Error> {
    let shared = MAP_SHARED as usize;
    call(SYS_MMAP, [0, len, access as usize, shared, word(fd), 0])
}

fn unmap(start: usize, len: usize) -> Verdict {
    context(call(SYS_MUNMAP, [start, len, 0, 0, 0, 0]), "munmap").map(|_| ())
}

fn duplicate(fd: i32, rights: Rights) -> Result<File, String> {
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
        let end = BrowserEnd::attach(handle.descriptor(), Some(PATIENCE));
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

/// One of each kind to the browser.
fn to_browser() -> [ToBrowser; 5] {
    [
        MemoryPressure {
            level: PRESSURE_CRITICAL,
            available_bytes: u64::MAX,
            ..MemoryPressure::default()
        }
        .into(),
        GpuPriorityChanged {
            tab: 1,
            priority: PRIORITY_HIGH,
            ..GpuPriorityChanged::default()
        }
        .into(),
        NetworkDataReady {
            request: 2,
            offset: 3,
            len: 4,
            ..NetworkDataReady::default()
        }
        .into(),
        WasmCacheHit {
            hash: [5; 32],
            offset: 6,
            len: 7,
            ..WasmCacheHit::default()
        }
        .into(),
        RequestRefused {
            sequence: 8,
            reason: REFUSED_NO_GPU,
            ..RequestRefused::default()
        }
        .into(),
    ]
}

/// One of each kind to the kernel.
fn to_kernel() -> [ToKernel; 4] {
    [
        TabStateChanged {
            tab: 1,
            state: TAB_BACKGROUND,
            ..TabStateChanged::default()
        }
        .into(),
        SubmitGpuWork {
            fence: 2,
            tab: 3,
            len: 4,
            ..SubmitGpuWork::default()
        }
        .into(),
        NetworkRequest {
            request: 5,
            tab: 6,
            len: 7,
            ..NetworkRequest::default()
        }
        .into(),
        WasmCompileRequest {
            hash: [8; 32],
            tab: 9,
            len: 10,
            ..WasmCompileRequest::default()
        }
        .into(),
    ]
}

/// Bytes of a message as the `sequence`th one.
fn bytes_of<D: kpio_rt::messages::Direction>(message: &D, sequence: usize) -> [u8; 64] {
    let mut bytes = [0; 64];
    message.write(u32::try_from(sequence).unwrap_or(u32::MAX), &mut bytes);
    bytes
}

/// The kernel's part, played by a process: sends all kinds, receives all kinds.
fn play_kernel(memory: impl Fn() -> RegionMemory) -> Verdict {
    let sender = Sender::<ToBrowser, _>::attach(memory(), TO_BROWSER_RING);
    let receiver = Receiver::<ToKernel, _>::attach(memory(), TO_KERNEL_RING);
    let (mut sender, mut receiver) = (context(sender, "ring")?, context(receiver, "ring")?);
    for (sequence, expected) in to_kernel().iter().enumerate() {
        let received = context(receiver.receive(), "receive")?;
        let received = context(received, "a message")?;
        let bytes = bytes_of(&received, sequence);
        expect("bytes", bytes, bytes_of(expected, sequence))?;
    }
    for message in to_browser() {
        context(sender.send(message), "send")?;
    }
    Ok(())
}

fn every_kind() -> Verdict {
    let kinds = to_browser().len() + to_kernel().len();
    expect("kinds of the contract", MESSAGE_KINDS.len(), kinds)?;
    // A region that another process serves, to hear what the kernel has no cause for yet.
    let fd = context(call(SYS_SHM_CREATE, [0; 6]), "shm_create")?;
    let object = File::from_descriptor(i32::try_from(fd).map_err(|_| "a large number")?);
    let len = CHANNEL_BYTES;
    context(call(SYS_FTRUNCATE, [fd, len, 0, 0, 0, 0]), "ftruncate")?;
    let access = PROT_READ | PROT_WRITE;
    let start = context(map(object.descriptor(), len, access), "mmap")?;
    let base = NonNull::new(core::ptr::with_exposed_provenance_mut(start)).ok_or("null")?;
    let futex = SharedFutex {
        timeout: Some(PATIENCE),
    };
    // SAFETY: mapped above for reading and writing until the end of this function, and by no
    // reference.
    let memory = || unsafe { Mapped::new(base, len, futex) };
    context(create_rings(memory()), "rings")?;
    let expected = browser::expected_header();
    let head = [
        u64::from(expected.magic) | u64::from(expected.version) << 32,
        expected.bytes,
    ];
    memory().write(CHANNEL_HEADER, &head[0].to_le_bytes());
    memory().write(CHANNEL_HEADER + 8, &head[1].to_le_bytes());
    let child = fork(|| play_kernel(memory))?;
    let end = BrowserEnd::attach(object.descriptor(), Some(PATIENCE));
    let mut end = context(end, "attach")?;
    for message in to_kernel() {
        context(end.to_kernel().send(message), "send")?;
    }
    for (sequence, expected) in to_browser().iter().enumerate() {
        let received = context(end.from_kernel().receive(), "receive")?;
        let received = context(received, "a message")?;
        let bytes = bytes_of(&received, sequence);
        expect("bytes", bytes, bytes_of(expected, sequence))?;
    }
    expect_passed(child)?;
    drop(end);
    unmap(start, len)
}
