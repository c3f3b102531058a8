//! Thread-local variables of a static-PIE program in Rust; `tls_static.c` is the same at a fixed
//! address and in C.

#![no_std]
#![no_main]
#![feature(thread_local)]

extern crate alloc;

use alloc::vec::Vec;
use core::cell::Cell;

use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::{system, thread};

kpio_rt::main!(run);

/// A cache line, to see that alignment holds.
#[repr(align(64))]
struct Line([u8; 64]);

#[thread_local]
static COUNT: Cell<u32> = Cell::new(0x1234_5678);
#[thread_local]
static LINE: Cell<Line> = Cell::new(Line([7; 64]));
#[thread_local]
static ZEROS: Cell<[u64; 100]> = Cell::new([0; 100]);
/// Holds an address, which has to be relocated in the image that threads copy.
#[thread_local]
static ADDRESS: Cell<&'static u32> = Cell::new(&TARGET);

static TARGET: u32 = 99;

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("the first thread's variables start as they should", look);
    cases.run("each thread has its own", own);
    cases.run("threads that come later start fresh", || {
        COUNT.set(5);
        ZEROS.set([1; 100]);
        let thread = context(thread::spawn(look), "spawn")?;
        thread.join()?;
        expect("this thread's", COUNT.get(), 5)
    });
    cases.finish()
}

/// The variables of a thread that has not written to them.
fn look() -> Verdict {
    expect("an initialised variable", COUNT.get(), 0x1234_5678)?;
    ensure(
        LINE.as_ptr().addr().is_multiple_of(64),
        "a variable is not aligned",
    )?;
    let line = LINE.replace(Line([8; 64]));
    ensure(line.0 == [7; 64], "an array is not initialised")?;
    ensure(ZEROS.get() == [0; 100], "a variable is not zero")?;
    expect("a relocated address", *ADDRESS.get(), 99)
}

fn own() -> Verdict {
    let spawned = (0..16_u32).map(|index| {
        thread::spawn(move || {
            for round in 0..50 {
                COUNT.set(index * 1000 + round);
                ZEROS.set([u64::from(index); 100]);
                system::yield_now();
                if COUNT.get() != index * 1000 + round || ZEROS.get() != [u64::from(index); 100] {
                    return 0;
                }
            }
            COUNT.as_ptr().addr()
        })
    });
    let threads: Result<Vec<_>, _> = spawned.collect();
    for thread in context(threads, "spawn")? {
        ensure(
            thread.join() != 0,
            "another thread has written to a variable",
        )?;
    }
    expect("the first thread's", COUNT.get(), 0x1234_5678)
}
