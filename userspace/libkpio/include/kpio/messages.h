/* Generated from kernel_py/abi/messages.py; edit that and run `kpio abi`. */

/* The channel between the browser and the kernel: its region and messages. */

#ifndef KPIO_MESSAGES_H
#define KPIO_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

/* Version of all messages. */
#define KPIO_CHANNEL_VERSION 1
/* Size of the region. */
#define KPIO_CHANNEL_BYTES 0x1000000UL
/* Offset of the control block of the ring to the browser. */
#define KPIO_TO_BROWSER_CONTROL 0UL
/* Offset of the control block of the ring to the kernel. */
#define KPIO_TO_KERNEL_CONTROL 2048UL
/* Offset of the region's header, ChannelHeader. */
#define KPIO_CHANNEL_HEADER 1024UL
/* First word of the header. */
#define KPIO_CHANNEL_MAGIC 0x4B425243
/* Most bytes of a message. */
#define KPIO_MESSAGE_MAX_BYTES 64UL
/* Most tabs whose state the kernel keeps. */
#define KPIO_CHANNEL_TABS 256UL
/* Most requests under way at a service. */
#define KPIO_SERVICE_REQUESTS 64UL
/* There is enough memory again. */
#define KPIO_PRESSURE_NONE 0
/* Caches are to shrink. */
#define KPIO_PRESSURE_MODERATE 1
/* Tabs will be hibernated. */
#define KPIO_PRESSURE_CRITICAL 2
/* GPU work that can wait. */
#define KPIO_PRIORITY_LOW 0
/* GPU work of a tab that is only heard. */
#define KPIO_PRIORITY_MEDIUM 1
/* GPU work of the tab in front. */
#define KPIO_PRIORITY_HIGH 2
/* The tab is in front. */
#define KPIO_TAB_FOREGROUND 0
/* The tab is not seen. */
#define KPIO_TAB_BACKGROUND 1
/* The tab is not seen but heard. */
#define KPIO_TAB_BACKGROUND_PLAYING 2
/* The tab's memory is on the disk. */
#define KPIO_TAB_HIBERNATED 3
/* It is longer than MESSAGE_MAX_BYTES. */
#define KPIO_REFUSED_OVERSIZED 1
/* It is shorter than a header. */
#define KPIO_REFUSED_TRUNCATED 2
/* It is of another version. */
#define KPIO_REFUSED_UNKNOWN_VERSION 3
/* Its sequence number is not the next one. */
#define KPIO_REFUSED_OUT_OF_ORDER 4
/* There is no such kind on this way. */
#define KPIO_REFUSED_UNKNOWN_KIND 5
/* It has not the length of its kind. */
#define KPIO_REFUSED_WRONG_LENGTH 6
/* A field has a value it cannot have. */
#define KPIO_REFUSED_BAD_FIELD 7
/* Nothing was said of the tab before, or it is hibernated. */
#define KPIO_REFUSED_UNKNOWN_TAB 8
/* CHANNEL_TABS others are not hibernated. */
#define KPIO_REFUSED_TOO_MANY_TABS 9
/* The kernel has no GPU to give work to. */
#define KPIO_REFUSED_NO_GPU 10
/* The kernel knows no service for the network. */
#define KPIO_REFUSED_NO_NETWORK 11
/* The kernel knows no service that compiles. */
#define KPIO_REFUSED_NO_COMPILER 12
/* Too much is asked of the service already. */
#define KPIO_REFUSED_BUSY 13
/* The service could not do it. */
#define KPIO_REFUSED_FAILED 14
/* The kernel serves the channel. */
#define KPIO_CLOSED_NOT 0
/* The browser has closed its end of a ring. */
#define KPIO_CLOSED_BY_BROWSER 1
/* A position in a ring is one that it cannot have. */
#define KPIO_CLOSED_POSITION 2
/* A message in the ring is longer than what was published. */
#define KPIO_CLOSED_LENGTH 3
/* A message in the ring is not of its position. */
#define KPIO_CLOSED_HEADER 4
/* Offset in the region: The control blocks of both rings and the region's header. */
#define KPIO_CONTROL_START 0x0UL
/* Size in bytes: The control blocks of both rings and the region's header. */
#define KPIO_CONTROL_BYTES 0x1000UL
/* Offset in the region: Data of the ring to the browser. */
#define KPIO_TO_BROWSER_START 0x1000UL
/* Size in bytes: Data of the ring to the browser. */
#define KPIO_TO_BROWSER_BYTES 0x100000UL
/* Offset in the region: Data of the ring to the kernel. */
#define KPIO_TO_KERNEL_START 0x101000UL
/* Size in bytes: Data of the ring to the kernel. */
#define KPIO_TO_KERNEL_BYTES 0x100000UL
/* Offset in the region: What NetworkDataReady refers to. */
#define KPIO_NETWORK_START 0x201000UL
/* Size in bytes: What NetworkDataReady refers to. */
#define KPIO_NETWORK_BYTES 0x200000UL
/* Offset in the region: Commands that SubmitGpuWork refers to. */
#define KPIO_GPU_START 0x401000UL
/* Size in bytes: Commands that SubmitGpuWork refers to. */
#define KPIO_GPU_BYTES 0x400000UL
/* Offset in the region: Modules and their compiled code. */
#define KPIO_WASM_START 0x801000UL
/* Size in bytes: Modules and their compiled code. */
#define KPIO_WASM_BYTES 0x7FF000UL

