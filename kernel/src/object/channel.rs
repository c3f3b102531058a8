//! Channels: messages of bytes and handles from one end to the other.
//!
//! Each [`ChannelEnd`] owns the messages that wait to be received at it, and knows the other end
//! without holding it: when the last handle to an end goes, the end goes, with its messages, and the
//! other is told. Both sides wait at one queue an end: for a message, for room at the other end, or
//! for the other end to go.
//!
//! An end can be in a message, and so be held by another end. What holds itself would never go, so
//! sending looks first whether the end that would receive is among what it would come to hold; one
//! lock over all channels keeps two senders from closing a circle together. An end that goes takes
//! those that it held one after the other, never one within the other, however deep they lie.
//!
//! An end can be the kernel's own ([`make_line`]): it takes messages of bytes alone, so that it holds
//! nothing.
//!
//! Source: Fuchsia "Channel"; Linux unix(7), whose collector of cycles the rule above replaces.

use super::{Object, ObjectRef, Ready, StatusFlags};
use crate::capability::Capability;
use crate::ipc::channel::{First, Message, MessageQueue, Size, TooManyHeld, reaches};
use crate::ipc::service::{Gone, Line};
use crate::memory::check_budget;
use crate::process::handles::{HandleTable, Number};
use crate::process::wait_queue::WaitQueue;
use crate::syscall::Caller;
use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_RDWR, OBJECT_CHANNEL, S_IFSOCK};
use kpio_abi::rights::Rights;
use kpio_abi::syscalls::CHANNEL_MESSAGE_BYTES;
use kpio_abi::types::Stat;
use kpio_hal::sync::{Lock, Rank};

/// A capability in a message.
type Sent = Capability<ObjectRef>;

/// Held by who puts an end into a message: how many searches there were.
static SEARCHES: Lock<u64> = Lock::new(Rank::Channels, 0);

/// Numbers of channels, for FSTAT.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

struct State {
    received: MessageQueue<Sent>,
    /// The last search that came here.
    search: u64,
}

/// One end of a channel.
pub struct ChannelEnd {
    number: u64,
    other: Weak<Self>,
    state: Lock<State>,
    /// A message came, or there is room at the other end, or that is gone.
    changed: WaitQueue,
    flags: StatusFlags,
    /// No process has it.
    is_kernels: bool,
}

/// A handle that is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// The sender's number for it.
    pub number: i32,
    /// The sender keeps it.
    pub is_copy: bool,
    /// What the receiver may do with it.
    pub kept: Rights,
}

/// Why there is nothing to receive.
#[derive(Clone, Copy, Debug)]
pub enum ReceiveError {
    /// The message is larger than there is room for.
    TooLarge(Size),
    /// Another error.
    Other(Errno),
}

impl From<Errno> for ReceiveError {
    fn from(errno: Errno) -> Self {
        Self::Other(errno)
    }
}

/// A new channel: its ends, with O_NONBLOCK of `flags`.
///
/// # Errors
/// ENOMEM.
pub fn make_channel(flags: u32) -> Result<(ObjectRef, ObjectRef), Errno> {
    let (first, second) = make_ends(flags, false)?;
    Ok((first, second))
}

/// A new channel between the kernel and a process: the kernel's end, and the other.
///
/// # Errors
/// ENOMEM.
pub fn make_line(flags: u32) -> Result<(Arc<ChannelEnd>, ObjectRef), Errno> {
    let (own, other) = make_ends(flags, true)?;
    Ok((own, other))
}

fn make_ends(
    flags: u32,
    is_first_kernels: bool,
) -> Result<(Arc<ChannelEnd>, Arc<ChannelEnd>), Errno> {
    check_budget(1)?;
    let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut second = None;
    let first = Arc::new_cyclic(|first| {
        let end = Arc::new(ChannelEnd::new(number, first.clone(), flags, false));
        let other = Arc::downgrade(&end);
        second = Some(end);
        ChannelEnd::new(number, other, flags, is_first_kernels)
    });
    let second = second.ok_or(Errno::ENOMEM)?;
    Ok((first, second))
}

