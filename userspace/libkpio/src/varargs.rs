//! C's `va_list`, read by hand: Rust's own cannot give a `long double`.
//!
//! Source: System V ABI, AMD64 supplement, "Variable Argument Lists".

use core::ffi::c_void;

use crate::number::float::Float;

/// Length of the register save area's part for integers, and of the whole.
const INTEGERS_END: u32 = 6 * 8;
const VECTORS_END: u32 = INTEGERS_END + 8 * 16;

/// What `va_list` is an array of one of: where the arguments are that were not taken yet.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VaList {
    integer_offset: u32,
    vector_offset: u32,
    overflow: *const u8,
    registers: *const u8,
}

impl VaList {
    /// The list behind a C function's `...`, which the compiler has set up.
    #[must_use]
    pub const fn of(arguments: &mut core::ffi::VaList<'_>) -> *mut Self {
        (&raw mut *arguments).cast()
    }

    /// Where the next argument of a class lies; registers first, then the stack.
    fn next(offset: &mut u32, end: u32, size: u32, place: &mut VaListPlace) -> *const u8 {
        if *offset + size <= end {
            let found = place.registers.wrapping_add(*offset as usize);
            *offset += size;
            return found;
        }
        let found = place.overflow;
        place.overflow = found.wrapping_add(8);
        found
    }

    /// The next argument, an integer or a pointer; of a shorter type only the low bits count.
    ///
    /// # Safety
    ///
    /// The caller of the C function has passed such an argument here.
    pub unsafe fn word(&mut self) -> u64 {
        let mut place = VaListPlace::of(self);
        let found = Self::next(&mut self.integer_offset, INTEGERS_END, 8, &mut place);
        self.overflow = place.overflow;
        // SAFETY: the caller's promise; every argument has eight bytes.
        unsafe { found.cast::<u64>().read_unaligned() }
    }

    /// The next argument, a pointer.
    ///
    /// # Safety
    ///
    /// As for [`Self::word`].
    pub unsafe fn pointer<T>(&mut self) -> *mut T {
        // SAFETY: handed on to the caller.
        pointer(unsafe { self.word() })
    }

    /// The next argument, a `double`.
    ///
    /// # Safety
    ///
    /// As for [`Self::word`].
    pub unsafe fn double(&mut self) -> f64 {
        let mut place = VaListPlace::of(self);
        let found = Self::next(&mut self.vector_offset, VECTORS_END, 16, &mut place);
        self.overflow = place.overflow;
        // SAFETY: the caller's promise; every argument has eight bytes.
        f64::from_bits(unsafe { found.cast::<u64>().read_unaligned() })
    }

    /// The next argument, a `long double`: always on the stack, aligned to 16 bytes.
    ///
    /// # Safety
    ///
    /// As for [`Self::word`].
    pub unsafe fn long_double(&mut self) -> Float {
        let misaligned = (self.overflow as usize).wrapping_neg() % 16;
        let found = self.overflow.wrapping_add(misaligned);
        self.overflow = found.wrapping_add(16);
        // SAFETY: the caller's promise; such an argument has sixteen bytes, of which ten count.
        Float::from_extended(unsafe { found.cast::<[u8; 10]>().read() })
    }
}

/// The two areas of a [`VaList`].
struct VaListPlace {
    overflow: *const u8,
    registers: *const u8,
}

impl VaListPlace {
    const fn of(list: &VaList) -> Self {
        Self {
            overflow: list.overflow,
            registers: list.registers,
        }
    }
}

/// The pointer that a word is.
#[must_use]
pub fn pointer<T>(word: u64) -> *mut T {
    let address = usize::try_from(word).unwrap_or(0);
    core::ptr::with_exposed_provenance_mut::<c_void>(address).cast()
}
