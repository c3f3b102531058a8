"""The channel between the browser and the kernel: one shared region, and what is said through it.

The region has six parts. Each way has an SPSC ring (`kernel_py/abi/ring.py`) whose control block
lies in the first part, where the kernel also says what the region is; what messages refer to lies
in the parts behind the rings. A message is a header and the fields of its kind, little-endian, laid
out as the struct of its name, and has exactly that length.

The kernel answers every message with one of its own: `TabStateChanged` with `GpuPriorityChanged`,
the others with what they ask for, and what it refuses with `RequestRefused`. `MemoryPressure` comes
by itself, when the level changes. While there is no room for an answer, the kernel reads no more.
Answers come in the order of what they answer, but for those of services.

`NetworkRequest` and `WasmCompileRequest` are answered by services: processes to which the kernel
passes the requests on (BROWSER_CHANNEL_SERVE), and which see the region too. A service gets a
request as it came. Its answers are messages to the browser whose sequence number is that of the
request; the kernel judges them, and sends them on with its own numbers. `NetworkDataReady` answers
a `NetworkRequest` of the same `request`, any number of times; the one with `len` 0 is the last.
`WasmCacheHit` answers a `WasmCompileRequest` of the same `hash`, once. `RequestRefused` is the last
answer to either, its `sequence` that of the request again. A message that is no such answer ends
the service: its line is closed and what it was asked is refused. SERVICE_REQUESTS requests may be
under way at a service.

The reader of a message refuses it by the first of these that holds: `Oversized`, longer than
MESSAGE_MAX_BYTES; `Truncated`, shorter than a header; `UnknownVersion`; `OutOfOrder`, if its
sequence number is not the one after the last message's (the first is 0, and after 2^32 - 1 comes
0); `UnknownKind`, also for a kind of the other way; `WrongLength` for its kind; `BadField`, if a
field has a value it cannot have, padding is not 0, or the bytes it refers to leave their part. One
that was refused is not counted.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kernel_py.abi.constant import Constant
from kernel_py.abi.place import Place, definition_place
from kernel_py.abi.types import Struct, StructField

KIB: Final = 1 << 10
MIB: Final = 1 << 20

CHANNEL_VERSION: Final = 1
CHANNEL_BYTES: Final = 16 * MIB
TO_BROWSER_CONTROL: Final = 0
TO_KERNEL_CONTROL: Final = 2 * KIB
CHANNEL_HEADER: Final = 1 * KIB
CHANNEL_MAGIC: Final = 0x4B42_5243
MESSAGE_MAX_BYTES: Final = 64
CHANNEL_TABS: Final = 256
SERVICE_REQUESTS: Final = 64
FIRST_TO_KERNEL: Final = 0x100
"""Kinds to the kernel have numbers from here on, kinds to the browser lower ones."""


@dataclass(frozen=True)
class ChannelPart:
    """A part of the region: `start` and `size` in bytes; the parts lie one behind another."""

    name: str
    start: int
    size: int
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)


PARTS: Final = (
    ChannelPart("CONTROL", 0, 4 * KIB, "The control blocks of both rings and the region's header."),
    ChannelPart("TO_BROWSER", 4 * KIB, MIB, "Data of the ring to the browser."),
    ChannelPart("TO_KERNEL", 4 * KIB + MIB, MIB, "Data of the ring to the kernel."),
    ChannelPart("NETWORK", 4 * KIB + 2 * MIB, 2 * MIB, "What NetworkDataReady refers to."),
    ChannelPart("GPU", 4 * KIB + 4 * MIB, 4 * MIB, "Commands that SubmitGpuWork refers to."),
    ChannelPart("WASM", 4 * KIB + 8 * MIB, 8 * MIB - 4 * KIB, "Modules and their compiled code."),
)
"""What the first five leave of 16 MiB is the cache's: 8 MiB less the control block."""


class Way(Enum):
    """Who speaks to whom."""

    TO_BROWSER = "kernel to browser"
    TO_KERNEL = "browser to kernel"


@dataclass(frozen=True)
class MessageKind:
    """A kind of message: `struct` is header and fields.

    `limits` are (field, how many values it has from 0 on); `span` is the name of the part that the
    fields `offset` and `len`, in bytes, lie in; empty if there are none.
    """

    name: str
    number: int
    way: Way
    struct: Struct
    limits: tuple[tuple[str, int], ...] = ()
    span: str = ""
    place: Place = field(default_factory=definition_place, compare=False)


