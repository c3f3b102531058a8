//! Floating-point numbers and text: exact both ways, for `float`, `double` and the 80-bit `long
//! double` of the x87, which Rust has no type for.
//!
//! | module | noun |
//! |---|---|
//! | [`float`] | a number taken apart into sign, mantissa and exponent; the three formats |
//! | [`digits`] | the exact decimal digits of a number, rounded where they are cut |
//! | [`big`] | a large natural number of fixed capacity |
//! | [`decimal`] | the nearest number of a format to a decimal text |
//! | [`scan`] | a number at the front of a text, as `strtod` and `scanf` read it |

pub mod big;
pub mod decimal;
pub mod digits;
pub mod float;
pub mod scan;
