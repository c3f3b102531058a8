//! Reads lines from standard input and says each one back, until the end.

#![no_std]
#![no_main]

use harness::{FAILED, PASSED};
use kpio_rt::{eprintln, io, println};

kpio_rt::main!(run);

fn run() -> i32 {
    println!("stdin: ready");
    let mut lines = 0;
    loop {
        match io::read_line(io::STDIN) {
            Ok(Some(line)) => {
                lines += 1;
                println!("stdin: {} bytes: {}", line.len(), io::lossy(&line));
            }
            Ok(None) => {
                println!("stdin: the end after {lines} lines");
                return PASSED;
            }
            Err(error) => {
                eprintln!("stdin: {error}");
                return FAILED;
            }
        }
    }
}
