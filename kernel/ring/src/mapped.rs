//! Memory at an address, as a process or the kernel has it mapped. All unsafe code of the crate.
//!
//! Others write to this memory while it is read: programs that are not in order, and other
//! processes. So there is never a reference to its bytes; every access is an atomic word, or machine
//! code the compiler does not look into.

use core::ptr::NonNull;
use core::sync::atomic::{self, AtomicU32, AtomicU64, Ordering};

use crate::memory::{Futex, Memory, Stopped};

/// Pieces of at least this many bytes are copied by `rep movsq`, which takes some time to begin.
#[cfg(all(target_arch = "x86_64", not(miri)))]
const LONG_BYTES: usize = 128;

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
    /// Makes a memory of the `len_bytes` bytes at `base`.
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
            len_bytes,
            futex,
        }
    }

    /// How one sleeps on its words.
    pub const fn futex(&self) -> &F {
        &self.futex
    }

    /// The address of `len_bytes` bytes at an offset that is a multiple of `align`.
    ///
    /// # Panics
    ///
    /// When they are not inside of the memory: a defect of this crate.
    #[inline]
    fn address(&self, at: usize, len_bytes: usize, align: usize) -> *mut u8 {
        let is_inside = at <= self.len_bytes && self.len_bytes - at >= len_bytes;
        assert!(is_inside && at & (align - 1) == 0, "outside of the memory");
        // SAFETY: the result is inside of the memory the maker of `self` vouched for.
        unsafe { self.base.as_ptr().add(at) }
    }

    #[inline]
    fn word32(&self, at: usize) -> &AtomicU32 {
        let word = self.address(at, 4, 4).cast();
        // SAFETY: `base` is a multiple of 8 and `at` of 4; the memory stays, and is only used through
        // atomics, as the maker of `self` vouched for.
        unsafe { AtomicU32::from_ptr(word) }
    }

    #[inline]
    fn word64(&self, at: usize) -> &AtomicU64 {
        let word = self.address(at, 8, 8).cast();
        // SAFETY: as in `word32`, with `at` being a multiple of 8.
        unsafe { AtomicU64::from_ptr(word) }
    }
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
    fn read(&self, mut at: usize, mut to: &mut [u8]) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if to.len() >= LONG_BYTES {
            let (whole, rest) = to.split_at_mut(to.len() & !7);
            let from = self.address(at, whole.len(), 8);
            // SAFETY: both sides have that many bytes, and `whole` is not part of the shared memory,
            // to which there are no references.
            unsafe { copy_words(from, whole.as_mut_ptr(), whole.len() / 8) };
            at += whole.len();
            to = rest;
        }
        let mut words = to.chunks_exact_mut(8);
        for word in &mut words {
            word.copy_from_slice(&self.load64(at, Ordering::Relaxed).to_ne_bytes());
            at += 8;
        }
        let rest = words.into_remainder();
        if !rest.is_empty() {
            let last = self.load64(at, Ordering::Relaxed).to_ne_bytes();
            rest.copy_from_slice(&last[..rest.len()]);
        }
    }

    #[inline]
    fn write(&self, mut at: usize, mut from: &[u8]) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        if from.len() >= LONG_BYTES {
            let (whole, rest) = from.split_at(from.len() & !7);
            let to = self.address(at, whole.len(), 8);
            // SAFETY: both sides have that many bytes, and `whole` is not part of the shared memory,
            // to which there are no references.
            unsafe { copy_words(whole.as_ptr(), to, whole.len() / 8) };
            at += whole.len();
            from = rest;
        }
        let (words, rest) = from.as_chunks::<8>();
        for word in words {
            self.store64(at, u64::from_ne_bytes(*word), Ordering::Relaxed);
            at += 8;
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.store64(at, u64::from_ne_bytes(last), Ordering::Relaxed);
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
