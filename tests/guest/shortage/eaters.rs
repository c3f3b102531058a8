//! Ways to use memory up. Each goes on until it is refused, or has what it may have, and ends with PASSED
//! then; or it is ended.

use alloc::ffi::CString;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::{FAILED, PASSED};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    F_SETPIPE_SZ, MAP_SHARED, O_CREAT, O_NONBLOCK, O_RDWR, PROT_READ, PROT_WRITE, SIGKILL,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{SYS_FTRUNCATE, SYS_SHM_CREATE};
use kpio_rt::fs::File;
use kpio_rt::memory::Mapping;
use kpio_rt::{Error, args, descriptor, io, process, thread, wait};

use super::{CHILD, call, touch};

const READ_WRITE: u32 = PROT_READ | PROT_WRITE;

/// A quarter of what a process may have; the kernel needs 5 MiB and more for them.
const NR_MAPPINGS: usize = 1 << 14;

/// Uses memory up; the program's status.
pub type Way = fn() -> i32;

/// The ways, by name.
pub const WAYS: [(&CStr, Way); 8] = [
    (c"pages", pages),
    (c"shared-memory", shared_memory),
    (c"mappings", mappings),
    (c"pipes", pipes),
    (c"threads", threads),
    (c"processes", processes),
    (c"files", files),
    (c"counters", counters),
];

/// The way of a name.
pub fn way(name: &str) -> Option<Way> {
    let mut ways = WAYS.iter();
    ways.find_map(|(known, eat)| (known.to_str() == Ok(name)).then_some(*eat))
}

/// How a way ends that is refused: by want of memory, or of what there may be of it.
fn refused(error: Error) -> i32 {
    let limits = [Errno::ENOMEM, Errno::EAGAIN, Errno::EMFILE, Errno::ENOSPC];
    if limits.iter().any(|&errno| error == errno) {
        PASSED
    } else {
        kpio_rt::eprintln!("refused: {error}");
        FAILED
    }
}

fn pages() -> i32 {
    loop {
        match Mapping::new(1 << 20, READ_WRITE) {
            Ok(mapping) => {
                for at in (0..mapping.len_bytes()).step_by(PAGE_SIZE) {
                    touch(mapping.address() + at);
                }
                core::mem::forget(mapping);
            }
            Err(error) => return refused(error),
        }
    }
}

fn shared_memory() -> i32 {
    const LEN: usize = 1 << 20;
    let mut held = Vec::new();
    loop {
        let made = call(SYS_SHM_CREATE, [0; 6]).and_then(|fd| {
            let object = File::from_descriptor(i32::try_from(fd).map_err(|_| Errno::EMFILE)?);
            call(SYS_FTRUNCATE, [fd, LEN, 0, 0, 0, 0])?;
            let shown = Mapping::of(&object, LEN, READ_WRITE, MAP_SHARED)?;
            Ok((object, shown))
        });
        match made {
            Ok((object, shown)) => {
                for at in (0..LEN).step_by(PAGE_SIZE) {
                    touch(shown.address() + at);
                }
                held.push((object, shown));
            }
            Err(error) => return refused(error),
        }
    }
}

/// Single pages that are not touched: only the kernel needs memory for them.
fn mappings() -> i32 {
    for number in 0..NR_MAPPINGS {
        let access = if number % 2 == 0 {
            PROT_READ
        } else {
            READ_WRITE
        };
        match Mapping::new(PAGE_SIZE, access) {
            Ok(mapping) => core::mem::forget(mapping),
            Err(error) => return refused(error),
        }
    }
    PASSED
}

fn pipes() -> i32 {
    refused(fill_pipes().0)
}

/// Fills large pipes until that is refused: why, and the pipes.
pub fn fill_pipes() -> (Error, Vec<(File, File)>) {
    const LEN: i32 = 1 << 20;
    let bytes = vec![7; 1 << 16];
    let mut held = Vec::with_capacity(1024);
    loop {
        match descriptor::pipe(O_NONBLOCK) {
            Ok(ends) => held.push(ends),
            Err(error) => return (error, held),
        }
        // It fails with the last pipe only.
        let Some((_, writer)) = held.last() else {
            continue;
        };
        let size = descriptor::control(writer.descriptor(), F_SETPIPE_SZ, LEN);
        let filled = size.and_then(|_| {
            (0..LEN >> 16).try_for_each(|_| io::write_all(writer.descriptor(), &bytes))
        });
        if let Err(error) = filled {
            return (error, held);
        }
    }
}

fn threads() -> i32 {
    let Ok((never, _writer)) = descriptor::pipe(0) else {
        return PASSED;
    };
    let never = never.descriptor();
    loop {
        let thread = thread::spawn(move || {
            let _ = io::read(never, &mut [0]);
        });
        match thread {
            // Nobody joins it: the process ends with its threads.
            Ok(_thread) => {}
            Err(error) => process::exit_now(refused(error)),
        }
    }
}

fn processes() -> i32 {
    let Some(own) = args::args().next() else {
        return FAILED;
    };
    let mut children = Vec::with_capacity(4096);
    let outcome = loop {
        // They end by themselves, and take memory until they are waited for.
        match process::spawn(own, &[own, CHILD]) {
            Ok(child) if children.len() < children.capacity() => children.push(child),
            Ok(_) => break PASSED,
            Err(error) => break refused(error),
        }
    };
    for child in children {
        let _ = child.kill(SIGKILL);
        let _ = child.wait();
    }
    outcome
}

fn files() -> i32 {
    let mut held = Vec::with_capacity(1024);
    loop {
        let Ok(path) = CString::new(format!("/data/many-{}", held.len())) else {
            return FAILED;
        };
        match File::open_with(&path, O_RDWR | O_CREAT) {
            Ok(file) => held.push(file),
            Err(error) => return refused(error),
        }
    }
}

fn counters() -> i32 {
    let mut held = Vec::with_capacity(1024);
    loop {
        match wait::event_counter(0, 0) {
            Ok(counter) => held.push(counter),
            Err(error) => return refused(error),
        }
    }
}
