//! `random` and its family: numbers that are the sum of two earlier ones.
//!
//! Source: Knuth, The Art of Computer Programming vol. 2, "Other methods" (additive generators); POSIX,
//! `initstate`, for the sizes of states.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_long, c_uint};
use core::ptr;

use crate::thread::lock::Lock;

/// Numbers of the state that a program starts with.
const USUAL: usize = 31;

/// The memory of that state, with the word before it.
struct First(UnsafeCell<[u32; 1 + USUAL]>);

// SAFETY: it is used under the lock of `CURRENT`.
unsafe impl Sync for First {}

static FIRST: First = First(UnsafeCell::new([0; 1 + USUAL]));

/// Numbers in memory of the program's, behind a word that says how many and where the two are.
struct State {
    words: *mut u32,
    count: usize,
    front: usize,
    back: usize,
    is_seeded: bool,
}

// SAFETY: whoever gave the memory leaves it to this until another is chosen.
unsafe impl Send for State {}

static CURRENT: Lock<State> = Lock::new(State {
    words: FIRST.0.get().cast(),
    count: USUAL,
    front: 3,
    back: 0,
    is_seeded: false,
});

/// How far the two are apart: what gives long periods.
const fn distance(count: usize) -> usize {
    if count == 31 || count == 7 { 3 } else { 1 }
}

impl State {
    fn get(&self, index: usize) -> u32 {
        // SAFETY: so many are there.
        unsafe { self.words.wrapping_add(1 + index).read_unaligned() }
    }

    fn set(&self, index: usize, value: u32) {
        // SAFETY: so many are there.
        unsafe { self.words.wrapping_add(1 + index).write_unaligned(value) };
    }

    fn seed(&mut self, seed: u32) {
        self.is_seeded = true;
        self.front = distance(self.count);
        self.back = 0;
        if self.count == 0 {
            return self.set(0, seed);
        }
        let mut value = u64::from(seed);
        for index in 0..self.count {
            value = value
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            self.set(index, u32::try_from(value >> 32).unwrap_or(0));
        }
        // One odd number keeps all from becoming even.
        self.set(0, self.get(0) | 1);
    }

    fn next(&mut self) -> u32 {
        if !self.is_seeded {
            self.seed(1);
        }
        if self.count == 0 {
            let value = self.get(0).wrapping_mul(1_103_515_245).wrapping_add(12345) & 0x7FFF_FFFF;
            self.set(0, value);
            return value;
        }
        let value = self.get(self.front).wrapping_add(self.get(self.back));
        self.set(self.front, value);
        self.front = (self.front + 1) % self.count;
        self.back = (self.back + 1) % self.count;
        value >> 1
    }

    /// Puts into the first word what is not in the numbers.
    fn save(&mut self) -> *mut c_char {
        if !self.is_seeded {
            self.seed(1);
        }
        let word = u32::try_from(self.count << 16 | self.front << 8 | self.back).unwrap_or(0);
        // SAFETY: it is before the numbers.
        unsafe { self.words.write_unaligned(word) };
        self.words.cast()
    }
}

/// `long random(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn random() -> c_long {
    CURRENT.lock().next().into()
}

/// `void srandom(unsigned seed)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn srandom(seed: c_uint) {
    CURRENT.lock().seed(seed);
}

/// `char *initstate(unsigned seed, char *state, size_t len)`: the state before; null for one that is too
/// small.
///
/// # Safety
///
/// `state` has so many bytes, which are left to this.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn initstate(seed: c_uint, state: *mut c_char, len: usize) -> *mut c_char {
    let count = match len {
        0..8 => return ptr::null_mut(),
        8..32 => 0,
        32..64 => 7,
        64..128 => 15,
        128..256 => USUAL,
        _ => 63,
    };
    let mut current = CURRENT.lock();
    let before = current.save();
    current.words = state.cast();
    current.count = count;
    current.seed(seed);
    current.save();
    before
}

/// `char *setstate(char *state)`: the state before.
///
/// # Safety
///
/// `state` came from [`initstate`] or this.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setstate(state: *mut c_char) -> *mut c_char {
    let mut current = CURRENT.lock();
    let before = current.save();
    current.words = state.cast();
    // SAFETY: the caller's promise.
    let word = unsafe { current.words.read_unaligned() };
    let [back, front, count, _] = word.to_le_bytes().map(usize::from);
    current.count = count;
    current.front = front;
    current.back = back;
    before
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_state_goes_on_where_it_was_left() {
        let mut own = [0_i8; 64];
        // SAFETY: so many bytes, which nobody else uses.
        let first = unsafe { initstate(5, own.as_mut_ptr(), own.len()) };
        let some: Vec<_> = (0..10).map(|_| random()).collect();
        // SAFETY: it came from `initstate`.
        let second = unsafe { setstate(first) };
        random();
        // SAFETY: as above.
        unsafe { setstate(second) };
        let more: Vec<_> = (0..10).map(|_| random()).collect();
        srandom(5);
        let all: Vec<_> = (0..20).map(|_| random()).collect();
        assert_eq!([some, more].concat(), all);
        // SAFETY: as above.
        unsafe { setstate(first) };
    }
}
