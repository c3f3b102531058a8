//! The browser's channel: `browser_channel` tries what it promises; `browser_channel SEED COUNT WRITES`
//! writes anything into COUNT regions, from SEED on, while the kernel serves them.

#![no_std]
#![no_main]

extern crate alloc;

mod hostile;
mod limits;
mod random;
mod services;
mod sharing;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, expect};
use kpio_ring::Memory;
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{O_APPEND, O_CLOEXEC, OBJECT_BROWSER_CHANNEL};
use kpio_rt::abi::messages::{
    CHANNEL_BYTES, CHANNEL_VERSION, GPU_BYTES, GPU_START, GpuPriorityChanged, MESSAGE_MAX_BYTES,
    MESSAGE_MEMORY_PRESSURE, MESSAGE_TAB_STATE_CHANGED, NETWORK_BYTES, NETWORK_START,
    NetworkRequest, PRIORITY_HIGH, PRIORITY_LOW, PRIORITY_MEDIUM, REFUSED_BAD_FIELD,
    REFUSED_NO_COMPILER, REFUSED_NO_GPU, REFUSED_NO_NETWORK, REFUSED_OUT_OF_ORDER,
    REFUSED_OVERSIZED, REFUSED_TRUNCATED, REFUSED_UNKNOWN_KIND, REFUSED_UNKNOWN_TAB,
    REFUSED_UNKNOWN_VERSION, REFUSED_WRONG_LENGTH, SubmitGpuWork, TAB_BACKGROUND,
    TAB_BACKGROUND_PLAYING, TAB_FOREGROUND, TAB_HIBERNATED, TabStateChanged, WASM_BYTES,
    WASM_START, WasmCompileRequest,
};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::{SYS_FORK, SYS_HANDLE_INFO};
use kpio_rt::abi::types::{BrowserChannelStatus, HandleInfo};
use kpio_rt::browser::{self, BrowserEnd};
use kpio_rt::fs::File;
use kpio_rt::messages::{ToBrowser, ToKernel};
use kpio_rt::{Error, args, eprintln, io, process, syscall};

kpio_rt::main!(run);

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    let numbers: Vec<u64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    match (texts.len(), numbers.as_slice()) {
        (0, _) => try_promises(),
        (3, &[seed, count, writes]) => random::check_seeds(seed, count, writes),
        _ => {
            eprintln!("usage: browser_channel [SEED COUNT WRITES]");
            USAGE
        }
    }
}

fn try_promises() -> i32 {
    let mut cases = Cases::new();
    cases.run("the region is what the contract says", region);
    cases.run("the states of tabs are answered", tabs);
    cases.run("what is not there yet is refused by name", not_there);
    cases.run("what is wrong is refused by name", refusals);
    cases.run("wrong arguments have their errors", arguments);
    sharing::run(&mut cases);
    services::run(&mut cases);
    hostile::run(&mut cases);
    limits::run(&mut cases);
    cases.finish()
}

/// A channel with its browser.
struct Channel {
    end: BrowserEnd,
    handle: File,
}

impl Channel {
    fn new() -> Result<Self, String> {
        Self::patient(PATIENCE)
    }

    /// One whose sleeps last for `timeout` at most.
    fn patient(timeout: Duration) -> Result<Self, String> {
        let handle = context(browser::create(0), "browser_channel_create")?;
        let end = context(BrowserEnd::attach(&handle, Some(timeout)), "attach")?;
        Ok(Self { end, handle })
    }

    fn status(&self) -> Result<BrowserChannelStatus, String> {
        context(browser::status(self.handle.descriptor()), "status")
    }

    fn send(&mut self, message: impl Into<ToKernel>) -> Verdict {
        context(self.end.to_kernel().send(message), "send")
    }

    /// The next answer, sleeping until it comes; what is said of memory is passed over.
    fn answer(&mut self) -> Result<ToBrowser, String> {
        loop {
            let received = context(self.end.from_kernel().receive(), "receive")?;
            let message = context(received, "the kernel's message")?;
            if !matches!(message, ToBrowser::MemoryPressure(_)) {
                return Ok(message);
            }
        }
    }

    fn ask(&mut self, message: impl Into<ToKernel>) -> Result<ToBrowser, String> {
        self.send(message)?;
        self.answer()
    }

    /// Says the state of a tab; its priority.
    fn say(&mut self, tab: u32, state: u32) -> Result<u32, String> {
        match self.ask(tab_state(tab, state))? {
            ToBrowser::GpuPriorityChanged(GpuPriorityChanged {
                tab: found,
                priority,
                ..
            }) if found == tab => Ok(priority),
            other => Err(format!("the answer is {other:?}")),
        }
    }

