//! Shared memory objects: memory that several processes map, found by name or passed as a handle.
//!
//! An object is counted by its handles and mappings, and by its name while it has one; its pages go
//! with the last of them. A page exists from its first touch on, up to the object's length; beyond it
//! there is nothing (SIGBUS).

use crate::memory::vmo::{PageSource, Vmo};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::frame::Frame;
use kpio_hal::sync::{Lock, Rank};

/// Names there may be at once.
const MAX_NAMES: usize = 4096;
/// The longest name in bytes. POSIX `NAME_MAX`.
const NAME_MAX: usize = 255;
/// The largest object: what a 64-bit file offset can name.
const MAX_LEN_BYTES: u64 = i64::MAX.cast_unsigned();

/// The length of an object, and thereby which pages there are.
struct Extent {
    len_bytes: AtomicU64,
}

impl PageSource for Extent {
    fn fill(&self, first: u64, _frames: &[Frame]) -> Result<(), Errno> {
        let pages = self
            .len_bytes
            .load(Ordering::Relaxed)
            .div_ceil(PAGE_SIZE as u64);
        if first < pages {
            Ok(())
        } else {
            Err(Errno::ENXIO)
        }
    }

    fn wants_changes(&self) -> bool {
        false
    }
}

/// A shared memory object.
pub struct SharedMemory {
    extent: Arc<Extent>,
    vmo: Arc<Vmo>,
    /// S_I* bits.
    permissions: u32,
}

/// Names and what they name.
pub struct Names {
    objects: BTreeMap<Vec<u8>, Arc<SharedMemory>>,
}

/// The names of the system.
pub static NAMES: Lock<Names> = Lock::new(Rank::SharedMemoryNames, Names::new());

impl SharedMemory {
    /// An object without a name, of length 0.
    #[must_use]
    pub fn new(permissions: u32) -> Arc<Self> {
        let extent = Arc::new(Extent {
            len_bytes: AtomicU64::new(0),
        });
        let source = Arc::clone(&extent);
        Arc::new(Self {
            vmo: Vmo::with_source(source),
            extent,
            permissions,
        })
    }

    /// Its content.
    #[must_use]
    pub fn vmo(&self) -> Arc<Vmo> {
        Arc::clone(&self.vmo)
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        self.extent.len_bytes.load(Ordering::Relaxed)
    }

    /// Its permission bits.
    #[must_use]
    pub const fn permissions(&self) -> u32 {
        self.permissions
    }

    /// Set its length. What is cut off is forgotten: it is zeros if it comes back. Mappings that have
    /// touched a page keep it until they go.
    ///
    /// # Errors
    /// EFBIG for a length beyond what offsets can name.
    pub fn resize(&self, len_bytes: u64) -> Result<(), Errno> {
        if len_bytes > MAX_LEN_BYTES {
            return Err(Errno::EFBIG);
        }
        let before = self.extent.len_bytes.swap(len_bytes, Ordering::Relaxed);
        if len_bytes < before {
            let page = PAGE_SIZE as u64;
            self.vmo.forget(len_bytes.div_ceil(page)..u64::MAX);
            let tail = usize::try_from(len_bytes % page).unwrap_or(0);
            if tail != 0 {
                self.vmo.clear_page_from(len_bytes / page, tail);
            }
        }
        Ok(())
    }
}

/// The part of a name that counts.
///
/// # Errors
/// EINVAL, ENAMETOOLONG as in the contract of SHM_OPEN.
pub fn checked_name(name: &[u8]) -> Result<&[u8], Errno> {
    let bare = name.strip_prefix(b"/").unwrap_or(name);
    if bare.len() > NAME_MAX {
        return Err(Errno::ENAMETOOLONG);
    }
    if bare.is_empty() || bare == b"." || bare == b".." || bare.contains(&b'/') {
        return Err(Errno::EINVAL);
    }
    Ok(bare)
}

