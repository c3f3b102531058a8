//! Mappings: what MMAP, MUNMAP and MPROTECT promise, and the heap above them.
//!
//! `memory` runs all cases; `memory exhaust` uses memory until there is none and must be ended.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use harness::machine::{self, RETURN_42};
use harness::numbers::Numbers;
use harness::probe::{is_readable, is_writable};
use harness::{Cases, FAILED, USAGE, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    MADV_DONTNEED, MADV_WILLNEED, MAP_ANONYMOUS, MAP_FIXED, MAP_GROWSDOWN, MAP_NORESERVE,
    MAP_POPULATE, MAP_PRIVATE, MAP_SHARED, MAP_SHARED_VALIDATE, MAP_STACK, MREMAP_FIXED,
    MREMAP_MAYMOVE, PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE, SIGKILL,
};
use kpio_rt::abi::memory::{DIRECT_MAP_BASE, PAGE_SIZE, USER_END, USER_MIN, USER_MMAP_TOP};
use kpio_rt::abi::syscalls::{SYS_MADVISE, SYS_MMAP, SYS_MPROTECT, SYS_MREMAP, SYS_MUNMAP};
use kpio_rt::memory::{self, Mapping};
use kpio_rt::{Error, args, eprintln, process, syscall, system};

kpio_rt::main!(run);

const READ_WRITE: u32 = PROT_READ | PROT_WRITE;
const ANONYMOUS: u32 = MAP_PRIVATE | MAP_ANONYMOUS;

fn run() -> i32 {
    match args::texts().next().flatten() {
        None => {}
        Some("exhaust") => return exhaust(),
        Some(name) => {
            eprintln!("memory: there is no {name:?}");
            return USAGE;
        }
    }
    let mut cases = Cases::new();
    cases.run("new pages are zero and can be used", new_pages);
    cases.run("pages cost memory when they are touched", demand_zero);
    cases.run("a fixed mapping replaces what is there", fixed_replaces);
    cases.run("an address without MAP_FIXED is advice", advice);
    cases.run("a middle page can be unmapped", middle_unmapped);
    cases.run("holes do not matter when unmapping", holes);
    cases.run("protection follows mprotect, content stays", protection);
    cases.run("code is written first and executed then", code);
    cases.run("shared memory without a file", shared);
    cases.run("pages can be asked for at once", populated);
    cases.run("a mapping grows, moves and shrinks", remapped);
    cases.run(
        "what makes no sense of remapping is refused",
        remapping_refused,
    );
    cases.run("what is not needed any more is zero again", advised);
    cases.run("what makes no sense is refused", refused);
    cases.run("lengths that do not fit are refused", too_long);
    cases.run("a thousand mappings side by side", many);
    cases.run("random maps, unmaps and protections", random_ranges);
    cases.run("the heap keeps what it is given", heap);
    cases.run(
        "who uses all memory is ended, and all of it comes back",
        exhausted,
    );
    cases.finish()
}

/// MMAP as it is, without what libkpio checks before.
fn raw_map(
    address: usize,
    len: usize,
    access: u32,
    flags: u32,
    rest: [usize; 2],
) -> Result<usize, Error> {
    let [fd, offset] = rest;
    // SAFETY: MAP_FIXED is used only where the test owns the range, or where it is refused.
    unsafe {
        syscall::call(
            SYS_MMAP,
            [address, len, access as usize, flags as usize, fd, offset],
        )
    }
}

const NO_FILE: [usize; 2] = [usize::MAX, 0];

fn raw_range(number: usize, address: usize, len: usize, access: u32) -> Result<usize, Error> {
    // SAFETY: as for `raw_map`.
    unsafe { syscall::call(number, [address, len, access as usize, 0, 0, 0]) }
}

fn map(pages: usize, access: u32) -> Result<Mapping, String> {
    context(Mapping::new(pages * PAGE_SIZE, access), "mmap")
}

fn protect(address: usize, pages: usize, access: u32) -> Result<(), Error> {
    // SAFETY: the range is the test's own.
    unsafe { memory::protect(address, pages * PAGE_SIZE, access) }
}

fn unmap(address: usize, pages: usize) -> Result<(), Error> {
    // SAFETY: the range is the test's own.
    unsafe { memory::unmap(address, pages * PAGE_SIZE) }
}

