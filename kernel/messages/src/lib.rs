//! Messages between the browser and the kernel: one crate for both sides.
//!
//! The region and the kinds are stated in `kernel_py/abi/messages.py`. A message goes through a ring
//! of `kpio-ring`; [`Sender`] numbers what it sends, [`Receiver`] copies a message out of the ring
//! once, into memory of its own, and only then judges it: version, number, kind, length, fields. What
//! is refused has a name ([`Refusal`]), the same that the model in `kernel_py/model/messages.py` has.
//!
//! A message says where further bytes lie in the region. That they lie inside of their part is
//! checked; what they are can change at any time, so whoever uses them copies them first.
#![no_std]
#![forbid(unsafe_code)]

mod ends;
mod kind;
mod reader;
mod refusal;

pub use ends::{Receiver, Sender, TO_BROWSER_RING, TO_KERNEL_RING, create_rings};
pub use kind::{Direction, ToBrowser, ToKernel};
pub use reader::Reader;
pub use refusal::Refusal;
