//! What user code points to: typed addresses whose range is checked when they are made, copied with
//! faults handled. A bad one is EFAULT for the caller, never more.

use super::address_space::{AddressSpace, Touch};
use alloc::vec::Vec;
use core::marker::PhantomData;
use kpio_abi::errors::Errno;
use kpio_abi::memory::{PAGE_SIZE, START_MAX_BYTES, START_MAX_STRING_BYTES, USER_END};
use kpio_abi::syscalls::PATH_MAX;
use kpio_hal::frame::Frame;
use kpio_hal::usercopy::{
    CopyFault, copy_frame_to_user, copy_from_user, copy_to_user, copy_user_to_frame,
};
use zerocopy::{FromBytes, Immutable, IntoBytes};

fn check(addr: u64, len: u64) -> Result<(), Errno> {
    let end = addr.checked_add(len).ok_or(Errno::EFAULT)?;
    if len != 0 && end > USER_END as u64 {
        Err(Errno::EFAULT)
    } else {
        Ok(())
    }
}

/// Do a copy in steps: `copy` goes on after the bytes it is told are done; when a page is missing
/// make it exist and go on where the copy stopped.
fn with_faults(
    space: &AddressSpace,
    touch: Touch,
    mut copy: impl FnMut(usize) -> Result<(), CopyFault>,
) -> Result<(), Errno> {
    let mut done = 0;
    while let Err(fault) = copy(done) {
        done += fault.copied;
        space
            .fault(fault.address, touch)
            .map_err(|_| Errno::EFAULT)?;
    }
    Ok(())
}

fn read_from(space: &AddressSpace, addr: u64, into: &mut [u8]) -> Result<(), Errno> {
    with_faults(space, Touch::Read, |done| {
        copy_from_user(addr + done as u64, &mut into[done..])
    })
}

fn write_to(space: &AddressSpace, addr: u64, from: &[u8]) -> Result<(), Errno> {
    with_faults(space, Touch::Write, |done| {
        copy_to_user(addr + done as u64, &from[done..])
    })
}

/// Bytes of the process that the kernel reads.
#[derive(Clone, Copy, Debug)]
pub struct UserRead {
    addr: u64,
    len: u64,
}

impl UserRead {
    /// `len` bytes at `addr`.
    ///
    /// # Errors
    /// EFAULT when they do not lie in user space.
    pub fn new(addr: u64, len: u64) -> Result<Self, Errno> {
        check(addr, len)?;
        Ok(Self { addr, len })
    }

    /// How many bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Copy the bytes from `offset` on into `into`.
    ///
    /// # Errors
    /// EFAULT.
    ///
    /// # Panics
    /// When they are fewer.
    pub fn copy(&self, space: &AddressSpace, offset: u64, into: &mut [u8]) -> Result<(), Errno> {
        assert!(
            offset
                .checked_add(into.len() as u64)
                .is_some_and(|end| end <= self.len)
        );
        read_from(space, self.addr + offset, into)
    }

    /// Copy `len` of the bytes, from `offset` on, into `frame` at `at`.
    ///
    /// # Errors
    /// EFAULT.
    ///
    /// # Panics
    /// When they are fewer, or do not fit in the frame.
    pub fn copy_to_frame(
        &self,
        space: &AddressSpace,
        offset: u64,
        len: usize,
        frame: &Frame,
        at: usize,
    ) -> Result<(), Errno> {
        assert!(
            offset
                .checked_add(len as u64)
                .is_some_and(|end| end <= self.len)
        );
        let addr = self.addr + offset;
        with_faults(space, Touch::Read, |done| {
            copy_user_to_frame(addr + done as u64, frame, at + done, len - done)
        })
    }
}

/// Bytes of the process that the kernel writes.
#[derive(Clone, Copy, Debug)]
pub struct UserWrite {
    addr: u64,
    len: u64,
}