    /// Sends bytes that may be no message; the reason for refusing them, and the sequence number that
    /// the answer names.
    fn push(&mut self, bytes: &[u8]) -> Result<(u32, u32), String> {
        context(self.end.to_kernel().producer().push(bytes), "push")?;
        refusal(self.answer()?)
    }
}

fn refusal(answer: ToBrowser) -> Result<(u32, u32), String> {
    match answer {
        ToBrowser::RequestRefused(refused) => Ok((refused.reason, refused.sequence)),
        other => Err(format!("the answer is {other:?}")),
    }
}

fn tab_state(tab: u32, state: u32) -> TabStateChanged {
    TabStateChanged {
        tab,
        state,
        ..TabStateChanged::default()
    }
}

/// A raw call of numbers.
fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: the callers pass memory that they own, or none.
    unsafe { syscall::call(number, arguments) }
}

fn word(fd: i32) -> usize {
    fd.cast_unsigned() as usize
}

fn failed<T>(errno: Errno) -> Result<T, Error> {
    Err(errno.into())
}

/// Starts `child` in a fork.
fn fork(child: impl FnOnce() -> Verdict) -> Result<i32, String> {
    let id = context(call(SYS_FORK, [0; 6]), "fork")?;
    if id == 0 {
        let status = match child() {
            Ok(()) => PASSED,
            Err(reason) => {
                eprintln!("in the child: {reason}");
                FAILED
            }
        };
        process::exit_now(status);
    }
    i32::try_from(id).map_err(|_| format!("fork gave {id}"))
}

fn expect_passed(id: i32) -> Verdict {
    let (_, status) = context(process::wait(id, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))
}

fn region() -> Verdict {
    let channel = Channel::new()?;
    let fd = channel.handle.descriptor();
    let mut info = HandleInfo::default();
    let (at, size) = ((&raw mut info).addr(), size_of::<HandleInfo>());
    context(
        call(SYS_HANDLE_INFO, [word(fd), at, size, 0, 0, 0]),
        "handle_info",
    )?;
    expect("its kind", info.object_type, OBJECT_BROWSER_CHANNEL)?;
    let rights = Rights::READ
        .union(Rights::WRITE)
        .union(Rights::INSPECT)
        .union(Rights::MAP)
        .union(Rights::SERVE)
        .union(Rights::BASIC);
    expect("its rights", info.rights, rights.bits())?;
    let stat = context(channel.handle.stat(), "fstat")?;
    expect("its size", stat.st_size, CHANNEL_BYTES.cast_signed() as i64)?;
    let order = core::sync::atomic::Ordering::Relaxed;
    channel.end.with_memory(|memory| {
        expect(
            "its header",
            browser::header(memory),
            browser::expected_header(),
        )?;
        for last in [
            NETWORK_START,
            NETWORK_START + NETWORK_BYTES - 8,
            GPU_START + GPU_BYTES - 8,
            WASM_START + WASM_BYTES - 8,
        ] {
            expect("a word of a part", memory.load64(last, order), 0)?;
            memory.store64(last, 1, order);
        }
        Verdict::Ok(())
    })?;
    let status = channel.status()?;
    expect("its status", status, BrowserChannelStatus::default())
}

fn tabs() -> Verdict {
    let mut channel = Channel::new()?;
    for (state, priority) in [
        (TAB_FOREGROUND, PRIORITY_HIGH),
        (TAB_BACKGROUND, PRIORITY_LOW),
        (TAB_BACKGROUND_PLAYING, PRIORITY_MEDIUM),
        (TAB_HIBERNATED, PRIORITY_LOW),
        (TAB_FOREGROUND, PRIORITY_HIGH),
    ] {
        expect("priority", channel.say(u32::MAX, state)?, priority)?;
    }
    // Several under way at once are answered in their order.
    for tab in 0..100 {
        channel.send(tab_state(tab, tab % 4))?;
    }
    for tab in 0..100 {
        let ToBrowser::GpuPriorityChanged(answer) = channel.answer()? else {
            return Err(format!("another answer than a priority, for tab {tab}"));
        };
        expect("the tab", answer.tab, tab)?;
    }
    let status = channel.status()?;
    let counts = (status.received, status.refused, status.sent);
    expect("counts", counts, (105, 0, 105))
}

