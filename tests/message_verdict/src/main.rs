//! Judges messages with the code of kernel and programs: `message-verdict SCRIPT VERDICTS`.
//!
//! A record of the script is: way (0 to the browser, 1 to the kernel), whether the message goes
//! through a ring (1) or to a reader that expects the given number (0), length (u16), that number
//! (u32), the bytes. Those that go through a ring are read by one receiver each way, from number 0 on.
//! A verdict is two u16: the kind's number and 0, or 0 and the reason.
//! `tests/kernel_py/model/test_messages.py` compares the verdicts with the model's.

#![forbid(unsafe_code)]

mod words;

use std::{env, fs, io};

use kpio_messages::{Direction, Reader, Receiver, Refusal, ToBrowser, ToKernel};
use kpio_ring::Place;
use kpio_ring::spsc::{self, Producer};
use words::Words;

const HEAD_BYTES: usize = 8;
/// Small, so that messages often go on at the beginning of the ring.
const RING: Place = Place::at_start(512);

/// A way with both its ends.
struct Ring<'a, D> {
    producer: Producer<&'a Words>,
    receiver: Receiver<D, &'a Words>,
}

impl<'a, D: Direction> Ring<'a, D> {
    fn new(words: &'a Words) -> Result<Self, io::Error> {
        spsc::create(words, RING).map_err(io::Error::other)?;
        Ok(Self {
            producer: Producer::attach(words, RING).map_err(io::Error::other)?,
            receiver: Receiver::attach(words, RING).map_err(io::Error::other)?,
        })
    }

    fn judge(&mut self, is_ring: bool, expected: u32, bytes: &[u8]) -> io::Result<Option<Refusal>> {
        let verdict = if is_ring {
            self.producer.try_push(bytes).map_err(io::Error::other)?;
            self.receiver.try_receive().map_err(io::Error::other)?
        } else {
            Reader::<D>::expecting(expected).read(bytes)
        };
        Ok(verdict.err())
    }
}

fn main() -> io::Result<()> {
    let paths: Vec<_> = env::args_os().skip(1).collect();
    let [script, verdicts] = paths.as_slice() else {
        return Err(io::Error::other("usage: message-verdict SCRIPT VERDICTS"));
    };
    let (first, second) = (Words::new(1024), Words::new(1024));
    let mut to_browser = Ring::<ToBrowser>::new(&first)?;
    let mut to_kernel = Ring::<ToKernel>::new(&second)?;
    let content = fs::read(script)?;
    let mut rest = content.as_slice();
    let mut said = Vec::new();
    while let Some((head, behind)) = rest.split_first_chunk::<HEAD_BYTES>() {
        let [way, is_ring, len @ .., a, b, c, d] = *head;
        let len = usize::from(u16::from_le_bytes(len));
        let expected = u32::from_le_bytes([a, b, c, d]);
        let (bytes, behind) = behind.split_at(len);
        rest = behind;
        let refusal = if way == 0 {
            to_browser.judge(is_ring != 0, expected, bytes)?
        } else {
            to_kernel.judge(is_ring != 0, expected, bytes)?
        };
        let (kind, reason) = match refusal {
            Some(refusal) => (0, refusal.reason()),
            None => (u16::from_le_bytes([bytes[2], bytes[3]]), 0),
        };
        said.extend(kind.to_le_bytes());
        said.extend(
            u16::try_from(reason)
                .map_err(io::Error::other)?
                .to_le_bytes(),
        );
    }
    fs::write(verdicts, said)
}