impl UserWrite {
    /// `len` bytes at `addr`.
    ///
    /// # Errors
    /// EFAULT when they do not lie in user space.
    pub fn new(addr: u64, len: u64) -> Result<Self, Errno> {
        check(addr, len)?;
        Ok(Self { addr, len })
    }

    /// How many bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Copy `from` to the bytes from `offset` on.
    ///
    /// # Errors
    /// EFAULT.
    ///
    /// # Panics
    /// When there is no room for all of `from`.
    pub fn copy(&self, space: &AddressSpace, offset: u64, from: &[u8]) -> Result<(), Errno> {
        assert!(
            offset
                .checked_add(from.len() as u64)
                .is_some_and(|end| end <= self.len)
        );
        write_to(space, self.addr + offset, from)
    }

    /// Copy `len` bytes of `frame` from `at` on to the bytes from `offset` on.
    ///
    /// # Errors
    /// EFAULT.
    ///
    /// # Panics
    /// When there is no room for them, or the frame has fewer.
    pub fn copy_from_frame(
        &self,
        space: &AddressSpace,
        offset: u64,
        len: usize,
        frame: &Frame,
        at: usize,
    ) -> Result<(), Errno> {
        assert!(
            offset
                .checked_add(len as u64)
                .is_some_and(|end| end <= self.len)
        );
        let addr = self.addr + offset;
        with_faults(space, Touch::Write, |done| {
            copy_frame_to_user(addr + done as u64, frame, at + done, len - done)
        })
    }
}

/// Bytes of the process that the kernel reads and then writes.
#[derive(Clone, Copy, Debug)]
pub struct UserUpdate {
    addr: u64,
    len: u64,
}

impl UserUpdate {
    /// `len` bytes at `addr`.
    ///
    /// # Errors
    /// EFAULT when they do not lie in user space.
    pub fn new(addr: u64, len: u64) -> Result<Self, Errno> {
        check(addr, len)?;
        Ok(Self { addr, len })
    }

    /// The bytes, to be read.
    #[must_use]
    pub const fn reading(&self) -> UserRead {
        UserRead {
            addr: self.addr,
            len: self.len,
        }
    }

    /// The bytes, to be written.
    #[must_use]
    pub const fn writing(&self) -> UserWrite {
        UserWrite {
            addr: self.addr,
            len: self.len,
        }
    }
}

/// A structure that the kernel reads.
#[derive(Clone, Copy, Debug)]
pub struct UserIn<T> {
    addr: u64,
    marker: PhantomData<T>,
}

impl<T: FromBytes + IntoBytes> UserIn<T> {
    /// A `T` at `addr`, which need not be aligned.
    ///
    /// # Errors
    /// EFAULT when it does not lie in user space.
    pub fn new(addr: u64) -> Result<Self, Errno> {
        check(addr, size_of::<T>() as u64)?;
        Ok(Self {
            addr,
            marker: PhantomData,
        })
    }

    /// Its value.
    ///
    /// # Errors
    /// EFAULT.
    pub fn get(&self, space: &AddressSpace) -> Result<T, Errno> {
        let mut value = T::new_zeroed();
        read_from(space, self.addr, value.as_mut_bytes())?;
        Ok(value)
    }
}

/// A structure that the kernel writes.
#[derive(Clone, Copy, Debug)]
pub struct UserOut<T> {
    addr: u64,
    marker: PhantomData<T>,
}

impl<T: IntoBytes + Immutable> UserOut<T> {
    /// A `T` at `addr`, which need not be aligned.
    ///
    /// # Errors
    /// EFAULT when it does not lie in user space.
    pub fn new(addr: u64) -> Result<Self, Errno> {
        check(addr, size_of::<T>() as u64)?;
        Ok(Self {
            addr,
            marker: PhantomData,
        })
    }

    /// Make sure that a value could be stored now, without storing one.
    ///
    /// # Errors
    /// EFAULT.
    pub fn prepare(&self, space: &AddressSpace) -> Result<(), Errno> {
        let last = self.addr + size_of::<T>().saturating_sub(1) as u64;
        for address in [self.addr, last] {
            space
                .fault(address, Touch::Write)
                .map_err(|_| Errno::EFAULT)?;
        }
        Ok(())
    }