fn peek(address: usize) -> u8 {
    // SAFETY: the callers know that the byte can be read.
    unsafe { machine::read(address) }
}

fn poke(address: usize, byte: u8) {
    // SAFETY: the callers know that the byte can be written, and own it.
    unsafe { machine::write(address, byte) };
}

fn can_write(address: usize) -> bool {
    // SAFETY: all callers own the byte.
    unsafe { is_writable(address) }
}

fn new_pages() -> Verdict {
    for flags in [ANONYMOUS, ANONYMOUS | MAP_NORESERVE, ANONYMOUS | MAP_STACK] {
        // SAFETY: a new mapping overlaps nothing.
        let start = context(
            unsafe { memory::map(0, 3 * PAGE_SIZE, READ_WRITE, flags) },
            "mmap",
        )?;
        ensure(
            start.is_multiple_of(PAGE_SIZE),
            "it does not start at a page",
        )?;
        ensure(
            (USER_MIN..USER_MMAP_TOP).contains(&start),
            "it is not where mappings are",
        )?;
        for offset in (0..3 * PAGE_SIZE).step_by(61) {
            expect("a new byte", peek(start + offset), 0)?;
            poke(start + offset, 0xA5);
            expect("a written byte", peek(start + offset), 0xA5)?;
        }
        context(unmap(start, 3), "munmap")?;
        ensure(!is_readable(start), "an unmapped page can still be read")?;
    }
    // A length is rounded up to whole pages.
    let short = context(
        raw_map(0, 1, READ_WRITE, ANONYMOUS, NO_FILE),
        "mmap of a byte",
    )?;
    poke(short + PAGE_SIZE - 1, 1);
    context(unmap(short, 1), "munmap")
}

fn demand_zero() -> Verdict {
    // The first time, the kernel's heap may grow, and it does not shrink.
    touch_few_of_many()?;
    let before = free_frames()?;
    let (mapped, touched) = touch_few_of_many()?;
    expect("frames for mapping", before - mapped, 0)?;
    // The pages, and tables for places 8 MiB apart.
    ensure(mapped - touched >= 16, "touching pages took no memory")?;
    ensure(
        mapped - touched < 96,
        format_args!("sixteen pages took {} frames", mapped - touched),
    )?;
    expect("free frames after unmapping", free_frames()?, before)
}

fn free_frames() -> Result<u64, String> {
    Ok(context(system::info(), "system_info")?.free_frames)
}

/// Maps 128 MiB, touches sixteen pages of it and unmaps it; returns the free frames after the first
/// and after the second step.
fn touch_few_of_many() -> Result<(u64, u64), String> {
    const PAGES: usize = 32 << 10;
    let mapping = map(PAGES, READ_WRITE)?;
    let mapped = free_frames()?;
    for page in (0..PAGES).step_by(PAGES / 16) {
        poke(mapping.address() + page * PAGE_SIZE, 1);
    }
    Ok((mapped, free_frames()?))
}

fn fixed_replaces() -> Verdict {
    let mapping = map(3, READ_WRITE)?;
    let middle = mapping.address() + PAGE_SIZE;
    for page in 0..3 {
        poke(mapping.address() + page * PAGE_SIZE, 7);
    }
    // SAFETY: the test's own page.
    let start = unsafe { memory::map_fixed(middle, PAGE_SIZE, READ_WRITE) };
    expect("its address", context(start, "mmap")?, middle)?;
    expect("the page before", peek(mapping.address()), 7)?;
    expect("the new page", peek(middle), 0)?;
    expect("the page behind", peek(middle + PAGE_SIZE), 7)
}

fn advice() -> Verdict {
    let mapping = map(1, READ_WRITE)?;
    poke(mapping.address(), 9);
    // SAFETY: without MAP_FIXED nothing is replaced.
    let taken = unsafe { memory::map(mapping.address(), PAGE_SIZE, READ_WRITE, ANONYMOUS) };
    let taken = context(taken, "mmap at a place that is taken")?;
    ensure(taken != mapping.address(), "it replaced what was there")?;
    expect("what was there", peek(mapping.address()), 9)?;
    context(unmap(taken, 1), "munmap")?;
    for address in [DIRECT_MAP_BASE, usize::MAX, 1, USER_END] {
        // SAFETY: as above.
        let start = unsafe { memory::map(address, PAGE_SIZE, READ_WRITE, ANONYMOUS) };
        let start = context(start, "mmap with odd advice")?;
        ensure(
            (USER_MIN..USER_MMAP_TOP).contains(&start),
            "it is not where mappings are",
        )?;
        context(unmap(start, 1), "munmap")?;
    }
    Ok(())
}

