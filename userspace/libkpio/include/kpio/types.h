/* Generated from kernel_py/abi/types.py; edit that and run `kpio abi`. */

/* Struct layouts that cross the border between the kernel and a program. */

#ifndef KPIO_TYPES_H
#define KPIO_TYPES_H

#include <stddef.h>
#include <stdint.h>

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

/* A point in time or a span of time. */
struct kpio_timespec {
    /* Whole seconds. */
    int64_t tv_sec;
    /* Nanoseconds on top, 0 to 999_999_999. */
    int64_t tv_nsec;
};

KPIO_ASSERT_TYPE(struct kpio_timespec, 16, 8);
KPIO_ASSERT_FIELD(struct kpio_timespec, tv_sec, 0);
KPIO_ASSERT_FIELD(struct kpio_timespec, tv_nsec, 8);

/* What is known about an open file. */
struct kpio_stat {
    /* Number of the file system the file is on. */
    uint64_t st_dev;
    /* Number of the file in its file system. */
    uint64_t st_ino;
    /* Number of names the file has. */
    uint64_t st_nlink;
    /* Type of the file (S_IFMT) and its permission bits. */
    uint32_t st_mode;
    /* User the file belongs to. */
    uint32_t st_uid;
    /* Group the file belongs to. */
    uint32_t st_gid;
    /* Always 0. */
    uint32_t pad0;
    /* Number of the device, for a device file; otherwise 0. */
    uint64_t st_rdev;
    /* Length of the content in bytes. */
    int64_t st_size;
    /* Good size of one transfer, in bytes. */
    int64_t st_blksize;
    /* Space taken on the medium, in units of 512 bytes. */
    int64_t st_blocks;
    /* When the content was last read. */
    struct kpio_timespec st_atim;
    /* When the content was last changed. */
    struct kpio_timespec st_mtim;
    /* When the file's attributes were last changed. */
    struct kpio_timespec st_ctim;
    /* Always 0. */
    int64_t pad1[3];
};

KPIO_ASSERT_TYPE(struct kpio_stat, 144, 8);
KPIO_ASSERT_FIELD(struct kpio_stat, st_dev, 0);
KPIO_ASSERT_FIELD(struct kpio_stat, st_ino, 8);
KPIO_ASSERT_FIELD(struct kpio_stat, st_nlink, 16);
KPIO_ASSERT_FIELD(struct kpio_stat, st_mode, 24);
KPIO_ASSERT_FIELD(struct kpio_stat, st_uid, 28);
KPIO_ASSERT_FIELD(struct kpio_stat, st_gid, 32);
KPIO_ASSERT_FIELD(struct kpio_stat, pad0, 36);
KPIO_ASSERT_FIELD(struct kpio_stat, st_rdev, 40);
KPIO_ASSERT_FIELD(struct kpio_stat, st_size, 48);
KPIO_ASSERT_FIELD(struct kpio_stat, st_blksize, 56);
KPIO_ASSERT_FIELD(struct kpio_stat, st_blocks, 64);
KPIO_ASSERT_FIELD(struct kpio_stat, st_atim, 72);
KPIO_ASSERT_FIELD(struct kpio_stat, st_mtim, 88);
KPIO_ASSERT_FIELD(struct kpio_stat, st_ctim, 104);
KPIO_ASSERT_FIELD(struct kpio_stat, pad1, 120);

/* One piece of a transfer that is scattered over memory. */
struct kpio_iovec {
    /* Address of the piece's first byte. */
    uint64_t iov_base;
    /* Length of the piece in bytes. */
    uint64_t iov_len;
};

KPIO_ASSERT_TYPE(struct kpio_iovec, 16, 8);
KPIO_ASSERT_FIELD(struct kpio_iovec, iov_base, 0);
KPIO_ASSERT_FIELD(struct kpio_iovec, iov_len, 8);

/* The times of a file that a program may set. */
struct kpio_file_times {
    /* When the content was last read. */
    struct kpio_timespec accessed;
    /* When the content was last changed. */
    struct kpio_timespec modified;
};

KPIO_ASSERT_TYPE(struct kpio_file_times, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_file_times, accessed, 0);
KPIO_ASSERT_FIELD(struct kpio_file_times, modified, 16);

