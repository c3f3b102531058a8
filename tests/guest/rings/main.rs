//! Rings with several producers, each a process of its own: all messages come, in each one's order,
//! whoever is killed and whenever. Rings with one producer are the gate M2's.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use harness::numbers::Numbers;
use harness::{Cases, FAILED, PASSED, USAGE, Verdict, context, ensure, expect};
use kpio_ring::mpsc::{self, Consumer, Producer};
use kpio_ring::{Memory, Place, PopError, PushError};
use kpio_rt::abi::flags::{O_CLOEXEC, SIGKILL};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::rights::Rights;
use kpio_rt::channel::{channel, copied, receive, send};
use kpio_rt::fs::File;
use kpio_rt::process::{self, Child};
use kpio_rt::ring::{self, RingMemory};
use kpio_rt::{args, descriptor, eprintln, system, thread, time};

kpio_rt::main!(run);

const PRODUCER: &str = "--producer";
const CONSUMER: &str = "--consumer";
const NR_PRODUCERS: usize = 3;
const CAPACITY: usize = 8 << 10;
const PLACE: Place = Place::at_start(CAPACITY);
/// The control block, the cells and their commit words.
const MEMORY_BYTES: usize = 4 * PAGE_SIZE;
const TO_USE: Rights = Rights::READ.union(Rights::WRITE).union(Rights::MAP);
/// A message: whose it is, and the how manieth.
const MESSAGE_BYTES: usize = 16;
/// No end.
const ENDLESS: u64 = u64::MAX;

fn run() -> i32 {
    let words: Vec<&str> = args::texts().map(Option::unwrap_or_default).collect();
    let outcome = match words.as_slice() {
        [] => return parent(),
        [PRODUCER, descriptor, number, count] => produce(descriptor, number, count),
        [CONSUMER, descriptor] => consume(descriptor),
        _ => return USAGE,
    };
    match outcome {
        Ok(()) => PASSED,
        Err(what) => {
            eprintln!("rings: {words:?}: {what}");
            FAILED
        }
    }
}

fn parent() -> i32 {
    let mut cases = Cases::new();
    cases.run("messages of three processes come in order", in_order);
    cases.run("a consumer sleeps while nobody sends", idle);
    cases.run("a killed producer costs nobody else a message", killed);
    cases.run(
        "producers hear that the consumer was killed",
        consumer_killed,
    );
    cases.run("nothing is left behind", leaves_nothing);
    cases.finish()
}

fn number<T: core::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}

fn named<T>(outcome: Result<T, kpio_ring::AttachError>) -> Result<T, String> {
    outcome.map_err(|error| String::from(error.name()))
}

/// A process that runs, and the only other end of its channel.
struct Started {
    child: Child,
    channel: File,
}

/// Starts this program with some words, the number of its end of a channel after the first one, and
/// sends it the ring's memory.
fn start(file: &File, words: &[&str]) -> Result<Started, String> {
    let own = args::args().next().ok_or("no name")?;
    let (channel, theirs) = context(channel(O_CLOEXEC), "channel")?;
    let theirs = context(descriptor::duplicate(theirs.descriptor()), "dup")?;
    let (role, rest) = words.split_first().ok_or("no role")?;
    let end = theirs.descriptor().to_string();
    let words = [*role, end.as_str()]
        .into_iter()
        .chain(rest.iter().copied());
    let words: Result<Vec<CString>, _> = words.map(CString::new).collect();
    let words = words.map_err(|_| "a zero in a word")?;
    let arguments: Vec<_> = core::iter::once(own)
        .chain(words.iter().map(CString::as_c_str))
        .collect();
    let child = context(process::spawn(own, &arguments), "spawn")?;
    drop(theirs);
    let handle = copied(file.descriptor(), TO_USE);
    context(send(channel.descriptor(), &[], &[handle]), "send")?;
    Ok(Started { child, channel })
}

/// The memory that the parent sends, and the channel it came through.
fn join(descriptor: &str) -> Result<(RingMemory, File), String> {
    let channel = File::from_descriptor(number(descriptor)?);
    let mut handles = [-1];
    context(
        receive(channel.descriptor(), &mut [], &mut handles),
        "receive",
    )?;
    let file = File::from_descriptor(handles[0]);
    let memory = context(RingMemory::map(&file, MEMORY_BYTES), "map")?;
    Ok((memory, channel))
}

