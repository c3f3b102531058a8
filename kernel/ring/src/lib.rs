//! Lock-free rings of messages over shared memory: one crate for the kernel, libkpio and programs.
//!
//! A message is a string of bytes. [`spsc`] has one producer and one consumer, [`mpsc`] several
//! producers. The memory is reached through the trait [`Memory`], of which [`Mapped`] is the form for
//! memory at an address; sleeping and waking are the trait [`Futex`]. The layout is stated in `kernel_py/abi/ring.py`.
//!
//! # Who waits, who wakes
//!
//! While both sides have work, neither makes a system call. Who has none (the consumer of an empty
//! ring, a producer of a full one) says so in a futex word of the control block, looks once more, and
//! sleeps while the word holds 1 ([`mpsc`] counts instead). Whoever changes a position looks at the word afterwards, and if it
//! holds 1, clears it and wakes. Between the write and the look both have a fence of `SeqCst`; so
//! either the sleeper sees the position, or the waker sees the word, or both. Between its last look
//! and its sleep the sleeper is protected by the futex, which compares the word with 1 once more.
//!
//! # What if the other one dies
//!
//! A side that ends in order closes the ring by dropping its end; for a process that was ended, whoever
//! learns of it calls [`spsc::mark_dead`] ([`mpsc::mark_gone`]): the kernel, for a ring of its own, or a
//! thread of the survivor that waits for a channel of the two to hang up (kpio-rt's `ring`). Both
//! change a state and wake. The other side reads what was sent, then
//! hears `Closed` or `PeerDead`. `mark_dead` wakes without looking at the word, because the dead one
//! may have cleared it and died before it came to wake.
//!
//! # What if the other one is hostile
//!
//! The memory is shared with it, so it may write anything anywhere at any time. Each side keeps its
//! own position and the ring's place to itself and only ever writes them. What it reads, it reads
//! once, into a local variable, and checks before use: positions move forward and no further than
//! they can, lengths lie within what was published, headers carry their position. What fails gives
//! [`Damage`] by name, and the ring is closed for good. Each `try_` form accesses the memory a small
//! fixed number of times besides copying the message. So a hostile peer can
//!
//! - lose or forge messages of this ring: its own;
//! - make this side call the futex for every message, by always saying that it sleeps;
//! - end a sleep of this side at any time, after which it looks once and sleeps again. It can do this
//!   as often as it pays for it itself, which is no more than sending messages would achieve. A side
//!   that must not be kept busy (the kernel) uses the `try_` forms.
//!
//! It cannot make this side panic, leave the ring's memory, or work without end.
#![no_std]
#![deny(unsafe_code)]

mod error;
#[expect(
    unsafe_code,
    reason = "memory others write to is reached through its address"
)]
mod mapped;
mod memory;
pub mod mpsc;
mod place;
pub mod spsc;

pub use error::{AttachError, Damage, PopError, PushError};
pub use mapped::Mapped;
pub use memory::{Futex, Memory, NoFutex, Stopped};
pub use place::{Kind, Place};