/* The number of a file system; musl's `fsid_t`. */
struct kpio_fsid {
    /* As in st_dev; then 0. */
    int32_t val[2];
};

KPIO_ASSERT_TYPE(struct kpio_fsid, 8, 4);
KPIO_ASSERT_FIELD(struct kpio_fsid, val, 0);

/* How large a file system is, and how full. */
struct kpio_statfs {
    /* Its kind: 0xEF53, ext4. */
    uint64_t f_type;
    /* Good size of one transfer, in bytes. */
    uint64_t f_bsize;
    /* Blocks it has, of `f_frsize` bytes. */
    uint64_t f_blocks;
    /* Blocks that are free. */
    uint64_t f_bfree;
    /* Blocks that are free for everybody. */
    uint64_t f_bavail;
    /* Files there can be. */
    uint64_t f_files;
    /* Files that can still be made. */
    uint64_t f_ffree;
    /* Its number. */
    struct kpio_fsid f_fsid;
    /* Longest name in bytes. */
    uint64_t f_namelen;
    /* Bytes in a block. */
    uint64_t f_frsize;
    /* ST_RDONLY if it is read-only. */
    uint64_t f_flags;
    /* Always 0. */
    uint64_t f_spare[4];
};

KPIO_ASSERT_TYPE(struct kpio_statfs, 120, 8);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_type, 0);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_bsize, 8);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_blocks, 16);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_bfree, 24);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_bavail, 32);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_files, 40);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_ffree, 48);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_fsid, 56);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_namelen, 64);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_frsize, 72);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_flags, 80);
KPIO_ASSERT_FIELD(struct kpio_statfs, f_spare, 88);

/* How a new thread starts. */
struct kpio_thread_create_args {
    /* Address of its first instruction. */
    uint64_t entry;
    /* Its first rsp, taken as it is. */
    uint64_t stack_pointer;
    /* Its first rdi; every other register starts as 0. */
    uint64_t argument;
    /* Its FS base. */
    uint64_t thread_pointer;
    /* Address of a u32 that gets the new thread's number before it runs; 0 for none. */
    uint64_t parent_tid;
};

KPIO_ASSERT_TYPE(struct kpio_thread_create_args, 40, 8);
KPIO_ASSERT_FIELD(struct kpio_thread_create_args, entry, 0);
KPIO_ASSERT_FIELD(struct kpio_thread_create_args, stack_pointer, 8);
KPIO_ASSERT_FIELD(struct kpio_thread_create_args, argument, 16);
KPIO_ASSERT_FIELD(struct kpio_thread_create_args, thread_pointer, 24);
KPIO_ASSERT_FIELD(struct kpio_thread_create_args, parent_tid, 32);

/* Figures about the whole system. */
struct kpio_system_info {
    /* Nanoseconds since the kernel was entered. */
    uint64_t uptime_ns;
    /* Frames of memory the kernel manages. */
    uint64_t total_frames;
    /* Frames that nobody uses. */
    uint64_t free_frames;
    /* Processes, counting those that nobody has waited for. */
    uint64_t processes;
    /* Threads of all processes. */
    uint64_t threads;
    /* Open handles of all processes, and those in messages. */
    uint64_t handles;
    /* Frames with content of files. Whoever needs memory gets those that nobody maps. */
    uint64_t cached_frames;
    /* Threads that sleep in FUTEX. */
    uint64_t futex_waiters;
};

KPIO_ASSERT_TYPE(struct kpio_system_info, 64, 8);
KPIO_ASSERT_FIELD(struct kpio_system_info, uptime_ns, 0);
KPIO_ASSERT_FIELD(struct kpio_system_info, total_frames, 8);
KPIO_ASSERT_FIELD(struct kpio_system_info, free_frames, 16);
KPIO_ASSERT_FIELD(struct kpio_system_info, processes, 24);
KPIO_ASSERT_FIELD(struct kpio_system_info, threads, 32);
KPIO_ASSERT_FIELD(struct kpio_system_info, handles, 40);
KPIO_ASSERT_FIELD(struct kpio_system_info, cached_frames, 48);
KPIO_ASSERT_FIELD(struct kpio_system_info, futex_waiters, 56);

/* How to tell the time from the time stamp counter: `(tsc - entry_tsc) * ns_per_tick >> 32` are the
 * nanoseconds of CLOCK_MONOTONIC, in 128 bits; CLOCK_REALTIME is `realtime_at_entry_ns` more. */
