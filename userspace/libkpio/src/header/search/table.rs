//! `search.h`: `hsearch` and its family: a table by the hash of a string, with room for one in four to
//! spare.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;

use crate::header::errno;
use crate::header::stdlib::memory::{calloc, free};
use crate::string::c_bytes;

/// `ENTRY`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    key: *mut c_char,
    data: *mut c_void,
}

/// `struct hsearch_data`. Source: musl, search.h.
#[repr(C)]
pub struct Table {
    entries: *mut Entry,
    /// How many places there are, a power of two, and how many are taken.
    room: usize,
    count: usize,
}

const FIND: c_int = 0;
/// So many places there are at least.
const LEAST: usize = 8;

/// Source: Fowler, Noll, Vo, "FNV hash" (1a).
fn hash(key: &[u8]) -> usize {
    let hash = key.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    usize::try_from(hash).unwrap_or(0)
}

impl Table {
    const fn new() -> Self {
        Self {
            entries: ptr::null_mut(),
            room: 0,
            count: 0,
        }
    }

    /// The place of a key, or the empty one where it belongs. There is room.
    fn place(&self, key: &[u8]) -> *mut Entry {
        let mut index = hash(key);
        loop {
            let place = self.entries.wrapping_add(index & (self.room - 1));
            // SAFETY: within the table.
            let entry = unsafe { place.read() };
            // SAFETY: a key is a string of the program's, which stays.
            if entry.key.is_null() || unsafe { c_bytes(entry.key.cast()) } == key {
                return place;
            }
            index = index.wrapping_add(1);
        }
    }

    /// Makes room for so many; false without memory.
    fn grow(&mut self, count: usize) -> bool {
        let wanted = count.saturating_add(count / 3).saturating_add(1).max(LEAST);
        let Some(room) = wanted.checked_next_power_of_two() else {
            errno::set(Errno::ENOMEM.into());
            return false;
        };
        let entries = calloc(room, size_of::<Entry>()).cast::<Entry>();
        if entries.is_null() {
            return false;
        }
        let old = core::mem::replace(
            self,
            Self {
                entries,
                room,
                count: self.count,
            },
        );
        for index in 0..old.room {
            // SAFETY: within the old table.
            let entry = unsafe { old.entries.wrapping_add(index).read() };
            if !entry.key.is_null() {
                // SAFETY: a key is a string.
                let place = self.place(unsafe { c_bytes(entry.key.cast()) });
                // SAFETY: within the new table.
                unsafe { place.write(entry) };
            }
        }
        // SAFETY: null, or from here before.
        unsafe { free(old.entries.cast()) };
        true
    }
}

/// The table of the functions without one.
struct Own(UnsafeCell<Table>);

// SAFETY: POSIX says of these functions that they are not for several threads at a time.
unsafe impl Sync for Own {}

static OWN: Own = Own(UnsafeCell::new(Table::new()));

/// `int hcreate_r(size_t count, struct hsearch_data *table)`: 0 without memory.
///
/// # Safety
///
/// `table` is the caller's, zero or destroyed.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn hcreate_r(count: usize, table: *mut Table) -> c_int {
    // SAFETY: the caller's promise.
    let table = unsafe { &mut *table };
    *table = Table::new();
    table.grow(count).into()
}

/// `void hdestroy_r(struct hsearch_data *table)`
///
/// # Safety
///
/// `table` is one of [`hcreate_r`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn hdestroy_r(table: *mut Table) {
    // SAFETY: the caller's promise.
    let gone = unsafe { table.replace(Table::new()) };
    // SAFETY: `grow` has allocated it, or it is null.
    unsafe { free(gone.entries.cast()) };
}

/// `int hsearch_r(ENTRY item, ACTION action, ENTRY **found, struct hsearch_data *table)`: 0 with ESRCH if
/// it is not there, or without memory.
///
/// # Safety
///
/// The key is a string, which stays if it is entered; `found` is writable; `table` is one of
/// [`hcreate_r`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn hsearch_r(
    item: Entry,
    action: c_int,
    found: *mut *mut Entry,
    table: *mut Table,
) -> c_int {
    // SAFETY: the caller's promise.
    let table = unsafe { &mut *table };
    // SAFETY: the caller's promise.
    let key = unsafe { c_bytes(item.key.cast()) };
    // SAFETY: the caller's promise.
    unsafe { found.write(ptr::null_mut()) };
    if table.room == 0 {
        errno::set(Errno::ESRCH.into());
        return 0;
    }
    let mut place = table.place(key);
    // SAFETY: within the table.
    if unsafe { place.read() }.key.is_null() {
        if action == FIND {
            errno::set(Errno::ESRCH.into());
            return 0;
        }
        if (table.count + 1) * 4 > table.room * 3 {
            if !table.grow(table.room) {
                return 0;
            }
            place = table.place(key);
        }
        table.count += 1;
        // SAFETY: within the table.
        unsafe { place.write(item) };
    }
    // SAFETY: the caller's promise.
    unsafe { found.write(place) };
    1
}

/// `int hcreate(size_t count)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn hcreate(count: usize) -> c_int {
    // SAFETY: see `Own`.
    unsafe { hcreate_r(count, OWN.0.get()) }
}

/// `void hdestroy(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn hdestroy() {
    // SAFETY: see `Own`; a table that was never made is empty.
    unsafe { hdestroy_r(OWN.0.get()) };
}

/// `ENTRY *hsearch(ENTRY item, ACTION action)`: null if it is not there, or without memory.
///
/// # Safety
///
/// As for [`hsearch_r`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn hsearch(item: Entry, action: c_int) -> *mut Entry {
    let mut found = ptr::null_mut();
    // SAFETY: handed on to the caller; see `Own`.
    unsafe { hsearch_r(item, action, &raw mut found, OWN.0.get()) };
    found
}
