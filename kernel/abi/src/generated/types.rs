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

/// The times of a file that a program may set.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct FileTimes {
    /// When the content was last read.
    pub accessed: Timespec,
    /// When the content was last changed.
    pub modified: Timespec,
}

const _: () = assert!(size_of::<FileTimes>() == 32);
const _: () = assert!(align_of::<FileTimes>() == 8);
const _: () = assert!(offset_of!(FileTimes, accessed) == 0);
const _: () = assert!(offset_of!(FileTimes, modified) == 16);

/// The number of a file system; musl's `fsid_t`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct FileSystemId {
    /// As in st_dev; then 0.
    pub val: [i32; 2],
}

const _: () = assert!(size_of::<FileSystemId>() == 8);
const _: () = assert!(align_of::<FileSystemId>() == 4);
const _: () = assert!(offset_of!(FileSystemId, val) == 0);

/// How large a file system is, and how full.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct StatFs {
    /// Its kind: 0xEF53, ext4.
    pub f_type: u64,
    /// Good size of one transfer, in bytes.
    pub f_bsize: u64,
    /// Blocks it has, of `f_frsize` bytes.
    pub f_blocks: u64,
    /// Blocks that are free.
    pub f_bfree: u64,
    /// Blocks that are free for everybody.
    pub f_bavail: u64,
    /// Files there can be.
    pub f_files: u64,
    /// Files that can still be made.
    pub f_ffree: u64,
    /// Its number.
    pub f_fsid: FileSystemId,
    /// Longest name in bytes.
    pub f_namelen: u64,
    /// Bytes in a block.
    pub f_frsize: u64,
    /// ST_RDONLY if it is read-only.
    pub f_flags: u64,
    /// Always 0.
    pub f_spare: [u64; 4],
}

const _: () = assert!(size_of::<StatFs>() == 120);
const _: () = assert!(align_of::<StatFs>() == 8);
const _: () = assert!(offset_of!(StatFs, f_type) == 0);
const _: () = assert!(offset_of!(StatFs, f_bsize) == 8);
const _: () = assert!(offset_of!(StatFs, f_blocks) == 16);
const _: () = assert!(offset_of!(StatFs, f_bfree) == 24);
const _: () = assert!(offset_of!(StatFs, f_bavail) == 32);
const _: () = assert!(offset_of!(StatFs, f_files) == 40);
const _: () = assert!(offset_of!(StatFs, f_ffree) == 48);
const _: () = assert!(offset_of!(StatFs, f_fsid) == 56);
const _: () = assert!(offset_of!(StatFs, f_namelen) == 64);
const _: () = assert!(offset_of!(StatFs, f_frsize) == 72);
const _: () = assert!(offset_of!(StatFs, f_flags) == 80);
const _: () = assert!(offset_of!(StatFs, f_spare) == 88);

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
    /// Open handles of all processes, and those in messages.
    pub handles: u64,
    /// Frames with content of files. Whoever needs memory gets those that nobody maps.
    pub cached_frames: u64,
    /// Threads that sleep in FUTEX.
    pub futex_waiters: u64,
}

const _: () = assert!(size_of::<SystemInfo>() == 64);
const _: () = assert!(align_of::<SystemInfo>() == 8);
const _: () = assert!(offset_of!(SystemInfo, uptime_ns) == 0);
const _: () = assert!(offset_of!(SystemInfo, total_frames) == 8);
const _: () = assert!(offset_of!(SystemInfo, free_frames) == 16);
const _: () = assert!(offset_of!(SystemInfo, processes) == 24);
const _: () = assert!(offset_of!(SystemInfo, threads) == 32);
const _: () = assert!(offset_of!(SystemInfo, handles) == 40);
const _: () = assert!(offset_of!(SystemInfo, cached_frames) == 48);
const _: () = assert!(offset_of!(SystemInfo, futex_waiters) == 56);

/// How to tell the time from the time stamp counter: `(tsc - entry_tsc) * ns_per_tick >> 32` are
/// the nanoseconds of CLOCK_MONOTONIC, in 128 bits; CLOCK_REALTIME is `realtime_at_entry_ns` more.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ClockPage {
    /// 1. With another one the clock is read by CLOCK_GET.
    pub version: u32,
    /// Always 0.
    pub pad0: u32,
    /// The counter when the kernel was entered.
    pub entry_tsc: u64,
    /// Nanoseconds a tick, as a fraction of 2^32.
    pub ns_per_tick: u64,
    /// Nanoseconds from 1970 to that moment.
    pub realtime_at_entry_ns: u64,
}