struct kpio_clock_page {
    /* 1. With another one the clock is read by CLOCK_GET. */
    uint32_t version;
    /* Always 0. */
    uint32_t pad0;
    /* The counter when the kernel was entered. */
    uint64_t entry_tsc;
    /* Nanoseconds a tick, as a fraction of 2^32. */
    uint64_t ns_per_tick;
    /* Nanoseconds from 1970 to that moment. */
    uint64_t realtime_at_entry_ns;
};

KPIO_ASSERT_TYPE(struct kpio_clock_page, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_clock_page, version, 0);
KPIO_ASSERT_FIELD(struct kpio_clock_page, pad0, 4);
KPIO_ASSERT_FIELD(struct kpio_clock_page, entry_tsc, 8);
KPIO_ASSERT_FIELD(struct kpio_clock_page, ns_per_tick, 16);
KPIO_ASSERT_FIELD(struct kpio_clock_page, realtime_at_entry_ns, 24);

/* The two descriptors of a pipe: `int[2]` in C. */
struct kpio_pipe_ends {
    /* The end that bytes come out of. */
    int32_t reader;
    /* The end that bytes go into. */
    int32_t writer;
};

KPIO_ASSERT_TYPE(struct kpio_pipe_ends, 8, 4);
KPIO_ASSERT_FIELD(struct kpio_pipe_ends, reader, 0);
KPIO_ASSERT_FIELD(struct kpio_pipe_ends, writer, 4);

/* The two descriptors of a channel. */
struct kpio_channel_ends {
    /* An end. */
    int32_t first;
    /* The other. */
    int32_t second;
};

KPIO_ASSERT_TYPE(struct kpio_channel_ends, 8, 4);
KPIO_ASSERT_FIELD(struct kpio_channel_ends, first, 0);
KPIO_ASSERT_FIELD(struct kpio_channel_ends, second, 4);

/* A handle in a message of CHANNEL_SEND. */
struct kpio_sent_handle {
    /* The sender's handle. */
    int32_t fd;
    /* What becomes of that: HANDLE_MOVE or HANDLE_COPY. */
    uint32_t operation;
    /* The receiver's handle has those of them that `fd` has. */
    uint32_t rights;
};

KPIO_ASSERT_TYPE(struct kpio_sent_handle, 12, 4);
KPIO_ASSERT_FIELD(struct kpio_sent_handle, fd, 0);
KPIO_ASSERT_FIELD(struct kpio_sent_handle, operation, 4);
KPIO_ASSERT_FIELD(struct kpio_sent_handle, rights, 8);

/* What a message of a channel has. */
struct kpio_message_size {
    /* How many bytes. */
    uint32_t bytes;
    /* How many handles. */
    uint32_t handles;
};

KPIO_ASSERT_TYPE(struct kpio_message_size, 8, 4);
KPIO_ASSERT_FIELD(struct kpio_message_size, bytes, 0);
KPIO_ASSERT_FIELD(struct kpio_message_size, handles, 4);

/* How large a terminal is. */
struct kpio_winsize {
    /* Rows of text; 0: not known. */
    uint16_t ws_row;
    /* Columns of text; 0: not known. */
    uint16_t ws_col;
    /* Width in pixels; 0: not known. */
    uint16_t ws_xpixel;
    /* Height in pixels; 0: not known. */
    uint16_t ws_ypixel;
};

KPIO_ASSERT_TYPE(struct kpio_winsize, 8, 2);
KPIO_ASSERT_FIELD(struct kpio_winsize, ws_row, 0);
KPIO_ASSERT_FIELD(struct kpio_winsize, ws_col, 2);
KPIO_ASSERT_FIELD(struct kpio_winsize, ws_xpixel, 4);
KPIO_ASSERT_FIELD(struct kpio_winsize, ws_ypixel, 6);

/* How a terminal treats its bytes: the first 36 bytes of musl's `struct termios`, as on Linux. */
struct kpio_termios {
    /* What happens to input; the console: nothing, 0. */
    uint32_t c_iflag;
    /* What happens to output; the console: nothing, 0. */
    uint32_t c_oflag;
    /* The line: CS8, CREAD, CLOCAL, B115200. */
    uint32_t c_cflag;
    /* Echo, line editing, signals; the console: none, 0. */
    uint32_t c_lflag;
    /* Line discipline; 0. */
    uint8_t c_line;
    /* Special characters; the console: VMIN is 1. */
    uint8_t c_cc[19];
};