fn middle_unmapped() -> Verdict {
    let mapping = map(5, READ_WRITE)?;
    let page = |index: usize| mapping.address() + index * PAGE_SIZE;
    (0..5).for_each(|index| poke(page(index), 5));
    context(unmap(page(2), 1), "munmap")?;
    for (index, is_there) in [true, true, false, true, true].into_iter().enumerate() {
        expect(
            "whether a page can be read",
            is_readable(page(index)),
            is_there,
        )?;
    }
    expect("a page beside", peek(page(1)), 5)?;
    // SAFETY: the hole is the test's own.
    let mapped = unsafe { memory::map_fixed(page(2), PAGE_SIZE, READ_WRITE) };
    context(mapped, "mmap")?;
    expect("the filled hole", peek(page(2)), 0)
}

fn holes() -> Verdict {
    let mapping = map(5, READ_WRITE)?;
    let page = |index: usize| mapping.address() + index * PAGE_SIZE;
    context(unmap(page(1), 1), "munmap")?;
    context(unmap(page(3), 1), "munmap")?;
    context(unmap(page(0), 5), "munmap over holes")?;
    context(unmap(page(0), 5), "munmap of a hole")?;
    ensure(
        (0..5).all(|index| !is_readable(page(index))),
        "a page is still there",
    )
}

fn protection() -> Verdict {
    let mapping = map(3, READ_WRITE)?;
    let page = |index: usize| mapping.address() + index * PAGE_SIZE;
    (0..3).for_each(|index| poke(page(index), 3));
    context(protect(page(1), 1, PROT_READ), "mprotect")?;
    ensure(is_readable(page(1)) && !can_write(page(1)), "PROT_READ")?;
    ensure(
        can_write(page(0) + 8) && can_write(page(2) + 8),
        "its neighbours can be written",
    )?;
    context(protect(page(1), 1, PROT_NONE), "mprotect")?;
    ensure(!is_readable(page(1)) && !can_write(page(1)), "PROT_NONE")?;
    context(protect(page(0), 3, READ_WRITE), "mprotect")?;
    for index in 0..3 {
        expect("content", peek(page(index)), 3)?;
        ensure(can_write(page(index)), "all can be written again")?;
    }
    // Pages that were never touched have a protection too.
    let fresh = map(2, PROT_NONE)?;
    ensure(!is_readable(fresh.address()), "a fresh page with PROT_NONE")?;
    context(protect(fresh.address(), 2, PROT_READ), "mprotect")?;
    ensure(
        is_readable(fresh.address()) && !can_write(fresh.address()),
        "a fresh page",
    )
}

fn code() -> Verdict {
    let mapping = map(1, READ_WRITE)?;
    for (offset, byte) in RETURN_42.into_iter().enumerate() {
        poke(mapping.address() + offset, byte);
    }
    context(
        protect(mapping.address(), 1, PROT_READ | PROT_EXEC),
        "mprotect",
    )?;
    ensure(!can_write(mapping.address()), "code can be written")?;
    // SAFETY: a function was written there.
    expect(
        "what the code returns",
        unsafe { machine::call(mapping.address()) },
        42,
    )
}

fn shared() -> Verdict {
    for kind in [MAP_SHARED, MAP_SHARED_VALIDATE] {
        let start = context(
            raw_map(0, PAGE_SIZE, READ_WRITE, kind | MAP_ANONYMOUS, NO_FILE),
            "mmap",
        )?;
        expect("a new byte", peek(start), 0)?;
        poke(start, 7);
        expect("the byte", peek(start), 7)?;
        context(unmap(start, 1), "munmap")?;
    }
    Ok(())
}