fn produce(descriptor: &str, own: &str, count: &str) -> Verdict {
    let (memory, channel) = join(descriptor)?;
    let (own, count): (u32, u64) = (number(own)?, number(count)?);
    let mut producer = named(Producer::attach(memory.clone(), PLACE, own))?;
    let _watch = context(ring::watch_consumer(&memory, PLACE, &channel), "watch")?;
    for index in 0..count {
        let mut message = [0; MESSAGE_BYTES];
        message[..8].copy_from_slice(&u64::from(own).to_le_bytes());
        message[8..].copy_from_slice(&index.to_le_bytes());
        loop {
            match producer.push(&message) {
                Ok(()) => break,
                Err(PushError::Contended) => {}
                Err(error) => {
                    expect("the end of one that goes on", count, ENDLESS)?;
                    return expect("what it heard", error, PushError::PeerDead);
                }
            }
        }
    }
    Ok(())
}

fn consume(descriptor: &str) -> Verdict {
    let (memory, _channel) = join(descriptor)?;
    let mut consumer = named(Consumer::attach(memory, PLACE))?;
    let mut message = [0; MESSAGE_BYTES];
    while consumer.pop(&mut message).is_ok() {}
    Ok(())
}

/// A ring of this process.
fn make_ring() -> Result<(File, RingMemory), String> {
    let file = context(ring::create(MEMORY_BYTES), "shm_create")?;
    let memory = context(RingMemory::map(&file, MEMORY_BYTES), "map")?;
    named(mpsc::create(&memory, PLACE))?;
    Ok((file, memory))
}

/// Producers with the numbers that they were given.
fn start_producers(
    file: &File,
    memory: &RingMemory,
    count: u64,
) -> Result<Vec<(u32, Started)>, String> {
    let mut started = Vec::new();
    for _ in 0..NR_PRODUCERS {
        let own = named(mpsc::admit(memory, PLACE))?;
        let words = [PRODUCER, &own.to_string(), &count.to_string()];
        started.push((own, start(file, &words)?));
    }
    Ok(started)
}

/// How many messages each number has sent.
#[derive(Default)]
struct Received([u64; NR_PRODUCERS + 1]);

impl Received {
    /// Pops one and looks whether it is its sender's next; the sender.
    fn pop<M: Memory>(&mut self, consumer: &mut Consumer<M>) -> Result<Option<usize>, String> {
        let mut message = [0; MESSAGE_BYTES];
        match consumer.pop(&mut message) {
            Ok(len) => expect("its length", len, MESSAGE_BYTES)?,
            Err(PopError::Closed) => return Ok(None),
            Err(error) => return Err(format!("{error:?}")),
        }
        let (sender, index) = message.split_at(8);
        let word = |bytes: &[u8]| {
            bytes
                .first_chunk()
                .map_or(0, |word| u64::from_le_bytes(*word))
        };
        let sender = usize::try_from(word(sender)).unwrap_or(usize::MAX);
        let count = self.0.get_mut(sender).ok_or("a sender there is not")?;
        expect("the sender's next", word(index), *count)?;
        *count += 1;
        Ok(Some(sender))
    }
}

fn in_order() -> Verdict {
    const COUNT: u64 = 4000;
    let (file, memory) = make_ring()?;
    let mut consumer = named(Consumer::attach(memory.clone(), PLACE))?;
    let producers = start_producers(&file, &memory, COUNT)?;
    named(mpsc::close(&memory, PLACE))?;
    let mut received = Received::default();
    while received.pop(&mut consumer)?.is_some() {}
    expect("messages", received.0, [0, COUNT, COUNT, COUNT])?;
    for (_, started) in producers {
        let status = context(started.child.wait(), "wait")?;
        expect("a producer's end", status.code(), Some(PASSED))?;
    }
    Ok(())
}

/// The pauses between messages are longer than reading one takes, so one of them finds the consumer
/// asleep: unless it spins.
fn idle() -> Verdict {
    const PAUSE: Duration = Duration::from_millis(1);
    const AT_MOST: u64 = 5000;
    let (_file, memory) = make_ring()?;
    let mut consumer = named(Consumer::attach(memory.clone(), PLACE))?;
    let own = named(mpsc::admit(&memory, PLACE))?;
    let mut producer = named(Producer::attach(memory.clone(), PLACE, own))?;
    named(mpsc::close(&memory, PLACE))?;
    let watched = memory.clone();
    let sender = thread::spawn(move || -> Verdict {
        for _ in 0..AT_MOST {
            if watched.nr_waits() > 0 {
                return Ok(());
            }
            context(time::sleep(PAUSE), "sleep")?;
            expect("a push", producer.push(&[0; MESSAGE_BYTES]), Ok(()))?;
        }
        Err(String::from("the consumer never slept"))
    });
    let mut message = [0; MESSAGE_BYTES];
    while consumer.pop(&mut message).is_ok() {}
    context(sender, "thread")?.join()
}