/// The end of a channel that a descriptor is for.
///
/// # Errors
/// EBADF when it does not give the rights `needed`, EINVAL when it is something else.
pub fn channel_end(caller: &Caller, fd: i32, needed: Rights) -> Result<Arc<ChannelEnd>, Errno> {
    let object = caller.process.object(fd, needed)?;
    object.downcast().ok_or(Errno::EINVAL)
}

impl ChannelEnd {
    fn new(number: u64, other: Weak<Self>, flags: u32, is_kernels: bool) -> Self {
        let end = Self {
            number,
            other,
            state: Lock::new(
                Rank::Channel,
                State {
                    received: MessageQueue::new(),
                    search: 0,
                },
            ),
            changed: WaitQueue::new(),
            flags: StatusFlags::new(O_RDWR),
            is_kernels,
        };
        end.flags.set(flags);
        end
    }

    /// Whether there is nobody any more who could send to this end, or receive from it.
    pub fn is_other_gone(&self) -> bool {
        self.other.strong_count() == 0
    }

    /// Who waits for a message, or for room at the other end, or for that to go.
    pub const fn changed(&self) -> &WaitQueue {
        &self.changed
    }

    /// Whether `number` still stands for this end and gives the right `needed`: a call that waited
    /// asks again.
    fn check(&self, caller: &Caller, number: i32, needed: Rights) -> Result<(), Errno> {
        let end = channel_end(caller, number, needed).map_err(|_| Errno::EBADF)?;
        if core::ptr::eq(&raw const *end, self) {
            Ok(())
        } else {
            Err(Errno::EBADF)
        }
    }

    /// Send a message through handle `fd`, which is for this end: wait for room, then move or copy
    /// the handles and leave the message at the other end, in one step.
    ///
    /// # Errors
    /// As in the contract of CHANNEL_SEND.
    pub fn send(
        &self,
        caller: &Caller,
        fd: i32,
        bytes: Vec<u8>,
        transfers: &[Transfer],
    ) -> Result<(), Errno> {
        let len = bytes.len();
        let mut message = Some(Message::new(bytes));
        self.changed.wait_until(&caller.thread, None, || {
            if let Err(errno) = self.check(caller, fd, Rights::WRITE) {
                return Some(Err(errno));
            }
            let Some(other) = self.other.upgrade() else {
                return Some(Err(Errno::EPIPE));
            };
            if !other.state.lock().received.has_room_for(len) {
                let is_refused = self.flags.is_nonblocking();
                return is_refused.then_some(Err(Errno::EAGAIN));
            }
            let message = message.take()?;
            Some(other.accept(caller, message, transfers))
        })?
    }

    /// Take the handles of `transfers` from the caller and the message into this end's queue, which
    /// has room.
    fn accept(
        self: &Arc<Self>,
        caller: &Caller,
        mut message: Message<Sent>,
        transfers: &[Transfer],
    ) -> Result<(), Errno> {
        if !transfers.is_empty() {
            if self.is_kernels {
                return Err(Errno::EINVAL);
            }
            check_budget(1)?;
            let charge = caller.process.in_flight.charge(transfers.len());
            message.charge = Some(charge.ok_or(Errno::ETOOMANYREFS)?);
        }
        // What is looked at or given up meanwhile goes when no lock is held.
        let mut left = Left::default();
        let accepted = if transfers.is_empty() {
            self.state.lock().received.push(message);
            Ok(())
        } else {
            caller
                .process
                .with_handles(|handles| self.accept_handles(handles, message, transfers, &mut left))
        };
        if accepted.is_ok() {
            // The objects that were sent come first of those that were looked at.
            for (transfer, object) in transfers.iter().zip(&left.objects) {
                if !transfer.is_copy {
                    caller.process.note_gone(object);
                }
            }
            self.changed.notify_all();
        }
        accepted
    }

