//! Waiting for descriptors: POLL, what is made of it, and what is made to be waited for.

#![no_std]
#![no_main]

extern crate alloc;

mod eventfd;
mod poll;

use alloc::string::String;
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, Verdict, context, expect};
use kpio_rt::fs::File;
use kpio_rt::thread::{self, JoinHandle};
use kpio_rt::{descriptor, system, time};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    poll::run(&mut cases);
    eventfd::run(&mut cases);
    cases.finish()
}

fn pipe() -> Result<(File, File), String> {
    context(descriptor::pipe(0), "pipe")
}

/// How long others wait before they do something that a waiting thread is to notice.
const A_WHILE: Duration = Duration::from_millis(20);

/// Does something in another thread, after a while; PASSED when that went well.
fn later(
    body: impl FnOnce() -> Result<(), kpio_rt::Error> + Send + 'static,
) -> Result<JoinHandle<i32>, String> {
    let body = move || match time::sleep(A_WHILE).and_then(|()| body()) {
        Ok(()) => PASSED,
        Err(_) => FAILED,
    };
    context(thread::spawn(body), "thread")
}

/// Fails if `round` leaves handles or frames behind.
fn leaves_nothing(round: impl Fn() -> Verdict) -> Verdict {
    let counts = || context(system::info(), "system_info").map(|i| (i.handles, i.free_frames));
    round()?;
    let before = counts()?;
    round()?;
    expect("handles and free frames", counts()?, before)
}
