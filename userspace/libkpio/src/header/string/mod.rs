//! `string.h`

pub mod memory;
pub mod message;
pub mod more;
pub mod text;

pub use memory::memcmp;
pub use message::message;
pub use text::bytes_within;

#[cfg(test)]
mod tests;
