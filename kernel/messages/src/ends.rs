//! The ends of a way: messages into a ring, messages out of one.

use core::marker::PhantomData;

use kpio_abi::messages::{
    MESSAGE_MAX_BYTES, TO_BROWSER_BYTES, TO_BROWSER_CONTROL, TO_BROWSER_START, TO_KERNEL_BYTES,
    TO_KERNEL_CONTROL, TO_KERNEL_START,
};
use kpio_ring::spsc::{self, Consumer, Producer};
use kpio_ring::{AttachError, Memory, Place, PopError, PushError};

use crate::kind::Direction;
use crate::reader::Reader;
use crate::refusal::Refusal;

/// One byte more than any message has, so that a longer one shows.
const COPY_BYTES: usize = MESSAGE_MAX_BYTES + 1;

/// Where the ring to the browser lies in the region.
pub const TO_BROWSER_RING: Place = Place {
    control_at: TO_BROWSER_CONTROL,
    data_at: TO_BROWSER_START,
    capacity: TO_BROWSER_BYTES,
};

/// Where the ring to the kernel lies in the region.
pub const TO_KERNEL_RING: Place = Place {
    control_at: TO_KERNEL_CONTROL,
    data_at: TO_KERNEL_START,
    capacity: TO_KERNEL_BYTES,
};

/// Makes both rings of a region that nobody else uses yet.
///
/// # Errors
///
/// [`AttachError::Place`] for a memory that is no region.
pub fn create_rings<M: Memory>(memory: M) -> Result<(), AttachError> {
    spsc::create(&memory, TO_BROWSER_RING)?;
    spsc::create(&memory, TO_KERNEL_RING)
}

/// Who sends on one way. Dropping it closes the ring.
#[derive(Debug)]
pub struct Sender<D, M: Memory> {
    producer: Producer<M>,
    sequence: u32,
    way: PhantomData<D>,
}

impl<D: Direction, M: Memory> Sender<D, M> {
    /// Becomes the one who sends through the ring at `place`, from sequence number 0 on.
    ///
    /// # Errors
    ///
    /// Why there is no ring one could send through.
    pub fn attach(memory: M, place: Place) -> Result<Self, AttachError> {
        Ok(Self {
            producer: Producer::attach(memory, place)?,
            sequence: 0,
            way: PhantomData,
        })
    }

    /// The sequence number of the next message.
    #[must_use]
    pub const fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Sends a message if there is room; its header is filled in.
    ///
    /// # Errors
    ///
    /// Those of [`Producer::try_push`]; the message is not counted then.
    pub fn try_send(&mut self, message: impl Into<D>) -> Result<(), PushError> {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let len = message.into().write(self.sequence, &mut bytes);
        self.producer.try_push(&bytes[..len])?;
        self.sequence = self.sequence.wrapping_add(1);
        Ok(())
    }

    /// Sends a message, sleeping while there is no room.
    ///
    /// # Errors
    ///
    /// Those of [`Producer::push`]; the message is not counted then.
    pub fn send(&mut self, message: impl Into<D>) -> Result<(), PushError> {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let len = message.into().write(self.sequence, &mut bytes);
        self.producer.push(&bytes[..len])?;
        self.sequence = self.sequence.wrapping_add(1);
        Ok(())
    }

    /// Whether there is room for any message; if not, the other side wakes this one when it has
    /// made some. See [`Producer::announce_sleep`].
    ///
    /// # Errors
    ///
    /// Those of [`Producer::announce_sleep`].
    pub fn announce_sleep(&mut self) -> Result<bool, PushError> {
        self.producer.announce_sleep(MESSAGE_MAX_BYTES)
    }

    /// Takes [`Self::announce_sleep`] back.
    pub fn end_sleep(&self) {
        self.producer.end_sleep();
    }

    /// The ring's end, for bytes that are no message of this kind.
    pub const fn producer(&mut self) -> &mut Producer<M> {
        &mut self.producer
    }
}

/// Who receives on one way. Dropping it closes the ring.
#[derive(Debug)]
pub struct Receiver<D, M: Memory> {
    consumer: Consumer<M>,
    reader: Reader<D>,
}

impl<D: Direction, M: Memory> Receiver<D, M> {
    /// Becomes the one who receives through the ring at `place`, from sequence number 0 on.
    ///
    /// # Errors
    ///
    /// Why there is no ring one could receive through.
    pub fn attach(memory: M, place: Place) -> Result<Self, AttachError> {
        Ok(Self {
            consumer: Consumer::attach(memory, place)?,
            reader: Reader::new(),
        })
    }

    /// The sequence number that the next message must have.
    #[must_use]
    pub const fn sequence(&self) -> u32 {
        self.reader.sequence()
    }

    /// Takes the next message out of the ring, if there is one, and judges it.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn try_receive(&mut self) -> Result<Result<D, Refusal>, PopError> {
        let mut bytes = [0; COPY_BYTES];
        let len = self.consumer.try_pop_start(&mut bytes)?;
        Ok(self.judge(&bytes, len))
    }

    /// Takes the next message out of the ring, sleeping while there is none, and judges it.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn receive(&mut self) -> Result<Result<D, Refusal>, PopError> {
        let mut bytes = [0; COPY_BYTES];
        let len = self.consumer.pop_start(&mut bytes)?;
        Ok(self.judge(&bytes, len))
    }

    fn judge(&mut self, start: &[u8; COPY_BYTES], len: usize) -> Result<D, Refusal> {
        // What is longer than the copy is longer than any message, and the copy is too.
        self.reader.read(&start[..len.min(start.len())])
    }

    /// Whether there is a message; if not, the other side wakes this one when it has sent one. See
    /// [`Consumer::announce_sleep`].
    ///
    /// # Errors
    ///
    /// Those of [`Consumer::announce_sleep`].
    pub fn announce_sleep(&mut self) -> Result<bool, PopError> {
        self.consumer.announce_sleep()
    }

    /// Takes [`Self::announce_sleep`] back.
    pub fn end_sleep(&self) {
        self.consumer.end_sleep();
    }
}