KPIO_ASSERT_TYPE(struct kpio_termios, 36, 4);
KPIO_ASSERT_FIELD(struct kpio_termios, c_iflag, 0);
KPIO_ASSERT_FIELD(struct kpio_termios, c_oflag, 4);
KPIO_ASSERT_FIELD(struct kpio_termios, c_cflag, 8);
KPIO_ASSERT_FIELD(struct kpio_termios, c_lflag, 12);
KPIO_ASSERT_FIELD(struct kpio_termios, c_line, 16);
KPIO_ASSERT_FIELD(struct kpio_termios, c_cc, 17);

/* A descriptor that POLL looks at. */
struct kpio_pollfd {
    /* The descriptor; a negative one is passed over. */
    int32_t fd;
    /* What is waited for; errors and hang-ups always are. */
    int16_t events;
    /* What has come. */
    int16_t revents;
};

KPIO_ASSERT_TYPE(struct kpio_pollfd, 8, 4);
KPIO_ASSERT_FIELD(struct kpio_pollfd, fd, 0);
KPIO_ASSERT_FIELD(struct kpio_pollfd, events, 4);
KPIO_ASSERT_FIELD(struct kpio_pollfd, revents, 6);

/* What is waited for, or what has come, with a word of the caller's. */
struct kpio_epoll_event {
    /* EPOLL* events and options. */
    uint32_t events;
    /* What the caller wants to be told with the events. */
    uint64_t data;
} __attribute__((packed));

KPIO_ASSERT_TYPE(struct kpio_epoll_event, 12, 1);
KPIO_ASSERT_FIELD(struct kpio_epoll_event, events, 0);
KPIO_ASSERT_FIELD(struct kpio_epoll_event, data, 4);

/* A point in time or a span of time, in microseconds. */
struct kpio_timeval {
    /* Whole seconds. */
    int64_t tv_sec;
    /* Microseconds on top, 0 to 999_999. */
    int64_t tv_usec;
};

KPIO_ASSERT_TYPE(struct kpio_timeval, 16, 8);
KPIO_ASSERT_FIELD(struct kpio_timeval, tv_sec, 0);
KPIO_ASSERT_FIELD(struct kpio_timeval, tv_usec, 8);

/* When a timer of TIMERFD_CREATE goes off. */
struct kpio_itimerspec {
    /* Again and again so much later; 0: only once. */
    struct kpio_timespec it_interval;
    /* First, or next; 0: not at all. */
    struct kpio_timespec it_value;
};

KPIO_ASSERT_TYPE(struct kpio_itimerspec, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_itimerspec, it_interval, 0);
KPIO_ASSERT_FIELD(struct kpio_itimerspec, it_value, 16);

/* When a timer of SETITIMER goes off. */
struct kpio_itimerval {
    /* Again and again so much later; 0: only once. */
    struct kpio_timeval it_interval;
    /* First, or next; 0: not at all. */
    struct kpio_timeval it_value;
};

KPIO_ASSERT_TYPE(struct kpio_itimerval, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_itimerval, it_interval, 0);
KPIO_ASSERT_FIELD(struct kpio_itimerval, it_value, 16);

/* A lock of bytes of a file. */
struct kpio_flock {
    /* F_RDLCK, F_WRLCK or F_UNLCK. */
    int16_t l_type;
    /* What `l_start` counts from: SEEK_*. */
    int16_t l_whence;
    /* Always 0. */
    int32_t pad0;
    /* The first byte. */
    int64_t l_start;
    /* How many; 0: up to the end; negative: those before it. */
    int64_t l_len;
    /* Whose it is; -1: an open file description's. */
    int32_t l_pid;
    /* Always 0. */
    int32_t pad1;
};

