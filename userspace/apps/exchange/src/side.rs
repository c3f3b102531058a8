//! One of the two sides.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;
use core::time::Duration;

use kpio_ring::spsc::{self, Consumer, Producer, Side};
use kpio_ring::{Place, PopError, PushError};
use kpio_rt::abi::flags::{MAP_SHARED, PROT_READ, PROT_WRITE};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::rights::Rights;
use kpio_rt::channel::copied;
use kpio_rt::fs::File;
use kpio_rt::memory::Mapping;
use kpio_rt::ring::{self, RingMemory};
use kpio_rt::{Error, system, time};
use sha2::{Digest, Sha256};

use crate::data::{MAX_BYTES, Messages};
use crate::order::{Order, Role};
use crate::talk;

/// How many messages each side sends through the channel, and answers.
pub const ROUNDS: u64 = 64;
/// Bytes of the ring, much less than what goes through it: the sender has to wait.
const CAPACITY: usize = 64 << 10;
const PLACE: Place = Place::at_start(CAPACITY);
const MEMORY_BYTES: usize = (PLACE.data_at + CAPACITY).next_multiple_of(PAGE_SIZE);

/// What the ring's other user needs.
const TO_USE: Rights = Rights::READ
    .union(Rights::WRITE)
    .union(Rights::MAP)
    .union(Rights::INSPECT);
/// What somebody who only looks on would need.
const TO_LOOK: Rights = Rights::READ.union(Rights::MAP).union(Rights::INSPECT);

type Sum = [u8; 32];

/// How an exchange has ended for one side.
struct Outcome {
    /// Bytes that went through the ring.
    len_bytes: u64,
    /// `Closed` when everything was exchanged; otherwise what broke it off.
    end: String,
    /// What else there is to say about an exchange that was not broken off.
    facts: String,
}

/// Does what the message says that comes through the channel with this descriptor.
pub fn run(descriptor: i32) -> Result<(), String> {
    let control = File::from_descriptor(descriptor);
    let (text, handles) = talk::receive_text(&control).map_err(name)?;
    let order = Order::parse(&text)?;
    let peer = handles.into_iter().next().ok_or("no channel to the peer")?;
    let outcome = match order.role {
        Role::Sender => send(&order, &control, &peer),
        Role::Receiver => receive(&order, &control, &peer),
    };
    if order.is_told {
        report(&order, &outcome).map_err(name)?;
    }
    let text = format!("end {} {}", outcome.end, outcome.len_bytes);
    talk::send(&control, text.as_bytes(), &[]).map_err(name)
}

fn report(order: &Order, outcome: &Outcome) -> Result<(), Error> {
    let Outcome {
        len_bytes,
        end,
        facts,
    } = outcome;
    let role = order.role.name();
    system::report(&if facts.is_empty() {
        format!("exchange.survivor side={role} end={end} bytes={len_bytes}")
    } else {
        format!("exchange.{role} end={end} bytes={len_bytes} {facts}")
    })
}

/// An error as a word.
fn name(error: Error) -> String {
    format!("{error:?}")
}

/// Says once that so many bytes went through the ring.
struct Mark<'a> {
    at: u64,
    control: &'a File,
}

impl Mark<'_> {
    fn pass(&mut self, len_bytes: u64) {
        if self.at != 0 && len_bytes >= self.at {
            self.at = 0;
            // Who gave the order is gone only when nobody wants to know any more.
            let _ = talk::send(self.control, b"mark", &[]);
        }
    }
}

fn send(order: &Order, control: &File, peer: &File) -> Outcome {
    let mut len_bytes = 0;
    let mut mark = Mark {
        at: order.mark,
        control,
    };
    let mut exchange = || -> Result<String, String> {
        let memory = share(peer)?;
        let producer = Producer::attach(memory.clone(), PLACE);
        let mut producer = producer.map_err(|error| String::from(error.name()))?;
        let _watch = ring::watch(&memory, PLACE, Side::Consumer, peer).map_err(name)?;
        greet(order, peer)?;
        let mut messages = Messages::new(order.seed, order.len_bytes);
        let (mut sum, mut buffer) = (Sha256::new(), [0; MAX_BYTES]);
        while let Some(len) = messages.next(&mut buffer) {
            let message = &buffer[..len];
            producer
                .push(message)
                .map_err(|error: PushError| format!("{error:?}"))?;
            sum.update(message);
            len_bytes += len as u64;
            mark.pass(len_bytes);
        }
        drop(producer);
        let own: Sum = sum.finalize().into();
        talk::send(peer, &own, &[]).map_err(name)?;
        let other = talk::receive_exactly(peer)?;
        let waits = memory.nr_waits();
        Ok(format!(
            "messages={ROUNDS} waits={waits} {}",
            sums(&own, &other)
        ))
    };
    outcome(exchange(), len_bytes)
}