CONSTANTS: Final = (
    Constant("CHANNEL_VERSION", CHANNEL_VERSION, "u16", "Version of all messages."),
    Constant("CHANNEL_BYTES", CHANNEL_BYTES, "usize", "Size of the region.", is_hex=True),
    Constant(
        "TO_BROWSER_CONTROL",
        TO_BROWSER_CONTROL,
        "usize",
        "Offset of the control block of the ring to the browser.",
    ),
    Constant(
        "TO_KERNEL_CONTROL",
        TO_KERNEL_CONTROL,
        "usize",
        "Offset of the control block of the ring to the kernel.",
    ),
    Constant(
        "CHANNEL_HEADER", CHANNEL_HEADER, "usize", "Offset of the region's header, ChannelHeader."
    ),
    Constant("CHANNEL_MAGIC", CHANNEL_MAGIC, "u32", "First word of the header.", is_hex=True),
    Constant("MESSAGE_MAX_BYTES", MESSAGE_MAX_BYTES, "usize", "Most bytes of a message."),
    Constant("CHANNEL_TABS", CHANNEL_TABS, "usize", "Most tabs whose state the kernel keeps."),
    Constant(
        "SERVICE_REQUESTS", SERVICE_REQUESTS, "usize", "Most requests under way at a service."
    ),
    Constant("PRESSURE_NONE", 0, "u32", "There is enough memory again."),
    Constant("PRESSURE_MODERATE", 1, "u32", "Caches are to shrink."),
    Constant("PRESSURE_CRITICAL", 2, "u32", "Tabs will be hibernated."),
    Constant("PRIORITY_LOW", 0, "u32", "GPU work that can wait."),
    Constant("PRIORITY_MEDIUM", 1, "u32", "GPU work of a tab that is only heard."),
    Constant("PRIORITY_HIGH", 2, "u32", "GPU work of the tab in front."),
    Constant("TAB_FOREGROUND", 0, "u32", "The tab is in front."),
    Constant("TAB_BACKGROUND", 1, "u32", "The tab is not seen."),
    Constant("TAB_BACKGROUND_PLAYING", 2, "u32", "The tab is not seen but heard."),
    Constant("TAB_HIBERNATED", 3, "u32", "The tab's memory is on the disk."),
    Constant("REFUSED_OVERSIZED", 1, "u32", "It is longer than MESSAGE_MAX_BYTES."),
    Constant("REFUSED_TRUNCATED", 2, "u32", "It is shorter than a header."),
    Constant("REFUSED_UNKNOWN_VERSION", 3, "u32", "It is of another version."),
    Constant("REFUSED_OUT_OF_ORDER", 4, "u32", "Its sequence number is not the next one."),
    Constant("REFUSED_UNKNOWN_KIND", 5, "u32", "There is no such kind on this way."),
    Constant("REFUSED_WRONG_LENGTH", 6, "u32", "It has not the length of its kind."),
    Constant("REFUSED_BAD_FIELD", 7, "u32", "A field has a value it cannot have."),
    Constant(
        "REFUSED_UNKNOWN_TAB", 8, "u32", "Nothing was said of the tab before, or it is hibernated."
    ),
    Constant("REFUSED_TOO_MANY_TABS", 9, "u32", "CHANNEL_TABS others are not hibernated."),
    Constant("REFUSED_NO_GPU", 10, "u32", "The kernel has no GPU to give work to."),
    Constant("REFUSED_NO_NETWORK", 11, "u32", "The kernel knows no service for the network."),
    Constant("REFUSED_NO_COMPILER", 12, "u32", "The kernel knows no service that compiles."),
    Constant("REFUSED_BUSY", 13, "u32", "Too much is asked of the service already."),
    Constant("REFUSED_FAILED", 14, "u32", "The service could not do it."),
    Constant("CLOSED_NOT", 0, "u32", "The kernel serves the channel."),
    Constant("CLOSED_BY_BROWSER", 1, "u32", "The browser has closed its end of a ring."),
    Constant("CLOSED_POSITION", 2, "u32", "A position in a ring is one that it cannot have."),
    Constant("CLOSED_LENGTH", 3, "u32", "A message in the ring is longer than what was published."),
    Constant("CLOSED_HEADER", 4, "u32", "A message in the ring is not of its position."),
    *(
        Constant(f"{part.name}_{what}", value, "usize", text + part.doc, is_hex=True)
        for part in PARTS
        for what, value, text in (
            ("START", part.start, "Offset in the region: "),
            ("BYTES", part.size, "Size in bytes: "),
        )
    ),
)

HEADER: Final = Struct(
    "MessageHeader",
    "kpio_message_header",
    8,
    4,
    "What every message of the browser's channel begins with.",
    (
        StructField("version", "u16", "CHANNEL_VERSION."),
        StructField("kind", "u16", "The kind's number."),
        StructField("sequence", "u32", "How many messages came before on this way, modulo 2^32."),
    ),
)

REGION_HEADER: Final = Struct(
    "ChannelHeader",
    "kpio_channel_header",
    16,
    8,
    "What the kernel writes into a new region, for the browser to compare.",
    (
        StructField("magic", "u32", "CHANNEL_MAGIC."),
        StructField("version", "u32", "CHANNEL_VERSION."),
        StructField("bytes", "u64", "CHANNEL_BYTES."),
    ),
)