const _: () = assert!(size_of::<ClockPage>() == 32);
const _: () = assert!(align_of::<ClockPage>() == 8);
const _: () = assert!(offset_of!(ClockPage, version) == 0);
const _: () = assert!(offset_of!(ClockPage, pad0) == 4);
const _: () = assert!(offset_of!(ClockPage, entry_tsc) == 8);
const _: () = assert!(offset_of!(ClockPage, ns_per_tick) == 16);
const _: () = assert!(offset_of!(ClockPage, realtime_at_entry_ns) == 24);

/// The two descriptors of a pipe: `int[2]` in C.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct PipeEnds {
    /// The end that bytes come out of.
    pub reader: i32,
    /// The end that bytes go into.
    pub writer: i32,
}

const _: () = assert!(size_of::<PipeEnds>() == 8);
const _: () = assert!(align_of::<PipeEnds>() == 4);
const _: () = assert!(offset_of!(PipeEnds, reader) == 0);
const _: () = assert!(offset_of!(PipeEnds, writer) == 4);

/// The two descriptors of a channel.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ChannelEnds {
    /// An end.
    pub first: i32,
    /// The other.
    pub second: i32,
}

const _: () = assert!(size_of::<ChannelEnds>() == 8);
const _: () = assert!(align_of::<ChannelEnds>() == 4);
const _: () = assert!(offset_of!(ChannelEnds, first) == 0);
const _: () = assert!(offset_of!(ChannelEnds, second) == 4);

/// A handle in a message of CHANNEL_SEND.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SentHandle {
    /// The sender's handle.
    pub fd: i32,
    /// What becomes of that: HANDLE_MOVE or HANDLE_COPY.
    pub operation: u32,
    /// The receiver's handle has those of them that `fd` has.
    pub rights: u32,
}

const _: () = assert!(size_of::<SentHandle>() == 12);
const _: () = assert!(align_of::<SentHandle>() == 4);
const _: () = assert!(offset_of!(SentHandle, fd) == 0);
const _: () = assert!(offset_of!(SentHandle, operation) == 4);
const _: () = assert!(offset_of!(SentHandle, rights) == 8);

/// What a message of a channel has.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct MessageSize {
    /// How many bytes.
    pub bytes: u32,
    /// How many handles.
    pub handles: u32,
}

const _: () = assert!(size_of::<MessageSize>() == 8);
const _: () = assert!(align_of::<MessageSize>() == 4);
const _: () = assert!(offset_of!(MessageSize, bytes) == 0);
const _: () = assert!(offset_of!(MessageSize, handles) == 4);

/// How large a terminal is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct WinSize {
    /// Rows of text; 0: not known.
    pub ws_row: u16,
    /// Columns of text; 0: not known.
    pub ws_col: u16,
    /// Width in pixels; 0: not known.
    pub ws_xpixel: u16,
    /// Height in pixels; 0: not known.
    pub ws_ypixel: u16,
}

const _: () = assert!(size_of::<WinSize>() == 8);
const _: () = assert!(align_of::<WinSize>() == 2);
const _: () = assert!(offset_of!(WinSize, ws_row) == 0);
const _: () = assert!(offset_of!(WinSize, ws_col) == 2);
const _: () = assert!(offset_of!(WinSize, ws_xpixel) == 4);
const _: () = assert!(offset_of!(WinSize, ws_ypixel) == 6);

/// How a terminal treats its bytes: the first 36 bytes of musl's `struct termios`, as on Linux.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Termios {
    /// What happens to input; the console: nothing, 0.
    pub c_iflag: u32,
    /// What happens to output; the console: nothing, 0.
    pub c_oflag: u32,
    /// The line: CS8, CREAD, CLOCAL, B115200.
    pub c_cflag: u32,
    /// Echo, line editing, signals; the console: none, 0.
    pub c_lflag: u32,
    /// Line discipline; 0.
    pub c_line: u8,
    /// Special characters; the console: VMIN is 1.
    pub c_cc: [u8; 19],
}

const _: () = assert!(size_of::<Termios>() == 36);
const _: () = assert!(align_of::<Termios>() == 4);
const _: () = assert!(offset_of!(Termios, c_iflag) == 0);
const _: () = assert!(offset_of!(Termios, c_oflag) == 4);
const _: () = assert!(offset_of!(Termios, c_cflag) == 8);
const _: () = assert!(offset_of!(Termios, c_lflag) == 12);
const _: () = assert!(offset_of!(Termios, c_line) == 16);
const _: () = assert!(offset_of!(Termios, c_cc) == 17);

