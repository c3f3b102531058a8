//! How nice threads are to others.

use crate::c;
use crate::error::{Error, number};

/// `setpriority`.
pub fn set(which: u32, who: u32, nice: i32) -> Result<(), Error> {
    number(c::setpriority(which.cast_signed(), who, nice)).map(|_| ())
}

/// `getpriority`; -1 is told as an error, whatever it is.
pub fn get(which: u32, who: u32) -> Result<i32, Error> {
    match c::getpriority(which.cast_signed(), who) {
        -1 => Err(Error::last()),
        nice => Ok(nice),
    }
}

/// `nice` of the calling thread.
#[must_use]
pub fn add(more: i32) -> i32 {
    c::nice(more)
}