fn populated() -> Verdict {
    let pages = 64;
    let flags = ANONYMOUS | MAP_POPULATE;
    let len = pages * PAGE_SIZE;
    // The first time, the kernel's heap may grow.
    let warm = context(raw_map(0, len, READ_WRITE, flags, NO_FILE), "mmap")?;
    context(unmap(warm, pages), "munmap")?;
    let before = free_frames()?;
    let start = context(raw_map(0, len, READ_WRITE, flags, NO_FILE), "mmap")?;
    let taken = before - free_frames()?;
    ensure(
        taken >= pages as u64,
        alloc::format!("{taken} frames taken"),
    )?;
    context(unmap(start, pages), "munmap")
}

fn remap(address: usize, old: usize, new: usize, flags: u32, to: usize) -> Result<usize, Error> {
    let flags = flags as usize;
    // SAFETY: the ranges are the test's own.
    unsafe { syscall::call(SYS_MREMAP, [address, old, new, flags, to, 0]) }
}

fn remapped() -> Verdict {
    let page = PAGE_SIZE;
    let area = context(
        raw_map(0, 8 * page, PROT_NONE, ANONYMOUS, NO_FILE),
        "mmap of a place",
    )?;
    let start = context(
        raw_map(area, 2 * page, READ_WRITE, ANONYMOUS | MAP_FIXED, NO_FILE),
        "mmap",
    )?;
    poke(start, 1);
    poke(start + page, 2);
    expect(
        "growing without room",
        remap(start, 2 * page, 3 * page, 0, 0),
        Err(Error::from(Errno::ENOMEM)),
    )?;
    context(unmap(area + 2 * page, 6), "munmap")?;
    let grown = context(remap(start, 2 * page, 4 * page, 0, 0), "growing in place")?;
    expect("where it grew", grown, start)?;
    poke(start + 3 * page, 3);
    let to = area + 4 * page;
    let flags = MREMAP_MAYMOVE | MREMAP_FIXED;
    let moved = context(remap(start, 4 * page, 4 * page, flags, to), "moving")?;
    expect("where it moved", moved, to)?;
    ensure(!is_readable(start), "the old place is still there")?;
    let bytes = [0, 1, 2, 3].map(|n| peek(moved + n * page));
    expect("what moved", bytes, [1, 2, 0, 3])?;
    context(remap(moved, 4 * page, page, 0, 0), "shrinking")?;
    ensure(
        !is_readable(moved + page),
        "what was cut off is still there",
    )?;
    expect("what stayed", peek(moved), 1)?;
    context(unmap(moved, 1), "munmap")
}

fn remapping_refused() -> Verdict {
    let mapping = map(2, READ_WRITE)?;
    let start = mapping.address();
    let page = PAGE_SIZE;
    let fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
    let outcomes = [
        ("to nothing", remap(start, page, 0, 0, 0), Errno::EINVAL),
        ("of nothing", remap(start, 0, page, 0, 0), Errno::EINVAL),
        (
            "at an odd place",
            remap(start + 1, page, page, 0, 0),
            Errno::EINVAL,
        ),
        (
            "unknown flag",
            remap(start, page, page, 64, 0),
            Errno::EINVAL,
        ),
        (
            "fixed alone",
            remap(start, page, page, MREMAP_FIXED, 0),
            Errno::EINVAL,
        ),
        (
            "to an odd place",
            remap(start, page, page, fixed, 1),
            Errno::EINVAL,
        ),
        (
            "onto itself",
            remap(start, 2 * page, 2 * page, fixed, start + page),
            Errno::EINVAL,
        ),
        (
            "to the null page",
            remap(start, page, page, fixed, 0),
            Errno::ENOMEM,
        ),
        (
            "to the kernel",
            remap(start, page, page, fixed, DIRECT_MAP_BASE),
            Errno::ENOMEM,
        ),
        (
            "to more than there is",
            remap(start, page, USER_END, MREMAP_MAYMOVE, 0),
            Errno::ENOMEM,
        ),
        (
            "to a length that wraps",
            remap(start, page, usize::MAX, MREMAP_MAYMOVE, 0),
            Errno::ENOMEM,
        ),
        (
            "of what is not mapped",
            remap(USER_MIN, page, 2 * page, MREMAP_MAYMOVE, 0),
            Errno::EFAULT,
        ),
    ];
    for (what, outcome, errno) in outcomes {
        expect(what, outcome, Err(Error::from(errno)))?;
    }
    Ok(())
}

