//! `qsort`, `qsort_r` and `bsearch`.
//!
//! Quicksort that turns to heapsort where it would be slow, in place: C allows the order of equals to
//! change, and nothing is allocated. A comparison that contradicts itself gives some order, never a
//! place outside of the array. Source: Musser, "Introspective Sorting and Selection Algorithms".

use core::ffi::{c_int, c_void};
use core::ptr;

/// `int (*compare)(const void *, const void *)`
pub type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;
/// `int (*compare)(const void *, const void *, void *)`
pub type CompareWith = unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int;

/// So few are sorted by insertion.
const FEW: usize = 12;

/// An array of C's, with what compares its elements.
struct Array<'a> {
    start: *mut u8,
    size: usize,
    compare: &'a dyn Fn(*const c_void, *const c_void) -> c_int,
}

impl Array<'_> {
    const fn at(&self, index: usize) -> *mut u8 {
        self.start.wrapping_add(index * self.size)
    }

    fn is_less(&self, left: usize, right: usize) -> bool {
        (self.compare)(self.at(left).cast(), self.at(right).cast()) < 0
    }

    fn swap(&self, left: usize, right: usize) {
        if left == right {
            return;
        }
        let (mut one, mut other) = (self.at(left), self.at(right));
        let mut left = self.size;
        while left >= size_of::<u64>() {
            // SAFETY: both elements have so many bytes left, and they are different ones.
            unsafe { ptr::swap_nonoverlapping(one, other, size_of::<u64>()) };
            one = one.wrapping_add(size_of::<u64>());
            other = other.wrapping_add(size_of::<u64>());
            left -= size_of::<u64>();
        }
        // SAFETY: as above.
        unsafe { ptr::swap_nonoverlapping(one, other, left) };
    }

    fn by_insertion(&self, from: usize, end: usize) {
        for next in from + 1..end {
            let mut place = next;
            while place > from && self.is_less(place, place - 1) {
                self.swap(place, place - 1);
                place -= 1;
            }
        }
    }

    /// Moves an element down until both below it, in a heap from `from` on, are no greater.
    fn sift_down(&self, from: usize, mut root: usize, end: usize) {
        loop {
            let child = 2 * root + 1;
            if from + child >= end {
                return;
            }
            let next = child + 1;
            let is_next = from + next < end && self.is_less(from + child, from + next);
            let child = if is_next { next } else { child };
            if !self.is_less(from + root, from + child) {
                return;
            }
            self.swap(from + root, from + child);
            root = child;
        }
    }

    fn by_heap(&self, from: usize, end: usize) {
        for root in (0..(end - from) / 2).rev() {
            self.sift_down(from, root, end);
        }
        for last in (from + 1..end).rev() {
            self.swap(from, last);
            self.sift_down(from, 0, last);
        }
    }

    /// Puts the median of three first.
    fn choose_pivot(&self, from: usize, end: usize) {
        let (middle, last) = (from + (end - from) / 2, end - 1);
        if self.is_less(middle, from) {
            self.swap(middle, from);
        }
        if self.is_less(last, middle) {
            self.swap(last, middle);
            if self.is_less(middle, from) {
                self.swap(middle, from);
            }
        }
        self.swap(from, middle);
    }

    /// `depth` is how often it may still be divided before heapsort takes over.
    fn sort(&self, mut from: usize, mut end: usize, mut depth: u32) {
        while end - from > FEW {
            if depth == 0 {
                return self.by_heap(from, end);
            }
            depth -= 1;
            self.choose_pivot(from, end);
            // What is less than the pivot, then what is not; those that are equal stop both sides.
            let (mut low, mut high) = (from + 1, end - 1);
            loop {
                while low <= high && self.is_less(low, from) {
                    low += 1;
                }
                while low <= high && self.is_less(from, high) {
                    high -= 1;
                }
                if low >= high {
                    break;
                }
                self.swap(low, high);
                low += 1;
                high -= 1;
            }
            self.swap(from, high);
            // The smaller part by recursion, so that little stack is needed.
            if high - from < end - high - 1 {
                self.sort(from, high, depth);
                from = high + 1;
            } else {
                self.sort(high + 1, end, depth);
                end = high;
            }
        }
        self.by_insertion(from, end);
    }
}

