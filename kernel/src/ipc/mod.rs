//! How processes talk to each other: what of it needs no machine.
//!
//! ```text
//! byte_queue  the bytes of a pipe
//! channel     the messages of a channel
//! shm         memory that processes share, by name or by handle
//! ```

pub mod byte_queue;
pub mod channel;
pub mod shm;
