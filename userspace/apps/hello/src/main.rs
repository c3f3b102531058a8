//! Says Hello.

#![no_std]
#![no_main]

use kpio_rt::{println, process};

kpio_rt::main!(|| {
    println!("Hello from KPIO userspace (pid {})", process::id());
    0
});