fn sort(
    start: *mut c_void,
    count: usize,
    size: usize,
    compare: &dyn Fn(*const c_void, *const c_void) -> c_int,
) {
    if count < 2 || size == 0 {
        return;
    }
    let array = Array {
        start: start.cast(),
        size,
        compare,
    };
    array.sort(0, count, 2 * count.ilog2());
}

/// `void qsort(void *start, size_t count, size_t size, int (*compare)(const void *, const void *))`
///
/// # Safety
///
/// So many elements of this size are at `start`; `compare` may be called with any two.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn qsort(start: *mut c_void, count: usize, size: usize, compare: Compare) {
    sort(start, count, size, &|left, right| {
        // SAFETY: the caller's promise.
        unsafe { compare(left, right) }
    });
}

/// `void qsort_r(void *start, size_t count, size_t size, int (*compare)(const void *, const void *, void
/// *), void *argument)`
///
/// # Safety
///
/// As for [`qsort`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn qsort_r(
    start: *mut c_void,
    count: usize,
    size: usize,
    compare: CompareWith,
    argument: *mut c_void,
) {
    sort(start, count, size, &|left, right| {
        // SAFETY: the caller's promise.
        unsafe { compare(left, right, argument) }
    });
}

/// `void *bsearch(const void *key, const void *start, size_t count, size_t size, int (*compare)(const
/// void *, const void *))`
///
/// # Safety
///
/// So many elements of this size are at `start`; `compare` may be called with the key and any.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn bsearch(
    key: *const c_void,
    start: *const c_void,
    count: usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    let (mut from, mut end) = (0, count);
    while from < end {
        let middle = from + (end - from) / 2;
        let element = start.wrapping_byte_add(middle * size);
        // SAFETY: the caller's promise.
        match unsafe { compare(key, element) } {
            0 => return element.cast_mut(),
            ..0 => end = middle,
            _ => from = middle + 1,
        }
    }
    ptr::null_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    extern "C" fn by_first(left: *const c_void, right: *const c_void) -> c_int {
        // SAFETY: the elements are arrays of three numbers.
        let left = unsafe { left.cast::<u32>().read() };
        // SAFETY: as above.
        let right = unsafe { right.cast::<u32>().read() };
        left.cmp(&right) as c_int
    }

    extern "C" fn without_sense(left: *const c_void, right: *const c_void) -> c_int {
        if (left as usize ^ right as usize) & 12 == 0 {
            1
        } else {
            -1
        }
    }

    proptest! {
        #[test]
        fn arrays_are_sorted_and_searched(mut numbers in prop::collection::vec(0_u32..500, 0..400)) {
            let mut elements: Vec<[u32; 3]> = numbers.iter().map(|n| [*n, n * 2, 7]).collect();
            let start = elements.as_mut_ptr().cast();
            // SAFETY: so many elements of this size.
            unsafe { qsort(start, elements.len(), 12, by_first) };
            numbers.sort_unstable();
            let sorted: Vec<[u32; 3]> = numbers.iter().map(|n| [*n, n * 2, 7]).collect();
            prop_assert_eq!(&elements, &sorted);
            for wanted in [0_u32, 17, 499] {
                let key = (&raw const wanted).cast();
                // SAFETY: as above.
                let place = unsafe { bsearch(key, start, elements.len(), 12, by_first) };
                prop_assert_eq!(!place.is_null(), numbers.contains(&wanted));
            }
        }

        #[test]
        fn a_comparison_without_sense_keeps_the_elements(count in 0_usize..300) {
            let mut elements: Vec<u32> = (0_u32..).take(count).collect();
            // SAFETY: so many elements of this size.
            unsafe { qsort(elements.as_mut_ptr().cast(), count, 4, without_sense) };
            elements.sort_unstable();
            prop_assert!(elements.into_iter().eq((0_u32..).take(count)));
        }
    }

    #[test]
    fn sorted_reversed_and_equal_arrays_need_few_comparisons() {
        type Shape = fn(u32) -> u32;
        let shapes: [Shape; 4] = [|n| n, |n| 100_000 - n, |_| 5, |n| n % 1000];
        for shape in shapes {
            let mut elements: Vec<u32> = (0..100_000).map(shape).collect();
            let count = core::cell::Cell::new(0_u32);
            let (length, start) = (elements.len(), elements.as_mut_ptr().cast());
            sort(start, length, 4, &|left, right| {
                count.set(count.get() + 1);
                by_first(left, right)
            });
            assert!(elements.is_sorted());
            assert!(count.get() < 100_000 * 40, "{}", count.get());
        }
    }
}
