// Generated from kernel_py/abi/events.py; edit that and run `kpio abi`.

//! Events: numbered, checksummed lines on a port of their own.
//!
//! A line is `KPIO1 <seq> <crc32> <name> <key>=<value> …` and a line feed. `seq` counts from 0 in
//! decimal. `crc32` is eight lower-case hex digits over `<seq> <name> <key>=<value> …`, single
//! spaces between, no line feed. Values are percent-encoded UTF-8.

/// First word of every line.
pub const EVENT_PREFIX: &str = "KPIO1";

/// An event's name and the keys it always has, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKind {
    /// The name, two words with a dot between.
    pub name: &'static str,
    /// The keys; the first is `t_ns`, nanoseconds since the kernel was entered.
    pub fields: &'static [&'static str],
}

/// The kernel can write events.
///
/// - `front` (text): `pvh` or `uefi`.
/// - `version` (text): Version of the kernel.
pub const BOOT_STARTED: EventKind = EventKind {
    name: "boot.started",
    fields: &["t_ns", "front", "version"],
};

/// Memory, traps and the scheduler work; devices come next.
///
/// - `free_frames` (decimal): Frames nobody uses.
/// - `total_frames` (decimal): Frames the kernel manages.
pub const BOOT_READY: EventKind = EventKind {
    name: "boot.ready",
    fields: &["t_ns", "free_frames", "total_frames"],
};

/// The root file system is there.
///
/// - `device` (text): Where it is: `virtio-blk0 partition 2`.
/// - `kind` (text): The file system: `ext4`.
pub const ROOT_MOUNTED: EventKind = EventKind {
    name: "root.mounted",
    fields: &["t_ns", "device", "kind"],
};

/// The file system that keeps what programs write is there.
///
/// - `device` (text): Where it is: `virtio-blk0 partition 3`.
/// - `kind` (text): The file system: `ext4`.
pub const DATA_MOUNTED: EventKind = EventKind {
    name: "data.mounted",
    fields: &["t_ns", "device", "kind"],
};

/// Scanout 0 shows the console.
///
/// - `width_px` (decimal): Width in pixels.
/// - `height_px` (decimal): Height in pixels.
pub const DISPLAY_READY: EventKind = EventKind {
    name: "display.ready",
    fields: &["t_ns", "width_px", "height_px"],
};

/// A process is about to run its first instruction.
///
/// - `pid` (decimal): Its number.
/// - `ppid` (decimal): Its parent's number; 0: the kernel.
/// - `path` (text): Where its program was loaded from.
pub const PROCESS_STARTED: EventKind = EventKind {
    name: "process.started",
    fields: &["t_ns", "pid", "ppid", "path"],
};

/// A process wrote its first bytes to the console.
///
/// - `pid` (decimal): Its number.
pub const PROCESS_OUTPUT: EventKind = EventKind {
    name: "process.output",
    fields: &["t_ns", "pid"],
};

/// A process had something to tell: REPORT.
///
/// - `pid` (decimal): Its number.
/// - `text` (text): What it told.
pub const PROCESS_REPORTED: EventKind = EventKind {
    name: "process.reported",
    fields: &["t_ns", "pid", "text"],
};

/// A process has ended.
///
/// - `pid` (decimal): Its number.
/// - `path` (text): Where its program was loaded from.
/// - `status` (decimal): Its exit status, 0 to 255.
/// - `signal` (decimal): What ended it; 0: it ended by itself.
pub const PROCESS_EXITED: EventKind = EventKind {
    name: "process.exited",
    fields: &["t_ns", "pid", "path", "status", "signal"],
};

/// A process caused an exception that ends it.
///
/// - `pid` (decimal): Its number.
/// - `vector` (decimal): The exception: 14 is a page fault.
/// - `error` (hex): The error code the processor pushed, or 0.
/// - `address` (hex): CR2 for a page fault, otherwise 0.
/// - `ip` (hex): Address of the instruction.
pub const PROCESS_FAULT: EventKind = EventKind {
    name: "process.fault",
    fields: &["t_ns", "pid", "vector", "error", "address", "ip"],
};

/// A program was not loaded; who asked for it gets ENOEXEC.
///
/// - `path` (text): The file.
/// - `reason` (text): Which field is wrong, and how.
pub const EXEC_REFUSED: EventKind = EventKind {
    name: "exec.refused",
    fields: &["t_ns", "path", "reason"],
};

/// The kernel gives up. The backtrace is on the console.
///
/// - `message` (text): The message, with file and line.
pub const KERNEL_PANIC: EventKind = EventKind {
    name: "kernel.panic",
    fields: &["t_ns", "message"],
};

/// A self-test of the kernel passed.
///
/// - `name` (text): The test.
pub const SELFTEST_PASSED: EventKind = EventKind {
    name: "selftest.passed",
    fields: &["t_ns", "name"],
};

/// A self-test of the kernel failed.
///
/// - `name` (text): The test.
/// - `reason` (text): What was seen, and what was expected.
pub const SELFTEST_FAILED: EventKind = EventKind {
    name: "selftest.failed",
    fields: &["t_ns", "name", "reason"],
};

/// The machine ends, orderly. Always the last event.
///
/// - `status` (decimal): Exit status of process 1, or what it gave to POWER_OFF.
pub const POWER_OFF: EventKind = EventKind {
    name: "power.off",
    fields: &["t_ns", "status"],
};

/// Every event.
pub const EVENTS: &[EventKind] = &[
    BOOT_STARTED,
    BOOT_READY,
    ROOT_MOUNTED,
    DATA_MOUNTED,
    DISPLAY_READY,
    PROCESS_STARTED,
    PROCESS_OUTPUT,
    PROCESS_REPORTED,
    PROCESS_EXITED,
    PROCESS_FAULT,
    EXEC_REFUSED,
    KERNEL_PANIC,
    SELFTEST_PASSED,
    SELFTEST_FAILED,
    POWER_OFF,
];