fn advise(address: usize, len: usize, advice: u32) -> Result<usize, Error> {
    raw_range(SYS_MADVISE, address, len, advice)
}

fn advised() -> Verdict {
    let mapping = map(3, READ_WRITE)?;
    let start = mapping.address();
    let page = PAGE_SIZE;
    for n in 0..3 {
        poke(start + n * page, 9);
    }
    context(advise(start + page, page, MADV_DONTNEED), "madvise")?;
    let bytes = [0, 1, 2].map(|n| peek(start + n * page));
    expect("the bytes", bytes, [9, 0, 9])?;
    context(advise(start, 3 * page, MADV_WILLNEED), "advice only")?;
    expect("nothing", advise(start, 0, MADV_WILLNEED), Ok(0))?;
    let outcomes = [
        (
            "an odd place",
            advise(start + 1, page, MADV_WILLNEED),
            Errno::EINVAL,
        ),
        ("unknown advice", advise(start, page, 99), Errno::EINVAL),
        (
            "what is not mapped",
            advise(USER_MIN, page, MADV_DONTNEED),
            Errno::ENOMEM,
        ),
    ];
    for (what, outcome, errno) in outcomes {
        expect(what, outcome, Err(Error::from(errno)))?;
    }
    Ok(())
}

fn refused() -> Verdict {
    let mapping = map(4, READ_WRITE)?;
    let start = mapping.address();
    let fixed = ANONYMOUS | MAP_FIXED;
    let all = READ_WRITE | PROT_EXEC;
    let page = PAGE_SIZE;
    let mmap = |address, len, access, flags| raw_map(address, len, access, flags, NO_FILE);
    let outcomes = [
        (
            "mmap of nothing",
            mmap(0, 0, READ_WRITE, ANONYMOUS),
            Errno::EINVAL,
        ),
        (
            "mmap without a kind",
            mmap(0, page, READ_WRITE, MAP_ANONYMOUS),
            Errno::EINVAL,
        ),
        (
            "mmap with an unknown flag",
            mmap(0, page, READ_WRITE, ANONYMOUS | 1 << 30),
            Errno::EINVAL,
        ),
        (
            "mmap with an unknown access",
            mmap(0, page, 1 << 20, ANONYMOUS),
            Errno::EINVAL,
        ),
        (
            "mmap at an odd address",
            mmap(start + 1, page, READ_WRITE, fixed),
            Errno::EINVAL,
        ),
        (
            "mmap at null",
            mmap(0, page, READ_WRITE, fixed),
            Errno::ENOMEM,
        ),
        (
            "mmap below all",
            mmap(USER_MIN - page, page, READ_WRITE, fixed),
            Errno::ENOMEM,
        ),
        (
            "mmap at the end",
            mmap(USER_END, page, READ_WRITE, fixed),
            Errno::ENOMEM,
        ),
        (
            "mmap over the end",
            mmap(USER_END - page, 2 * page, READ_WRITE, fixed),
            Errno::ENOMEM,
        ),
        (
            "mmap of the kernel",
            mmap(DIRECT_MAP_BASE, page, READ_WRITE, fixed),
            Errno::ENOMEM,
        ),
        (
            "mmap that wraps",
            mmap(usize::MAX - 4095, 2 * page, READ_WRITE, fixed),
            Errno::ENOMEM,
        ),
        (
            "mmap to write and execute",
            mmap(0, page, all, ANONYMOUS),
            Errno::EACCES,
        ),
        (
            "mmap to execute and write",
            mmap(0, page, PROT_WRITE | PROT_EXEC, ANONYMOUS),
            Errno::EACCES,
        ),
        (
            "mmap of no file",
            raw_map(0, page, PROT_READ, MAP_PRIVATE, [usize::MAX, 0]),
            Errno::EBADF,
        ),
        (
            "mmap of the console",
            raw_map(0, page, PROT_READ, MAP_PRIVATE, [0, 0]),
            Errno::ENODEV,
        ),
        (
            "mmap that grows down",
            mmap(0, page, READ_WRITE, ANONYMOUS | MAP_GROWSDOWN),
            Errno::ENOSYS,
        ),
        (
            "mmap at an odd offset",
            raw_map(0, page, READ_WRITE, ANONYMOUS, [usize::MAX, 1]),
            Errno::EINVAL,
        ),
        (
            "munmap of nothing",
            raw_range(SYS_MUNMAP, start, 0, 0),
            Errno::EINVAL,
        ),
        (
            "munmap at an odd address",
            raw_range(SYS_MUNMAP, start + 8, page, 0),
            Errno::EINVAL,
        ),
        (
            "munmap of the kernel",
            raw_range(SYS_MUNMAP, DIRECT_MAP_BASE, page, 0),
            Errno::EINVAL,
        ),
        (
            "munmap over the end",
            raw_range(SYS_MUNMAP, USER_END - page, 2 * page, 0),
            Errno::EINVAL,
        ),
        (
            "munmap that wraps",
            raw_range(SYS_MUNMAP, start, usize::MAX - 8, 0),
            Errno::EINVAL,
        ),
        (
            "mprotect at an odd address",
            raw_range(SYS_MPROTECT, start + 8, page, 1),
            Errno::EINVAL,
        ),
        (
            "mprotect, unknown access",
            raw_range(SYS_MPROTECT, start, page, 1 << 20),
            Errno::EINVAL,
        ),
        (
            "mprotect to write and execute",
            raw_range(SYS_MPROTECT, start, page, all),
            Errno::EACCES,
        ),
        (
            "mprotect of the kernel",
            raw_range(SYS_MPROTECT, DIRECT_MAP_BASE, page, 1),
            Errno::ENOMEM,
        ),
        (
            "mprotect that wraps",
            raw_range(SYS_MPROTECT, start, usize::MAX - 8, 1),
            Errno::ENOMEM,
        ),
    ];
    for (what, outcome, errno) in outcomes {
        expect(what, outcome, Err(errno.into()))?;
    }
    context(unmap(start + PAGE_SIZE, 1), "munmap")?;
    let over_hole = raw_range(SYS_MPROTECT, start, 3 * page, PROT_READ);
    expect("mprotect over a hole", over_hole, Err(Errno::ENOMEM.into()))?;
    let hole = raw_range(SYS_MPROTECT, start + page, page, PROT_READ);
    expect("mprotect of a hole", hole, Err(Errno::ENOMEM.into()))
}

