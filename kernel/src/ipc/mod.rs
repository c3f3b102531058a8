//! How processes talk to each other: what of it needs no machine.
//!
//! ```text
//! browser     the kernel's end of the browser's channel
//! byte_queue  the bytes of a pipe
//! channel     the messages of a channel
//! service     what services answer in the kernel's name there
//! shm         memory that processes share, by name or by handle
//! watch_list  what an epoll watches
//! ```

pub mod browser;
pub mod byte_queue;
pub mod channel;
pub mod service;
pub mod shm;
pub mod watch_list;
