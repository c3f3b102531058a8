//! `stdlib.h`: memory, the environment, the end of the process, numbers from text,
//! paths.

pub mod additive;
pub mod change;
pub mod division;
pub mod environment;
pub mod exit;
pub mod memory;
pub mod number;
pub mod path;
pub mod random;
pub mod real;
pub mod shell;
pub mod sort;
pub mod temporary;

pub use environment::environ;
pub use exit::exit;
