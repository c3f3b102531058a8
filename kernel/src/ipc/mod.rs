//! How processes talk to each other: what of it needs no machine.
//!
//! ```text
//! byte_queue  the bytes of a pipe
//! ```

pub mod byte_queue;