/// A descriptor that POLL looks at.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct PollFd {
    /// The descriptor; a negative one is passed over.
    pub fd: i32,
    /// What is waited for; errors and hang-ups always are.
    pub events: i16,
    /// What has come.
    pub revents: i16,
}

const _: () = assert!(size_of::<PollFd>() == 8);
const _: () = assert!(align_of::<PollFd>() == 4);
const _: () = assert!(offset_of!(PollFd, fd) == 0);
const _: () = assert!(offset_of!(PollFd, events) == 4);
const _: () = assert!(offset_of!(PollFd, revents) == 6);

/// What is waited for, or what has come, with a word of the caller's.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C, packed)]
pub struct EpollEvent {
    /// EPOLL* events and options.
    pub events: u32,
    /// What the caller wants to be told with the events.
    pub data: u64,
}

const _: () = assert!(size_of::<EpollEvent>() == 12);
const _: () = assert!(align_of::<EpollEvent>() == 1);
const _: () = assert!(offset_of!(EpollEvent, events) == 0);
const _: () = assert!(offset_of!(EpollEvent, data) == 4);

/// A point in time or a span of time, in microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct Timeval {
    /// Whole seconds.
    pub tv_sec: i64,
    /// Microseconds on top, 0 to 999_999.
    pub tv_usec: i64,
}

const _: () = assert!(size_of::<Timeval>() == 16);
const _: () = assert!(align_of::<Timeval>() == 8);
const _: () = assert!(offset_of!(Timeval, tv_sec) == 0);
const _: () = assert!(offset_of!(Timeval, tv_usec) == 8);

/// When a timer of TIMERFD_CREATE goes off.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct TimerSpec {
    /// Again and again so much later; 0: only once.
    pub it_interval: Timespec,
    /// First, or next; 0: not at all.
    pub it_value: Timespec,
}

const _: () = assert!(size_of::<TimerSpec>() == 32);
const _: () = assert!(align_of::<TimerSpec>() == 8);
const _: () = assert!(offset_of!(TimerSpec, it_interval) == 0);
const _: () = assert!(offset_of!(TimerSpec, it_value) == 16);

/// When a timer of SETITIMER goes off.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct IntervalTimer {
    /// Again and again so much later; 0: only once.
    pub it_interval: Timeval,
    /// First, or next; 0: not at all.
    pub it_value: Timeval,
}

const _: () = assert!(size_of::<IntervalTimer>() == 32);
const _: () = assert!(align_of::<IntervalTimer>() == 8);
const _: () = assert!(offset_of!(IntervalTimer, it_interval) == 0);
const _: () = assert!(offset_of!(IntervalTimer, it_value) == 16);

/// A lock of bytes of a file.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct FileLock {
    /// F_RDLCK, F_WRLCK or F_UNLCK.
    pub l_type: i16,
    /// What `l_start` counts from: SEEK_*.
    pub l_whence: i16,
    /// Always 0.
    pub pad0: i32,
    /// The first byte.
    pub l_start: i64,
    /// How many; 0: up to the end; negative: those before it.
    pub l_len: i64,
    /// Whose it is; -1: an open file description's.
    pub l_pid: i32,
    /// Always 0.
    pub pad1: i32,
}

const _: () = assert!(size_of::<FileLock>() == 32);
const _: () = assert!(align_of::<FileLock>() == 8);
const _: () = assert!(offset_of!(FileLock, l_type) == 0);
const _: () = assert!(offset_of!(FileLock, l_whence) == 2);
const _: () = assert!(offset_of!(FileLock, pad0) == 4);
const _: () = assert!(offset_of!(FileLock, l_start) == 8);
const _: () = assert!(offset_of!(FileLock, l_len) == 16);
const _: () = assert!(offset_of!(FileLock, l_pid) == 24);
const _: () = assert!(offset_of!(FileLock, pad1) == 28);

