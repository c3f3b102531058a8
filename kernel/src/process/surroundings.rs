//! What a process's paths begin with, and what its new files may not allow.

use crate::fs::node::Node;
use crate::fs::walk::Base;
use crate::system;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};
use kpio_hal::sync::{Lock, Rank};

/// The permission bits a umask can take away.
const UMASK_BITS: u32 = 0o777;
/// The umask of process 1, as everywhere.
const FIRST_UMASK: u32 = 0o022;

/// The working directory and the umask of a process.
#[derive(Debug)]
pub struct Surroundings {
    directory: Lock<Arc<Node>>,
    umask: AtomicU32,
}

impl Base {
    /// Where the kernel's own paths begin.
    #[must_use]
    pub fn of_kernel() -> Self {
        let root = Arc::clone(system::root());
        Self {
            current: Arc::clone(&root),
            root,
        }
    }
}

impl Surroundings {
    fn new(directory: Arc<Node>, umask: u32) -> Self {
        Self {
            directory: Lock::new(Rank::WorkingDirectory, directory),
            umask: AtomicU32::new(umask),
        }
    }

    /// Those of process 1.
    #[must_use]
    pub fn of_kernel() -> Self {
        Self::new(Arc::clone(system::root()), FIRST_UMASK)
    }

    /// Those of a child: the same, and its own from here on.
    #[must_use]
    pub fn inherited(&self) -> Self {
        Self::new(self.directory(), self.umask.load(Ordering::Relaxed))
    }

    /// Where paths begin.
    #[must_use]
    pub fn base(&self) -> Base {
        Base {
            root: Arc::clone(system::root()),
            current: self.directory(),
        }
    }

    /// The working directory.
    #[must_use]
    pub fn directory(&self) -> Arc<Node> {
        Arc::clone(&self.directory.lock())
    }

    /// Make `directory` the working directory.
    pub fn set_directory(&self, directory: Arc<Node>) {
        let before = core::mem::replace(&mut *self.directory.lock(), directory);
        drop(before);
    }

    /// Take another umask; the one before.
    pub fn set_umask(&self, umask: u32) -> u32 {
        self.umask.swap(umask & UMASK_BITS, Ordering::Relaxed)
    }

    /// The permissions a new file gets of those that were asked for.
    #[must_use]
    pub fn permissions(&self, wanted: u32) -> u32 {
        wanted & !self.umask.load(Ordering::Relaxed)
    }
}
