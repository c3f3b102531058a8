//! What the guest's test programs share: cases with a verdict each, a status that says the whole.
//!
//! A program passes by ending with [`PASSED`], which nothing else produces: not a crash, not a
//! program that returns early, not the kernel. It says what it does on standard output, for people.

#![cfg_attr(target_vendor = "kpio", no_std)]

extern crate alloc;

pub mod machine;
pub mod numbers;
pub mod probe;

use alloc::string::String;
use core::fmt::{Debug, Display};

use kpio_rt::println;

/// The status of a program all of whose cases have passed.
pub const PASSED: i32 = 42;

/// The status of a program with a case that has failed.
pub const FAILED: i32 = 1;

/// The status of a program that was called in a way it does not know.
pub const USAGE: i32 = 2;

/// What a case says: nothing, or why it has failed.
pub type Verdict = Result<(), String>;

/// Runs cases and counts.
#[derive(Default)]
pub struct Cases {
    passed: usize,
    failed: usize,
}

impl Cases {
    /// No case has run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs one case and says how it went.
    pub fn run(&mut self, name: impl Display, case: impl FnOnce() -> Verdict) {
        match case() {
            Ok(()) => {
                self.passed += 1;
                println!("ok     {name}");
            }
            Err(reason) => {
                self.failed += 1;
                println!("FAILED {name}: {reason}");
            }
        }
    }

    /// Says the whole; returns the program's status. A program without a case has failed.
    #[must_use]
    pub fn finish(self) -> i32 {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 && self.passed > 0 {
            PASSED
        } else {
            FAILED
        }
    }
}

/// Fails unless both are equal.
pub fn expect<T: PartialEq<U> + Debug, U: Debug>(what: &str, actual: T, expected: U) -> Verdict {
    if actual == expected {
        return Ok(());
    }
    Err(alloc::format!(
        "{what} is {actual:?}, expected {expected:?}"
    ))
}

/// Fails unless `holds`.
pub fn ensure(holds: bool, otherwise: impl Display) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(alloc::format!("{otherwise}"))
    }
}

/// Turns an error of the program's surroundings into a verdict.
pub fn context<T, E: Display>(result: Result<T, E>, what: &str) -> Result<T, String> {
    result.map_err(|error| alloc::format!("{what}: {error}"))
}
