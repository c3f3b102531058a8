// Generated from kernel_py/abi/messages.py; edit that and run `kpio abi`.

//! The channel between the browser and the kernel: its region and messages.

use core::mem::offset_of;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Version of all messages.
pub const CHANNEL_VERSION: u16 = 1;

/// Size of the region.
pub const CHANNEL_BYTES: usize = 0x0100_0000;

/// Offset of the control block of the ring to the browser.
pub const TO_BROWSER_CONTROL: usize = 0;

/// Offset of the control block of the ring to the kernel.
pub const TO_KERNEL_CONTROL: usize = 2048;

/// There is enough memory again.
pub const PRESSURE_NONE: u32 = 0;

/// Caches are to shrink.
pub const PRESSURE_MODERATE: u32 = 1;

/// Tabs will be hibernated.
pub const PRESSURE_CRITICAL: u32 = 2;

/// GPU work that can wait.
pub const PRIORITY_LOW: u32 = 0;

/// GPU work of a visible tab.
pub const PRIORITY_MEDIUM: u32 = 1;

/// GPU work of the tab in front.
pub const PRIORITY_HIGH: u32 = 2;

/// The tab is in front.
pub const TAB_FOREGROUND: u32 = 0;

/// The tab is not seen.
pub const TAB_BACKGROUND: u32 = 1;

/// The tab is not seen but heard.
pub const TAB_BACKGROUND_PLAYING: u32 = 2;

/// The tab's memory is on the disk.
pub const TAB_HIBERNATED: u32 = 3;

/// Offset in the region: The control blocks of both rings.
pub const CONTROL_START: usize = 0x0;

/// Size in bytes: The control blocks of both rings.
pub const CONTROL_BYTES: usize = 0x1000;

/// Offset in the region: Data of the ring to the browser.
pub const TO_BROWSER_START: usize = 0x1000;

/// Size in bytes: Data of the ring to the browser.
pub const TO_BROWSER_BYTES: usize = 0x0010_0000;

/// Offset in the region: Data of the ring to the kernel.
pub const TO_KERNEL_START: usize = 0x0010_1000;

/// Size in bytes: Data of the ring to the kernel.
pub const TO_KERNEL_BYTES: usize = 0x0010_0000;

/// Offset in the region: What NetworkDataReady refers to.
pub const NETWORK_START: usize = 0x0020_1000;

/// Size in bytes: What NetworkDataReady refers to.
pub const NETWORK_BYTES: usize = 0x0020_0000;

/// Offset in the region: Commands that SubmitGpuWork refers to.
pub const GPU_START: usize = 0x0040_1000;

/// Size in bytes: Commands that SubmitGpuWork refers to.
pub const GPU_BYTES: usize = 0x0040_0000;

/// Offset in the region: Modules and their compiled code.
pub const WASM_START: usize = 0x0080_1000;

/// Size in bytes: Modules and their compiled code.
pub const WASM_BYTES: usize = 0x007F_F000;

/// Memory has become scarce, or is no longer.
pub const MESSAGE_MEMORY_PRESSURE: u16 = 0x1;

/// A tab's GPU work has another priority from now on.
pub const MESSAGE_GPU_PRIORITY_CHANGED: u16 = 0x2;

/// Bytes of a response lie in the network part.
pub const MESSAGE_NETWORK_DATA_READY: u16 = 0x3;

/// Compiled code of a module lies in the WASM part.
pub const MESSAGE_WASM_CACHE_HIT: u16 = 0x4;

/// A tab has come to the front, or left it.
pub const MESSAGE_TAB_STATE_CHANGED: u16 = 0x101;

/// Commands for the GPU lie in the GPU part.
pub const MESSAGE_SUBMIT_GPU_WORK: u16 = 0x102;

/// A request lies in the network part.
pub const MESSAGE_NETWORK_REQUEST: u16 = 0x103;

/// A module to compile lies in the WASM part.
pub const MESSAGE_WASM_COMPILE_REQUEST: u16 = 0x104;

/// What every message of the browser's channel begins with.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct MessageHeader {
    /// CHANNEL_VERSION.
    pub version: u16,
    /// The kind's number.
    pub kind: u16,
    /// How many messages came before on this way, modulo 2^32.
    pub sequence: u32,
}

const _: () = assert!(size_of::<MessageHeader>() == 8);
const _: () = assert!(align_of::<MessageHeader>() == 4);
const _: () = assert!(offset_of!(MessageHeader, version) == 0);
const _: () = assert!(offset_of!(MessageHeader, kind) == 2);
const _: () = assert!(offset_of!(MessageHeader, sequence) == 4);

/// Memory has become scarce, or is no longer.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct MemoryPressure {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// PRESSURE_*.
    pub level: u32,
    /// Always 0.
    pub pad0: u32,
    /// What programs can still get.
    pub available_bytes: u64,
}

const _: () = assert!(size_of::<MemoryPressure>() == 24);
const _: () = assert!(align_of::<MemoryPressure>() == 8);
const _: () = assert!(offset_of!(MemoryPressure, header) == 0);
const _: () = assert!(offset_of!(MemoryPressure, level) == 8);
const _: () = assert!(offset_of!(MemoryPressure, pad0) == 12);
const _: () = assert!(offset_of!(MemoryPressure, available_bytes) == 16);

/// A tab's GPU work has another priority from now on.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct GpuPriorityChanged {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// Number of the tab.
    pub tab: u32,
    /// PRIORITY_*.
    pub priority: u32,
}

