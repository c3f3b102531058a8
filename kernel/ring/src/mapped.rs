//! Memory at an address, as a process or the kernel has it mapped. All unsafe code of the crate.
//!
//! Others write to this memory while it is read: programs that are not in order, and other
//! processes. So there is never a reference to its bytes; every access is an atomic word, or machine
//! code the compiler does not look into.

use core::ptr::NonNull;
use core::sync::atomic::{self, AtomicU32, AtomicU64, Ordering};

use crate::memory::{Futex, Memory, Stopped};

/// Pieces of at least this many bytes are copied by `rep movsq`, which takes some time to begin.
const LONG_BYTES: usize = if cfg!(all(target_arch = "x86_64", not(miri))) {
    128
} else {
    usize::MAX
};

/// Memory at an address, and how to sleep on its words.
#[derive(Debug)]
pub struct Mapped<F> {
    base: NonNull<u8>,
    len_bytes: usize,
    futex: F,
}

// SAFETY: the memory is not bound to a thread, and every access to it is atomic.
unsafe impl<F: Send> Send for Mapped<F> {}
// SAFETY: as above; `&Mapped` only gives atomic accesses.
unsafe impl<F: Sync> Sync for Mapped<F> {}

impl<F: Futex> Mapped<F> {
    /// Makes a memory of the `len_bytes` bytes at `base`, as far as they are whole words of 8.
    ///
    /// # Safety
    ///
    /// `base` is a multiple of 8. As long as the value lives, the bytes stay mapped for reading and
    /// writing, and no Rust code of this address space has a reference to them, other than to
    /// atomics. What other processes do with the bytes does not matter.
    #[must_use]
    pub const unsafe fn new(base: NonNull<u8>, len_bytes: usize, futex: F) -> Self {
        Self {
            base,
            len_bytes: len_bytes & !7,
            futex,
        }
    }

    /// How one sleeps on its words.
    pub const fn futex(&self) -> &F {
        &self.futex
    }

    /// The address of `len_bytes` bytes at an offset that is a multiple of 8.
    ///
    /// # Panics
    ///
    /// When they are not inside of the memory: a defect of this crate.
    #[inline]
    fn address(&self, at: usize, len_bytes: usize) -> *mut u8 {
        let is_inside = at <= self.len_bytes && self.len_bytes - at >= len_bytes;
        assert!(is_inside && at & 7 == 0, "outside of the memory");
        self.base.as_ptr().wrapping_add(at)
    }

    #[inline]
    fn word32(&self, at: usize) -> &AtomicU32 {
        // There are whole words of 8 bytes only, so that where one of 4 begins it is also whole.
        let is_inside = at < self.len_bytes && at & 3 == 0;
        assert!(is_inside, "outside of the memory");
        let word = self.base.as_ptr().wrapping_add(at).cast();
        // SAFETY: `base` is a multiple of 8 and `at` of 4; the memory stays, and is only used through
        // atomics, as the maker of `self` vouched for.
        unsafe { AtomicU32::from_ptr(word) }
    }

    #[inline]
    fn word64(&self, at: usize) -> &AtomicU64 {
        let is_inside = at < self.len_bytes && at & 7 == 0;
        assert!(is_inside, "outside of the memory");
        let word = self.base.as_ptr().wrapping_add(at).cast();
        // SAFETY: as in `word32`, with `at` being a multiple of 8.
        unsafe { AtomicU64::from_ptr(word) }
    }
}

/// The words from `start` on, one after the other.
///
/// # Safety
///
/// `start` is the address of `count` words of a memory, and they are not used for longer than that.
#[inline]
unsafe fn words<'a>(start: *mut u8, count: usize) -> impl Iterator<Item = &'a AtomicU64> {
    (0..count).map(move |index| {
        let word = start.cast::<u64>().wrapping_add(index);
        // SAFETY: the caller vouches for all of them.
        unsafe { AtomicU64::from_ptr(word) }
    })
}

impl<F: Futex> Memory for Mapped<F> {
    fn len_bytes(&self) -> usize {
        self.len_bytes
    }

