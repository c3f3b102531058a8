//! STATFS: how large a file system is, and how full.

use super::Caller;
use crate::fs::mount::Mount;
use crate::fs::namespace;
use crate::fs::walk::{LastLink, NAME_MAX_BYTES};
use crate::memory::user::{UserCStr, UserOut};
use kpio_abi::errors::Errno;
use kpio_abi::flags::ST_RDONLY;
use kpio_abi::types::{FileSystemId, StatFs};

/// Linux `include/uapi/linux/magic.h`, `EXT4_SUPER_MAGIC`.
const EXT4: u64 = 0xEF53;

/// Store facts about the file system that `path` leads to.
pub fn statfs(caller: &Caller, path: UserCStr, facts: UserOut<StatFs>) -> Result<u64, Errno> {
    let path = path.path(&caller.process.space)?;
    let base = caller.process.surroundings.base();
    let node = namespace::lookup(&base, &path, LastLink::Follow)?;
    facts.set(&caller.process.space, &facts_of(&node.mount)?)?;
    Ok(0)
}

/// What is known about `mount`.
pub(super) fn facts_of(mount: &Mount) -> Result<StatFs, Errno> {
    let statistics = mount.statistics()?;
    Ok(StatFs {
        f_type: EXT4,
        f_bsize: statistics.block_bytes,
        f_blocks: statistics.nr_blocks,
        f_bfree: statistics.nr_free_blocks,
        f_bavail: statistics.nr_free_blocks,
        f_files: statistics.nr_files,
        f_ffree: statistics.nr_free_files,
        f_fsid: FileSystemId {
            val: [i32::try_from(mount.device).unwrap_or(0), 0],
        },
        f_namelen: NAME_MAX_BYTES as u64,
        f_frsize: statistics.block_bytes,
        f_flags: if mount.is_read_only { ST_RDONLY } else { 0 },
        ..StatFs::default()
    })
}
