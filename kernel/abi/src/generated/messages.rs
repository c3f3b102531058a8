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

/// Offset of the region's header, ChannelHeader.
pub const CHANNEL_HEADER: usize = 1024;

/// First word of the header.
pub const CHANNEL_MAGIC: u32 = 0x4B42_5243;

/// Most bytes of a message.
pub const MESSAGE_MAX_BYTES: usize = 64;

/// Most tabs whose state the kernel keeps.
pub const CHANNEL_TABS: usize = 256;

/// Most requests under way at a service.
pub const SERVICE_REQUESTS: usize = 64;

/// There is enough memory again.
pub const PRESSURE_NONE: u32 = 0;

/// Caches are to shrink.
pub const PRESSURE_MODERATE: u32 = 1;

/// Tabs will be hibernated.
pub const PRESSURE_CRITICAL: u32 = 2;

/// GPU work that can wait.
pub const PRIORITY_LOW: u32 = 0;

/// GPU work of a tab that is only heard.
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

/// It is longer than MESSAGE_MAX_BYTES.
pub const REFUSED_OVERSIZED: u32 = 1;

/// It is shorter than a header.
pub const REFUSED_TRUNCATED: u32 = 2;

/// It is of another version.
pub const REFUSED_UNKNOWN_VERSION: u32 = 3;

/// Its sequence number is not the next one.
pub const REFUSED_OUT_OF_ORDER: u32 = 4;

/// There is no such kind on this way.
pub const REFUSED_UNKNOWN_KIND: u32 = 5;

/// It has not the length of its kind.
pub const REFUSED_WRONG_LENGTH: u32 = 6;

/// A field has a value it cannot have.
pub const REFUSED_BAD_FIELD: u32 = 7;

/// Nothing was said of the tab before, or it is hibernated.
pub const REFUSED_UNKNOWN_TAB: u32 = 8;

/// CHANNEL_TABS others are not hibernated.
pub const REFUSED_TOO_MANY_TABS: u32 = 9;

/// The kernel has no GPU to give work to.
pub const REFUSED_NO_GPU: u32 = 10;

/// The kernel knows no service for the network.
pub const REFUSED_NO_NETWORK: u32 = 11;

/// The kernel knows no service that compiles.
pub const REFUSED_NO_COMPILER: u32 = 12;

/// Too much is asked of the service already.
pub const REFUSED_BUSY: u32 = 13;

/// The service could not do it.
pub const REFUSED_FAILED: u32 = 14;

/// The kernel serves the channel.
pub const CLOSED_NOT: u32 = 0;

/// The browser has closed its end of a ring.
pub const CLOSED_BY_BROWSER: u32 = 1;

/// A position in a ring is one that it cannot have.
pub const CLOSED_POSITION: u32 = 2;

/// A message in the ring is longer than what was published.
pub const CLOSED_LENGTH: u32 = 3;

/// A message in the ring is not of its position.
pub const CLOSED_HEADER: u32 = 4;

/// Offset in the region: The control blocks of both rings and the region's header.
pub const CONTROL_START: usize = 0x0;

/// Size in bytes: The control blocks of both rings and the region's header.
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

/// A tab's GPU work has this priority from now on.
pub const MESSAGE_GPU_PRIORITY_CHANGED: u16 = 0x2;

/// Bytes of a response lie in the network part; none are the end of it.
pub const MESSAGE_NETWORK_DATA_READY: u16 = 0x3;

/// Compiled code of a module lies in the WASM part.
pub const MESSAGE_WASM_CACHE_HIT: u16 = 0x4;

/// A message was refused; this is the answer to it.
pub const MESSAGE_REQUEST_REFUSED: u16 = 0x5;

/// A tab has come to the front, or left it.
pub const MESSAGE_TAB_STATE_CHANGED: u16 = 0x101;

/// Commands for the GPU lie in the GPU part.
pub const MESSAGE_SUBMIT_GPU_WORK: u16 = 0x102;

/// A request lies in the network part.
pub const MESSAGE_NETWORK_REQUEST: u16 = 0x103;

/// A module to compile lies in the WASM part.
pub const MESSAGE_WASM_COMPILE_REQUEST: u16 = 0x104;

/// Who speaks to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Kernel to browser.
    ToBrowser,
    /// Browser to kernel.
    ToKernel,
}

/// Two fields of 32 bits that name bytes of a part of the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Offset of the field that says where they begin.
    pub offset_at: usize,
    /// Offset of the field that says how many there are.
    pub len_at: usize,
    /// How many bytes the part has.
    pub part_bytes: usize,
}

/// What a reader knows of a kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageKind {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub number: u16,
    /// Who sends it.
    pub way: Way,
    /// How many bytes it has.
    pub len: usize,
    /// Offsets of fields of 32 bits, and how many values each has, from 0 on.
    pub limits: &'static [(usize, u32)],
    /// The bytes it refers to.
    pub span: Option<Span>,
}

