//! An opened shared memory object.

use super::{Object, StatusFlags};
use crate::ipc::shm::SharedMemory;
use crate::memory::vmo::Vmo;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{OBJECT_SHARED_MEMORY, S_IFREG};
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::types::Stat;

/// A shared memory object, opened.
pub struct OpenSharedMemory {
    memory: Arc<SharedMemory>,
    flags: StatusFlags,
}

impl OpenSharedMemory {
    /// `memory`, opened with these flags of SHM_OPEN.
    #[must_use]
    pub fn new(memory: Arc<SharedMemory>, flags: u32) -> Arc<Self> {
        Arc::new(Self {
            memory,
            flags: StatusFlags::new(flags),
        })
    }
}

impl Object for OpenSharedMemory {
    fn kind(&self) -> u32 {
        OBJECT_SHARED_MEMORY
    }

    fn resize(&self, size: u64) -> Result<(), Errno> {
        self.memory.resize(size)
    }

    fn stat(&self) -> Result<Stat, Errno> {
        let page = PAGE_SIZE as u64;
        Ok(Stat {
            st_mode: S_IFREG | self.memory.permissions(),
            st_nlink: 1,
            st_size: self.memory.len_bytes().cast_signed(),
            st_blksize: page.cast_signed(),
            st_blocks: (self.memory.vmo().nr_pages() as u64 * page / 512).cast_signed(),
            ..Stat::default()
        })
    }

    fn memory(&self) -> Result<Arc<Vmo>, Errno> {
        Ok(self.memory.vmo())
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
