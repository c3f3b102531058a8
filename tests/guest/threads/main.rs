//! Threads and futexes, through the kernel's own calls.
//!
//! `threads` runs all cases. With an argument it is a process of its own whose end is looked at:
//! `threads exit-in-thread`, `threads main-ends-first`, `threads all-end`.

#![no_std]
#![no_main]

extern crate alloc;

mod futex;
mod lives;

use harness::{Cases, USAGE};
use kpio_rt::{args, eprintln};

kpio_rt::main!(run);

fn run() -> i32 {
    match args::texts().next().flatten() {
        None => {
            let mut cases = Cases::new();
            lives::run(&mut cases);
            futex::run(&mut cases);
            cases.finish()
        }
        Some(name) => match lives::ENDS.iter().find(|(known, ..)| *known == name) {
            Some((_, end, _)) => end(),
            None => {
                eprintln!("threads: there is no {name:?}");
                USAGE
            }
        },
    }
}
