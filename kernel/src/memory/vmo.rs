//! Memory objects (VMOs): pages that exist once they are touched.

use super::{OutOfMemory, check_budget};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::ops::Range;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::frame::Frame;
use kpio_hal::sync::{Lock, Rank};

/// Anonymous memory: zero until written. Pages are counted from 0.
pub struct Vmo {
    pages: Lock<BTreeMap<u64, Frame>>,
}

impl Vmo {
    /// An object without pages.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            pages: Lock::new(Rank::Vmo, BTreeMap::new()),
        })
    }

    /// The frame of page `index`, made of zeros at first touch.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn page(&self, index: u64) -> Result<Frame, OutOfMemory> {
        let mut pages = self.pages.lock();
        if let Some(frame) = pages.get(&index) {
            return Ok(frame.clone());
        }
        check_budget(1)?;
        let frame = Frame::zeroed().ok_or(OutOfMemory)?;
        pages.insert(index, frame.clone());
        Ok(frame)
    }

    /// Write `bytes` from byte `offset` on.
    ///
    /// # Errors
    /// [`OutOfMemory`]; the bytes before are written then.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), OutOfMemory> {
        let page = PAGE_SIZE as u64;
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            let in_page = usize::try_from(at % page).map_err(|_| OutOfMemory)?;
            let len = (PAGE_SIZE - in_page).min(bytes.len() - done);
            self.page(at / page)?
                .write(in_page, &bytes[done..done + len]);
            done += len;
        }
        Ok(())
    }

    /// The pages of `range` that exist.
    #[must_use]
    pub fn existing(&self, range: Range<u64>) -> alloc::vec::Vec<u64> {
        self.pages
            .lock()
            .range(range)
            .map(|(&index, _)| index)
            .collect()
    }

    /// Forget the pages of `range`: they are zeros again at the next touch.
    pub fn forget(&self, range: Range<u64>) {
        let mut pages = self.pages.lock();
        let mut forgotten = pages.split_off(&range.start);
        pages.append(&mut forgotten.split_off(&range.end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_zero_until_written_and_again_when_forgotten() {
        kpio_hal::frame::init_host();
        let vmo = Vmo::new();
        vmo.write(4094, b"four").expect("memory");
        let mut bytes = [9; 4];
        vmo.page(0).expect("memory").read(4092, &mut bytes);
        assert_eq!(&bytes, b"\0\0fo");
        vmo.page(1).expect("memory").read(0, &mut bytes);
        assert_eq!(&bytes, b"ur\0\0");
        assert_eq!(vmo.existing(0..10), [0, 1]);
        vmo.forget(1..2);
        assert_eq!(vmo.existing(0..10), [0]);
        vmo.page(1).expect("memory").read(0, &mut bytes);
        assert_eq!(bytes, [0; 4]);
    }

    #[test]
    fn forgetting_gives_frames_back() {
        kpio_hal::frame::init_host();
        let vmo = Vmo::new();
        let frame = vmo.page(7).expect("memory");
        assert_eq!(frame.refcount(), 2);
        vmo.forget(0..u64::MAX);
        assert_eq!(frame.refcount(), 1);
    }
}
