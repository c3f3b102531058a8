//! `div` and its family: quotient and remainder at once, towards zero.

use core::ffi::{c_int, c_long, c_longlong};

/// `div_t`
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quotient {
    quotient: c_int,
    remainder: c_int,
}

/// `ldiv_t`, `lldiv_t` and `imaxdiv_t`
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LongQuotient {
    quotient: c_long,
    remainder: c_long,
}

/// `div_t div(int dividend, int divisor)`: what C leaves open ends the process, as the processor would.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn div(dividend: c_int, divisor: c_int) -> Quotient {
    Quotient {
        quotient: dividend / divisor,
        remainder: dividend % divisor,
    }
}

/// `ldiv_t ldiv(long dividend, long divisor)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn ldiv(dividend: c_long, divisor: c_long) -> LongQuotient {
    LongQuotient {
        quotient: dividend / divisor,
        remainder: dividend % divisor,
    }
}

/// `lldiv_t lldiv(long long dividend, long long divisor)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn lldiv(dividend: c_longlong, divisor: c_longlong) -> LongQuotient {
    ldiv(dividend, divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_go_towards_zero() {
        let found = div(-7, 2);
        assert_eq!((found.quotient, found.remainder), (-3, -1));
        let found = ldiv(7, -2);
        assert_eq!((found.quotient, found.remainder), (-3, 1));
    }
}