const _: () = assert!(size_of::<GpuPriorityChanged>() == 16);
const _: () = assert!(align_of::<GpuPriorityChanged>() == 4);
const _: () = assert!(offset_of!(GpuPriorityChanged, header) == 0);
const _: () = assert!(offset_of!(GpuPriorityChanged, tab) == 8);
const _: () = assert!(offset_of!(GpuPriorityChanged, priority) == 12);

/// Bytes of a response lie in the network part.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct NetworkDataReady {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// The browser's number of the request.
    pub request: u64,
    /// Where the bytes begin in their part.
    pub offset: u32,
    /// How many bytes there are.
    pub len: u32,
}

const _: () = assert!(size_of::<NetworkDataReady>() == 24);
const _: () = assert!(align_of::<NetworkDataReady>() == 8);
const _: () = assert!(offset_of!(NetworkDataReady, header) == 0);
const _: () = assert!(offset_of!(NetworkDataReady, request) == 8);
const _: () = assert!(offset_of!(NetworkDataReady, offset) == 16);
const _: () = assert!(offset_of!(NetworkDataReady, len) == 20);

/// Compiled code of a module lies in the WASM part.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct WasmCacheHit {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// SHA-256 of the module.
    pub hash: [u8; 32],
    /// Where the bytes begin in their part.
    pub offset: u32,
    /// How many bytes there are.
    pub len: u32,
}

const _: () = assert!(size_of::<WasmCacheHit>() == 48);
const _: () = assert!(align_of::<WasmCacheHit>() == 4);
const _: () = assert!(offset_of!(WasmCacheHit, header) == 0);
const _: () = assert!(offset_of!(WasmCacheHit, hash) == 8);
const _: () = assert!(offset_of!(WasmCacheHit, offset) == 40);
const _: () = assert!(offset_of!(WasmCacheHit, len) == 44);

/// A tab has come to the front, or left it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct TabStateChanged {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// Number of the tab.
    pub tab: u32,
    /// TAB_*.
    pub state: u32,
}

const _: () = assert!(size_of::<TabStateChanged>() == 16);
const _: () = assert!(align_of::<TabStateChanged>() == 4);
const _: () = assert!(offset_of!(TabStateChanged, header) == 0);
const _: () = assert!(offset_of!(TabStateChanged, tab) == 8);
const _: () = assert!(offset_of!(TabStateChanged, state) == 12);

/// Commands for the GPU lie in the GPU part.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct SubmitGpuWork {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// The browser's number of the work.
    pub fence: u64,
    /// Number of the tab.
    pub tab: u32,
    /// Always 0.
    pub pad0: u32,
    /// Where the bytes begin in their part.
    pub offset: u32,
    /// How many bytes there are.
    pub len: u32,
}

const _: () = assert!(size_of::<SubmitGpuWork>() == 32);
const _: () = assert!(align_of::<SubmitGpuWork>() == 8);
const _: () = assert!(offset_of!(SubmitGpuWork, header) == 0);
const _: () = assert!(offset_of!(SubmitGpuWork, fence) == 8);
const _: () = assert!(offset_of!(SubmitGpuWork, tab) == 16);
const _: () = assert!(offset_of!(SubmitGpuWork, pad0) == 20);
const _: () = assert!(offset_of!(SubmitGpuWork, offset) == 24);
const _: () = assert!(offset_of!(SubmitGpuWork, len) == 28);

/// A request lies in the network part.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct NetworkRequest {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// The browser's number of the request.
    pub request: u64,
    /// Number of the tab.
    pub tab: u32,
    /// Always 0.
    pub pad0: u32,
    /// Where the bytes begin in their part.
    pub offset: u32,
    /// How many bytes there are.
    pub len: u32,
}

const _: () = assert!(size_of::<NetworkRequest>() == 32);
const _: () = assert!(align_of::<NetworkRequest>() == 8);
const _: () = assert!(offset_of!(NetworkRequest, header) == 0);
const _: () = assert!(offset_of!(NetworkRequest, request) == 8);
const _: () = assert!(offset_of!(NetworkRequest, tab) == 16);
const _: () = assert!(offset_of!(NetworkRequest, pad0) == 20);
const _: () = assert!(offset_of!(NetworkRequest, offset) == 24);
const _: () = assert!(offset_of!(NetworkRequest, len) == 28);

/// A module to compile lies in the WASM part.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct WasmCompileRequest {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// SHA-256 of the module.
    pub hash: [u8; 32],
    /// Number of the tab.
    pub tab: u32,
    /// Always 0.
    pub pad0: u32,
    /// Where the bytes begin in their part.
    pub offset: u32,
    /// How many bytes there are.
    pub len: u32,
}

const _: () = assert!(size_of::<WasmCompileRequest>() == 56);
const _: () = assert!(align_of::<WasmCompileRequest>() == 4);
const _: () = assert!(offset_of!(WasmCompileRequest, header) == 0);
const _: () = assert!(offset_of!(WasmCompileRequest, hash) == 8);
const _: () = assert!(offset_of!(WasmCompileRequest, tab) == 40);
const _: () = assert!(offset_of!(WasmCompileRequest, pad0) == 44);
const _: () = assert!(offset_of!(WasmCompileRequest, offset) == 48);
const _: () = assert!(offset_of!(WasmCompileRequest, len) == 52);
