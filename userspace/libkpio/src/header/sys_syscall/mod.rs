//! `sys/syscall.h`: the calls that programs make past their C library.
//!
//! The numbers are Linux's for x86-64, because that is what programs pass. Those served have the same
//! arguments in KPIO; everything else is ENOSYS, and callers have a way without it.

use core::ffi::{c_int, c_long};

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{
    SYS_CLOCK_GET, SYS_EPOLL_CREATE1, SYS_FUTEX, SYS_GET_RANDOM, SYS_GETPID, SYS_GETTID,
    SYS_TGKILL, SYS_YIELD,
};

use crate::header::errno;
use crate::syscall;

/// How much of an argument's register counts. What a program passes as an `int` leaves the upper half
/// as it was; KPIO refuses numbers that are wider than their type, Linux does not look.
#[derive(Clone, Copy)]
enum Width {
    /// An address, a length, or an argument the call does not have.
    Whole,
    Unsigned,
    Signed,
}

use Width::{Signed, Unsigned, Whole};

impl Width {
    #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
    const fn cut(self, register: usize) -> usize {
        match self {
            Self::Whole => register,
            Self::Unsigned => register as u32 as usize,
            Self::Signed => syscall::int(register as c_int),
        }
    }
}

/// A call that is served.
struct Served {
    /// Linux's number. Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl.
    linux: c_long,
    call: usize,
    widths: [Width; 6],
}

const fn served(linux: c_long, call: usize, widths: [Width; 6]) -> Served {
    Served {
        linux,
        call,
        widths,
    }
}

const SERVED: &[Served] = &[
    served(24, SYS_YIELD, [Whole; 6]),
    served(39, SYS_GETPID, [Whole; 6]),
    served(186, SYS_GETTID, [Whole; 6]),
    served(
        202,
        SYS_FUTEX,
        [Whole, Unsigned, Unsigned, Whole, Whole, Unsigned],
    ),
    served(
        228,
        SYS_CLOCK_GET,
        [Unsigned, Whole, Whole, Whole, Whole, Whole],
    ),
    served(
        234,
        SYS_TGKILL,
        [Signed, Signed, Signed, Whole, Whole, Whole],
    ),
    served(
        291,
        SYS_EPOLL_CREATE1,
        [Unsigned, Whole, Whole, Whole, Whole, Whole],
    ),
    served(
        318,
        SYS_GET_RANDOM,
        [Whole, Whole, Unsigned, Whole, Whole, Whole],
    ),
];

/// `long syscall(long number, ...)`
///
/// Six arguments are read whether they were passed or not; a call looks at those it has.
///
/// # Safety
///
/// As for the call.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> c_long {
    let Some(served) = SERVED.iter().find(|served| served.linux == number) else {
        return errno::result::<c_int>(Err(Errno::ENOSYS.into())).into();
    };
    let registers = [a, b, c, d, e, f];
    let arguments = core::array::from_fn(|n| served.widths[n].cut(registers[n]));
    // SAFETY: handed on to the caller.
    let result = unsafe { syscall::call(served.call, arguments) };
    errno::result(result.map(|value| value.cast_signed() as c_long))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_half_of_an_int_does_not_count() {
        let garbage = 0x7FFE_0000_0000;
        assert_eq!(Unsigned.cut(garbage | 0xFFFF_FFFF), 0xFFFF_FFFF);
        assert_eq!(Signed.cut(garbage | 0xFFFF_FFFF), usize::MAX);
        assert_eq!(Signed.cut(garbage | 7), 7);
        assert_eq!(Whole.cut(garbage), garbage);
    }
}