KPIO_ASSERT_TYPE(struct kpio_flock, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_flock, l_type, 0);
KPIO_ASSERT_FIELD(struct kpio_flock, l_whence, 2);
KPIO_ASSERT_FIELD(struct kpio_flock, pad0, 4);
KPIO_ASSERT_FIELD(struct kpio_flock, l_start, 8);
KPIO_ASSERT_FIELD(struct kpio_flock, l_len, 16);
KPIO_ASSERT_FIELD(struct kpio_flock, l_pid, 24);
KPIO_ASSERT_FIELD(struct kpio_flock, pad1, 28);

/* What a process or thread has used. What is not counted is 0. */
struct kpio_rusage {
    /* Time it has run, in user mode and in the kernel. */
    struct kpio_timeval ru_utime;
    /* Not told apart: 0. */
    struct kpio_timeval ru_stime;
    /* Not counted: 0. */
    int64_t ru_maxrss;
    /* Not counted: 0. */
    int64_t ru_ixrss;
    /* Not counted: 0. */
    int64_t ru_idrss;
    /* Not counted: 0. */
    int64_t ru_isrss;
    /* Not counted: 0. */
    int64_t ru_minflt;
    /* Not counted: 0. */
    int64_t ru_majflt;
    /* Not counted: 0. */
    int64_t ru_nswap;
    /* Not counted: 0. */
    int64_t ru_inblock;
    /* Not counted: 0. */
    int64_t ru_oublock;
    /* Not counted: 0. */
    int64_t ru_msgsnd;
    /* Not counted: 0. */
    int64_t ru_msgrcv;
    /* Not counted: 0. */
    int64_t ru_nsignals;
    /* Not counted: 0. */
    int64_t ru_nvcsw;
    /* Not counted: 0. */
    int64_t ru_nivcsw;
    /* Always 0. */
    int64_t pad0[16];
};

KPIO_ASSERT_TYPE(struct kpio_rusage, 272, 8);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_utime, 0);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_stime, 16);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_maxrss, 32);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_ixrss, 40);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_idrss, 48);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_isrss, 56);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_minflt, 64);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_majflt, 72);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_nswap, 80);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_inblock, 88);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_oublock, 96);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_msgsnd, 104);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_msgrcv, 112);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_nsignals, 120);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_nvcsw, 128);
KPIO_ASSERT_FIELD(struct kpio_rusage, ru_nivcsw, 136);
KPIO_ASSERT_FIELD(struct kpio_rusage, pad0, 144);

/* What is known about a handle. */
struct kpio_handle_info {
    /* Its number in the whole system, which no other has or had. */
    uint64_t id;
    /* What was written on it when it was made; 0: nothing. */
    uint64_t badge;
    /* How many handles descend from it. */
    uint64_t descendants;
    /* What it allows: rights of handles. */
    uint32_t rights;
    /* What kind of object it is for: OBJECT_* value. */
    uint32_t object_type;
};

KPIO_ASSERT_TYPE(struct kpio_handle_info, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_handle_info, id, 0);
KPIO_ASSERT_FIELD(struct kpio_handle_info, badge, 8);
KPIO_ASSERT_FIELD(struct kpio_handle_info, descendants, 16);
KPIO_ASSERT_FIELD(struct kpio_handle_info, rights, 24);
KPIO_ASSERT_FIELD(struct kpio_handle_info, object_type, 28);

/* What the kernel has done at its end of a browser's channel. */
struct kpio_browser_channel_status {
    /* Why it has closed its end: CLOSED_*; 0 while it is open. */
    uint32_t closed;
    /* The level that the browser was told of: PRESSURE_*. */
    uint32_t pressure;
    /* Messages that were taken out of the ring. */
    uint64_t received;
    /* Those of them that were answered with RequestRefused. */
    uint64_t refused;
    /* Messages that were put into the ring to the browser. */
    uint64_t sent;
};

KPIO_ASSERT_TYPE(struct kpio_browser_channel_status, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_browser_channel_status, closed, 0);
KPIO_ASSERT_FIELD(struct kpio_browser_channel_status, pressure, 4);
KPIO_ASSERT_FIELD(struct kpio_browser_channel_status, received, 8);
KPIO_ASSERT_FIELD(struct kpio_browser_channel_status, refused, 16);
KPIO_ASSERT_FIELD(struct kpio_browser_channel_status, sent, 24);

