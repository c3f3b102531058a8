//! Writes to the data partition for ever, and says what it was told is safe; somebody pulls the plug.
//!
//! Round `n` appends record `n` to `/data/records` and gives `/data/current` the content `n` by way
//! of a new file and a rename. Then it calls FSYNC and says `safe n`. It goes on where the records
//! of the last time end, after reading them all.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec;
use core::ffi::{CStr, c_char, c_int};

use harness::{FAILED, context, ensure};
use kpio_rt::abi::flags::{O_CREAT, O_RDWR, O_TRUNC, O_WRONLY};
use kpio_rt::fs::File;
use kpio_rt::{eprintln, println};

kpio_rt::main!(run);

/// Bytes in a record; tests/boot/test_power_cut.py knows it too.
const RECORD_BYTES: usize = 1000;
/// Records after which it begins again, so that cutting a file is part of it.
const MAX_RECORDS: u64 = 3000;

unsafe extern "C" {
    fn rename(from: *const c_char, to: *const c_char) -> c_int;
}

fn run() -> i32 {
    match write_for_ever() {
        Ok(never) => match never {},
        Err(reason) => {
            eprintln!("powercut: {reason}");
            FAILED
        }
    }
}

/// Record `number`: its number, and bytes that follow from it.
fn record(number: u64) -> [u8; RECORD_BYTES] {
    let mut record = [number.to_le_bytes()[0]; RECORD_BYTES];
    record[..8].copy_from_slice(&number.to_le_bytes());
    record
}

fn place(number: u64) -> i64 {
    (number * RECORD_BYTES as u64).cast_signed()
}

fn write_for_ever() -> Result<core::convert::Infallible, String> {
    let records = context(File::open_with(c"/data/records", O_RDWR | O_CREAT), "open")?;
    let size = context(records.stat(), "fstat")?.st_size;
    let mut next = size.cast_unsigned() / RECORD_BYTES as u64;
    let mut buffer = vec![0; RECORD_BYTES];
    for number in 0..next {
        context(records.read_at(&mut buffer, place(number)), "pread")?;
        ensure(
            buffer == record(number),
            format_args!("record {number} is damaged"),
        )?;
    }
    println!("found {next}");
    loop {
        if next == MAX_RECORDS {
            println!("again");
            context(records.resize(0), "ftruncate")?;
            next = 0;
        }
        context(records.write_at(&record(next), place(next)), "pwrite")?;
        replace(c"/data/current.new", c"/data/current", next)?;
        context(records.sync(), "fsync")?;
        println!("safe {next}");
        next += 1;
    }
}

/// Give the file `path` the content `number`, in one step.
fn replace(new: &CStr, path: &CStr, number: u64) -> Result<(), String> {
    let mut file = context(File::open_with(new, O_WRONLY | O_CREAT | O_TRUNC), "open")?;
    let content = format!("{number}\n");
    context(file.write(content.as_bytes()), "write")?;
    context(file.sync(), "fsync")?;
    drop(file);
    // SAFETY: both are strings.
    let renamed = unsafe { rename(new.as_ptr(), path.as_ptr()) };
    ensure(renamed == 0, "the rename failed")
}
