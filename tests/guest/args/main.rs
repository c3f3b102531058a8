//! What a program is given: arguments, environment, auxiliary vector, stack.
//!
//! `args` runs all cases, some of them in processes of its own: `args --sum SUM ARG…` checks that
//! the arguments behind it have that checksum, `args --random` prints AT_RANDOM's bytes as its
//! status.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::ffi::CString;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::CStr;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    AT_ENTRY, AT_EXECFN, AT_HWCAP, AT_PAGESZ, AT_PHDR, AT_PHENT, AT_PHNUM, AT_RANDOM, AT_SECURE,
};
use kpio_rt::abi::memory::{
    PAGE_SIZE, START_MAX_STRING_BYTES, USER_END, USER_STACK_SIZE, USER_TEXT_BASE,
};
use kpio_rt::{args, println, process};

kpio_rt::main!(run);

const SUM: &CStr = c"--sum";
const RANDOM: &CStr = c"--random";

fn run() -> i32 {
    let given: Vec<&CStr> = args::args().collect();
    match given.as_slice() {
        [_, option, sum, rest @ ..] if *option == SUM => {
            let is_right = format!("{}", checksum(rest)).as_bytes() == sum.to_bytes();
            if is_right && is_aligned() {
                PASSED
            } else {
                FAILED
            }
        }
        [_, option] if *option == RANDOM => i32::from(random_bytes()[0]),
        _ => run_cases(&given),
    }
}

fn run_cases(given: &[&CStr]) -> i32 {
    for argument in given {
        println!("argument {argument:?}");
    }
    for variable in args::environment() {
        println!("variable {variable:?}");
    }
    let mut cases = Cases::new();
    cases.run("argv ends with null, envp follows it", lists);
    cases.run("the stack is aligned and where it should be", stack);
    cases.run(
        "the environment is the kernel's or the parent's",
        environment,
    );
    cases.run("the auxiliary vector describes this program", auxiliary);
    cases.run(
        "random bytes differ from process to process",
        random_differs,
    );
    cases.run("any arguments arrive as they were sent", any_arguments);
    cases.run("what is too long is refused", too_long);
    cases.finish()
}

/// A checksum over arguments with their lengths. Source: FNV-1a.
fn checksum(arguments: &[&CStr]) -> u64 {
    let bytes = arguments
        .iter()
        .flat_map(|argument| argument.to_bytes_with_nul());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3)
    })
}

/// argc lies below argv, at a multiple of 16 (System V ABI, "Process Initialization").
fn is_aligned() -> bool {
    (args::address() - size_of::<usize>()).is_multiple_of(16)
}

fn word(address: usize) -> usize {
    // SAFETY: the callers stay inside of argv and envp, which the kernel has laid out.
    unsafe { core::ptr::with_exposed_provenance::<usize>(address).read() }
}

fn lists() -> Verdict {
    let start = args::address();
    let count = args::args().count();
    expect("argc", word(start - size_of::<usize>()), count)?;
    let end = start + count * size_of::<usize>();
    expect("the word behind argv", word(end), 0)?;
    let first = args::environment()
        .next()
        .map_or(0, |entry| entry.as_ptr() as usize);
    expect(
        "the word behind that",
        word(end + size_of::<usize>()),
        first,
    )
}

fn stack() -> Verdict {
    ensure(is_aligned(), "argc is not at a multiple of 16")?;
    let range = USER_END - USER_STACK_SIZE..USER_END;
    ensure(range.contains(&args::address()), "argv is not on the stack")?;
    let local = 0_u8;
    ensure(
        range.contains(&(&raw const local as usize)),
        "variables are not on the stack",
    )
}

fn environment() -> Verdict {
    let path = args::variable(c"PATH").ok_or("there is no PATH")?;
    ensure(path.to_bytes() == b"/bin", format_args!("PATH is {path:?}"))?;
    expect("a variable nobody has set", args::variable(c"PATHS"), None)
}