    /// Store `value`.
    ///
    /// # Errors
    /// EFAULT.
    pub fn set(&self, space: &AddressSpace, value: &T) -> Result<(), Errno> {
        write_to(space, self.addr, value.as_bytes())
    }
}

/// A string that ends with a zero byte.
#[derive(Clone, Copy, Debug)]
pub struct UserCStr {
    addr: u64,
}

impl UserCStr {
    /// A string at `addr`.
    ///
    /// # Errors
    /// EFAULT when it does not begin in user space or is null.
    pub fn new(addr: u64) -> Result<Self, Errno> {
        check(addr, 1)?;
        if addr == 0 {
            Err(Errno::EFAULT)
        } else {
            Ok(Self { addr })
        }
    }

    /// Its bytes without the zero.
    ///
    /// # Errors
    /// EFAULT; `too_long` when no zero is among the first `limit` bytes.
    pub fn get(
        &self,
        space: &AddressSpace,
        limit: usize,
        too_long: Errno,
    ) -> Result<Vec<u8>, Errno> {
        const FIRST_LOOK_BYTES: usize = 64;
        let mut bytes = Vec::new();
        while bytes.len() < limit {
            // Most strings are short, and what follows the string's page may not be mapped.
            let at = self.addr + bytes.len() as u64;
            let to_page_end =
                PAGE_SIZE - usize::try_from(at).map_err(|_| Errno::EFAULT)? % PAGE_SIZE;
            let len = bytes.len().max(FIRST_LOOK_BYTES);
            let len = len.min(to_page_end).min(limit - bytes.len());
            check(at, len as u64)?;
            let start = bytes.len();
            bytes.try_reserve(len).map_err(|_| Errno::ENOMEM)?;
            bytes.resize(start + len, 0);
            read_from(space, at, &mut bytes[start..])?;
            if let Some(end) = bytes[start..].iter().position(|&b| b == 0) {
                bytes.truncate(start + end);
                return Ok(bytes);
            }
        }
        Err(too_long)
    }

    /// The string as a path.
    ///
    /// # Errors
    /// EFAULT, ENAMETOOLONG.
    pub fn path(&self, space: &AddressSpace) -> Result<Vec<u8>, Errno> {
        self.get(space, PATH_MAX, Errno::ENAMETOOLONG)
    }
}

/// An array of string pointers that ends with a null pointer.
#[derive(Clone, Copy, Debug)]
pub struct UserCStrArray {
    addr: u64,
}

impl UserCStrArray {
    /// An array at `addr`.
    ///
    /// # Errors
    /// EFAULT when it does not begin in user space or is null.
    pub fn new(addr: u64) -> Result<Self, Errno> {
        check(addr, 8)?;
        if addr == 0 {
            Err(Errno::EFAULT)
        } else {
            Ok(Self { addr })
        }
    }

    /// All strings, `budget` bytes at most with their ends and pointers; the budget is reduced.
    ///
    /// # Errors
    /// EFAULT, E2BIG.
    pub fn get(&self, space: &AddressSpace, budget: &mut usize) -> Result<Vec<Vec<u8>>, Errno> {
        let mut strings = Vec::new();
        loop {
            let at = self.addr + 8 * strings.len() as u64;
            let pointer = UserIn::<u64>::new(at)?.get(space)?;
            if pointer == 0 {
                return Ok(strings);
            }
            let limit = START_MAX_STRING_BYTES.min(*budget);
            let string = UserCStr::new(pointer)?.get(space, limit, Errno::E2BIG)?;
            *budget = budget
                .checked_sub(string.len() + 1 + 8)
                .ok_or(Errno::E2BIG)?;
            strings.push(string);
        }
    }
}

/// What the strings of a new program may take together.
pub const ARGUMENTS_BUDGET: usize = START_MAX_BYTES;