    fn accept_handles(
        self: &Arc<Self>,
        handles: &mut HandleTable<ObjectRef>,
        mut message: Message<Sent>,
        transfers: &[Transfer],
        left: &mut Left,
    ) -> Result<(), Errno> {
        for transfer in transfers {
            left.objects
                .push(handles.get(transfer.number, transfer.needed())?);
        }
        let mut searches = SEARCHES.lock();
        *searches += 1;
        message.has_channels = left.objects.iter().any(is_channel);
        if message.has_channels && self.is_held_by(&mut left.objects, *searches)? {
            return Err(Errno::ELOOP);
        }
        // What can fail comes first: the table stays as it is.
        let mut derived = Vec::with_capacity(transfers.len());
        for transfer in transfers {
            match transfer.derive(handles) {
                Ok(capability) => derived.push(capability),
                Err(errno) => {
                    left.capabilities.extend(derived.into_iter().flatten());
                    return Err(errno);
                }
            }
        }
        for (transfer, derived) in transfers.iter().zip(derived) {
            let moved = if transfer.is_copy {
                None
            } else {
                Some(handles.remove(transfer.number)?)
            };
            match (derived, moved) {
                (Some(derived), moved) => {
                    message.handles.push(derived);
                    left.capabilities.extend(moved);
                }
                (None, Some(moved)) => message.handles.push(moved),
                (None, None) => return Err(Errno::EBADF),
            }
        }
        self.state.lock().received.push(message);
        Ok(())
    }

    /// Whether this end is among `objects` or in messages at ends among them, however deep; all
    /// objects that were looked at are added to these.
    fn is_held_by(&self, objects: &mut Vec<ObjectRef>, search: u64) -> Result<bool, Errno> {
        let found = reaches(objects, |object, work| {
            let Some(end) = object.downcast_ref::<Self>() else {
                return false;
            };
            if core::ptr::eq(end, self) {
                return true;
            }
            let mut state = end.state.lock();
            if core::mem::replace(&mut state.search, search) != search {
                let held = state.received.iter().filter(|held| held.has_channels);
                let held = held.flat_map(|held| &held.handles);
                work.extend(held.filter_map(Capability::object));
            }
            false
        });
        found.map_err(|TooManyHeld| Errno::ETOOMANYREFS)
    }

    /// Wait for a message through handle `fd`, which is for this end, and take it if it is not larger
    /// than `room`: its bytes, and what it has. It is then to be received or given back.
    ///
    /// # Errors
    /// As in the contract of CHANNEL_RECEIVE.
    pub fn take(
        &self,
        caller: &Caller,
        fd: i32,
        room: Size,
    ) -> Result<(Vec<u8>, Size), ReceiveError> {
        let waited = self.changed.wait_until(&caller.thread, None, || {
            if let Err(errno) = self.check(caller, fd, Rights::READ) {
                return Some(Err(errno.into()));
            }
            // Asked first: what was sent before the other end went is received.
            let is_other_gone = self.is_other_gone();
            match self.state.lock().received.take(room) {
                First::Message(bytes, size) => Some(Ok((bytes, size))),
                First::TooLarge(size) => Some(Err(ReceiveError::TooLarge(size))),
                First::Nothing if is_other_gone => Some(Err(Errno::EPIPE.into())),
                First::Nothing if self.flags.is_nonblocking() => Some(Err(Errno::EAGAIN.into())),
                // That takes no time which a caller could see.
                First::Nothing | First::Taken => None,
            }
        });
        waited.unwrap_or_else(|wake| Err(ReceiveError::Other(wake.into())))
    }

    /// Receive the message that was taken: its handles are the caller's, under these numbers.
    ///
    /// # Errors
    /// EMFILE, ENOMEM; the message is still taken.
    pub fn receive(&self, caller: &Caller, nr_handles: usize) -> Result<Vec<i32>, Errno> {
        if nr_handles == 0 {
            self.finish();
            return Ok(Vec::new());
        }
        check_budget(1)?;
        let mut refused = Vec::new();
        let received = caller.process.with_handles(|handles| {
            if !handles.has_room_for(nr_handles) {
                return Err(Errno::EMFILE);
            }
            let mut numbers = Vec::with_capacity(nr_handles);
            let message = self.state.lock().received.finish();
            for capability in message.handles {
                match handles.add(capability, Number::LOWEST, true) {
                    Ok((number, _)) => numbers.push(number),
                    // There is room, so this does not happen.
                    Err((_, capability)) => refused.push(capability),
                }
            }
            Ok(numbers)
        })?;
        self.tell_room();
        Ok(received)
    }

    fn finish(&self) {
        let message = self.state.lock().received.finish();
        drop(message);
        self.tell_room();
    }

