//! `stdlib.h`: memory, the environment, the end of the process, numbers from text,
//! paths.

pub mod environment;
pub mod exit;
pub mod memory;
pub mod number;
pub mod path;
pub mod real;

pub use environment::environ;
pub use exit::exit;
