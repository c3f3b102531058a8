//! Reads standard input to its end and says each line back.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;

use harness::{FAILED, PASSED};
use kpio_rt::{eprintln, io, println};

kpio_rt::main!(run);

fn run() -> i32 {
    println!("stdin: ready");
    let mut buffer = [0; 100];
    let mut rest = Vec::new();
    let mut lines = 0;
    loop {
        match io::read(io::STDIN, &mut buffer) {
            Ok(0) => break,
            Ok(read) => rest.extend_from_slice(&buffer[..read]),
            Err(error) => {
                eprintln!("stdin: {error}");
                return FAILED;
            }
        }
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            say(&line[..end]);
            lines += 1;
        }
    }
    if !rest.is_empty() {
        say(&rest);
        lines += 1;
    }
    println!("stdin: the end after {lines} lines");
    PASSED
}

fn say(line: &[u8]) {
    println!("stdin: {} bytes: {}", line.len(), io::lossy(line));
}