fn too_long() -> Verdict {
    for len in [1 << 47, USER_END, 1 << 62, usize::MAX - 4096, usize::MAX] {
        let outcome = raw_map(0, len, READ_WRITE, ANONYMOUS, NO_FILE);
        expect("mmap", outcome, Err(Errno::ENOMEM.into()))?;
        let outcome = Mapping::new(len, READ_WRITE).map(|mapping| mapping.len_bytes());
        expect("libkpio's mmap", outcome, Err(Errno::ENOMEM.into()))?;
    }
    Ok(())
}

/// A byte that differs from step to step.
fn mark(step: usize) -> u8 {
    step.to_le_bytes()[0]
}

fn many() -> Verdict {
    let mut pages = Vec::new();
    for index in 0..1000_usize {
        // Neighbours of different access cannot become one.
        let page = map(
            1,
            if index % 2 == 0 {
                READ_WRITE
            } else {
                PROT_READ
            },
        )?;
        if index % 2 == 0 {
            poke(page.address(), mark(index));
        }
        pages.push(page);
    }
    let mut index = 0_usize;
    pages.retain(|_| {
        index += 1;
        index % 2 == 1
    });
    for (index, page) in pages.iter().enumerate() {
        expect("content", peek(page.address()), mark(2 * index))?;
    }
    Ok(())
}