/* Memory has become scarce, or is no longer. */
#define KPIO_MESSAGE_MEMORY_PRESSURE 0x1
/* A tab's GPU work has this priority from now on. */
#define KPIO_MESSAGE_GPU_PRIORITY_CHANGED 0x2
/* Bytes of a response lie in the network part; none are the end of it. */
#define KPIO_MESSAGE_NETWORK_DATA_READY 0x3
/* Compiled code of a module lies in the WASM part. */
#define KPIO_MESSAGE_WASM_CACHE_HIT 0x4
/* A message was refused; this is the answer to it. */
#define KPIO_MESSAGE_REQUEST_REFUSED 0x5
/* A tab has come to the front, or left it. */
#define KPIO_MESSAGE_TAB_STATE_CHANGED 0x101
/* Commands for the GPU lie in the GPU part. */
#define KPIO_MESSAGE_SUBMIT_GPU_WORK 0x102
/* A request lies in the network part. */
#define KPIO_MESSAGE_NETWORK_REQUEST 0x103
/* A module to compile lies in the WASM part. */
#define KPIO_MESSAGE_WASM_COMPILE_REQUEST 0x104

#ifdef __cplusplus
#define KPIO_ASSERT static_assert
#define KPIO_ALIGN alignof
#else
#define KPIO_ASSERT _Static_assert
#define KPIO_ALIGN _Alignof
#endif
#define KPIO_ASSERT_TYPE(type, size, align) \
    KPIO_ASSERT(sizeof(type) == (size) && KPIO_ALIGN(type) == (align), #type)
#define KPIO_ASSERT_FIELD(type, field, offset) \
    KPIO_ASSERT(offsetof(type, field) == (offset), #type " " #field)

/* What the kernel writes into a new region, for the browser to compare. */
struct kpio_channel_header {
    /* CHANNEL_MAGIC. */
    uint32_t magic;
    /* CHANNEL_VERSION. */
    uint32_t version;
    /* CHANNEL_BYTES. */
    uint64_t bytes;
};

KPIO_ASSERT_TYPE(struct kpio_channel_header, 16, 8);
KPIO_ASSERT_FIELD(struct kpio_channel_header, magic, 0);
KPIO_ASSERT_FIELD(struct kpio_channel_header, version, 4);
KPIO_ASSERT_FIELD(struct kpio_channel_header, bytes, 8);

/* What every message of the browser's channel begins with. */
struct kpio_message_header {
    /* CHANNEL_VERSION. */
    uint16_t version;
    /* The kind's number. */
    uint16_t kind;
    /* How many messages came before on this way, modulo 2^32. */
    uint32_t sequence;
};

KPIO_ASSERT_TYPE(struct kpio_message_header, 8, 4);
KPIO_ASSERT_FIELD(struct kpio_message_header, version, 0);
KPIO_ASSERT_FIELD(struct kpio_message_header, kind, 2);
KPIO_ASSERT_FIELD(struct kpio_message_header, sequence, 4);

/* Memory has become scarce, or is no longer. */
struct kpio_memory_pressure {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* PRESSURE_*. */
    uint32_t level;
    /* Always 0. */
    uint32_t pad0;
    /* What programs can still get. */
    uint64_t available_bytes;
};

KPIO_ASSERT_TYPE(struct kpio_memory_pressure, 24, 8);
KPIO_ASSERT_FIELD(struct kpio_memory_pressure, header, 0);
KPIO_ASSERT_FIELD(struct kpio_memory_pressure, level, 8);
KPIO_ASSERT_FIELD(struct kpio_memory_pressure, pad0, 12);
KPIO_ASSERT_FIELD(struct kpio_memory_pressure, available_bytes, 16);

/* A tab's GPU work has this priority from now on. */
struct kpio_gpu_priority_changed {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* Number of the tab. */
    uint32_t tab;
    /* PRIORITY_*. */
    uint32_t priority;
};

KPIO_ASSERT_TYPE(struct kpio_gpu_priority_changed, 16, 4);
KPIO_ASSERT_FIELD(struct kpio_gpu_priority_changed, header, 0);
KPIO_ASSERT_FIELD(struct kpio_gpu_priority_changed, tab, 8);
KPIO_ASSERT_FIELD(struct kpio_gpu_priority_changed, priority, 12);

/* Bytes of a response lie in the network part; none are the end of it. */
struct kpio_network_data_ready {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* The browser's number of the request. */
    uint64_t request;
    /* Where the bytes begin in their part. */
    uint32_t offset;
    /* How many bytes there are. */
    uint32_t len;
};

KPIO_ASSERT_TYPE(struct kpio_network_data_ready, 24, 8);
KPIO_ASSERT_FIELD(struct kpio_network_data_ready, header, 0);
KPIO_ASSERT_FIELD(struct kpio_network_data_ready, request, 8);
KPIO_ASSERT_FIELD(struct kpio_network_data_ready, offset, 16);
KPIO_ASSERT_FIELD(struct kpio_network_data_ready, len, 20);

/* Compiled code of a module lies in the WASM part. */
struct kpio_wasm_cache_hit {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* SHA-256 of the module. */
    uint8_t hash[32];
    /* Where the bytes begin in their part. */
    uint32_t offset;
    /* How many bytes there are. */
    uint32_t len;
};

KPIO_ASSERT_TYPE(struct kpio_wasm_cache_hit, 48, 4);
KPIO_ASSERT_FIELD(struct kpio_wasm_cache_hit, header, 0);
KPIO_ASSERT_FIELD(struct kpio_wasm_cache_hit, hash, 8);
KPIO_ASSERT_FIELD(struct kpio_wasm_cache_hit, offset, 40);
KPIO_ASSERT_FIELD(struct kpio_wasm_cache_hit, len, 44);

/* A message was refused; this is the answer to it. */
struct kpio_request_refused {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* The sequence number that it has, or should have had. */
    uint32_t sequence;
    /* REFUSED_*. */
    uint32_t reason;
};

KPIO_ASSERT_TYPE(struct kpio_request_refused, 16, 4);
KPIO_ASSERT_FIELD(struct kpio_request_refused, header, 0);
KPIO_ASSERT_FIELD(struct kpio_request_refused, sequence, 8);
KPIO_ASSERT_FIELD(struct kpio_request_refused, reason, 12);

/* A tab has come to the front, or left it. */
struct kpio_tab_state_changed {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* Number of the tab. */
    uint32_t tab;
    /* TAB_*. */
    uint32_t state;
};

KPIO_ASSERT_TYPE(struct kpio_tab_state_changed, 16, 4);
KPIO_ASSERT_FIELD(struct kpio_tab_state_changed, header, 0);
KPIO_ASSERT_FIELD(struct kpio_tab_state_changed, tab, 8);
KPIO_ASSERT_FIELD(struct kpio_tab_state_changed, state, 12);

/* Commands for the GPU lie in the GPU part. */
struct kpio_submit_gpu_work {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* The browser's number of the work. */
    uint64_t fence;
    /* Number of the tab. */
    uint32_t tab;
    /* Always 0. */
    uint32_t pad0;
    /* Where the bytes begin in their part. */
    uint32_t offset;
    /* How many bytes there are. */
    uint32_t len;
};

KPIO_ASSERT_TYPE(struct kpio_submit_gpu_work, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_submit_gpu_work, header, 0);
KPIO_ASSERT_FIELD(struct kpio_submit_gpu_work, fence, 8);
KPIO_ASSERT_FIELD(struct kpio_submit_gpu_work, tab, 16);
KPIO_ASSERT_FIELD(struct kpio_submit_gpu_work, pad0, 20);
KPIO_ASSERT_FIELD(struct kpio_submit_gpu_work, offset, 24);
KPIO_ASSERT_FIELD(struct kpio_submit_gpu_work, len, 28);

/* A request lies in the network part. */
struct kpio_network_request {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* The browser's number of the request. */
    uint64_t request;
    /* Number of the tab. */
    uint32_t tab;
    /* Always 0. */
    uint32_t pad0;
    /* Where the bytes begin in their part. */
    uint32_t offset;
    /* How many bytes there are. */
    uint32_t len;
};

KPIO_ASSERT_TYPE(struct kpio_network_request, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_network_request, header, 0);
KPIO_ASSERT_FIELD(struct kpio_network_request, request, 8);
KPIO_ASSERT_FIELD(struct kpio_network_request, tab, 16);
KPIO_ASSERT_FIELD(struct kpio_network_request, pad0, 20);
KPIO_ASSERT_FIELD(struct kpio_network_request, offset, 24);
KPIO_ASSERT_FIELD(struct kpio_network_request, len, 28);

/* A module to compile lies in the WASM part. */
struct kpio_wasm_compile_request {
    /* Version, kind and sequence number. */
    struct kpio_message_header header;
    /* SHA-256 of the module. */
    uint8_t hash[32];
    /* Number of the tab. */
    uint32_t tab;
    /* Always 0. */
    uint32_t pad0;
    /* Where the bytes begin in their part. */
    uint32_t offset;
    /* How many bytes there are. */
    uint32_t len;
};

KPIO_ASSERT_TYPE(struct kpio_wasm_compile_request, 56, 4);
KPIO_ASSERT_FIELD(struct kpio_wasm_compile_request, header, 0);
KPIO_ASSERT_FIELD(struct kpio_wasm_compile_request, hash, 8);
KPIO_ASSERT_FIELD(struct kpio_wasm_compile_request, tab, 40);
KPIO_ASSERT_FIELD(struct kpio_wasm_compile_request, pad0, 44);
KPIO_ASSERT_FIELD(struct kpio_wasm_compile_request, offset, 48);
KPIO_ASSERT_FIELD(struct kpio_wasm_compile_request, len, 52);

#undef KPIO_ASSERT_FIELD
#undef KPIO_ASSERT_TYPE
#undef KPIO_ALIGN
#undef KPIO_ASSERT

#endif