/// All kinds.
pub const MESSAGE_KINDS: &[MessageKind] = &[
    MessageKind {
        name: "MEMORY_PRESSURE",
        number: MESSAGE_MEMORY_PRESSURE,
        way: Way::ToBrowser,
        len: size_of::<MemoryPressure>(),
        limits: &[
            (offset_of!(MemoryPressure, level), 3),
            (offset_of!(MemoryPressure, pad0), 1),
        ],
        span: None,
    },
    MessageKind {
        name: "GPU_PRIORITY_CHANGED",
        number: MESSAGE_GPU_PRIORITY_CHANGED,
        way: Way::ToBrowser,
        len: size_of::<GpuPriorityChanged>(),
        limits: &[(offset_of!(GpuPriorityChanged, priority), 3)],
        span: None,
    },
    MessageKind {
        name: "NETWORK_DATA_READY",
        number: MESSAGE_NETWORK_DATA_READY,
        way: Way::ToBrowser,
        len: size_of::<NetworkDataReady>(),
        limits: &[],
        span: Some(Span {
            offset_at: offset_of!(NetworkDataReady, offset),
            len_at: offset_of!(NetworkDataReady, len),
            part_bytes: NETWORK_BYTES,
        }),
    },
    MessageKind {
        name: "WASM_CACHE_HIT",
        number: MESSAGE_WASM_CACHE_HIT,
        way: Way::ToBrowser,
        len: size_of::<WasmCacheHit>(),
        limits: &[],
        span: Some(Span {
            offset_at: offset_of!(WasmCacheHit, offset),
            len_at: offset_of!(WasmCacheHit, len),
            part_bytes: WASM_BYTES,
        }),
    },
    MessageKind {
        name: "REQUEST_REFUSED",
        number: MESSAGE_REQUEST_REFUSED,
        way: Way::ToBrowser,
        len: size_of::<RequestRefused>(),
        limits: &[],
        span: None,
    },
    MessageKind {
        name: "TAB_STATE_CHANGED",
        number: MESSAGE_TAB_STATE_CHANGED,
        way: Way::ToKernel,
        len: size_of::<TabStateChanged>(),
        limits: &[(offset_of!(TabStateChanged, state), 4)],
        span: None,
    },
    MessageKind {
        name: "SUBMIT_GPU_WORK",
        number: MESSAGE_SUBMIT_GPU_WORK,
        way: Way::ToKernel,
        len: size_of::<SubmitGpuWork>(),
        limits: &[(offset_of!(SubmitGpuWork, pad0), 1)],
        span: Some(Span {
            offset_at: offset_of!(SubmitGpuWork, offset),
            len_at: offset_of!(SubmitGpuWork, len),
            part_bytes: GPU_BYTES,
        }),
    },
    MessageKind {
        name: "NETWORK_REQUEST",
        number: MESSAGE_NETWORK_REQUEST,
        way: Way::ToKernel,
        len: size_of::<NetworkRequest>(),
        limits: &[(offset_of!(NetworkRequest, pad0), 1)],
        span: Some(Span {
            offset_at: offset_of!(NetworkRequest, offset),
            len_at: offset_of!(NetworkRequest, len),
            part_bytes: NETWORK_BYTES,
        }),
    },
    MessageKind {
        name: "WASM_COMPILE_REQUEST",
        number: MESSAGE_WASM_COMPILE_REQUEST,
        way: Way::ToKernel,
        len: size_of::<WasmCompileRequest>(),
        limits: &[(offset_of!(WasmCompileRequest, pad0), 1)],
        span: Some(Span {
            offset_at: offset_of!(WasmCompileRequest, offset),
            len_at: offset_of!(WasmCompileRequest, len),
            part_bytes: WASM_BYTES,
        }),
    },
];

/// What the kernel writes into a new region, for the browser to compare.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct ChannelHeader {
    /// CHANNEL_MAGIC.
    pub magic: u32,
    /// CHANNEL_VERSION.
    pub version: u32,
    /// CHANNEL_BYTES.
    pub bytes: u64,
}

const _: () = assert!(size_of::<ChannelHeader>() == 16);
const _: () = assert!(align_of::<ChannelHeader>() == 8);
const _: () = assert!(offset_of!(ChannelHeader, magic) == 0);
const _: () = assert!(offset_of!(ChannelHeader, version) == 4);
const _: () = assert!(offset_of!(ChannelHeader, bytes) == 8);

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

/// A tab's GPU work has this priority from now on.
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

/// Bytes of a response lie in the network part; none are the end of it.
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

/// A message was refused; this is the answer to it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct RequestRefused {
    /// Version, kind and sequence number.
    pub header: MessageHeader,
    /// The sequence number that it has, or should have had.
    pub sequence: u32,
    /// REFUSED_*.
    pub reason: u32,
}

const _: () = assert!(size_of::<RequestRefused>() == 16);
const _: () = assert!(align_of::<RequestRefused>() == 4);
const _: () = assert!(offset_of!(RequestRefused, header) == 0);
const _: () = assert!(offset_of!(RequestRefused, sequence) == 8);
const _: () = assert!(offset_of!(RequestRefused, reason) == 12);

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