impl Names {
    /// No name.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            objects: BTreeMap::new(),
        }
    }

    /// The object of a checked name.
    #[must_use]
    pub fn open(&self, name: &[u8]) -> Option<Arc<SharedMemory>> {
        self.objects.get(name).cloned()
    }

    /// Make an object of a checked name that is free.
    ///
    /// # Errors
    /// EEXIST, ENFILE.
    pub fn create(&mut self, name: &[u8], permissions: u32) -> Result<Arc<SharedMemory>, Errno> {
        if self.objects.contains_key(name) {
            return Err(Errno::EEXIST);
        }
        if self.objects.len() >= MAX_NAMES {
            return Err(Errno::ENFILE);
        }
        let object = SharedMemory::new(permissions);
        self.objects.insert(name.to_vec(), Arc::clone(&object));
        Ok(object)
    }

    /// Take the name away; the object.
    ///
    /// # Errors
    /// ENOENT.
    pub fn unlink(&mut self, name: &[u8]) -> Result<Arc<SharedMemory>, Errno> {
        self.objects.remove(name).ok_or(Errno::ENOENT)
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert_eq!(checked_name(b"/ring"), Ok(&b"ring"[..]));
        assert_eq!(checked_name(b"ring"), Ok(&b"ring"[..]));
        for bad in [&b""[..], b"/", b".", b"/..", b"a/b", b"//a"] {
            assert_eq!(checked_name(bad), Err(Errno::EINVAL), "{bad:?}");
        }
        assert_eq!(checked_name(&[b'a'; 256]), Err(Errno::ENAMETOOLONG));
        assert!(checked_name(&[b'a'; 255]).is_ok());
    }

    #[test]
    fn a_name_is_made_found_and_taken_away_once() {
        kpio_hal::frame::init_host();
        let mut names = Names::new();
        assert!(names.open(b"a").is_none());
        let made = names.create(b"a", 0o600).expect("free");
        assert_eq!(names.create(b"a", 0).err(), Some(Errno::EEXIST));
        assert!(
            names
                .open(b"a")
                .is_some_and(|found| Arc::ptr_eq(&found, &made))
        );
        assert!(names.unlink(b"a").is_ok());
        assert_eq!(names.unlink(b"a").err(), Some(Errno::ENOENT));
        assert_eq!(Arc::strong_count(&made), 1, "nobody else holds it");
    }

    #[test]
    fn there_are_only_so_many_names() {
        kpio_hal::frame::init_host();
        let mut names = Names::new();
        for number in 0..MAX_NAMES {
            names.create(&number.to_le_bytes(), 0).expect("room");
        }
        assert_eq!(names.create(b"more", 0).err(), Some(Errno::ENFILE));
    }

    #[test]
    fn pages_end_with_the_length() {
        kpio_hal::frame::init_host();
        let object = SharedMemory::new(0);
        assert_eq!(object.vmo().bring(0).err(), Some(Errno::ENXIO));
        object.resize(4097).expect("fits");
        object.vmo().bring(1).expect("inside").write(0, &[1, 2]);
        assert_eq!(object.vmo().bring(2).err(), Some(Errno::ENXIO));
        object.resize(4096).expect("fits");
        assert_eq!(object.vmo().bring(1).err(), Some(Errno::ENXIO));
        object.resize(8192).expect("fits");
        let mut bytes = [9; 2];
        object.vmo().bring(1).expect("inside").read(0, &mut bytes);
        assert_eq!(bytes, [0, 0], "what was cut off is zeros");
        object.vmo().bring(0).expect("inside").write(10, &[7, 7]);
        object.resize(11).expect("fits");
        object.vmo().bring(0).expect("inside").read(10, &mut bytes);
        assert_eq!(bytes, [7, 0], "the tail of the last page too");
        assert_eq!(object.resize(1 << 63), Err(Errno::EFBIG));
    }
}