fn killed() -> Verdict {
    (0..20).try_for_each(kill_one_after_the_other)
}

fn kill_one_after_the_other(seed: u64) -> Verdict {
    let mut numbers = Numbers::from_seed(seed);
    let (file, memory) = make_ring()?;
    let mut consumer = named(Consumer::attach(memory.clone(), PLACE))?;
    let mut left = start_producers(&file, &memory, ENDLESS)?;
    named(mpsc::close(&memory, PLACE))?;
    let mut received = Received::default();
    let mut watches = Vec::new();
    let mut ended = Vec::new();
    while !left.is_empty() {
        // Everybody who lives is heard of, after the others' deaths too.
        let before = received.0;
        let rounds = numbers.below(300) as u64;
        let is_heard = |received: &Received, own: u32| {
            received.0[own as usize] > before[own as usize] + rounds
        };
        while !left.iter().all(|(own, _)| is_heard(&received, *own)) {
            ensure(received.pop(&mut consumer)?.is_some(), "closed too early")?;
        }
        let (own, started) = left.swap_remove(numbers.below(left.len()));
        let Started { child, channel } = started;
        context(child.kill(SIGKILL), "kill")?;
        ended.push(child);
        watches.push((own, channel));
        let (own, channel) = watches.last().ok_or("no watch")?;
        // Marks it as soon as it runs no more; until then the ring waits for it.
        let watch = context(ring::watch_producer(&memory, PLACE, *own, channel), "watch")?;
        if left.is_empty() {
            while received.pop(&mut consumer)?.is_some() {}
        } else {
            for _ in 0..200 {
                ensure(received.pop(&mut consumer)?.is_some(), "closed too early")?;
            }
            // The child has ended, or is about to: the watch has not to be asked to stop before.
            let (id, status) =
                context(process::wait(ended.last().map_or(0, Child::id), 0), "wait")?;
            expect("who ended", Some(id), ended.last().map(Child::id))?;
            expect("its end", status.signal(), Some(SIGKILL.cast_signed()))?;
            ended.pop();
        }
        drop(watch);
    }
    for child in ended {
        let status = context(child.wait(), "wait")?;
        expect("its end", status.signal(), Some(SIGKILL.cast_signed()))?;
    }
    Ok(())
}

fn consumer_killed() -> Verdict {
    for round in 0..10 {
        let (file, memory) = make_ring()?;
        let consumer = start(&file, &[CONSUMER])?;
        let own = named(mpsc::admit(&memory, PLACE))?;
        let mut producer = named(Producer::attach(memory.clone(), PLACE, own))?;
        let watch = ring::watch_consumer(&memory, PLACE, &consumer.channel);
        let _watch = context(watch, "watch")?;
        for _ in 0..round * 50 {
            expect("a push", producer.push(&[0; MESSAGE_BYTES]), Ok(()))?;
        }
        context(time::sleep(Duration::from_micros(round * 300)), "sleep")?;
        context(consumer.child.kill(SIGKILL), "kill")?;
        // Full at some time, and then it sleeps until it is told.
        let heard = loop {
            if let Err(error) = producer.push(&[0; MESSAGE_BYTES]) {
                break error;
            }
        };
        expect("what it heard", heard, PushError::PeerDead)?;
        let status = context(consumer.child.wait(), "wait")?;
        expect("its end", status.signal(), Some(SIGKILL.cast_signed()))?;
    }
    Ok(())
}

fn leaves_nothing() -> Verdict {
    in_order()?;
    let before = context(system::info(), "system_info")?;
    in_order()?;
    kill_one_after_the_other(100)?;
    let after = context(system::info(), "system_info")?;
    expect("handles", after.handles, before.handles)?;
    expect("processes", after.processes, before.processes)?;
    expect("threads", after.threads, before.threads)?;
    expect("free frames", after.free_frames, before.free_frames)
}