/// What a process or thread has used. What is not counted is 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ResourceUsage {
    /// Time it has run, in user mode and in the kernel.
    pub ru_utime: Timeval,
    /// Not told apart: 0.
    pub ru_stime: Timeval,
    /// Not counted: 0.
    pub ru_maxrss: i64,
    /// Not counted: 0.
    pub ru_ixrss: i64,
    /// Not counted: 0.
    pub ru_idrss: i64,
    /// Not counted: 0.
    pub ru_isrss: i64,
    /// Not counted: 0.
    pub ru_minflt: i64,
    /// Not counted: 0.
    pub ru_majflt: i64,
    /// Not counted: 0.
    pub ru_nswap: i64,
    /// Not counted: 0.
    pub ru_inblock: i64,
    /// Not counted: 0.
    pub ru_oublock: i64,
    /// Not counted: 0.
    pub ru_msgsnd: i64,
    /// Not counted: 0.
    pub ru_msgrcv: i64,
    /// Not counted: 0.
    pub ru_nsignals: i64,
    /// Not counted: 0.
    pub ru_nvcsw: i64,
    /// Not counted: 0.
    pub ru_nivcsw: i64,
    /// Always 0.
    pub pad0: [i64; 16],
}

const _: () = assert!(size_of::<ResourceUsage>() == 272);
const _: () = assert!(align_of::<ResourceUsage>() == 8);
const _: () = assert!(offset_of!(ResourceUsage, ru_utime) == 0);
const _: () = assert!(offset_of!(ResourceUsage, ru_stime) == 16);
const _: () = assert!(offset_of!(ResourceUsage, ru_maxrss) == 32);
const _: () = assert!(offset_of!(ResourceUsage, ru_ixrss) == 40);
const _: () = assert!(offset_of!(ResourceUsage, ru_idrss) == 48);
const _: () = assert!(offset_of!(ResourceUsage, ru_isrss) == 56);
const _: () = assert!(offset_of!(ResourceUsage, ru_minflt) == 64);
const _: () = assert!(offset_of!(ResourceUsage, ru_majflt) == 72);
const _: () = assert!(offset_of!(ResourceUsage, ru_nswap) == 80);
const _: () = assert!(offset_of!(ResourceUsage, ru_inblock) == 88);
const _: () = assert!(offset_of!(ResourceUsage, ru_oublock) == 96);
const _: () = assert!(offset_of!(ResourceUsage, ru_msgsnd) == 104);
const _: () = assert!(offset_of!(ResourceUsage, ru_msgrcv) == 112);
const _: () = assert!(offset_of!(ResourceUsage, ru_nsignals) == 120);
const _: () = assert!(offset_of!(ResourceUsage, ru_nvcsw) == 128);
const _: () = assert!(offset_of!(ResourceUsage, ru_nivcsw) == 136);
const _: () = assert!(offset_of!(ResourceUsage, pad0) == 144);

/// What is known about a handle.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct HandleInfo {
    /// Its number in the whole system, which no other has or had.
    pub id: u64,
    /// What was written on it when it was made; 0: nothing.
    pub badge: u64,
    /// How many handles descend from it.
    pub descendants: u64,
    /// What it allows: rights of handles.
    pub rights: u32,
    /// What kind of object it is for: OBJECT_* value.
    pub object_type: u32,
}

const _: () = assert!(size_of::<HandleInfo>() == 32);
const _: () = assert!(align_of::<HandleInfo>() == 8);
const _: () = assert!(offset_of!(HandleInfo, id) == 0);
const _: () = assert!(offset_of!(HandleInfo, badge) == 8);
const _: () = assert!(offset_of!(HandleInfo, descendants) == 16);
const _: () = assert!(offset_of!(HandleInfo, rights) == 24);
const _: () = assert!(offset_of!(HandleInfo, object_type) == 28);

/// What the kernel has done at its end of a browser's channel.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct BrowserChannelStatus {
    /// Why it has closed its end: CLOSED_*; 0 while it is open.
    pub closed: u32,
    /// The level that the browser was told of: PRESSURE_*.
    pub pressure: u32,
    /// Messages that were taken out of the ring.
    pub received: u64,
    /// Those of them that were answered with RequestRefused.
    pub refused: u64,
    /// Messages that were put into the ring to the browser.
    pub sent: u64,
}

const _: () = assert!(size_of::<BrowserChannelStatus>() == 32);
const _: () = assert!(align_of::<BrowserChannelStatus>() == 8);
const _: () = assert!(offset_of!(BrowserChannelStatus, closed) == 0);
const _: () = assert!(offset_of!(BrowserChannelStatus, pressure) == 4);
const _: () = assert!(offset_of!(BrowserChannelStatus, received) == 8);
const _: () = assert!(offset_of!(BrowserChannelStatus, refused) == 16);
const _: () = assert!(offset_of!(BrowserChannelStatus, sent) == 24);

/// What a process does about a signal, as Linux's kernel has it on x86-64.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SignalAction {
    /// Address of the handler; 0: the default; 1: ignore.
    pub handler: u64,
    /// SA_* flags.
    pub flags: u64,
    /// Address of the code that a handler returns to.
    pub restorer: u64,
    /// Signals to block meanwhile; bit 0 is signal 1.
    pub mask: u64,
}

