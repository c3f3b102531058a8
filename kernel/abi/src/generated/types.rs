// Generated from kernel_py/abi/types.py; edit that and run `kpio abi`.

//! Struct layouts that cross the border between the kernel and a program.

use core::mem::offset_of;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A point in time or a span of time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Timespec {
    /// Whole seconds.
    pub tv_sec: i64,
    /// Nanoseconds on top, 0 to 999_999_999.
    pub tv_nsec: i64,
}

const _: () = assert!(size_of::<Timespec>() == 16);
const _: () = assert!(align_of::<Timespec>() == 8);
const _: () = assert!(offset_of!(Timespec, tv_sec) == 0);
const _: () = assert!(offset_of!(Timespec, tv_nsec) == 8);

/// What is known about an open file.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Stat {
    /// Number of the file system the file is on.
    pub st_dev: u64,
    /// Number of the file in its file system.
    pub st_ino: u64,
    /// Number of names the file has.
    pub st_nlink: u64,
    /// Type of the file (S_IFMT) and its permission bits.
    pub st_mode: u32,
    /// User the file belongs to.
    pub st_uid: u32,
    /// Group the file belongs to.
    pub st_gid: u32,
    /// Always 0.
    pub pad0: u32,
    /// Number of the device, for a device file; otherwise 0.
    pub st_rdev: u64,
    /// Length of the content in bytes.
    pub st_size: i64,
    /// Good size of one transfer, in bytes.
    pub st_blksize: i64,
    /// Space taken on the medium, in units of 512 bytes.
    pub st_blocks: i64,
    /// When the content was last read.
    pub st_atim: Timespec,
    /// When the content was last changed.
    pub st_mtim: Timespec,
    /// When the file's attributes were last changed.
    pub st_ctim: Timespec,
    /// Always 0.
    pub pad1: [i64; 3],
}

const _: () = assert!(size_of::<Stat>() == 144);
const _: () = assert!(align_of::<Stat>() == 8);
const _: () = assert!(offset_of!(Stat, st_dev) == 0);
const _: () = assert!(offset_of!(Stat, st_ino) == 8);
const _: () = assert!(offset_of!(Stat, st_nlink) == 16);
const _: () = assert!(offset_of!(Stat, st_mode) == 24);
const _: () = assert!(offset_of!(Stat, st_uid) == 28);
const _: () = assert!(offset_of!(Stat, st_gid) == 32);
const _: () = assert!(offset_of!(Stat, pad0) == 36);
const _: () = assert!(offset_of!(Stat, st_rdev) == 40);
const _: () = assert!(offset_of!(Stat, st_size) == 48);
const _: () = assert!(offset_of!(Stat, st_blksize) == 56);
const _: () = assert!(offset_of!(Stat, st_blocks) == 64);
const _: () = assert!(offset_of!(Stat, st_atim) == 72);
const _: () = assert!(offset_of!(Stat, st_mtim) == 88);
const _: () = assert!(offset_of!(Stat, st_ctim) == 104);
const _: () = assert!(offset_of!(Stat, pad1) == 120);

/// One piece of a transfer that is scattered over memory.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct IoVec {
    /// Address of the piece's first byte.
    pub iov_base: u64,
    /// Length of the piece in bytes.
    pub iov_len: u64,
}

const _: () = assert!(size_of::<IoVec>() == 16);
const _: () = assert!(align_of::<IoVec>() == 8);
const _: () = assert!(offset_of!(IoVec, iov_base) == 0);
const _: () = assert!(offset_of!(IoVec, iov_len) == 8);

/// How a new thread starts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ThreadCreateArgs {
    /// Address of its first instruction.
    pub entry: u64,
    /// Its first rsp, taken as it is.
    pub stack_pointer: u64,
    /// Its first rdi; every other register starts as 0.
    pub argument: u64,
    /// Its FS base.
    pub thread_pointer: u64,
    /// Address of a u32 that gets the new thread's number before it runs; 0 for none.
    pub parent_tid: u64,
}

const _: () = assert!(size_of::<ThreadCreateArgs>() == 40);
const _: () = assert!(align_of::<ThreadCreateArgs>() == 8);
const _: () = assert!(offset_of!(ThreadCreateArgs, entry) == 0);
const _: () = assert!(offset_of!(ThreadCreateArgs, stack_pointer) == 8);
const _: () = assert!(offset_of!(ThreadCreateArgs, argument) == 16);
const _: () = assert!(offset_of!(ThreadCreateArgs, thread_pointer) == 24);
const _: () = assert!(offset_of!(ThreadCreateArgs, parent_tid) == 32);

/// Figures about the whole system.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SystemInfo {
    /// Nanoseconds since the kernel was entered.
    pub uptime_ns: u64,
    /// Frames of memory the kernel manages.
    pub total_frames: u64,
    /// Frames that nobody uses.
    pub free_frames: u64,
    /// Processes, counting those that nobody has waited for.
    pub processes: u64,
    /// Threads of all processes.
    pub threads: u64,
    /// Open handles of all processes.
    pub handles: u64,
}

const _: () = assert!(size_of::<SystemInfo>() == 48);
const _: () = assert!(align_of::<SystemInfo>() == 8);
const _: () = assert!(offset_of!(SystemInfo, uptime_ns) == 0);
const _: () = assert!(offset_of!(SystemInfo, total_frames) == 8);
const _: () = assert!(offset_of!(SystemInfo, free_frames) == 16);
const _: () = assert!(offset_of!(SystemInfo, processes) == 24);
const _: () = assert!(offset_of!(SystemInfo, threads) == 32);
const _: () = assert!(offset_of!(SystemInfo, handles) == 40);