    #[inline]
    fn load32(&self, at: usize, order: Ordering) -> u32 {
        self.word32(at).load(order)
    }

    #[inline]
    fn store32(&self, at: usize, value: u32, order: Ordering) {
        self.word32(at).store(value, order);
    }

    #[inline]
    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32> {
        self.word32(at)
            .compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }

    #[inline]
    fn load64(&self, at: usize, order: Ordering) -> u64 {
        self.word64(at).load(order)
    }

    #[inline]
    fn store64(&self, at: usize, value: u64, order: Ordering) {
        self.word64(at).store(value, order);
    }

    #[inline]
    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64> {
        self.word64(at)
            .compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }

    #[inline]
    fn read(&self, at: usize, to: &mut [u8]) {
        // One look for all of it.
        let from = self.address(at, to.len().next_multiple_of(8));
        let (whole, rest) = to.as_chunks_mut::<8>();
        let count = whole.len();
        if count * 8 >= LONG_BYTES {
            // SAFETY: both sides have that many words, and `to` is not part of the shared memory, to
            // which there are no references.
            unsafe { copy_words(from, whole.as_mut_ptr().cast(), count) };
        } else {
            // SAFETY: so many are inside, as was looked at.
            for (word, found) in whole.iter_mut().zip(unsafe { words(from, count) }) {
                *word = found.load(Ordering::Relaxed).to_ne_bytes();
            }
        }
        if !rest.is_empty() {
            let last = self.load64(at + count * 8, Ordering::Relaxed).to_ne_bytes();
            rest.copy_from_slice(&last[..rest.len()]);
        }
    }

    #[inline]
    fn write(&self, at: usize, from: &[u8]) {
        // One look for all of it.
        let to = self.address(at, from.len().next_multiple_of(8));
        let (whole, rest) = from.as_chunks::<8>();
        let count = whole.len();
        if count * 8 >= LONG_BYTES {
            // SAFETY: both sides have that many words, and `from` is not part of the shared memory, to
            // which there are no references.
            unsafe { copy_words(whole.as_ptr().cast(), to, count) };
        } else {
            // SAFETY: so many are inside, as was looked at.
            for (word, place) in whole.iter().zip(unsafe { words(to, count) }) {
                place.store(u64::from_ne_bytes(*word), Ordering::Relaxed);
            }
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.store64(at + count * 8, u64::from_ne_bytes(last), Ordering::Relaxed);
        }
    }

    #[inline]
    fn fence(&self) {
        atomic::fence(Ordering::SeqCst);
    }

    fn wait(&self, at: usize, value: u32) -> Result<(), Stopped> {
        self.futex.wait(self.word32(at), value)
    }

    fn wake(&self, at: usize, count: u32) {
        self.futex.wake(self.word32(at), count);
    }
}

/// Copies words of 8 bytes, each once, whatever others do with the memory meanwhile.
///
/// In machine code, because a copy in Rust of bytes that another thread writes is undefined. The
/// processor makes each move of an aligned word whole, as it does an atomic one; a fence or an
/// acquiring load beside the call orders them, as x86-64 keeps the order of loads and of stores.
/// The stores of a string instruction may be seen out of order among themselves, but not after a
/// store that follows it. Source: Intel SDM vol. 3 "Fast-String Operation and Out-of-Order Stores".
///
/// # Safety
///
/// `from` is readable and `to` writable for `count` words; they do not overlap.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
unsafe fn copy_words(from: *const u8, to: *mut u8, count: usize) {
    // SAFETY: the caller vouches for both sides; the direction flag is clear, as the ABI has it.
    unsafe {
        core::arch::asm!(
            "rep movsq",
            inout("rcx") count => _,
            inout("rsi") from => _,
            inout("rdi") to => _,
            options(nostack, preserves_flags)
        );
    }
}

/// Elsewhere all pieces are short ones.
///
/// # Safety
///
/// Never called.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
unsafe fn copy_words(_from: *const u8, _to: *mut u8, _count: usize) {
    unreachable!("no piece is long");
}