/// A small model of sixteen pages, beside the real ones.
fn random_ranges() -> Verdict {
    const PAGES: usize = 16;
    let mut numbers = Numbers::from_seed(2026);
    let region = map(PAGES, READ_WRITE)?;
    let address = |page: usize| region.address() + page * PAGE_SIZE;
    // What a page should be: its access and its first byte, or not mapped.
    let mut model: [Option<(u32, u8)>; PAGES] = [Some((READ_WRITE, 0)); PAGES];
    for step in 0..1500 {
        let first = numbers.below(PAGES);
        let count = 1 + numbers.below(PAGES - first);
        let range = first..first + count;
        match numbers.below(4) {
            0 => {
                context(unmap(address(first), count), "munmap")?;
                model[range].fill(None);
            }
            1 => {
                let access = numbers.pick(&[PROT_NONE, PROT_READ, READ_WRITE]);
                // SAFETY: the region is the test's own.
                let mapped =
                    unsafe { memory::map_fixed(address(first), count * PAGE_SIZE, access) };
                context(mapped, "mmap")?;
                model[range].fill(Some((access, 0)));
            }
            2 => {
                let access = numbers.pick(&[PROT_NONE, PROT_READ, READ_WRITE]);
                let outcome = protect(address(first), count, access);
                if model[range.clone()].iter().all(Option::is_some) {
                    context(outcome, "mprotect")?;
                    model[range]
                        .iter_mut()
                        .flatten()
                        .for_each(|page| page.0 = access);
                } else {
                    expect("mprotect over a hole", outcome, Err(Errno::ENOMEM.into()))?;
                    // How far it came is not said: start again from what is known.
                    // SAFETY: the region is the test's own.
                    let mapped =
                        unsafe { memory::map_fixed(address(first), count * PAGE_SIZE, READ_WRITE) };
                    context(mapped, "mmap")?;
                    model[range].fill(Some((READ_WRITE, 0)));
                }
            }
            _ => {
                if let Some((READ_WRITE, byte)) = &mut model[first] {
                    *byte = mark(step);
                    poke(address(first), *byte);
                }
            }
        }
        for (page, state) in model.iter().enumerate() {
            let access = state.map_or(PROT_NONE, |(access, _)| access);
            expect(
                "readable",
                is_readable(address(page)),
                access & PROT_READ != 0,
            )?;
            if let Some((PROT_READ | READ_WRITE, byte)) = state {
                expect("content", peek(address(page)), *byte)?;
            }
            // The last byte of a page is for this probe.
            let last = address(page) + PAGE_SIZE - 1;
            expect("writable", can_write(last), access & PROT_WRITE != 0)?;
        }
    }
    Ok(())
}

fn heap() -> Verdict {
    let mut numbers = Numbers::from_seed(7);
    let mut kept: Vec<(Vec<u8>, u8)> = Vec::new();
    for round in 0..3000_usize {
        let mark = mark(round);
        let len = match numbers.below(20) {
            0 => numbers.below(2 << 20),
            1..=4 => numbers.below(20_000),
            _ => numbers.below(400),
        };
        kept.push((vec![mark; len], mark));
        if kept.len() > 40 {
            let (mut bytes, mark) = kept.swap_remove(numbers.below(kept.len()));
            ensure(
                bytes.iter().all(|byte| *byte == mark),
                "an allocation has changed",
            )?;
            bytes.resize(bytes.len() * 2 + 1, mark);
            ensure(
                bytes.iter().all(|byte| *byte == mark),
                "growing has lost bytes",
            )?;
        }
    }
    let large = vec![0_u8; 24 << 20];
    ensure(
        large.iter().all(|byte| *byte == 0),
        "fresh memory is not zero",
    )
}

/// Touches pages until the kernel has no more.
fn exhaust() -> i32 {
    loop {
        let Ok(mapping) = Mapping::new(16 << 20, READ_WRITE) else {
            // Refusing the mapping is an orderly end too, but then it must come from the kernel.
            eprintln!("memory: mmap is refused before memory is used up");
            return FAILED;
        };
        for offset in (0..mapping.len_bytes()).step_by(PAGE_SIZE) {
            poke(mapping.address() + offset, 1);
        }
        core::mem::forget(mapping);
    }
}

fn exhausted() -> Verdict {
    let own = args::args().next().ok_or("no name of its own")?;
    let run = || context(process::run(own, &[own, c"exhaust"]), "run");
    // The first time may grow what the kernel keeps for itself.
    run()?;
    let before = free_frames()?;
    let status = run()?;
    let after = free_frames()?;
    expect("how it ended", status.signal(), Some(SIGKILL.cast_signed()))?;
    expect("free frames afterwards", after, before)
}
