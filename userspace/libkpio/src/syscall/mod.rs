//! System calls of KPIO: the instruction, in one place, and the meaning of its result.
//!
//! Numbers and arguments are stated in `kernel_py/abi/syscalls/` and come from there as
//! [`kpio_abi::syscalls`]. Register order and results are as on Linux x86-64: `rax` holds the
//! number, then `rdi rsi rdx r10 r8 r9`; a result in `-4095..=-1` is a negated `errno`.

use core::ffi::c_int;

use kpio_abi::errors::Errno;

/// The greatest `errno` value; results of `-MAX_ERRNO..=-1` are errors.
const MAX_ERRNO: isize = 4095;

/// An `errno` value that the kernel gave, or that the library gives in its place.
///
/// Not [`Errno`] itself: a newer kernel may return a number this library has no name for, and it is
/// to be passed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorNumber(c_int);

impl ErrorNumber {
    /// The error of a value of C's `errno`.
    pub const fn from_raw(number: c_int) -> Self {
        Self(number)
    }

    /// The value for C's `errno`; always positive.
    pub const fn raw(self) -> c_int {
        self.0
    }
}

impl From<Errno> for ErrorNumber {
    fn from(errno: Errno) -> Self {
        Self(errno as c_int)
    }
}

/// Splits the kernel's result into value and error.
pub const fn decode(result: isize) -> Result<usize, ErrorNumber> {
    if -MAX_ERRNO <= result && result < 0 {
        #[expect(clippy::cast_possible_truncation, reason = "1..=4095 fits")]
        return Err(ErrorNumber(-result as c_int));
    }
    Ok(result.cast_unsigned())
}

/// Executes the system call `number` and returns what the kernel left in `rax`.
///
/// # Safety
///
/// The call must not break what the rest of the program relies on: memory it writes, unmaps or
/// reprotects belongs to the caller, and `number` with these arguments must mean what the caller
/// thinks it means.
#[cfg(target_vendor = "kpio")]
pub unsafe fn raw(number: usize, arguments: [usize; 6]) -> isize {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    let result: isize;
    // SAFETY: SYSCALL leaves every register but rax, rcx and r11 as it was and does not touch the
    // user stack (Intel SDM vol. 2 "SYSCALL", and KPIO's entry code). What the kernel does to
    // memory is the caller's duty; the block is not marked `nomem`, so the compiler expects
    // memory to change.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") fourth,
            in("r8") fifth,
            in("r9") sixth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// On the host there is no KPIO kernel: every call is answered with ENOSYS, as an unknown number is
/// by the kernel.
///
/// # Safety
///
/// None needed; the signature is that of the real one.
#[cfg(not(target_vendor = "kpio"))]
pub unsafe fn raw(_number: usize, _arguments: [usize; 6]) -> isize {
    -(Errno::ENOSYS as isize)
}

/// Executes the system call `number`; arguments that it does not have are zero.
///
/// # Safety
///
/// As for [`raw`].
pub unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize, ErrorNumber> {
    // SAFETY: handed on to the caller.
    decode(unsafe { raw(number, arguments) })
}

/// The bits of a C `int` argument as the kernel reads them (sign-extended).
pub const fn int(value: c_int) -> usize {
    (value as isize).cast_unsigned()
}

/// `long __kpio_syscall(long number, long a, long b, long c, long d, long e, long f)`: a raw system
/// call.
///
/// For KPIO's own runtime and tests; programs use the functions of the library. Returns the
/// kernel's result unchanged: a negated `errno` value, not `errno`. Its seventh parameter is on the
/// stack, as the ABI has it.
///
/// # Safety
///
/// As for [`raw`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __kpio_syscall(
    number: usize,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> isize {
    // SAFETY: handed on to the caller.
    unsafe { raw(number, [a, b, c, d, e, f]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_below_4096_negated_are_errors() {
        assert_eq!(decode(0), Ok(0));
        assert_eq!(decode(isize::MAX), Ok(isize::MAX.cast_unsigned()));
        assert_eq!(decode(-1).map_err(ErrorNumber::raw), Err(1));
        assert_eq!(decode(-4095).map_err(ErrorNumber::raw), Err(4095));
        assert_eq!(decode(-4096), Ok((-4096_isize).cast_unsigned()));
    }

    #[test]
    fn negative_int_is_sign_extended() {
        assert_eq!(int(-1), usize::MAX);
        assert_eq!(int(7), 7);
    }
}
