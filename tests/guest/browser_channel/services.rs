//! Services answer in the kernel's name: every kind of message goes both ways, and a service can cost
//! nobody more than its own answers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use harness::{Cases, Verdict, context, expect};
use kpio_ring::Memory;
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{O_APPEND, O_NONBLOCK, SERVE_COMPILER, SERVE_NETWORK, SIGKILL};
use kpio_rt::abi::messages::{
    MESSAGE_KINDS, MESSAGE_MAX_BYTES, MessageHeader, NETWORK_START, NetworkDataReady,
    NetworkRequest, REFUSED_BUSY, REFUSED_FAILED, REFUSED_NO_COMPILER, REFUSED_NO_GPU,
    REFUSED_NO_NETWORK, RequestRefused, SERVICE_REQUESTS, SubmitGpuWork, TAB_FOREGROUND,
    TAB_HIBERNATED, WASM_START, WasmCacheHit, WasmCompileRequest, Way,
};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::SYS_KILL;
use kpio_rt::abi::types::MessageSize;
use kpio_rt::browser;
use kpio_rt::channel::{copied, receive, send};
use kpio_rt::fs::File;
use kpio_rt::messages::{Direction, Reader, ToBrowser, ToKernel};
use kpio_rt::{process, system};

use super::sharing::duplicate;
use super::{Channel, call, expect_passed, failed, fork, refusal, word};

pub fn run(cases: &mut Cases) {
    cases.run("every kind goes both ways", every_kind);
    cases.run(
        "a wrong answer ends a service, not the browser",
        wrong_answers,
    );
    cases.run("what a killed service was asked is refused", killed);
    cases.run("a service is asked only so much at once", busy);
    cases.run(
        "one line a service, and the next when it is closed",
        one_line,
    );
    cases.run("wrong arguments of a line have their errors", arguments);
}

/// The service's end of a line.
struct Service(File);

impl Service {
    fn of(channel: &Channel, services: u32) -> Result<Self, String> {
        let line = browser::serve(channel.handle.descriptor(), services, 0);
        context(line, "browser_channel_serve").map(Self)
    }

    /// The next request, and its number.
    fn next(&self) -> Result<(u32, ToKernel), String> {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let MessageSize { bytes: len, .. } =
            context(receive(self.0.descriptor(), &mut bytes, &mut []), "receive")?;
        let sequence = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        let request = Reader::expecting(sequence).read(&bytes[..len as usize]);
        Ok((sequence, context(request, "a request")?))
    }

    fn say(&self, sequence: u32, answer: impl Into<ToBrowser>) -> Verdict {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let len = answer.into().write(sequence, &mut bytes);
        context(send(self.0.descriptor(), &bytes[..len], &[]), "send")
    }

    /// Waits until the kernel has closed its end.
    fn hear_the_end(&self) -> Verdict {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        loop {
            match receive(self.0.descriptor(), &mut bytes, &mut []) {
                Ok(_) => {}
                Err(error) => return expect("the end", error == Errno::EPIPE, true),
            }
        }
    }
}

const TAB: u32 = 3;

fn fetch(request: u64, len: u32) -> NetworkRequest {
    NetworkRequest {
        tab: TAB,
        request,
        len,
        ..NetworkRequest::default()
    }
}

fn ready(request: u64, offset: u32, len: u32) -> NetworkDataReady {
    NetworkDataReady {
        request,
        offset,
        len,
        ..NetworkDataReady::default()
    }
}

fn compile(hash: u8) -> WasmCompileRequest {
    WasmCompileRequest {
        tab: TAB,
        hash: [hash; 32],
        len: 8,
        ..WasmCompileRequest::default()
    }
}

fn hit(hash: u8) -> WasmCacheHit {
    WasmCacheHit {
        hash: [hash; 32],
        offset: 4096,
        len: 16,
        ..WasmCacheHit::default()
    }
}

fn refused(sequence: u32, reason: u32) -> RequestRefused {
    RequestRefused {
        sequence,
        reason,
        ..RequestRefused::default()
    }
}

/// Of the length of a piece.
const QUESTION: &[u8; PIECE_BYTES] = b"GET /abc";
const RESPONSE: &[u8] = b"200 OK, and more";
const PIECE: u32 = 8;
const PIECE_BYTES: usize = PIECE as usize;