fn not_there() -> Verdict {
    let mut channel = Channel::new()?;
    let tab = 9;
    let gpu = SubmitGpuWork {
        tab,
        fence: 1,
        offset: 4096,
        len: 64,
        ..SubmitGpuWork::default()
    };
    let network = NetworkRequest {
        tab,
        request: 1,
        len: 10,
        ..NetworkRequest::default()
    };
    let module = WasmCompileRequest {
        tab,
        hash: [7; 32],
        len: 8,
        ..WasmCompileRequest::default()
    };
    let unknown = refusal(channel.ask(gpu)?)?;
    expect("a tab nobody spoke of", unknown, (REFUSED_UNKNOWN_TAB, 0))?;
    channel.say(tab, TAB_FOREGROUND)?;
    expect("GPU work", refusal(channel.ask(gpu)?)?, (REFUSED_NO_GPU, 2))?;
    let answer = refusal(channel.ask(network)?)?;
    expect("a request", answer, (REFUSED_NO_NETWORK, 3))?;
    let answer = refusal(channel.ask(module)?)?;
    expect("a module", answer, (REFUSED_NO_COMPILER, 4))?;
    channel.say(tab, TAB_HIBERNATED)?;
    let answer = refusal(channel.ask(network)?)?;
    expect("a hibernated tab", answer, (REFUSED_UNKNOWN_TAB, 6))
}

/// A message of words: version and kind, sequence number, and more.
fn words(version: u16, kind: u16, sequence: u32, more: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(version.to_le_bytes());
    bytes.extend(kind.to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    for field in more {
        bytes.extend(field.to_le_bytes());
    }
    bytes
}

fn refusals() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(1, TAB_FOREGROUND)?;
    let (version, tab) = (CHANNEL_VERSION, MESSAGE_TAB_STATE_CHANGED);
    let gpu_kind = 0x102;
    let cases = [
        ("nothing", Vec::new(), REFUSED_TRUNCATED),
        (
            "half a header",
            words(version, tab, 1, &[])[..7].into(),
            REFUSED_TRUNCATED,
        ),
        (
            "too long",
            alloc::vec![0; MESSAGE_MAX_BYTES + 1],
            REFUSED_OVERSIZED,
        ),
        ("far too long", alloc::vec![0; 70_000], REFUSED_OVERSIZED),
        (
            "another version",
            words(2, tab, 1, &[1, 0]),
            REFUSED_UNKNOWN_VERSION,
        ),
        (
            "no version",
            words(0, tab, 1, &[1, 0]),
            REFUSED_UNKNOWN_VERSION,
        ),
        (
            "the same number again",
            words(version, tab, 0, &[1, 0]),
            REFUSED_OUT_OF_ORDER,
        ),
        (
            "a number left out",
            words(version, tab, 2, &[1, 0]),
            REFUSED_OUT_OF_ORDER,
        ),
        (
            "no kind",
            words(version, 0x1FF, 1, &[1, 0]),
            REFUSED_UNKNOWN_KIND,
        ),
        (
            "a kind of the other way",
            words(version, MESSAGE_MEMORY_PRESSURE, 1, &[0; 4]),
            REFUSED_UNKNOWN_KIND,
        ),
        (
            "a word short",
            words(version, tab, 1, &[1]),
            REFUSED_WRONG_LENGTH,
        ),
        (
            "a word long",
            words(version, tab, 1, &[1, 0, 0]),
            REFUSED_WRONG_LENGTH,
        ),
        (
            "no state",
            words(version, tab, 1, &[1, 4]),
            REFUSED_BAD_FIELD,
        ),
        (
            "padding",
            words(version, gpu_kind, 1, &[0, 0, 1, 1, 0, 0]),
            REFUSED_BAD_FIELD,
        ),
        (
            "outside of the part",
            words(version, gpu_kind, 1, &[0, 0, 1, 0, 0x40_0000, 1]),
            REFUSED_BAD_FIELD,
        ),
        (
            "a sum beyond 32 bits",
            words(version, gpu_kind, 1, &[0, 0, 1, 0, u32::MAX, u32::MAX]),
            REFUSED_BAD_FIELD,
        ),
    ];
    for (what, bytes, reason) in &cases {
        // One that is refused is not counted: the number stays.
        expect(what, channel.push(bytes)?, (*reason, 1))?;
    }
    expect("and then", channel.say(1, TAB_BACKGROUND)?, PRIORITY_LOW)?;
    let status = channel.status()?;
    let refused = cases.len() as u64;
    let counts = (status.received, status.refused, status.closed);
    expect("counts", counts, (refused + 2, refused, 0))
}

fn arguments() -> Verdict {
    let flag = browser::create(O_APPEND).map(|_| ());
    expect("a flag", flag, failed(Errno::EINVAL))?;
    let kept = context(browser::create(O_CLOEXEC), "create")?;
    let own = context(File::open(c"/bin/hello"), "open")?;
    let file = browser::status(own.descriptor()).map(|_| ());
    expect("the status of a file", file, failed(Errno::EINVAL))?;
    let nothing = browser::status(900).map(|_| ());
    expect("the status of nothing", nothing, failed(Errno::EBADF))?;
    let mut byte = [0];
    let read = io::read(kept.descriptor(), &mut byte);
    expect("reading", read, failed(Errno::EINVAL))?;
    expect("resizing", kept.resize(0), failed(Errno::EINVAL))
}
