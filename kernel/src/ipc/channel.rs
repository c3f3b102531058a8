//! What is inside of a channel: messages in the order they came, bounded; who pays for the handles in
//! them; and whether one end of a channel holds another.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use kpio_abi::syscalls::{CHANNEL_QUEUE_BYTES, CHANNEL_QUEUE_MESSAGES, HANDLES_IN_FLIGHT};

/// Ends of channels that a search visits. It bounds the time of sending one.
const MAX_VISITED: usize = 1024;

/// The handles that one process has in messages.
#[derive(Clone, Debug, Default)]
pub struct Account(Arc<AtomicUsize>);

impl Account {
    /// Pay for `count` handles, until the charge goes; `None` when that is more than there may be.
    #[must_use]
    pub fn charge(&self, count: usize) -> Option<Charge> {
        let add = |now: usize| {
            let sum = now.checked_add(count)?;
            (sum <= HANDLES_IN_FLIGHT).then_some(sum)
        };
        let order = Ordering::Relaxed;
        self.0.fetch_update(order, order, add).ok()?;
        Some(Charge {
            account: self.clone(),
            count,
        })
    }

    /// How many are paid for.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Handles that somebody pays for.
#[derive(Debug)]
pub struct Charge {
    account: Account,
    count: usize,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.0.fetch_sub(self.count, Ordering::Relaxed);
    }
}

/// A message with handles of type `H`.
#[derive(Debug)]
pub struct Message<H> {
    /// Its bytes; out while somebody copies them.
    bytes: Vec<u8>,
    len_bytes: usize,
    /// Its handles.
    pub handles: Vec<H>,
    /// Some of them are for ends of channels.
    pub has_channels: bool,
    /// What is paid for the handles.
    pub charge: Option<Charge>,
}

impl<H> Message<H> {
    /// A message of bytes.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self {
            len_bytes: bytes.len(),
            bytes,
            handles: Vec::new(),
            has_channels: false,
            charge: None,
        }
    }
}

/// How large a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Its bytes.
    pub bytes: usize,
    /// Its handles.
    pub handles: usize,
}

/// What somebody who wants to receive finds.
#[derive(Debug, PartialEq, Eq)]
pub enum First {
    /// No message.
    Nothing,
    /// Somebody else is receiving the first one: ask again when told.
    Taken,
    /// One that is larger than there is room for.
    TooLarge(Size),
    /// One that is now taken: its bytes. [`MessageQueue::finish`] or [`MessageQueue::give_back`] it.
    Message(Vec<u8>, Size),
}

/// The messages that wait at one end of a channel.
#[derive(Debug)]
pub struct MessageQueue<H> {
    messages: VecDeque<Message<H>>,
    len_bytes: usize,
    is_first_taken: bool,
    /// Somebody found the first one taken.
    is_missed: bool,
}

impl<H> MessageQueue<H> {
    /// No message.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            messages: VecDeque::new(),
            len_bytes: 0,
            is_first_taken: false,
            is_missed: false,
        }
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether there is room for a message of `len_bytes`.
    #[must_use]
    pub fn has_room_for(&self, len_bytes: usize) -> bool {
        let room = CHANNEL_QUEUE_BYTES - self.len_bytes;
        self.messages.len() < CHANNEL_QUEUE_MESSAGES && len_bytes <= room
    }

    /// Add a message that there is room for.
    pub fn push(&mut self, message: Message<H>) {
        debug_assert!(self.has_room_for(message.len_bytes));
        self.len_bytes += message.len_bytes;
        self.messages.push_back(message);
    }

    /// Begin to receive the first message, if it is not larger than `room`. It keeps its place.
    pub fn take(&mut self, room: Size) -> First {
        let Some(first) = self.messages.front_mut() else {
            return First::Nothing;
        };
        if self.is_first_taken {
            self.is_missed = true;
            return First::Taken;
        }
        let size = Size {
            bytes: first.len_bytes,
            handles: first.handles.len(),
        };
        if size.bytes > room.bytes || size.handles > room.handles {
            return First::TooLarge(size);
        }
        self.is_first_taken = true;
        First::Message(core::mem::take(&mut first.bytes), size)
    }

    /// The message that was taken is received: the rest of it.
    ///
    /// # Panics
    /// When none was taken.
    pub fn finish(&mut self) -> Message<H> {
        assert!(core::mem::take(&mut self.is_first_taken), "one was taken");
        let message = self.messages.pop_front().expect("it kept its place");
        self.len_bytes -= message.len_bytes;
        message
    }

    /// The message that was taken cannot be received; it is the first one again.
    ///
    /// # Panics
    /// When none was taken.
    pub fn give_back(&mut self, bytes: Vec<u8>) {
        assert!(core::mem::take(&mut self.is_first_taken), "one was taken");
        let first = self.messages.front_mut().expect("it kept its place");
        first.bytes = bytes;
    }

    /// Whether somebody found a message taken since this was asked last.
    pub fn take_missed(&mut self) -> bool {
        core::mem::take(&mut self.is_missed)
    }

    /// The messages.
    pub fn iter(&self) -> impl Iterator<Item = &Message<H>> {
        self.messages.iter()
    }

    /// All messages, when nobody receives any more.
    pub fn take_all(&mut self) -> VecDeque<Message<H>> {
        self.len_bytes = 0;
        core::mem::take(&mut self.messages)
    }
}