/* What a process does about a signal, as Linux's kernel has it on x86-64. */
struct kpio_sigaction {
    /* Address of the handler; 0: the default; 1: ignore. */
    uint64_t handler;
    /* SA_* flags. */
    uint64_t flags;
    /* Address of the code that a handler returns to. */
    uint64_t restorer;
    /* Signals to block meanwhile; bit 0 is signal 1. */
    uint64_t mask;
};

KPIO_ASSERT_TYPE(struct kpio_sigaction, 32, 8);
KPIO_ASSERT_FIELD(struct kpio_sigaction, handler, 0);
KPIO_ASSERT_FIELD(struct kpio_sigaction, flags, 8);
KPIO_ASSERT_FIELD(struct kpio_sigaction, restorer, 16);
KPIO_ASSERT_FIELD(struct kpio_sigaction, mask, 24);

/* Why a signal was sent; the places of musl's siginfo_t. */
struct kpio_siginfo {
    /* The signal. */
    int32_t si_signo;
    /* Always 0. */
    int32_t si_errno;
    /* SI_* or what happened, by signal. */
    int32_t si_code;
    /* Always 0. */
    int32_t pad0;
    /* Sender or child: process, and user in the upper half. */
    uint64_t pid_uid;
    /* SIGQUEUE: its value; SIGCHLD: the child's status. */
    uint64_t value;
    /* Always 0. */
    uint64_t pad1[12];
};

KPIO_ASSERT_TYPE(struct kpio_siginfo, 128, 8);
KPIO_ASSERT_FIELD(struct kpio_siginfo, si_signo, 0);
KPIO_ASSERT_FIELD(struct kpio_siginfo, si_errno, 4);
KPIO_ASSERT_FIELD(struct kpio_siginfo, si_code, 8);
KPIO_ASSERT_FIELD(struct kpio_siginfo, pad0, 12);
KPIO_ASSERT_FIELD(struct kpio_siginfo, pid_uid, 16);
KPIO_ASSERT_FIELD(struct kpio_siginfo, value, 24);
KPIO_ASSERT_FIELD(struct kpio_siginfo, pad1, 32);

/* An alternate stack for signal handlers. */
struct kpio_stack {
    /* Its lowest address. */
    uint64_t ss_sp;
    /* SS_* flags. */
    int32_t ss_flags;
    /* Always 0. */
    int32_t pad0;
    /* Its size in bytes. */
    uint64_t ss_size;
};

KPIO_ASSERT_TYPE(struct kpio_stack, 24, 8);
KPIO_ASSERT_FIELD(struct kpio_stack, ss_sp, 0);
KPIO_ASSERT_FIELD(struct kpio_stack, ss_flags, 8);
KPIO_ASSERT_FIELD(struct kpio_stack, pad0, 12);
KPIO_ASSERT_FIELD(struct kpio_stack, ss_size, 16);

/* What a handler finds on its stack: musl's ucontext_t, then its siginfo_t. It may change the
 * registers; SIGRETURN takes them from here. */
struct kpio_signal_frame {
    /* Always 0. */
    uint64_t uc_flags;
    /* Always 0. */
    uint64_t uc_link;
    /* The alternate stack, as it was. */
    struct kpio_stack uc_stack;
    /* r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, flags, segments, error, trap, mask,
     * cr2. */
    uint64_t gregs[23];
    /* Address of the vector registers, in the form of XSAVE. */
    uint64_t fpregs;
    /* Always 0. */
    uint64_t pad0[8];
    /* The mask of blocked signals, as it was. */
    uint64_t uc_sigmask;
    /* Always 0. */
    uint64_t pad1[15];
    /* Not used: fpregs says where they are. */
    uint64_t fpregs_mem[32];
    /* Not used either. */
    uint64_t fpregs_more[32];
    /* Why. */
    struct kpio_siginfo info;
};

KPIO_ASSERT_TYPE(struct kpio_signal_frame, 1064, 8);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, uc_flags, 0);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, uc_link, 8);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, uc_stack, 16);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, gregs, 40);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, fpregs, 224);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, pad0, 232);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, uc_sigmask, 296);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, pad1, 304);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, fpregs_mem, 424);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, fpregs_more, 680);
KPIO_ASSERT_FIELD(struct kpio_signal_frame, info, 936);

#undef KPIO_ASSERT_FIELD
#undef KPIO_ASSERT_TYPE
#undef KPIO_ALIGN
#undef KPIO_ASSERT

#endif