const _: () = assert!(size_of::<SignalAction>() == 32);
const _: () = assert!(align_of::<SignalAction>() == 8);
const _: () = assert!(offset_of!(SignalAction, handler) == 0);
const _: () = assert!(offset_of!(SignalAction, flags) == 8);
const _: () = assert!(offset_of!(SignalAction, restorer) == 16);
const _: () = assert!(offset_of!(SignalAction, mask) == 24);

/// Why a signal was sent; the places of musl's siginfo_t.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SignalInfo {
    /// The signal.
    pub si_signo: i32,
    /// Always 0.
    pub si_errno: i32,
    /// SI_* or what happened, by signal.
    pub si_code: i32,
    /// Always 0.
    pub pad0: i32,
    /// Sender or child: process, and user in the upper half.
    pub pid_uid: u64,
    /// SIGQUEUE: its value; SIGCHLD: the child's status.
    pub value: u64,
    /// Always 0.
    pub pad1: [u64; 12],
}

const _: () = assert!(size_of::<SignalInfo>() == 128);
const _: () = assert!(align_of::<SignalInfo>() == 8);
const _: () = assert!(offset_of!(SignalInfo, si_signo) == 0);
const _: () = assert!(offset_of!(SignalInfo, si_errno) == 4);
const _: () = assert!(offset_of!(SignalInfo, si_code) == 8);
const _: () = assert!(offset_of!(SignalInfo, pad0) == 12);
const _: () = assert!(offset_of!(SignalInfo, pid_uid) == 16);
const _: () = assert!(offset_of!(SignalInfo, value) == 24);
const _: () = assert!(offset_of!(SignalInfo, pad1) == 32);

/// An alternate stack for signal handlers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SignalStack {
    /// Its lowest address.
    pub ss_sp: u64,
    /// SS_* flags.
    pub ss_flags: i32,
    /// Always 0.
    pub pad0: i32,
    /// Its size in bytes.
    pub ss_size: u64,
}

const _: () = assert!(size_of::<SignalStack>() == 24);
const _: () = assert!(align_of::<SignalStack>() == 8);
const _: () = assert!(offset_of!(SignalStack, ss_sp) == 0);
const _: () = assert!(offset_of!(SignalStack, ss_flags) == 8);
const _: () = assert!(offset_of!(SignalStack, pad0) == 12);
const _: () = assert!(offset_of!(SignalStack, ss_size) == 16);

/// What a handler finds on its stack: musl's ucontext_t, then its siginfo_t. It may change the
/// registers; SIGRETURN takes them from here.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SignalFrame {
    /// Always 0.
    pub uc_flags: u64,
    /// Always 0.
    pub uc_link: u64,
    /// The alternate stack, as it was.
    pub uc_stack: SignalStack,
    /// r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, flags, segments, error, trap, mask,
    /// cr2.
    pub gregs: [u64; 23],
    /// Address of the vector registers, in the form of XSAVE.
    pub fpregs: u64,
    /// Always 0.
    pub pad0: [u64; 8],
    /// The mask of blocked signals, as it was.
    pub uc_sigmask: u64,
    /// Always 0.
    pub pad1: [u64; 15],
    /// Not used: fpregs says where they are.
    pub fpregs_mem: [u64; 32],
    /// Not used either.
    pub fpregs_more: [u64; 32],
    /// Why.
    pub info: SignalInfo,
}

const _: () = assert!(size_of::<SignalFrame>() == 1064);
const _: () = assert!(align_of::<SignalFrame>() == 8);
const _: () = assert!(offset_of!(SignalFrame, uc_flags) == 0);
const _: () = assert!(offset_of!(SignalFrame, uc_link) == 8);
const _: () = assert!(offset_of!(SignalFrame, uc_stack) == 16);
const _: () = assert!(offset_of!(SignalFrame, gregs) == 40);
const _: () = assert!(offset_of!(SignalFrame, fpregs) == 224);
const _: () = assert!(offset_of!(SignalFrame, pad0) == 232);
const _: () = assert!(offset_of!(SignalFrame, uc_sigmask) == 296);
const _: () = assert!(offset_of!(SignalFrame, pad1) == 304);
const _: () = assert!(offset_of!(SignalFrame, fpregs_mem) == 424);
const _: () = assert!(offset_of!(SignalFrame, fpregs_more) == 680);
const _: () = assert!(offset_of!(SignalFrame, info) == 936);
