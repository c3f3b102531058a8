//! `math.h`: the crate `libm` behind the C names, for `double` and `float`.
//!
//! `errno` is not set, as in musl: results tell (`math_errhandling` is MATH_ERREXCEPT there). Floating-point
//! exceptions are those that the computation itself raises. `long double` is not here.

use core::ffi::{c_int, c_long, c_longlong};

/// Functions of C that are functions of `libm` with the same name, for both types.
macro_rules! functions {
    ($($name:ident, $name_f:ident: ($($parameter:ident),*);)*) => {$(
        #[doc = concat!("`double ", stringify!($name), "(double, …)`")]
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $name($($parameter: f64),*) -> f64 {
            libm::$name($($parameter),*)
        }

        #[doc = concat!("`float ", stringify!($name_f), "(float, …)`")]
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $name_f($($parameter: f32),*) -> f32 {
            libm::$name_f($($parameter),*)
        }
    )*};
}

functions! {
    acos, acosf: (x);
    acosh, acoshf: (x);
    asin, asinf: (x);
    asinh, asinhf: (x);
    atan, atanf: (x);
    atanh, atanhf: (x);
    cbrt, cbrtf: (x);
    ceil, ceilf: (x);
    cos, cosf: (x);
    cosh, coshf: (x);
    erf, erff: (x);
    erfc, erfcf: (x);
    exp, expf: (x);
    exp2, exp2f: (x);
    exp10, exp10f: (x);
    expm1, expm1f: (x);
    fabs, fabsf: (x);
    floor, floorf: (x);
    j0, j0f: (x);
    j1, j1f: (x);
    lgamma, lgammaf: (x);
    log, logf: (x);
    log10, log10f: (x);
    log1p, log1pf: (x);
    log2, log2f: (x);
    rint, rintf: (x);
    round, roundf: (x);
    sin, sinf: (x);
    sinh, sinhf: (x);
    sqrt, sqrtf: (x);
    tan, tanf: (x);
    tanh, tanhf: (x);
    tgamma, tgammaf: (x);
    trunc, truncf: (x);
    y0, y0f: (x);
    y1, y1f: (x);
    atan2, atan2f: (x, y);
    copysign, copysignf: (x, y);
    fdim, fdimf: (x, y);
    fmax, fmaxf: (x, y);
    fmin, fminf: (x, y);
    fmod, fmodf: (x, y);
    hypot, hypotf: (x, y);
    nextafter, nextafterf: (x, y);
    pow, powf: (x, y);
    remainder, remainderf: (x, y);
    fma, fmaf: (x, y, z);
}

