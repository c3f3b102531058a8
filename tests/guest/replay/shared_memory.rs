//! Steps with shared memory objects: names, handles and mappings of this one process.

use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{
    SYS_CLOSE, SYS_FSTAT, SYS_FTRUNCATE, SYS_HANDLE_DUPLICATE, SYS_MMAP, SYS_MUNMAP,
    SYS_SHM_CREATE, SYS_SHM_OPEN, SYS_SHM_UNLINK,
};
use kpio_rt::abi::types::Stat;

use harness::{machine, probe};

use super::{Answer, call, nr_handles, result};

/// The length of a step's record.
pub const STEP_BYTES: usize = 12;
/// Mappings there can be at once.
const NR_PLACES: usize = 8;
/// Pages of every mapping.
const MAPPED_PAGES: usize = 4;
/// The mode of what is made.
const MODE: usize = 0o600;

/// What is mapped where; 0 is nothing.
#[derive(Default)]
pub struct Places([usize; NR_PLACES]);

/// Plays a step: its result, what else it tells, and how many handles there are afterwards.
pub fn play(places: &mut Places, step: &[u8]) -> Answer {
    let (outcome, told) = do_step(places, step);
    [outcome, told, nr_handles()]
}

fn do_step(places: &mut Places, step: &[u8]) -> (u64, u64) {
    let number = i32::from(i16::from_le_bytes([step[2], step[3]]));
    let fd = number.cast_unsigned() as usize;
    let argument = u32::from_le_bytes([step[4], step[5], step[6], step[7]]) as usize;
    let other = u32::from_le_bytes([step[8], step[9], step[10], step[11]]) as usize;
    let name = [b'/', b'a' + step[1] % 8, 0];
    let name = name.as_ptr().addr();
    let place = usize::from(step[1]) % NR_PLACES;
    let done = match step[0] {
        0 => call(SYS_SHM_CREATE, [0; 6]),
        1 => call(SYS_SHM_OPEN, [name, argument, MODE, 0, 0, 0]),
        2 => call(SYS_SHM_UNLINK, [name, 0, 0, 0, 0, 0]),
        3 => call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]),
        4 => call(SYS_FTRUNCATE, [fd, argument, 0, 0, 0, 0]),
        5 => map(places, place, fd, argument, other),
        6 => unmap(places, place),
        7 => return (result(peek(places, place, argument)), 0),
        8 => poke(places, place, argument, other),
        9 => call(SYS_HANDLE_DUPLICATE, [fd, argument, 0, 0, 0, 0]),
        _ => return stat(fd),
    };
    (result(done), 0)
}

/// Maps at a place where nothing is: bit 0 of `how` is for writing, bit 1 for private.
fn map(
    places: &mut Places,
    place: usize,
    fd: usize,
    first_page: usize,
    how: usize,
) -> Result<usize, kpio_rt::Error> {
    let access = if how & 1 == 0 {
        PROT_READ
    } else {
        PROT_READ | PROT_WRITE
    };
    let kind = if how & 2 == 0 {
        MAP_SHARED
    } else {
        MAP_PRIVATE
    };
    let len = MAPPED_PAGES * PAGE_SIZE;
    let offset = first_page * PAGE_SIZE;
    let arguments = [0, len, access as usize, kind as usize, fd, offset];
    places.0[place] = call(SYS_MMAP, arguments)?;
    Ok(0)
}

fn unmap(places: &mut Places, place: usize) -> Result<usize, kpio_rt::Error> {
    let start = core::mem::take(&mut places.0[place]);
    call(SYS_MUNMAP, [start, MAPPED_PAGES * PAGE_SIZE, 0, 0, 0, 0])
}

/// The byte at an offset of a mapping, EFAULT if there is none.
fn peek(places: &Places, place: usize, offset: usize) -> Result<usize, kpio_rt::Error> {
    let address = places.0[place] + offset;
    if !probe::is_readable(address & !3) {
        return Err(Errno::EFAULT.into());
    }
    // SAFETY: the call has just read the word that it is a part of.
    Ok(usize::from(unsafe { machine::read(address) }))
}

/// Writes a byte at an offset of a mapping, EFAULT if that cannot be.
fn poke(
    places: &Places,
    place: usize,
    offset: usize,
    value: usize,
) -> Result<usize, kpio_rt::Error> {
    let address = places.0[place] + offset;
    // SAFETY: the byte is the script's, and gets its value at once.
    if !unsafe { probe::is_writable(address) } {
        return Err(Errno::EFAULT.into());
    }
    // SAFETY: the call has just written it.
    unsafe { machine::write(address, value.to_le_bytes()[0]) };
    Ok(0)
}

/// An object's length, and how many pages it has.
fn stat(fd: usize) -> (u64, u64) {
    let mut stat = Stat::default();
    let done = call(SYS_FSTAT, [fd, (&raw mut stat).addr(), 0, 0, 0, 0]);
    let pages = stat.st_blocks.cast_unsigned() * 512 / PAGE_SIZE as u64;
    let told = stat.st_size.cast_unsigned() << 16 | pages;
    (result(done), if done.is_ok() { told } else { 0 })
}
