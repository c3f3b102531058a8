//! The array of pieces that READV, WRITEV, PREADV and PWRITEV take.

use super::Caller;
use crate::memory::user::UserRead;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::types::IoVec;
use zerocopy::{FromZeros, IntoBytes};

/// Pieces that are kept without asking the heap for room.
const FEW: usize = 8;

/// The pieces of a transfer, read once.
pub struct Pieces {
    few: [IoVec; FEW],
    many: Vec<IoVec>,
    nr_few: usize,
}

impl Pieces {
    /// Read the array `iov` names.
    ///
    /// # Errors
    /// EFAULT, ENOMEM; EINVAL when the pieces are longer than 2^63 - 1 bytes together.
    pub fn read(caller: &Caller, iov: UserRead) -> Result<Self, Errno> {
        let size = size_of::<IoVec>() as u64;
        let count = usize::try_from(iov.len() / size).map_err(|_| Errno::EINVAL)?;
        let mut pieces = Self {
            few: FromZeros::new_zeroed(),
            many: Vec::new(),
            nr_few: 0,
        };
        let place = if count <= FEW {
            pieces.nr_few = count;
            &mut pieces.few[..count]
        } else {
            let many = &mut pieces.many;
            many.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
            many.resize(count, IoVec::default());
            &mut many[..]
        };
        iov.copy(&caller.process.space, 0, place.as_mut_bytes())?;
        let total = place
            .iter()
            .try_fold(0_u64, |total, piece| total.checked_add(piece.iov_len));
        match total {
            Some(total) if i64::try_from(total).is_ok() => Ok(pieces),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Move the pieces' bytes in order: `transfer` is given each piece that has some, with how many
    /// were moved before, and says how many of its bytes it moved. The first that is not moved whole
    /// is the last. What was moved before an error counts; how many bytes.
    ///
    /// # Errors
    /// Those of `transfer` for the first piece.
    pub fn transfer(
        &self,
        mut transfer: impl FnMut(IoVec, u64) -> Result<u64, Errno>,
    ) -> Result<u64, Errno> {
        let mut done = 0;
        for &piece in self.as_slice().iter().filter(|piece| piece.iov_len > 0) {
            match transfer(piece, done) {
                Ok(moved) => {
                    done += moved;
                    if moved < piece.iov_len {
                        break;
                    }
                }
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(done)
    }

    /// All of them.
    pub fn as_slice(&self) -> &[IoVec] {
        if self.many.is_empty() {
            &self.few[..self.nr_few]
        } else {
            &self.many
        }
    }

    /// Their bytes together.
    pub fn len_bytes(&self) -> u64 {
        self.as_slice().iter().map(|piece| piece.iov_len).sum()
    }
}