/// The functions whose types differ from each other, for one type.
macro_rules! others {
    (
        $float:ty, $nearbyint:ident, $rint:ident, $round:ident, $lrint:ident, $llrint:ident,
        $lround:ident, $llround:ident, $frexp:ident, $ldexp:ident, $scalbn:ident, $scalbln:ident,
        $modf:ident, $ilogb:ident, $logb:ident, $lgamma_r:ident, $remquo:ident, $sincos:ident,
        $jn:ident, $yn:ident
    ) => {
        /// Rounds as `rint` does; the exception "inexact" may be raised.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $nearbyint(x: $float) -> $float {
            libm::$rint(x)
        }

        /// Rounds to even; beyond the type's range the result is the nearest there.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        pub extern "C" fn $lrint(x: $float) -> c_long {
            libm::$rint(x) as c_long
        }

        /// Rounds to even; beyond the type's range the result is the nearest there.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        pub extern "C" fn $llrint(x: $float) -> c_longlong {
            libm::$rint(x) as c_longlong
        }

        /// Rounds half away from zero; beyond the type's range the result is the nearest there.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        pub extern "C" fn $lround(x: $float) -> c_long {
            libm::$round(x) as c_long
        }

        /// Rounds half away from zero; beyond the type's range the result is the nearest there.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        pub extern "C" fn $llround(x: $float) -> c_longlong {
            libm::$round(x) as c_longlong
        }

        /// Splits into a fraction of [0.5, 1) and a power of two.
        ///
        /// # Safety
        ///
        /// `exponent` is writable.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub unsafe extern "C" fn $frexp(x: $float, exponent: *mut c_int) -> $float {
            let (fraction, power) = libm::$frexp(x);
            // SAFETY: the caller's promise.
            unsafe { exponent.write(power) };
            fraction
        }

        /// `x` times a power of two.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $ldexp(x: $float, power: c_int) -> $float {
            libm::$ldexp(x, power)
        }

        /// `x` times a power of two.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $scalbn(x: $float, power: c_int) -> $float {
            libm::$scalbn(x, power)
        }

        /// `x` times a power of two.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $scalbln(x: $float, power: c_long) -> $float {
            let power = power.clamp(c_int::MIN.into(), c_int::MAX.into());
            libm::$scalbn(x, c_int::try_from(power).unwrap_or_default())
        }

        /// Splits into integer and fraction.
        ///
        /// # Safety
        ///
        /// `integer` is writable.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub unsafe extern "C" fn $modf(x: $float, integer: *mut $float) -> $float {
            let (fraction, whole) = libm::$modf(x);
            // SAFETY: the caller's promise.
            unsafe { integer.write(whole) };
            fraction
        }

        /// The exponent as a number.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $ilogb(x: $float) -> c_int {
            libm::$ilogb(x)
        }

        /// The exponent.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $logb(x: $float) -> $float {
            if x == 0.0 {
                return -<$float>::INFINITY;
            }
            if !x.is_finite() {
                return x * x;
            }
            libm::$ilogb(x) as $float
        }

        /// The logarithm of the gamma function's absolute value, and its sign.
        ///
        /// # Safety
        ///
        /// `sign` is writable.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub unsafe extern "C" fn $lgamma_r(x: $float, sign: *mut c_int) -> $float {
            let (value, found) = libm::$lgamma_r(x);
            // SAFETY: the caller's promise.
            unsafe { sign.write(found) };
            value
        }

        /// The remainder, and the last bits of the quotient.
        ///
        /// # Safety
        ///
        /// `quotient` is writable.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub unsafe extern "C" fn $remquo(x: $float, y: $float, quotient: *mut c_int) -> $float {
            let (rest, bits) = libm::$remquo(x, y);
            // SAFETY: the caller's promise.
            unsafe { quotient.write(bits) };
            rest
        }

        /// Sine and cosine.
        ///
        /// # Safety
        ///
        /// Both are writable.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub unsafe extern "C" fn $sincos(x: $float, sine: *mut $float, cosine: *mut $float) {
            let (s, c) = libm::$sincos(x);
            // SAFETY: the caller's promise.
            unsafe { sine.write(s) };
            // SAFETY: the caller's promise.
            unsafe { cosine.write(c) };
        }

        /// The Bessel function of the first kind.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $jn(order: c_int, x: $float) -> $float {
            libm::$jn(order, x)
        }

        /// The Bessel function of the second kind.
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        #[must_use]
        pub extern "C" fn $yn(order: c_int, x: $float) -> $float {
            libm::$yn(order, x)
        }
    };
}

others! {
    f64, nearbyint, rint, round, lrint, llrint, lround, llround, frexp, ldexp, scalbn, scalbln, modf,
    ilogb, logb, lgamma_r, remquo, sincos, jn, yn
}

others! {
    f32, nearbyintf, rintf, roundf, lrintf, llrintf, lroundf, llroundf, frexpf, ldexpf, scalbnf,
    scalblnf, modff, ilogbf, logbf, lgammaf_r, remquof, sincosf, jnf, ynf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_those_of_the_standard_library() {
        for x in [-2.5_f64, -1.0, -0.0, 0.0, 0.5, 1.0, 3.75, 1e10, 1e300] {
            assert_eq!(floor(x), x.floor());
            assert_eq!(round(x), x.round());
            assert_eq!(sqrt(x.abs()), x.abs().sqrt());
            let (mut power, mut whole) = (0, 0.0);
            // SAFETY: both are here.
            let fraction = unsafe { frexp(x, &raw mut power) };
            assert_eq!(ldexp(fraction, power), x);
            // SAFETY: as above.
            let rest = unsafe { modf(x, &raw mut whole) };
            assert_eq!((whole, whole + rest), (x.trunc(), x));
        }
        assert_eq!([lround(2.5), lround(-2.5), lrint(2.5)], [3, -3, 2]);
        assert_eq!(logb(8.5), 3.0);
        assert_eq!(logb(0.0), f64::NEG_INFINITY);
        assert_eq!(scalbln(1.0, c_long::MAX), f64::INFINITY);
        assert!((pow(2.0, 0.5) - core::f64::consts::SQRT_2).abs() < 1e-15);
    }
}