/// Answers a request, whose text it looks at, and a module, and refuses one of each.
fn answer_four(channel: &Channel, service: &Service) -> Verdict {
    for _ in 0..4 {
        let (sequence, request) = service.next()?;
        match request {
            ToKernel::NetworkRequest(asked) if asked.len > 0 => {
                let mut text = [0; QUESTION.len()];
                let at = NETWORK_START + asked.offset as usize;
                channel.end.with_memory(|memory| memory.read(at, &mut text));
                expect("the request", &text, QUESTION)?;
                for (offset, piece) in (8192_u32..)
                    .step_by(PIECE_BYTES)
                    .zip(RESPONSE.chunks(PIECE_BYTES))
                {
                    let at = NETWORK_START + offset as usize;
                    channel.end.with_memory(|memory| memory.write(at, piece));
                    service.say(sequence, ready(asked.request, offset, PIECE))?;
                }
                service.say(sequence, ready(asked.request, 0, 0))?;
            }
            ToKernel::WasmCompileRequest(asked) if asked.hash[0] == 1 => {
                channel
                    .end
                    .with_memory(|memory| memory.write(WASM_START + 4096, b"the code"));
                service.say(sequence, hit(1))?;
            }
            _ => service.say(sequence, refused(sequence, REFUSED_FAILED))?,
        }
    }
    service.hear_the_end()
}

fn every_kind() -> Verdict {
    let mut channel = Channel::new()?;
    let service = Service::of(&channel, SERVE_NETWORK | SERVE_COMPILER)?;
    channel
        .end
        .with_memory(|memory| memory.write(NETWORK_START, QUESTION));
    let child = fork(|| answer_four(&channel, &service))?;
    drop(service);
    let mut heard = Vec::new();
    let mut note = |answer: &ToBrowser| {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        answer.write(0, &mut bytes);
        heard.push(u16::from_le_bytes([bytes[2], bytes[3]]));
    };
    let state = channel.ask(super::tab_state(TAB, TAB_FOREGROUND))?;
    note(&state);
    channel.send(fetch(70, PIECE))?;
    let mut response = Vec::new();
    loop {
        let answer = channel.answer()?;
        note(&answer);
        let ToBrowser::NetworkDataReady(piece) = answer else {
            return Err(format!("instead of a response: {answer:?}"));
        };
        expect("its request", piece.request, 70)?;
        if piece.len == 0 {
            break;
        }
        let mut bytes = [0; PIECE_BYTES];
        let at = NETWORK_START + piece.offset as usize;
        channel
            .end
            .with_memory(|memory| memory.read(at, &mut bytes));
        response.extend(bytes);
    }
    expect("the response", &response[..], RESPONSE)?;
    let answer = channel.ask(compile(1))?;
    note(&answer);
    let ToBrowser::WasmCacheHit(found) = answer else {
        return Err(format!("instead of code: {answer:?}"));
    };
    expect("the code", (found.hash, found.offset), ([1; 32], 4096))?;
    let answer = channel.ask(fetch(71, 0))?;
    note(&answer);
    expect("refused", refusal(answer)?, (REFUSED_FAILED, 3))?;
    let answer = refusal(channel.ask(compile(2))?)?;
    expect("refused", answer, (REFUSED_FAILED, 4))?;
    // What a service does not answer is still the kernel's.
    let gpu = SubmitGpuWork {
        tab: TAB,
        ..SubmitGpuWork::default()
    };
    expect("GPU work", refusal(channel.ask(gpu)?)?, (REFUSED_NO_GPU, 5))?;
    // `limits` hears the kind that comes by itself.
    let to_browser = MESSAGE_KINDS
        .iter()
        .filter(|kind| kind.way == Way::ToBrowser && kind.name != "MEMORY_PRESSURE");
    for kind in to_browser {
        expect(kind.name, heard.contains(&kind.number), true)?;
    }
    let status = channel.status()?;
    let counts = (status.received, status.refused, status.sent);
    expect("counts", counts, (6, 3, 8))?;
    drop(channel);
    expect_passed(child)
}

fn wrong_answers() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(TAB, TAB_FOREGROUND)?;
    let whole = |sequence, answer: ToBrowser| {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let len = answer.write(sequence, &mut bytes);
        bytes[..len].to_vec()
    };
    let header = size_of::<MessageHeader>();
    for number in 0..8 {
        let service = Service::of(&channel, SERVE_NETWORK)?;
        channel.send(fetch(7, 0))?;
        let (sequence, _) = service.next()?;
        let bytes = match number {
            0 => Vec::new(),
            1 => whole(sequence, ready(7, 0, 1).into())[..header].to_vec(),
            2 => whole(sequence, ready(8, 0, 1).into()),
            3 => whole(sequence.wrapping_add(1), ready(7, 0, 1).into()),
            4 => whole(sequence, hit(1).into()),
            5 => whole(sequence, ready(7, u32::MAX, 1).into()),
            6 => whole(sequence, refused(sequence, REFUSED_NO_GPU).into()),
            _ => alloc::vec![1; 60_000],
        };
        context(send(service.0.descriptor(), &bytes, &[]), "send")?;
        let answer = refusal(channel.answer()?)?;
        expect("the answer", answer, (REFUSED_NO_NETWORK, sequence))?;
        service.hear_the_end()?;
    }
    channel.say(TAB, TAB_HIBERNATED).map(|_| ())
}

