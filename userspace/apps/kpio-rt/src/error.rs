//! Errors of calls: an `errno` value.

use core::fmt;

use kpio_abi::errors::Errno;

use crate::c;

/// An `errno` value, with the name that the contract knows for it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error(i32);

impl Error {
    /// The error with this number.
    #[must_use]
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// What the last failed C function of this thread has left in `errno`.
    #[must_use]
    pub fn last() -> Self {
        // SAFETY: libkpio returns the address of this thread's `errno`, which lives as long as it.
        Self(unsafe { c::__errno_location().read() })
    }

    /// The name, if the contract has one.
    #[must_use]
    pub const fn errno(self) -> Option<Errno> {
        Errno::from_raw(self.0)
    }
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Self(errno.raw())
    }
}

impl PartialEq<Errno> for Error {
    fn eq(&self, other: &Errno) -> bool {
        self.0 == other.raw()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errno() {
            Some(errno) => errno.fmt(formatter),
            None => write!(formatter, "error {}", self.0),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errno() {
            Some(errno) => formatter.write_str(errno.name()),
            None => write!(formatter, "error {}", self.0),
        }
    }
}

impl core::error::Error for Error {}

/// The count a C function returned, or the error when it is -1.
pub(crate) fn count(returned: isize) -> Result<usize, Error> {
    usize::try_from(returned).map_err(|_| Error::last())
}

/// The number a C function returned, or the error when it is -1.
pub(crate) fn number(returned: i32) -> Result<i32, Error> {
    if returned == -1 {
        Err(Error::last())
    } else {
        Ok(returned)
    }
}