impl<H> Default for MessageQueue<H> {
    fn default() -> Self {
        Self::new()
    }
}

/// The search has seen more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyHeld;

/// Whether a node for which `visit` says so can be reached. `work` has the nodes to begin with, and
/// afterwards all that were seen; `visit` adds what a node holds, or says that this is the one
/// looked for, or adds nothing when it was there before.
///
/// # Errors
/// [`TooManyHeld`].
pub fn reaches<N: Clone>(
    work: &mut Vec<N>,
    mut visit: impl FnMut(&N, &mut Vec<N>) -> bool,
) -> Result<bool, TooManyHeld> {
    let nr_given = work.len();
    let mut next = 0;
    while next < work.len() {
        let node = work[next].clone();
        let is_found = visit(&node, work);
        // The list has it too, so that it does not go here.
        drop(node);
        if is_found {
            return Ok(true);
        }
        if work.len() > nr_given + MAX_VISITED {
            return Err(TooManyHeld);
        }
        next += 1;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    const ROOM: Size = Size {
        bytes: 1 << 20,
        handles: 64,
    };

    fn message(len: usize, nr_handles: usize) -> Message<usize> {
        let mut message = Message::new(vec![7; len]);
        message.handles = (0..nr_handles).collect();
        message
    }

    #[test]
    fn messages_come_out_whole_and_in_order() {
        let mut queue = MessageQueue::new();
        assert_eq!(queue.take(ROOM), First::Nothing);
        queue.push(message(3, 2));
        queue.push(message(0, 0));
        let size = Size {
            bytes: 3,
            handles: 2,
        };
        assert_eq!(queue.take(ROOM), First::Message(vec![7; 3], size));
        assert_eq!(queue.finish().handles, [0, 1]);
        let nothing = Size {
            bytes: 0,
            handles: 0,
        };
        assert_eq!(queue.take(nothing), First::Message(vec![], nothing));
        queue.finish();
        assert!(queue.is_empty());
    }

    #[test]
    fn a_message_that_does_not_fit_stays_the_first() {
        let mut queue = MessageQueue::new();
        queue.push(message(3, 2));
        let size = Size {
            bytes: 3,
            handles: 2,
        };
        for room in [
            Size { bytes: 2, ..size },
            Size { handles: 1, ..size },
            Size {
                bytes: 0,
                handles: 0,
            },
        ] {
            assert_eq!(queue.take(room), First::TooLarge(size));
        }
        assert_eq!(queue.take(size), First::Message(vec![7; 3], size));
    }

    #[test]
    fn who_finds_a_message_taken_is_told_when_it_is_back() {
        let mut queue = MessageQueue::new();
        queue.push(message(1, 1));
        assert!(matches!(queue.take(ROOM), First::Message(..)));
        assert!(!queue.take_missed());
        assert_eq!(queue.take(ROOM), First::Taken);
        queue.give_back(vec![7]);
        assert!(queue.take_missed() && !queue.take_missed());
        assert!(matches!(queue.take(ROOM), First::Message(bytes, _) if bytes == [7]));
    }

    #[test]
    fn a_queue_is_bounded_in_messages_and_in_bytes() {
        let mut queue = MessageQueue::new();
        for _ in 0..CHANNEL_QUEUE_MESSAGES {
            assert!(queue.has_room_for(0));
            queue.push(message(0, 0));
        }
        assert!(!queue.has_room_for(0));
        queue.take_all();
        queue.push(message(CHANNEL_QUEUE_BYTES - 1, 0));
        assert!(queue.has_room_for(1) && !queue.has_room_for(2));
        // A message that is being received still takes its room.
        assert!(matches!(queue.take(ROOM), First::Message(..)));
        assert!(!queue.has_room_for(2));
        queue.finish();
        assert!(queue.has_room_for(CHANNEL_QUEUE_BYTES));
    }

    #[test]
    fn a_sender_pays_until_its_handles_are_received() {
        let account = Account::default();
        let first = account.charge(HANDLES_IN_FLIGHT - 1).expect("room");
        let second = account.charge(1).expect("room");
        assert!(account.charge(1).is_none());
        assert!(account.charge(0).is_some());
        drop(first);
        assert_eq!(account.in_flight(), 1);
        drop(second);
        assert_eq!(account.in_flight(), 0);
        assert!(account.charge(usize::MAX).is_none());
    }

    #[test]
    fn a_search_finds_what_is_held_through_others() {
        let holds: [&[usize]; 6] = [&[1, 2], &[3], &[3], &[4], &[], &[0]];
        let search = |from: usize, wanted: usize| {
            let mut seen = [false; 6];
            reaches(&mut vec![from], |&node, work| {
                if !core::mem::replace(&mut seen[node], true) {
                    work.extend(holds[node]);
                }
                node == wanted
            })
        };
        assert_eq!(search(0, 4), Ok(true));
        assert_eq!(search(5, 3), Ok(true));
        assert_eq!(search(0, 5), Ok(false));
        assert_eq!(search(4, 0), Ok(false));
        assert_eq!(search(2, 2), Ok(true), "itself");
    }

    #[test]
    fn a_search_is_bounded() {
        let outcome = reaches(&mut vec![0], |&node, work| {
            work.push(node + 1);
            false
        });
        assert_eq!(outcome, Err(TooManyHeld));
    }
}