_HEAD: Final = StructField("header", "MessageHeader", "Version, kind and sequence number.")
_TAB: Final = StructField("tab", "u32", "Number of the tab.")
_PAD: Final = StructField("pad0", "u32", "Always 0.", is_padding=True)
_OFFSET: Final = StructField("offset", "u32", "Where the bytes begin in their part.")
_LEN: Final = StructField("len", "u32", "How many bytes there are.")
_REQUEST: Final = StructField("request", "u64", "The browser's number of the request.")
_HASH: Final = StructField("hash", "u8", "SHA-256 of the module.", count=32)

MEMORY_PRESSURE: Final = Struct(
    "MemoryPressure",
    "kpio_memory_pressure",
    24,
    8,
    "Memory has become scarce, or is no longer.",
    (
        _HEAD,
        StructField("level", "u32", "PRESSURE_*."),
        _PAD,
        StructField("available_bytes", "u64", "What programs can still get."),
    ),
)
GPU_PRIORITY_CHANGED: Final = Struct(
    "GpuPriorityChanged",
    "kpio_gpu_priority_changed",
    16,
    4,
    "A tab's GPU work has this priority from now on.",
    (_HEAD, _TAB, StructField("priority", "u32", "PRIORITY_*.")),
)
NETWORK_DATA_READY: Final = Struct(
    "NetworkDataReady",
    "kpio_network_data_ready",
    24,
    8,
    "Bytes of a response lie in the network part; none are the end of it.",
    (_HEAD, _REQUEST, _OFFSET, _LEN),
)
WASM_CACHE_HIT: Final = Struct(
    "WasmCacheHit",
    "kpio_wasm_cache_hit",
    48,
    4,
    "Compiled code of a module lies in the WASM part.",
    (_HEAD, _HASH, _OFFSET, _LEN),
)
REQUEST_REFUSED: Final = Struct(
    "RequestRefused",
    "kpio_request_refused",
    16,
    4,
    "A message was refused; this is the answer to it.",
    (
        _HEAD,
        StructField("sequence", "u32", "The sequence number that it has, or should have had."),
        StructField("reason", "u32", "REFUSED_*."),
    ),
)
TAB_STATE_CHANGED: Final = Struct(
    "TabStateChanged",
    "kpio_tab_state_changed",
    16,
    4,
    "A tab has come to the front, or left it.",
    (_HEAD, _TAB, StructField("state", "u32", "TAB_*.")),
)
SUBMIT_GPU_WORK: Final = Struct(
    "SubmitGpuWork",
    "kpio_submit_gpu_work",
    32,
    8,
    "Commands for the GPU lie in the GPU part.",
    (
        _HEAD,
        StructField("fence", "u64", "The browser's number of the work."),
        _TAB,
        _PAD,
        _OFFSET,
        _LEN,
    ),
)
NETWORK_REQUEST: Final = Struct(
    "NetworkRequest",
    "kpio_network_request",
    32,
    8,
    "A request lies in the network part.",
    (_HEAD, _REQUEST, _TAB, _PAD, _OFFSET, _LEN),
)
WASM_COMPILE_REQUEST: Final = Struct(
    "WasmCompileRequest",
    "kpio_wasm_compile_request",
    56,
    4,
    "A module to compile lies in the WASM part.",
    (_HEAD, _HASH, _TAB, _PAD, _OFFSET, _LEN),
)

KINDS: Final = (
    MessageKind("MEMORY_PRESSURE", 1, Way.TO_BROWSER, MEMORY_PRESSURE, (("level", 3),)),
    MessageKind(
        "GPU_PRIORITY_CHANGED", 2, Way.TO_BROWSER, GPU_PRIORITY_CHANGED, (("priority", 3),)
    ),
    MessageKind("NETWORK_DATA_READY", 3, Way.TO_BROWSER, NETWORK_DATA_READY, span="NETWORK"),
    MessageKind("WASM_CACHE_HIT", 4, Way.TO_BROWSER, WASM_CACHE_HIT, span="WASM"),
    MessageKind("REQUEST_REFUSED", 5, Way.TO_BROWSER, REQUEST_REFUSED),
    MessageKind("TAB_STATE_CHANGED", 0x101, Way.TO_KERNEL, TAB_STATE_CHANGED, (("state", 4),)),
    MessageKind("SUBMIT_GPU_WORK", 0x102, Way.TO_KERNEL, SUBMIT_GPU_WORK, span="GPU"),
    MessageKind("NETWORK_REQUEST", 0x103, Way.TO_KERNEL, NETWORK_REQUEST, span="NETWORK"),
    MessageKind("WASM_COMPILE_REQUEST", 0x104, Way.TO_KERNEL, WASM_COMPILE_REQUEST, span="WASM"),
)

STRUCTS: Final = (REGION_HEADER, HEADER, *(kind.struct for kind in KINDS))