fn receive(order: &Order, control: &File, peer: &File) -> Outcome {
    let mut len_bytes = 0;
    let mut mark = Mark {
        at: order.mark,
        control,
    };
    let mut exchange = || -> Result<String, String> {
        let (memory, refused) = join(peer)?;
        let consumer = Consumer::attach(memory.clone(), PLACE);
        let mut consumer = consumer.map_err(|error| String::from(error.name()))?;
        let _watch = ring::watch(&memory, PLACE, Side::Producer, peer).map_err(name)?;
        answer(order, peer)?;
        // Begins when the sender waits: that it does is shown, not left to who runs when.
        while !consumer.is_awaited() {
            time::sleep(Duration::from_micros(100)).map_err(name)?;
        }
        let (mut sum, mut buffer) = (Sha256::new(), [0; MAX_BYTES]);
        loop {
            match consumer.pop(&mut buffer) {
                Ok(len) => {
                    sum.update(&buffer[..len]);
                    len_bytes += len as u64;
                    mark.pass(len_bytes);
                }
                Err(PopError::Closed) => break,
                Err(error) => return Err(format!("{error:?}")),
            }
        }
        let own: Sum = sum.finalize().into();
        let other = talk::receive_exactly(peer)?;
        talk::send(peer, &own, &[]).map_err(name)?;
        let waits = memory.nr_waits();
        Ok(format!(
            "messages={ROUNDS} waits={waits} {refused} {}",
            sums(&own, &other)
        ))
    };
    outcome(exchange(), len_bytes)
}

fn outcome(exchanged: Result<String, String>, len_bytes: u64) -> Outcome {
    let (end, facts) = match exchanged {
        Ok(facts) => (String::from("Closed"), facts),
        Err(end) => (end, String::new()),
    };
    Outcome {
        len_bytes,
        end,
        facts,
    }
}

/// Makes the ring and sends its memory: to be used, and once more to be looked at.
fn share(peer: &File) -> Result<RingMemory, String> {
    let file = ring::create(MEMORY_BYTES).map_err(name)?;
    let memory = RingMemory::map(&file, MEMORY_BYTES).map_err(name)?;
    spsc::create(&memory, PLACE).map_err(|error| String::from(error.name()))?;
    let number = file.descriptor();
    let handles = [copied(number, TO_USE), copied(number, TO_LOOK)];
    talk::send(peer, b"ring", &handles).map_err(name)?;
    Ok(memory)
}

/// Joins the ring whose memory comes through the channel; tries what its handles do not allow.
fn join(peer: &File) -> Result<(RingMemory, String), String> {
    let (_, handles) = talk::receive(peer).map_err(name)?;
    let [to_use, to_look] = handles.as_slice() else {
        return Err(format!("{} handles came with the ring", handles.len()));
    };
    let memory = RingMemory::map(to_use, MEMORY_BYTES).map_err(name)?;
    let mapped = Mapping::of(to_look, MEMORY_BYTES, PROT_READ, MAP_SHARED);
    let looked_at = word(&mapped);
    let access = PROT_READ | PROT_WRITE;
    let written = word(&Mapping::of(to_look, MEMORY_BYTES, access, MAP_SHARED));
    // It was given to this process, not to be given on.
    let given_on = word(&talk::send(
        peer,
        &[],
        &[copied(to_use.descriptor(), TO_USE)],
    ));
    let refused = format!("look={looked_at} write={written} give-on={given_on}");
    Ok((memory, refused))
}

/// How a call has ended, as a word.
fn word<T>(outcome: &Result<T, Error>) -> String {
    match outcome {
        Ok(_) => String::from("done"),
        Err(error) => name(*error),
    }
}

/// Sends numbers, and looks whether the right ones come back.
fn greet(order: &Order, peer: &File) -> Result<(), String> {
    for round in 0..ROUNDS {
        talk::send(peer, &round.to_le_bytes(), &[]).map_err(name)?;
        let answer = u64::from_le_bytes(talk::receive_exactly(peer)?);
        if answer != order.seed.wrapping_add(round) {
            return Err(format!("a wrong answer in round {round}"));
        }
    }
    Ok(())
}

/// Answers the numbers in order.
fn answer(order: &Order, peer: &File) -> Result<(), String> {
    for round in 0..ROUNDS {
        let asked = u64::from_le_bytes(talk::receive_exactly(peer)?);
        if asked != round {
            return Err(format!("asked {asked} in round {round}"));
        }
        let answer = order.seed.wrapping_add(round);
        talk::send(peer, &answer.to_le_bytes(), &[]).map_err(name)?;
    }
    Ok(())
}

fn sums(own: &Sum, other: &Sum) -> String {
    format!("own={} other={}", hex(own), hex(other))
}

fn hex(sum: &Sum) -> String {
    let mut text = String::new();
    for byte in sum {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