    /// The message that was taken cannot be stored: it is the first one again.
    pub fn give_back(&self, bytes: Vec<u8>) {
        self.state.lock().received.give_back(bytes);
        self.tell_missed();
    }

    fn tell_missed(&self) {
        let is_missed = self.state.lock().received.take_missed();
        if is_missed {
            self.changed.notify_all();
        }
    }

    /// There is one message less.
    fn tell_room(&self) {
        self.tell_missed();
        if let Some(other) = self.other.upgrade() {
            other.changed.notify_all();
        }
    }
}

impl Line for Arc<ChannelEnd> {
    fn ask(&self, request: &[u8]) -> Result<bool, Gone> {
        let other = self.other.upgrade().ok_or(Gone)?;
        let has_room = {
            let mut state = other.state.lock();
            let has_room = state.received.has_room_for(request.len());
            if has_room {
                state.received.push(Message::new(request.to_vec()));
            }
            has_room
        };
        if has_room {
            other.changed.notify_all();
        }
        Ok(has_room)
    }

    fn answer(&self) -> Result<Option<Vec<u8>>, Gone> {
        const ANY: Size = Size {
            bytes: CHANNEL_MESSAGE_BYTES,
            handles: 0,
        };
        // Asked first: what was sent before the other end went is received.
        let is_other_gone = self.is_other_gone();
        let first = self.state.lock().received.take(ANY);
        match first {
            First::Message(bytes, _) => {
                self.finish();
                Ok(Some(bytes))
            }
            First::Nothing if !is_other_gone => Ok(None),
            // One thread receives here, and there is room for any message.
            First::Nothing | First::Taken | First::TooLarge(_) => Err(Gone),
        }
    }

    fn has_news(&self) -> bool {
        self.is_other_gone() || !self.state.lock().received.is_empty()
    }
}

/// What is dropped where no lock is held.
#[derive(Default)]
struct Left {
    objects: Vec<ObjectRef>,
    capabilities: Vec<Sent>,
}

impl Transfer {
    /// What the sender's handle must allow.
    const fn needed(self) -> Rights {
        if self.is_copy {
            Rights::TRANSFER.union(Rights::DUPLICATE)
        } else {
            Rights::TRANSFER
        }
    }

    /// The capability to be sent, unless that is the sender's own.
    fn derive(self, handles: &mut HandleTable<ObjectRef>) -> Result<Option<Sent>, Errno> {
        let own = handles.capability(self.number)?.rights();
        if !self.is_copy && self.kept.contains(own) {
            return Ok(None);
        }
        handles
            .derive(self.number, self.needed(), self.kept, 0)
            .map(Some)
    }
}

fn is_channel(object: &ObjectRef) -> bool {
    object.kind() == OBJECT_CHANNEL
}

impl Drop for ChannelEnd {
    fn drop(&mut self) {
        if let Some(other) = self.other.upgrade() {
            other.changed.notify_all();
        }
        // Ends that only these messages hold go one after the other, without their messages.
        let mut work: VecDeque<Message<Sent>> = self.state.lock().received.take_all();
        while let Some(message) = work.pop_front() {
            for capability in message.handles {
                let object = capability.object();
                drop(capability);
                let end = object.and_then(|object| object.downcast::<Self>());
                if let Some(end) = end.and_then(Arc::into_inner) {
                    work.append(&mut end.state.lock().received.take_all());
                }
            }
        }
    }
}

impl Object for ChannelEnd {
    fn kind(&self) -> u32 {
        OBJECT_CHANNEL
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(Stat {
            st_ino: self.number,
            st_nlink: 1,
            st_mode: S_IFSOCK | 0o600,
            st_blksize: 4096,
            ..Stat::default()
        })
    }

    fn ready(&self) -> Ready {
        let mut ready = Ready::empty();
        match self.other.upgrade() {
            None => ready |= Ready::HANG_UP,
            Some(other) => {
                // Any message fits, so that no send waits.
                let has_room = |state: &State| state.received.has_room_for(CHANNEL_MESSAGE_BYTES);
                ready.set(Ready::WRITE, has_room(&other.state.lock()));
            }
        }
        ready.set(Ready::READ, !self.state.lock().received.is_empty());
        ready
    }

    fn waiters(&self) -> Option<&WaitQueue> {
        Some(&self.changed)
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
