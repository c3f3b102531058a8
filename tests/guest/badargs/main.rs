//! Calls the kernel with arguments that make no sense, from seeds: whatever it answers, it must go
//! on. `badargs [SEED [COUNT [CALLS]]]`: COUNT seeds from SEED on, CALLS calls each.
//!
//! Each seed is a process of its own (`badargs --child SEED CALLS`), for some of these calls end it or
//! put it to sleep for good, until it is killed: both are fine. A seed draws a few of the system calls and hammers
//! them, so that one which ends the process does not hide the others.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use harness::numbers::Numbers;
use harness::{Cases, USAGE, Verdict, context, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE, SIGKILL, WNOHANG};
use kpio_rt::abi::memory::{
    DIRECT_MAP_BASE, KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE, PAGE_SIZE, USER_END, USER_MMAP_TOP,
};
use kpio_rt::abi::syscalls::{SYS_EXIT, SYS_FORK, SYS_POWER_OFF, SYS_THREAD_EXIT, SYSCALLS};
use kpio_rt::memory::Mapping;
use kpio_rt::{args, eprintln, println, process, syscall, time};

kpio_rt::main!(run);

const CHILD: &str = "--child";
const DEFAULT_SEED: u64 = 1;
const DEFAULT_COUNT: u64 = 60;
const DEFAULT_CALLS: u64 = 400;
/// How long a seed may take before it counts as asleep.
const PATIENCE: Duration = Duration::from_millis(600);

fn run() -> i32 {
    let texts: Vec<&str> = args::texts().flatten().collect();
    let number = |text: &str| text.parse::<u64>().ok();
    match texts.as_slice() {
        [CHILD, seed, calls] => match (number(seed), number(calls)) {
            (Some(seed), Some(calls)) => hammer(seed, calls),
            _ => usage(),
        },
        given if given.len() <= 3 => {
            let defaults = [DEFAULT_SEED, DEFAULT_COUNT, DEFAULT_CALLS];
            let mut numbers = defaults;
            for (place, text) in numbers.iter_mut().zip(given) {
                let Some(given) = number(text) else {
                    return usage();
                };
                *place = given;
            }
            let [seed, count, calls] = numbers;
            check_seeds(seed, count, calls)
        }
        _ => usage(),
    }
}

fn usage() -> i32 {
    eprintln!("usage: badargs [SEED [COUNT [CALLS]]]");
    USAGE
}

fn check_seeds(first: u64, count: u64, calls: u64) -> i32 {
    let mut cases = Cases::new();
    for seed in first..first.saturating_add(count) {
        cases.run(format!("seed {seed}"), || {
            let pid = process::id();
            println!("       seed {seed}: {}", run_seed(seed, calls)?);
            reap()?;
            expect("getpid", process::id(), pid)
        });
    }
    cases.finish()
}

/// Runs a seed to its end, or until it has slept long enough; says how it ended.
fn run_seed(seed: u64, calls: u64) -> Result<String, String> {
    let own = args::args().next().ok_or("no name of its own")?;
    let words = [CHILD, &format!("{seed}"), &format!("{calls}")].map(CString::new);
    let [child, seed, calls] = words.map(|word| context(word, "argument"));
    let (child, seed, calls) = (child?, seed?, calls?);
    let arguments = [own, child.as_c_str(), seed.as_c_str(), calls.as_c_str()];
    let child = context(process::spawn(own, &arguments), "spawn")?;
    let deadline = time::monotonic() + PATIENCE;
    while time::monotonic() < deadline {
        match context(process::wait(child.id(), WNOHANG), "wait")? {
            (0, _) => context(time::sleep(Duration::from_millis(5)), "sleep")?,
            (_, status) => return Ok(format!("{status}")),
        }
    }
    // Else those of many seeds would be as many processes as there may be.
    context(child.kill(SIGKILL), "kill")?;
    Ok(format!("asleep, {}", context(child.wait(), "wait")?))
}

/// Waits for what seeds have left behind: it has come to this process, process 1.
fn reap() -> Verdict {
    loop {
        match process::wait(-1, WNOHANG) {
            Ok((0, _)) => return Ok(()),
            Err(error) if error == Errno::ECHILD => return Ok(()),
            ended => context(ended, "wait").map(|_| ())?,
        }
    }
}

/// Calls the kernel with nonsense.
fn hammer(seed: u64, calls: u64) -> i32 {
    let mut numbers = Numbers::from_seed(seed);
    let scratch = match Scratch::new() {
        Ok(scratch) => scratch,
        Err(error) => {
            eprintln!("badargs: no scratch memory: {error}");
            return 1;
        }
    };
    let is_excluded = |number: usize| {
        matches!(number, SYS_EXIT | SYS_THREAD_EXIT)
            || number == SYS_POWER_OFF && process::id() == 1
    };
    let drawn: Vec<usize> = (0..4)
        .map(|_| SYSCALLS[numbers.below(SYSCALLS.len())].number)
        .filter(|number| !is_excluded(*number))
        .collect();
    for _ in 0..calls {
        let number = match numbers.below(16) {
            0 => numbers.pick(&[SYSCALLS.len(), 255, 256, 1 << 31, 1 << 32, usize::MAX]),
            _ if drawn.is_empty() => SYSCALLS.len(),
            _ => numbers.pick(&drawn),
        };
        let arguments = core::array::from_fn(|_| scratch.argument(&mut numbers));
        // SAFETY: no argument is an address of memory this loop relies on: the stack, the program
        // and its heap are not among them, short of a random number that hits them.
        let result = unsafe { syscall::raw(number, arguments) };
        if number == SYS_FORK && result == 0 {
            // One of two: the other goes on. Else a seed would be 2^n processes.
            process::exit_now(0);
        }
    }
    0
}

/// Memory for the kernel to read and write.
struct Scratch {
    pages: Vec<Mapping>,
}

impl Scratch {
    fn new() -> Result<Self, kpio_rt::Error> {
        let protections = [
            PROT_READ | PROT_WRITE,
            PROT_READ | PROT_WRITE,
            PROT_READ,
            PROT_NONE,
            PROT_READ | PROT_EXEC,
        ];
        let pages = protections
            .into_iter()
            .map(|access| Mapping::new(4 * PAGE_SIZE, access));
        Ok(Self {
            pages: pages.collect::<Result<_, _>>()?,
        })
    }

    /// Some argument.
    fn argument(&self, numbers: &mut Numbers) -> usize {
        const SMALL: &[usize] = &[
            0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 48, 64, 144, 4095, 4096, 4097,
        ];
        const EDGES: &[usize] = &[
            0x7FFF_FFFF,
            0x8000_0000,
            0xFFFF_FFFF,
            0x1_0000_0000,
            usize::MAX,
            usize::MAX - 1,
            usize::MAX - 4095,
            isize::MAX as usize,
            1 << 63,
            1 << 47,
            USER_END,
            USER_END - 1,
            USER_MMAP_TOP,
            DIRECT_MAP_BASE,
            DIRECT_MAP_BASE + 0x20_0000,
            KERNEL_IMAGE_BASE,
            KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE,
        ];
        match numbers.below(8) {
            0..=1 => numbers.pick(SMALL),
            2 => numbers.pick(EDGES),
            3 => numbers.below(usize::MAX),
            4 => 1_usize << numbers.below(64),
            _ => {
                let page = &self.pages[numbers.below(self.pages.len())];
                let offset = numbers.below(page.len_bytes());
                page.address()
                    + if numbers.below(2) == 0 {
                        offset & !15
                    } else {
                        offset
                    }
            }
        }
    }
}