fn auxiliary() -> Verdict {
    expect("AT_PAGESZ", args::auxiliary(AT_PAGESZ), PAGE_SIZE)?;
    expect("AT_PHENT", args::auxiliary(AT_PHENT), 56)?;
    expect("AT_SECURE", args::auxiliary(AT_SECURE), 0)?;
    expect(
        "AT_HWCAP",
        args::auxiliary(AT_HWCAP),
        core::arch::x86_64::__cpuid(1).edx as usize,
    )?;
    expect("an entry that is not there", args::auxiliary(12345), 0)?;
    let count = args::auxiliary(AT_PHNUM);
    ensure(
        (1..=128).contains(&count),
        format_args!("AT_PHNUM is {count}"),
    )?;
    let headers = args::auxiliary(AT_PHDR);
    ensure(
        headers >= USER_TEXT_BASE,
        format_args!("AT_PHDR is {headers:#x}"),
    )?;
    // The entry lies in a segment that can be executed (p_type 1, p_flags bit 0).
    let entry = args::auxiliary(AT_ENTRY);
    let bias = headers - word_of(headers, count, 6).unwrap_or(headers - USER_TEXT_BASE);
    let is_inside = (0..count).map(|index| headers + index * 56).any(|header| {
        let (kind, flags) = (word(header) & 0xFFFF_FFFF, word(header) >> 32);
        let start = bias + word(header + 16);
        kind == 1 && flags & 1 == 1 && (start..start + word(header + 40)).contains(&entry)
    });
    ensure(
        is_inside,
        format_args!("AT_ENTRY {entry:#x} is in no segment with code"),
    )?;
    let name = args::auxiliary(AT_EXECFN);
    // SAFETY: AT_EXECFN is the address of a string.
    let name = unsafe { CStr::from_ptr(core::ptr::with_exposed_provenance(name)) };
    expect("AT_EXECFN", Some(name), args::args().next())
}

/// `p_vaddr` of the first program header of a kind.
fn word_of(headers: usize, count: usize, kind: usize) -> Option<usize> {
    let mut all = (0..count).map(|index| headers + index * 56);
    all.find(|header| word(*header) & 0xFFFF_FFFF == kind)
        .map(|header| word(header + 16))
}

fn random_bytes() -> [u8; 16] {
    let address = args::auxiliary(AT_RANDOM);
    // SAFETY: AT_RANDOM is the address of 16 bytes.
    unsafe { core::ptr::with_exposed_provenance::<[u8; 16]>(address).read_unaligned() }
}

fn random_differs() -> Verdict {
    ensure(random_bytes() != [0; 16], "all bytes are 0")?;
    let own = args::args().next().ok_or("no name of its own")?;
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push(context(process::run(own, &[own, RANDOM]), "run")?.code());
    }
    let first = seen[0];
    // That eight bytes are equal by chance happens once in 2^56 runs.
    ensure(
        seen.iter().any(|byte| *byte != first),
        format_args!("always {first:?}"),
    )
}

fn any_arguments() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    let odd: [&[u8]; 7] = [
        b"",
        b" ",
        b"a b",
        "Grüße, 世界".as_bytes(),
        b"\xFF\xFE\x01",
        b"--",
        b"%20",
    ];
    let long = vec![b'x'; 100_000];
    let many: Vec<Vec<u8>> = (0..3000)
        .map(|index| format!("argument {index}").into())
        .collect();
    let sets: [Vec<&[u8]>; 5] = [
        Vec::new(),
        Vec::from([b"".as_slice()]),
        odd.to_vec(),
        Vec::from([long.as_slice(), b"", long.as_slice()]),
        many.iter().map(Vec::as_slice).collect(),
    ];
    for set in sets {
        let texts: Result<Vec<CString>, _> = set.iter().map(|text| CString::new(*text)).collect();
        let texts = context(texts, "an argument")?;
        let rest: Vec<&CStr> = texts.iter().map(CString::as_c_str).collect();
        let sum = context(CString::new(format!("{}", checksum(&rest))), "sum")?;
        let mut all = Vec::from([own, SUM, &sum]);
        all.extend(rest);
        let status = context(process::run(own, &all), "run")?;
        ensure(
            status.code() == Some(PASSED),
            format_args!("{} arguments: {status}", set.len()),
        )?;
    }
    Ok(())
}

fn too_long() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    let text = context(CString::new(vec![b'x'; START_MAX_STRING_BYTES]), "argument")?;
    let outcome = process::spawn(own, &[own, &text]).map(|child| child.id());
    expect("one argument", outcome, Err(Errno::E2BIG.into()))?;
    let text = context(
        CString::new(vec![b'x'; START_MAX_STRING_BYTES - 1]),
        "argument",
    )?;
    let outcome = process::spawn(own, &vec![text.as_c_str(); 17]).map(|child| child.id());
    expect("all together", outcome, Err(Errno::E2BIG.into()))
}