pub fn killed() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(TAB, TAB_FOREGROUND)?;
    let service = Service::of(&channel, SERVE_NETWORK | SERVE_COMPILER)?;
    let child = fork(|| {
        loop {
            service.next()?;
        }
    })?;
    drop(service);
    for request in 0..5 {
        channel.send(fetch(request, 0))?;
        channel.send(compile(1))?;
    }
    channel.say(TAB, TAB_FOREGROUND)?;
    let arguments = [word(child), SIGKILL as usize, 0, 0, 0, 0];
    context(call(SYS_KILL, arguments), "kill")?;
    for pair in 0..5 {
        let answer = refusal(channel.answer()?)?;
        expect("a request", answer, (REFUSED_NO_NETWORK, 1 + 2 * pair))?;
        let answer = refusal(channel.answer()?)?;
        expect("a module", answer, (REFUSED_NO_COMPILER, 2 + 2 * pair))?;
    }
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("its end", status.signal(), Some(SIGKILL.cast_signed()))?;
    let answer = refusal(channel.ask(fetch(9, 0))?)?;
    expect("afterwards", answer, (REFUSED_NO_NETWORK, 12))
}

fn busy() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(TAB, TAB_FOREGROUND)?;
    let service = Service::of(&channel, SERVE_NETWORK)?;
    let most = SERVICE_REQUESTS as u64;
    for request in 0..=most {
        channel.send(fetch(request, 0))?;
    }
    let last = u32::try_from(most).map_err(|_| "many")? + 1;
    expect(
        "one more",
        refusal(channel.answer()?)?,
        (REFUSED_BUSY, last),
    )?;
    for request in 0..most {
        let (sequence, _) = service.next()?;
        service.say(sequence, ready(request, 0, 0))?;
        let ToBrowser::NetworkDataReady(end) = channel.answer()? else {
            return Err("instead of an end: something else".into());
        };
        expect("whose end", end.request, request)?;
    }
    Ok(())
}

fn one_line() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(TAB, TAB_FOREGROUND)?;
    let fd = channel.handle.descriptor();
    let network = Service::of(&channel, SERVE_NETWORK)?;
    let _compiler = Service::of(&channel, SERVE_COMPILER)?;
    let both = browser::serve(fd, SERVE_NETWORK | SERVE_COMPILER, 0).map(|_| ());
    expect("both again", both, failed(Errno::EBUSY))?;
    // The kernel keeps no handle, not even the region's.
    let handle = [copied(fd, Rights::READ.union(Rights::MAP))];
    let sent = send(network.0.descriptor(), &[0; 8], &handle);
    expect("a handle to the kernel", sent, failed(Errno::EINVAL))?;
    drop(network);
    let again = Service::of(&channel, SERVE_NETWORK)?;
    channel.send(fetch(1, 0))?;
    let (sequence, _) = again.next()?;
    again.say(sequence, ready(1, 0, 0))?;
    let answer = channel.answer()?;
    expect(
        "answered",
        matches!(answer, ToBrowser::NetworkDataReady(_)),
        true,
    )
}

fn arguments() -> Verdict {
    let channel = Channel::new()?;
    let fd = channel.handle.descriptor();
    let attempt = |fd, services, flags| browser::serve(fd, services, flags).map(|_| ());
    let invalid = failed(Errno::EINVAL);
    expect("no service", attempt(fd, 0, 0), invalid)?;
    expect("an unknown service", attempt(fd, 4, 0), invalid)?;
    let flag = attempt(fd, SERVE_NETWORK, O_APPEND);
    expect("an unknown flag", flag, invalid)?;
    let own = context(File::open(c"/bin/hello"), "open")?;
    let file = attempt(own.descriptor(), SERVE_NETWORK, 0);
    expect("a file", file, failed(Errno::EBADF))?;
    let nothing = attempt(900, SERVE_NETWORK, 0);
    expect("nothing", nothing, failed(Errno::EBADF))?;
    let browsers = Rights::READ.union(Rights::WRITE).union(Rights::MAP);
    let given = duplicate(fd, browsers)?;
    let denied = attempt(given.descriptor(), SERVE_NETWORK, 0);
    expect("without SERVE", denied, failed(Errno::EBADF))?;
    let line = browser::serve(fd, SERVE_NETWORK, O_NONBLOCK);
    let line = context(line, "browser_channel_serve")?;
    let empty = receive(line.descriptor(), &mut [0], &mut []).map(|_| ());
    expect("nothing is asked", empty, failed(Errno::EAGAIN))?;
    drop(channel.end);
    while context(browser::status(fd), "status")?.closed == 0 {
        system::yield_now();
    }
    let closed = attempt(fd, SERVE_COMPILER, 0);
    expect("a closed channel", closed, failed(Errno::EPIPE))
}
