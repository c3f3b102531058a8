//! Prints SHA-256 sums of files: `sha256sum FILE…`, output as of the GNU program of that name.
//!
//! Status 0 if all files could be read, 1 if not, 2 without a file.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use core::ffi::CStr;
use core::fmt::Write;

use kpio_rt::fs::File;
use kpio_rt::{Error, args, eprintln, println};
use sha2::{Digest, Sha256};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut status = 2;
    for path in args::args().skip(1) {
        let outcome = sum(path);
        match &outcome {
            Ok(digest) => println!("{digest}  {}", path.to_string_lossy()),
            Err(error) => eprintln!("sha256sum: {}: {error}", path.to_string_lossy()),
        }
        status = match (status, outcome.is_ok()) {
            (0 | 2, true) => 0,
            _ => 1,
        };
    }
    if status == 2 {
        eprintln!("usage: sha256sum FILE...");
    }
    status
}

/// The sum of a file's content in hexadecimal.
fn sum(path: &CStr) -> Result<String, Error> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = [0; 16 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    let mut text = String::new();
    for byte in hasher.finalize() {
        if write!(text, "{byte:02x}").is_err() {
            unreachable!("writing to a String does not fail");
        }
    }
    Ok(text)
}
