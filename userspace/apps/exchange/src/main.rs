//! Two processes exchange messages through a channel, and bytes through a ring; then one of them is
//! killed again and again, and the other one must notice.
//!
//! `exchange SEED BYTES KILLS` starts two processes of this program for each exchange and gives each an
//! end of a channel between the two. The sender makes a ring in shared memory and sends the memory to
//! the receiver, with fewer rights than it has itself; they exchange [`side::ROUNDS`] messages; BYTES
//! bytes that follow from SEED go through the ring; both tell each other the digest of what they have
//! sent or received. After that, KILLS exchanges without end are cut off by killing the sender and as
//! many by killing the receiver, mid-transfer, and the same number of each at a random moment from
//! their start on.
//!
//! What there is to say is told as events of the kernel (REPORT), by the process that knows it:
//! `NAME key=value…`, where NAME is `exchange.` and `sender`, `receiver`, `survivor` or `counts`. The
//! gate (`ci/gates/m2.py`) judges them. Status 0 if nothing went wrong here.

#![no_std]
#![no_main]

extern crate alloc;

mod data;
mod driver;
mod order;
mod side;
mod talk;

use alloc::string::String;
use alloc::vec::Vec;

use kpio_rt::{args, eprintln};

use order::number;

kpio_rt::main!(run);

/// The word before the descriptor that a started side is told what to do through.
const SIDE: &str = "--side";
const USAGE: i32 = 2;

fn run() -> i32 {
    let words: Vec<&str> = args::texts().map(Option::unwrap_or_default).collect();
    let outcome = match words.as_slice() {
        [SIDE, descriptor] => number(descriptor).and_then(side::run),
        [seed, bytes, kills] => drive(seed, bytes, kills),
        _ => {
            eprintln!("usage: exchange SEED BYTES KILLS");
            return USAGE;
        }
    };
    match outcome {
        Ok(()) => 0,
        Err(what) => {
            eprintln!("exchange: {what}");
            1
        }
    }
}

fn drive(seed: &str, bytes: &str, kills: &str) -> Result<(), String> {
    driver::run(number(seed)?, number(bytes)?, number(kills)?)
}
