// Generated from kernel_py/abi/syscalls/; edit that and run `kpio abi`.

//! System calls: the number in rax, arguments in rdi rsi rdx r10 r8 r9, the result in rax, `-errno`
//! for an error; `syscall` destroys rcx and r11.

/// Most pieces of one WRITEV.
pub const IOV_MAX: usize = 1024;

/// Longest path in bytes, with its final zero.
pub const PATH_MAX: usize = 4096;

/// Longest write to a pipe that arrives as a whole, in bytes.
pub const PIPE_BUF: usize = 4096;

/// Most bytes of one message of a channel.
pub const CHANNEL_MESSAGE_BYTES: usize = 65536;

/// Most handles of one message of a channel.
pub const CHANNEL_MESSAGE_HANDLES: usize = 64;

/// Most bytes of all messages that wait at one end of a channel.
pub const CHANNEL_QUEUE_BYTES: usize = 262144;

/// Most messages that wait at one end of a channel.
pub const CHANNEL_QUEUE_MESSAGES: usize = 256;

/// Most handles in messages that one process has sent and nobody has received.
pub const HANDLES_IN_FLIGHT: usize = 1024;

/// Longest text of one REPORT, in bytes.
pub const REPORT_MAX_BYTES: usize = 1024;

/// `exit(status)`: End the process with all its threads. Its descriptors are closed, its memory is
/// given back, its parent's WAIT returns. When process 1 ends, the machine powers off with its
/// status.
pub const SYS_EXIT: usize = 0;

/// `read(fd, buffer, len)`: Take bytes from a descriptor at its position, and move the position.
/// Waits until there is at least one byte or the end is known.
pub const SYS_READ: usize = 1;

/// `write(fd, buffer, len)`: Put bytes into a descriptor at its position, and move the position.
/// Into a pipe: waits until all have found room.
pub const SYS_WRITE: usize = 2;

/// `open(path, flags, mode)`: Open a file. A path that does not begin with `/` counts from the
/// working directory. The descriptor is the lowest free number, its position 0.
pub const SYS_OPEN: usize = 3;

/// `close(fd)`: Close a descriptor. Its number is free for the next OPEN.
pub const SYS_CLOSE: usize = 4;

/// `mmap(addr, len, prot, flags, fd, offset)`: Map memory: zeroed pages that come at their first
/// touch, or an object's content. What is written to a private mapping stays in the process, and
/// its children copy it; a shared one is seen by every holder of the object, and by children, and a
/// file has it at once for READ, and on its medium as what is written by WRITE. A page behind the
/// end of the object, also of one that was cut since, is SIGBUS; so is the first write to a page
/// for which the file system has no room. Without MAP_FIXED the kernel chooses the place, below
/// USER_MMAP_TOP; `addr` is then advice.
pub const SYS_MMAP: usize = 5;

/// `munmap(addr, len)`: Unmap every page of a range. Pages that are not mapped do not matter.
pub const SYS_MUNMAP: usize = 6;

/// `thread_create(start, size)`: Start a thread in the process. The caller provides its stack and
/// its thread pointer.
pub const SYS_THREAD_CREATE: usize = 7;

/// `thread_exit(clear_tid)`: End the calling thread. If `clear_tid` is not 0, the u32 there becomes
/// 0 and one sleeper on it wakes; an address that cannot be written does not matter. When the last
/// thread ends, the process ends with status 0.
pub const SYS_THREAD_EXIT: usize = 8;

/// `futex(uaddr, op, val, timeout, uaddr2, val3)`: Sleep until another thread wakes this one, if a
/// word still has the value the caller saw; or wake sleepers, or move them to another word. The
/// look at the word and the falling asleep, or the moving, are one step.
pub const SYS_FUTEX: usize = 9;

/// `spawn(path, argv, envp, flags)`: Start a program in a new process. It gets the caller's
/// descriptors, under the same numbers, that were not opened with O_CLOEXEC and have the right
/// TRANSFER.
pub const SYS_SPAWN: usize = 10;

/// `wait(pid, status, options)`: Wait until a child process has ended, and forget it; or until it
/// stopped or goes on, if the options say so.
pub const SYS_WAIT: usize = 11;

/// `seek(fd, offset, whence)`: Move the position of a descriptor. It may lie after the end.
pub const SYS_SEEK: usize = 12;

/// `fstat(fd, stat)`: Tell what is known about an open file.
pub const SYS_FSTAT: usize = 13;

/// `clock_get(clock, time)`: Read a clock.
pub const SYS_CLOCK_GET: usize = 14;

/// `sleep(clock, flags, request)`: Sleep for a span of a clock, or with TIMER_ABSTIME until a point
/// on it.
pub const SYS_SLEEP: usize = 15;

/// `gettid()`: Tell the number of the calling thread. That of a process's first thread is the
/// process's.
pub const SYS_GETTID: usize = 16;

/// `getpid()`: Tell the number of the calling process.
pub const SYS_GETPID: usize = 17;

/// `set_thread_pointer(addr)`: Set the FS base of the calling thread.
pub const SYS_SET_THREAD_POINTER: usize = 18;

/// `yield()`: Let another thread run, if one is ready.
pub const SYS_YIELD: usize = 19;

/// `get_random(buffer, len, flags)`: Fill a buffer with random bytes that are fit for keys.
pub const SYS_GET_RANDOM: usize = 20;

/// `system_info(info, size)`: Tell figures about the whole system.
pub const SYS_SYSTEM_INFO: usize = 21;

/// `power_off(status)`: End the machine, orderly. Does not return if it succeeds.
pub const SYS_POWER_OFF: usize = 22;

/// `mprotect(addr, len, prot)`: Change the access to every page of a range.
pub const SYS_MPROTECT: usize = 23;

/// `writev(fd, iov, count)`: WRITE of several pieces, one after the other.
pub const SYS_WRITEV: usize = 24;

/// `getppid()`: Tell the number of the process this one is a child of; 0: it is the kernel's.
pub const SYS_GETPPID: usize = 25;

/// `mremap(addr, old_len, new_len, flags, new_addr)`: Make a mapping longer or shorter, and move it
/// if it has to. Its content moves with it without being copied.
pub const SYS_MREMAP: usize = 26;

/// `madvise(addr, len, advice)`: Tell how a range will be used. MADV_DONTNEED and MADV_FREE drop
/// what private mappings in it hold; the rest is advice that changes nothing.
pub const SYS_MADVISE: usize = 27;

/// `fork()`: Make a child that is a copy of the process: its memory, copied when either side
/// writes, its descriptors that have the right TRANSFER, and the calling thread alone.
pub const SYS_FORK: usize = 28;

/// `exec(path, argv, envp)`: Run another program in this process. Other threads end, descriptors
/// with FD_CLOEXEC are closed. If it fails nothing has changed.
pub const SYS_EXEC: usize = 29;

/// `pipe2(ends, flags)`: Make a pipe: bytes that are written to its one end come out of the other,
/// in order. Both descriptors are the lowest free numbers. At most PIPE_BUF bytes of one write stay
/// together.
pub const SYS_PIPE2: usize = 30;

/// `dup(fd, to, flags)`: Make the number `to` stand for what `fd` stands for, with the same rights.
/// What was open under it is closed. FCNTL with F_DUPFD chooses a free number instead.
pub const SYS_DUP: usize = 31;

/// `fcntl(fd, command, argument)`: Ask or change what a descriptor is. Of the argument, commands
/// that take an int look at the low 32 bits; those of locks take the address of a FileLock. Locks
/// keep nobody from reading or writing, only from locking. A process loses its locks of a file with
/// any descriptor of the file that it closes, and a child gets none.
pub const SYS_FCNTL: usize = 32;

/// `ioctl(fd, request, argument)`: Ask or change what only some descriptors have.
pub const SYS_IOCTL: usize = 33;

/// `readv(fd, iov, count)`: READ into several pieces, one after the other. It waits for the first
/// byte only.
pub const SYS_READV: usize = 34;

/// `poll(fds, count, timeout, mask)`: Wait until one of several descriptors is ready, and say which
/// are.
pub const SYS_POLL: usize = 35;

/// `pread(fd, buffer, len, offset)`: Take bytes from a descriptor at a given place. Its position
/// neither counts nor moves.
pub const SYS_PREAD: usize = 36;

/// `pwrite(fd, buffer, len, offset)`: Put bytes into a descriptor at a given place. Its position
/// neither counts nor moves, and O_APPEND does not count either, as POSIX has it.
pub const SYS_PWRITE: usize = 37;

/// `preadv(fd, iov, count, offset)`: PREAD into several pieces, one after the other.
pub const SYS_PREADV: usize = 38;

/// `pwritev(fd, iov, count, offset)`: PWRITE of several pieces, one after the other.
pub const SYS_PWRITEV: usize = 39;

/// `fsync(fd)`: Return when everything that was done to a file survives a power cut: content,
/// attributes and names. Everything else on its file system does so too then.
pub const SYS_FSYNC: usize = 40;

/// `fdatasync(fd)`: FSYNC that need not care for times. It does today.
pub const SYS_FDATASYNC: usize = 41;

/// `sync()`: FSYNC of all file systems.
pub const SYS_SYNC: usize = 42;

/// `ftruncate(fd, length)`: Set the length of a file: cut it, or let it end in zeros that take no
/// space. No position moves.
pub const SYS_FTRUNCATE: usize = 43;

/// `getdents(fd, buffer, len)`: Read names of a directory at the descriptor's position, and move
/// the position. The answer is musl's `struct dirent`s, one behind the other, each `d_reclen` bytes
/// long. SEEK to 0 or to a `d_off` that was given goes on from there.
pub const SYS_GETDENTS: usize = 44;

/// `handle_duplicate(fd, rights, badge, flags)`: Make a handle to the same object, with fewer
/// rights or the same. It descends from `fd`: HANDLE_REVOKE of `fd`, or of what that descends from,
/// takes it back.
pub const SYS_HANDLE_DUPLICATE: usize = 45;

/// `handle_revoke(fd)`: Take back every handle that descends from `fd`, in whatever process or
/// message: those made by HANDLE_DUPLICATE, DUP and FCNTL, and those that children got by SPAWN and
/// FORK. They keep their numbers until they are closed; using one is EBADF. `fd` stays as it is.
pub const SYS_HANDLE_REVOKE: usize = 46;

/// `handle_info(fd, info, size)`: Tell what a handle is and allows.
pub const SYS_HANDLE_INFO: usize = 47;

/// `waitid(id_type, id, info, options)`: Wait until something has happened to a child, and tell
/// what.
pub const SYS_WAITID: usize = 48;

/// `setpgid(pid, pgid)`: Put a process into a process group of its session, or into a new one. The
/// caller may do so with itself, and with a child that has not called EXEC.
pub const SYS_SETPGID: usize = 49;

/// `getpgid(pid)`: Tell the process group of a process.
pub const SYS_GETPGID: usize = 50;

/// `setsid()`: Begin a session and a process group, both of the caller's number.
pub const SYS_SETSID: usize = 51;

/// `getsid(pid)`: Tell the session of a process.
pub const SYS_GETSID: usize = 52;

/// `sigaction(signal, action, old)`: Set what the process does about a signal, and tell what it
/// did. SIGKILL and SIGSTOP cannot be changed.
pub const SYS_SIGACTION: usize = 53;

/// `sigprocmask(how, set, old)`: Change which signals the thread blocks, and tell which it did.
/// SIGKILL and SIGSTOP are never blocked.
pub const SYS_SIGPROCMASK: usize = 54;

/// `sigpending(set)`: Tell which signals wait for the thread or its process.
pub const SYS_SIGPENDING: usize = 55;

/// `sigsuspend(set)`: Block other signals until one is handled; then the mask is as it was.
pub const SYS_SIGSUSPEND: usize = 56;

/// `sigtimedwait(set, info, timeout)`: Take a signal that waits, or wait for one. They should be
/// blocked.
pub const SYS_SIGTIMEDWAIT: usize = 57;

/// `sigaltstack(stack, old)`: Set the thread's alternate stack for handlers, and tell what it was.
pub const SYS_SIGALTSTACK: usize = 58;

/// `sigreturn()`: Go on where a handler interrupted. The frame lies at the stack pointer, as the
/// kernel put it there; a frame that is none ends the process with SIGSEGV.
pub const SYS_SIGRETURN: usize = 59;

/// `kill(pid, signal)`: Send a signal to a process or to many; 0 sends none and only checks that
/// they are there.
pub const SYS_KILL: usize = 60;

/// `tgkill(pid, tid, signal)`: Send a signal to a thread; 0 sends none.
pub const SYS_TGKILL: usize = 61;

/// `sigqueue(pid, signal, value)`: Send a signal with a value to a process.
pub const SYS_SIGQUEUE: usize = 62;

/// `openat(dirfd, path, flags, mode)`: OPEN of a path that counts from a directory.
pub const SYS_OPENAT: usize = 63;

/// `fstatat(dirfd, path, stat, flags)`: Tell what is known about the file a path leads to.
pub const SYS_FSTATAT: usize = 64;

/// `mkdirat(dirfd, path, mode)`: Make an empty directory. The umask takes permissions away.
pub const SYS_MKDIRAT: usize = 65;

/// `mknodat(dirfd, path, mode, device)`: Make a file without content: a regular one, a named pipe,
/// or the name of a socket. The umask takes permissions away.
pub const SYS_MKNODAT: usize = 66;

/// `symlinkat(target, dirfd, path)`: Make a symbolic link. What it points to need not exist.
pub const SYS_SYMLINKAT: usize = 67;

/// `linkat(from_dirfd, from, to_dirfd, to, flags)`: Give a file one more name, on the same file
/// system.
pub const SYS_LINKAT: usize = 68;

/// `unlinkat(dirfd, path, flags)`: Take a name away. A file without names goes when nobody has it
/// open any more.
pub const SYS_UNLINKAT: usize = 69;

/// `renameat2(from_dirfd, from, to_dirfd, to, flags)`: Give a file another name, on the same file
/// system. What has that name loses it, in one step: at no time is there neither, after a power cut
/// either.
pub const SYS_RENAMEAT2: usize = 70;

/// `readlinkat(dirfd, path, buffer, len)`: Tell where a symbolic link points, without a zero at the
/// end.
pub const SYS_READLINKAT: usize = 71;

/// `faccessat(dirfd, path, mode, flags)`: Tell whether the process may use a file in this way.
/// Every process is the superuser: it may read and write everything, and execute what anybody may.
pub const SYS_FACCESSAT: usize = 72;

/// `fchmod(fd, mode)`: Set the permission bits of an open file.
pub const SYS_FCHMOD: usize = 73;

/// `fchmodat(dirfd, path, mode, flags)`: Set the permission bits of the file a path leads to.
pub const SYS_FCHMODAT: usize = 74;

/// `fchown(fd, uid, gid)`: Set owner and group of an open file. What can be executed loses S_ISUID,
/// and S_ISGID.
pub const SYS_FCHOWN: usize = 75;

/// `fchownat(dirfd, path, uid, gid, flags)`: Set owner and group of the file a path leads to, as
/// FCHOWN does.
pub const SYS_FCHOWNAT: usize = 76;

/// `utimensat(dirfd, path, times, flags)`: Set when a file was last read and last changed.
pub const SYS_UTIMENSAT: usize = 77;

/// `chdir(path)`: Make a directory the one where paths of the process begin.
pub const SYS_CHDIR: usize = 78;

/// `fchdir(fd)`: CHDIR to an open directory.
pub const SYS_FCHDIR: usize = 79;

/// `getcwd(buffer, len)`: Tell the path of the working directory.
pub const SYS_GETCWD: usize = 80;

/// `umask(mask)`: Say which permissions files that the process makes shall not have.
pub const SYS_UMASK: usize = 81;

/// `statfs(path, facts)`: Tell how large the file system is that a path leads to, and how full.
pub const SYS_STATFS: usize = 82;

/// `fstatfs(fd, facts)`: STATFS of the file system that an open file is on.
pub const SYS_FSTATFS: usize = 83;

/// `shm_open(name, flags, mode)`: Open the shared memory object of a name, or make it, empty. Its
/// length is set by FTRUNCATE and told by FSTAT; MMAP shows it. It stays until it is unlinked, and
/// after that until nobody holds or maps it.
pub const SYS_SHM_OPEN: usize = 84;

/// `shm_unlink(name)`: Take the name from a shared memory object. Who holds or maps it goes on with
/// it.
pub const SYS_SHM_UNLINK: usize = 85;

/// `shm_create(flags)`: Make a shared memory object without a name, of length 0, open for reading
/// and writing.
pub const SYS_SHM_CREATE: usize = 86;

/// `eventfd(count, flags)`: Make an event counter. WRITE adds a number of eight bytes to its count,
/// waiting while that is too much; READ waits for a count, gives it and leaves 0, with
/// EFD_SEMAPHORE gives 1 and leaves the rest.
pub const SYS_EVENTFD: usize = 87;

/// `channel_create(ends, flags)`: Make a channel: a message that is sent at its one end is received
/// at the other, whole and in order. Both descriptors are the lowest free numbers.
pub const SYS_CHANNEL_CREATE: usize = 88;

/// `channel_send(fd, bytes, len, handles, count, flags)`: Send a message to the other end of a
/// channel: bytes, and handles. All of it is sent, or nothing is, and every handle stays. It waits
/// while the other end has 256 messages, or has no room for the bytes among its 262144. No signal
/// comes when the other end is gone.
pub const SYS_CHANNEL_SEND: usize = 89;

/// `channel_receive(fd, bytes, capacity, handles, count, size)`: Receive the first message at an
/// end of a channel. Its handles become descriptors, the lowest free numbers, with FD_CLOEXEC and
/// the rights they were sent with. A message that does not fit, or cannot be stored, stays the
/// first.
pub const SYS_CHANNEL_RECEIVE: usize = 90;

/// `epoll_create1(flags)`: Make an epoll: watches over descriptors, which can be waited for
/// together. It can be watched itself, by POLL and by other epolls.
pub const SYS_EPOLL_CREATE1: usize = 91;

/// `epoll_ctl(epfd, operation, fd, event)`: Add, change or remove an epoll's watch over a
/// descriptor. A watch is of the descriptor's object under this number; it goes with the last
/// descriptor of the object, in any process.
pub const SYS_EPOLL_CTL: usize = 92;

/// `epoll_pwait(epfd, events, count, timeout, mask)`: Wait until something comes that an epoll
/// watches for, and say what. Who was told of longest ago comes first.
pub const SYS_EPOLL_PWAIT: usize = 93;

/// `timerfd_create(clock, flags)`: Make a timer, which is not set. READ waits until it has gone off
/// and gives how often it has since it was read or set last, in eight bytes.
pub const SYS_TIMERFD_CREATE: usize = 94;

/// `timerfd_settime(fd, flags, new, old)`: Say when a timer goes off: after a span, or with
/// TFD_TIMER_ABSTIME at a point on its clock; at once if that has passed. A point before the
/// machine's start counts as its start. What it went off before is forgotten.
pub const SYS_TIMERFD_SETTIME: usize = 95;

/// `timerfd_gettime(fd, current)`: Tell how long until a timer goes off again, and its interval.
pub const SYS_TIMERFD_GETTIME: usize = 96;

/// `setitimer(which, new, old)`: Say when the process gets SIGALRM: after a span, and then perhaps
/// again and again. A signal that still waits, or is ignored, is not sent again. A child begins
/// without such a timer; a new program keeps it.
pub const SYS_SETITIMER: usize = 97;

/// `getitimer(which, current)`: Tell how long until the process gets its next SIGALRM of SETITIMER,
/// and the interval.
pub const SYS_GETITIMER: usize = 98;

/// `report(fd, text, len)`: Tell whoever watches the machine from outside something, as the event
/// `process.reported`. Who may write to the console may do so.
pub const SYS_REPORT: usize = 99;

/// `flock(fd, operation)`: Lock a file for the open file description, or unlock it. These locks
/// keep nobody from reading or writing, nor from the locks of FCNTL, and go with the last
/// descriptor of the description. A lock that is to become another kind is given back first.
pub const SYS_FLOCK: usize = 100;

/// `setpriority(which, who, nice)`: Say how nice threads are to others. A thread's share of the CPU
/// is as its weight, and that is 5/4 of what the next nice value weighs; nobody gets none. What a
/// thread starts is as nice as it is.
pub const SYS_SETPRIORITY: usize = 101;

/// `getpriority(which, who)`: Tell how nice threads are; of several the least.
pub const SYS_GETPRIORITY: usize = 102;

/// `wait4(pid, status, options, usage)`: WAIT that also tells what the child has used.
pub const SYS_WAIT4: usize = 103;

/// `getrusage(who, usage)`: Tell what the process, its children or the thread have used.
pub const SYS_GETRUSAGE: usize = 104;

/// `msync(addr, len, flags)`: Return when what was written to shared mappings of files in a range
/// survives a power cut. With MS_ASYNC at once: such content is written after a while anyway.
pub const SYS_MSYNC: usize = 105;

/// `browser_channel_create(flags)`: Make a region of CHANNEL_BYTES with its header and two empty
/// rings, for messages between a browser and the kernel. MMAP with MAP_SHARED shows it; the handle
/// can be passed on and taken back like others. The kernel answers until nobody holds or maps the
/// region, or a ring is closed or damaged. FUTEX on a word of the region wakes the kernel, and is
/// how it wakes.
pub const SYS_BROWSER_CHANNEL_CREATE: usize = 106;

/// `browser_channel_status(fd, status)`: Tell what the kernel has done at its end of a browser's
/// channel, and why it has closed it: from its own memory, not from the region.
pub const SYS_BROWSER_CHANNEL_STATUS: usize = 107;

/// `browser_channel_serve(fd, services, flags)`: Make the line on which a service answers requests
/// of a browser in the kernel's name: a channel whose other end is the kernel's. The kernel sends
/// the requests on it as they came, and takes the answers that `abi/messages.py` states. When the
/// line is closed, or an answer is wrong, what was asked on it is refused, and another line can be
/// made.
pub const SYS_BROWSER_CHANNEL_SERVE: usize = 108;

/// How a trace shows an argument's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// A signed number.
    Signed,
    /// An unsigned number, or flags.
    Unsigned,
    /// A file descriptor.
    Fd,
    /// An address.
    Address,
    /// The address of a path.
    Path,
    /// A number that names stand for.
    Flags(&'static FlagNames),
}

/// The names of a number's values, or of its bits.
#[derive(Debug, PartialEq, Eq)]
pub struct FlagNames {
    /// The names are of bits, which are or-ed together.
    pub is_bits: bool,
    /// Values with their names.
    pub names: &'static [(u64, &'static str)],
}

const ACCESS_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0x0, "F_OK"), (0x1, "X_OK"), (0x2, "W_OK"), (0x4, "R_OK")],
};

const AT_DIRECTORY_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[],
};

const AT_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0x100, "AT_SYMLINK_NOFOLLOW"),
        (0x200, "AT_REMOVEDIR"),
        (0x200, "AT_EACCESS"),
        (0x400, "AT_SYMLINK_FOLLOW"),
        (0x800, "AT_NO_AUTOMOUNT"),
        (0x1000, "AT_EMPTY_PATH"),
    ],
};

const BROWSER_SERVICE_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0x1, "SERVE_NETWORK"), (0x2, "SERVE_COMPILER")],
};

const CLOCK_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[
        (0, "CLOCK_REALTIME"),
        (1, "CLOCK_MONOTONIC"),
        (2, "CLOCK_PROCESS_CPUTIME_ID"),
        (3, "CLOCK_THREAD_CPUTIME_ID"),
        (4, "CLOCK_MONOTONIC_RAW"),
        (5, "CLOCK_REALTIME_COARSE"),
        (6, "CLOCK_MONOTONIC_COARSE"),
        (7, "CLOCK_BOOTTIME"),
    ],
};

const EPOLL_CREATE_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0o2_000_000, "EPOLL_CLOEXEC")],
};

const EPOLL_OPERATION_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[
        (1, "EPOLL_CTL_ADD"),
        (2, "EPOLL_CTL_DEL"),
        (3, "EPOLL_CTL_MOD"),
    ],
};

const EVENT_COUNTER_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0o1, "EFD_SEMAPHORE"),
        (0o4_000, "EFD_NONBLOCK"),
        (0o2_000_000, "EFD_CLOEXEC"),
    ],
};

const FCNTL_COMMAND_FILE_LOCK_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[
        (0, "F_DUPFD"),
        (1, "F_GETFD"),
        (2, "F_SETFD"),
        (3, "F_GETFL"),
        (4, "F_SETFL"),
        (5, "F_GETLK"),
        (6, "F_SETLK"),
        (7, "F_SETLKW"),
        (36, "F_OFD_GETLK"),
        (37, "F_OFD_SETLK"),
        (38, "F_OFD_SETLKW"),
        (1030, "F_DUPFD_CLOEXEC"),
        (1031, "F_SETPIPE_SZ"),
        (1032, "F_GETPIPE_SZ"),
        (0, "F_RDLCK"),
        (1, "F_WRLCK"),
        (2, "F_UNLCK"),
    ],
};

const FLOCK_OPERATION_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0x1, "LOCK_SH"),
        (0x2, "LOCK_EX"),
        (0x4, "LOCK_NB"),
        (0x8, "LOCK_UN"),
    ],
};

const FUTEX_OPERATION_FUTEX_OPTION_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0, "FUTEX_WAIT"),
        (1, "FUTEX_WAKE"),
        (3, "FUTEX_REQUEUE"),
        (4, "FUTEX_CMP_REQUEUE"),
        (9, "FUTEX_WAIT_BITSET"),
        (10, "FUTEX_WAKE_BITSET"),
        (0x80, "FUTEX_PRIVATE_FLAG"),
        (0x100, "FUTEX_CLOCK_REALTIME"),
        (0xFFFF_FE7F, "FUTEX_CMD_MASK"),
        (0xFFFF_FFFF, "FUTEX_BITSET_MATCH_ANY"),
    ],
};

const INTERVAL_TIMER_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[
        (0, "ITIMER_REAL"),
        (1, "ITIMER_VIRTUAL"),
        (2, "ITIMER_PROF"),
    ],
};

const MADVISE_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[
        (0, "MADV_NORMAL"),
        (1, "MADV_RANDOM"),
        (2, "MADV_SEQUENTIAL"),
        (3, "MADV_WILLNEED"),
        (4, "MADV_DONTNEED"),
        (8, "MADV_FREE"),
        (10, "MADV_DONTFORK"),
        (14, "MADV_HUGEPAGE"),
        (15, "MADV_NOHUGEPAGE"),
        (16, "MADV_DONTDUMP"),
        (17, "MADV_DODUMP"),
        (20, "MADV_COLD"),
        (21, "MADV_PAGEOUT"),
    ],
};

const MAP_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0x1, "MAP_SHARED"),
        (0x2, "MAP_PRIVATE"),
        (0x3, "MAP_SHARED_VALIDATE"),
        (0xF, "MAP_TYPE"),
        (0x10, "MAP_FIXED"),
        (0x20, "MAP_ANONYMOUS"),
        (0x100, "MAP_GROWSDOWN"),
        (0x2000, "MAP_LOCKED"),
        (0x4000, "MAP_NORESERVE"),
        (0x8000, "MAP_POPULATE"),
        (0x0002_0000, "MAP_STACK"),
        (0x0010_0000, "MAP_FIXED_NOREPLACE"),
    ],
};

const MREMAP_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0x1, "MREMAP_MAYMOVE"), (0x2, "MREMAP_FIXED")],
};

const MSYNC_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0x1, "MS_ASYNC"), (0x2, "MS_INVALIDATE"), (0x4, "MS_SYNC")],
};

const OPEN_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0, "O_RDONLY"),
        (0o1, "O_WRONLY"),
        (0o2, "O_RDWR"),
        (0o10_000_003, "O_ACCMODE"),
        (0o100, "O_CREAT"),
        (0o200, "O_EXCL"),
        (0o400, "O_NOCTTY"),
        (0o1_000, "O_TRUNC"),
        (0o2_000, "O_APPEND"),
        (0o4_000, "O_NONBLOCK"),
        (0o10_000, "O_DSYNC"),
        (0o20_000, "O_ASYNC"),
        (0o40_000, "O_DIRECT"),
        (0o100_000, "O_LARGEFILE"),
        (0o200_000, "O_DIRECTORY"),
        (0o400_000, "O_NOFOLLOW"),
        (0o1_000_000, "O_NOATIME"),
        (0o2_000_000, "O_CLOEXEC"),
        (0o4_010_000, "O_SYNC"),
        (0o4_010_000, "O_RSYNC"),
        (0o10_000_000, "O_PATH"),
        (0o20_200_000, "O_TMPFILE"),
    ],
};

const PERMISSION_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0o4_000, "S_ISUID"),
        (0o2_000, "S_ISGID"),
        (0o1_000, "S_ISVTX"),
        (0o700, "S_IRWXU"),
        (0o400, "S_IRUSR"),
        (0o200, "S_IWUSR"),
        (0o100, "S_IXUSR"),
        (0o70, "S_IRWXG"),
        (0o40, "S_IRGRP"),
        (0o20, "S_IWGRP"),
        (0o10, "S_IXGRP"),
        (0o7, "S_IRWXO"),
        (0o4, "S_IROTH"),
        (0o2, "S_IWOTH"),
        (0o1, "S_IXOTH"),
    ],
};

const PRIORITY_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[(0, "PRIO_PROCESS"), (1, "PRIO_PGRP"), (2, "PRIO_USER")],
};

const PROT_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0x0, "PROT_NONE"),
        (0x1, "PROT_READ"),
        (0x2, "PROT_WRITE"),
        (0x4, "PROT_EXEC"),
    ],
};

const RANDOM_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0x1, "GRND_NONBLOCK"),
        (0x2, "GRND_RANDOM"),
        (0x4, "GRND_INSECURE"),
    ],
};

const RENAME_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[(1, "RENAME_NOREPLACE"), (2, "RENAME_EXCHANGE")],
};

const SEEK_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[(0, "SEEK_SET"), (1, "SEEK_CUR"), (2, "SEEK_END")],
};

const SIGNAL_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[
        (1, "SIGHUP"),
        (2, "SIGINT"),
        (3, "SIGQUIT"),
        (4, "SIGILL"),
        (5, "SIGTRAP"),
        (6, "SIGABRT"),
        (7, "SIGBUS"),
        (8, "SIGFPE"),
        (9, "SIGKILL"),
        (10, "SIGUSR1"),
        (11, "SIGSEGV"),
        (12, "SIGUSR2"),
        (13, "SIGPIPE"),
        (14, "SIGALRM"),
        (15, "SIGTERM"),
        (16, "SIGSTKFLT"),
        (17, "SIGCHLD"),
        (18, "SIGCONT"),
        (19, "SIGSTOP"),
        (20, "SIGTSTP"),
        (21, "SIGTTIN"),
        (22, "SIGTTOU"),
        (23, "SIGURG"),
        (24, "SIGXCPU"),
        (25, "SIGXFSZ"),
        (26, "SIGVTALRM"),
        (27, "SIGPROF"),
        (28, "SIGWINCH"),
        (29, "SIGIO"),
        (30, "SIGPWR"),
        (31, "SIGSYS"),
    ],
};

const SIGPROCMASK_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[(0, "SIG_BLOCK"), (1, "SIG_UNBLOCK"), (2, "SIG_SETMASK")],
};

const TIMERFD_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0o2_000_000, "TFD_CLOEXEC"), (0o4_000, "TFD_NONBLOCK")],
};

const TIMERFD_TIME_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0x1, "TFD_TIMER_ABSTIME"), (0x2, "TFD_TIMER_CANCEL_ON_SET")],
};

const TIMER_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[(0x1, "TIMER_ABSTIME")],
};

const USAGE_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[(0, "RUSAGE_SELF"), (1, "RUSAGE_THREAD")],
};

const WAIT_ID_NAMES: FlagNames = FlagNames {
    is_bits: false,
    names: &[(0, "P_ALL"), (1, "P_PID"), (2, "P_PGID")],
};

const WAIT_NAMES: FlagNames = FlagNames {
    is_bits: true,
    names: &[
        (0x1, "WNOHANG"),
        (0x2, "WUNTRACED"),
        (0x2, "WSTOPPED"),
        (0x4, "WEXITED"),
        (0x8, "WCONTINUED"),
        (0x0100_0000, "WNOWAIT"),
    ],
};

/// What is known about a call besides its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyscallInfo {
    /// The number, in rax.
    pub number: usize,
    /// The name in lower case.
    pub name: &'static str,
    /// Names and kinds of the arguments, in register order.
    pub args: &'static [(&'static str, ArgKind)],
    /// Whether it begins again after a signal handler with SA_RESTART.
    pub is_restarted: bool,
}

/// Every call; the index is the number.
pub const SYSCALLS: &[SyscallInfo] = &[
    SyscallInfo {
        number: SYS_EXIT,
        name: "exit",
        args: &[("status", ArgKind::Signed)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_READ,
        name: "read",
        args: &[
            ("fd", ArgKind::Fd),
            ("buffer", ArgKind::Address),
            ("len", ArgKind::Unsigned),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_WRITE,
        name: "write",
        args: &[
            ("fd", ArgKind::Fd),
            ("buffer", ArgKind::Address),
            ("len", ArgKind::Unsigned),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_OPEN,
        name: "open",
        args: &[
            ("path", ArgKind::Path),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
            ("mode", ArgKind::Flags(&PERMISSION_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_CLOSE,
        name: "close",
        args: &[("fd", ArgKind::Fd)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MMAP,
        name: "mmap",
        args: &[
            ("addr", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("prot", ArgKind::Flags(&PROT_NAMES)),
            ("flags", ArgKind::Flags(&MAP_NAMES)),
            ("fd", ArgKind::Signed),
            ("offset", ArgKind::Signed),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MUNMAP,
        name: "munmap",
        args: &[("addr", ArgKind::Address), ("len", ArgKind::Unsigned)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_THREAD_CREATE,
        name: "thread_create",
        args: &[("start", ArgKind::Address), ("size", ArgKind::Unsigned)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_THREAD_EXIT,
        name: "thread_exit",
        args: &[("clear_tid", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FUTEX,
        name: "futex",
        args: &[
            ("uaddr", ArgKind::Address),
            ("op", ArgKind::Flags(&FUTEX_OPERATION_FUTEX_OPTION_NAMES)),
            ("val", ArgKind::Unsigned),
            ("timeout", ArgKind::Address),
            ("uaddr2", ArgKind::Address),
            ("val3", ArgKind::Unsigned),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_SPAWN,
        name: "spawn",
        args: &[
            ("path", ArgKind::Path),
            ("argv", ArgKind::Address),
            ("envp", ArgKind::Address),
            ("flags", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_WAIT,
        name: "wait",
        args: &[
            ("pid", ArgKind::Signed),
            ("status", ArgKind::Address),
            ("options", ArgKind::Flags(&WAIT_NAMES)),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_SEEK,
        name: "seek",
        args: &[
            ("fd", ArgKind::Fd),
            ("offset", ArgKind::Signed),
            ("whence", ArgKind::Flags(&SEEK_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FSTAT,
        name: "fstat",
        args: &[("fd", ArgKind::Fd), ("stat", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_CLOCK_GET,
        name: "clock_get",
        args: &[
            ("clock", ArgKind::Flags(&CLOCK_NAMES)),
            ("time", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SLEEP,
        name: "sleep",
        args: &[
            ("clock", ArgKind::Flags(&CLOCK_NAMES)),
            ("flags", ArgKind::Flags(&TIMER_NAMES)),
            ("request", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETTID,
        name: "gettid",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETPID,
        name: "getpid",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SET_THREAD_POINTER,
        name: "set_thread_pointer",
        args: &[("addr", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_YIELD,
        name: "yield",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GET_RANDOM,
        name: "get_random",
        args: &[
            ("buffer", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("flags", ArgKind::Flags(&RANDOM_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SYSTEM_INFO,
        name: "system_info",
        args: &[("info", ArgKind::Address), ("size", ArgKind::Unsigned)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_POWER_OFF,
        name: "power_off",
        args: &[("status", ArgKind::Unsigned)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MPROTECT,
        name: "mprotect",
        args: &[
            ("addr", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("prot", ArgKind::Flags(&PROT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_WRITEV,
        name: "writev",
        args: &[
            ("fd", ArgKind::Fd),
            ("iov", ArgKind::Address),
            ("count", ArgKind::Unsigned),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_GETPPID,
        name: "getppid",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MREMAP,
        name: "mremap",
        args: &[
            ("addr", ArgKind::Address),
            ("old_len", ArgKind::Unsigned),
            ("new_len", ArgKind::Unsigned),
            ("flags", ArgKind::Flags(&MREMAP_NAMES)),
            ("new_addr", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MADVISE,
        name: "madvise",
        args: &[
            ("addr", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("advice", ArgKind::Flags(&MADVISE_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FORK,
        name: "fork",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_EXEC,
        name: "exec",
        args: &[
            ("path", ArgKind::Path),
            ("argv", ArgKind::Address),
            ("envp", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_PIPE2,
        name: "pipe2",
        args: &[
            ("ends", ArgKind::Address),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_DUP,
        name: "dup",
        args: &[
            ("fd", ArgKind::Fd),
            ("to", ArgKind::Fd),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FCNTL,
        name: "fcntl",
        args: &[
            ("fd", ArgKind::Fd),
            ("command", ArgKind::Flags(&FCNTL_COMMAND_FILE_LOCK_NAMES)),
            ("argument", ArgKind::Unsigned),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_IOCTL,
        name: "ioctl",
        args: &[
            ("fd", ArgKind::Fd),
            ("request", ArgKind::Unsigned),
            ("argument", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_READV,
        name: "readv",
        args: &[
            ("fd", ArgKind::Fd),
            ("iov", ArgKind::Address),
            ("count", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_POLL,
        name: "poll",
        args: &[
            ("fds", ArgKind::Address),
            ("count", ArgKind::Unsigned),
            ("timeout", ArgKind::Address),
            ("mask", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_PREAD,
        name: "pread",
        args: &[
            ("fd", ArgKind::Fd),
            ("buffer", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("offset", ArgKind::Signed),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_PWRITE,
        name: "pwrite",
        args: &[
            ("fd", ArgKind::Fd),
            ("buffer", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("offset", ArgKind::Signed),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_PREADV,
        name: "preadv",
        args: &[
            ("fd", ArgKind::Fd),
            ("iov", ArgKind::Address),
            ("count", ArgKind::Unsigned),
            ("offset", ArgKind::Signed),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_PWRITEV,
        name: "pwritev",
        args: &[
            ("fd", ArgKind::Fd),
            ("iov", ArgKind::Address),
            ("count", ArgKind::Unsigned),
            ("offset", ArgKind::Signed),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FSYNC,
        name: "fsync",
        args: &[("fd", ArgKind::Fd)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FDATASYNC,
        name: "fdatasync",
        args: &[("fd", ArgKind::Fd)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SYNC,
        name: "sync",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FTRUNCATE,
        name: "ftruncate",
        args: &[("fd", ArgKind::Fd), ("length", ArgKind::Signed)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETDENTS,
        name: "getdents",
        args: &[
            ("fd", ArgKind::Fd),
            ("buffer", ArgKind::Address),
            ("len", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_HANDLE_DUPLICATE,
        name: "handle_duplicate",
        args: &[
            ("fd", ArgKind::Fd),
            ("rights", ArgKind::Unsigned),
            ("badge", ArgKind::Unsigned),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_HANDLE_REVOKE,
        name: "handle_revoke",
        args: &[("fd", ArgKind::Fd)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_HANDLE_INFO,
        name: "handle_info",
        args: &[
            ("fd", ArgKind::Fd),
            ("info", ArgKind::Address),
            ("size", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_WAITID,
        name: "waitid",
        args: &[
            ("id_type", ArgKind::Flags(&WAIT_ID_NAMES)),
            ("id", ArgKind::Signed),
            ("info", ArgKind::Address),
            ("options", ArgKind::Flags(&WAIT_NAMES)),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_SETPGID,
        name: "setpgid",
        args: &[("pid", ArgKind::Signed), ("pgid", ArgKind::Signed)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETPGID,
        name: "getpgid",
        args: &[("pid", ArgKind::Signed)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SETSID,
        name: "setsid",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETSID,
        name: "getsid",
        args: &[("pid", ArgKind::Signed)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGACTION,
        name: "sigaction",
        args: &[
            ("signal", ArgKind::Flags(&SIGNAL_NAMES)),
            ("action", ArgKind::Address),
            ("old", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGPROCMASK,
        name: "sigprocmask",
        args: &[
            ("how", ArgKind::Flags(&SIGPROCMASK_NAMES)),
            ("set", ArgKind::Address),
            ("old", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGPENDING,
        name: "sigpending",
        args: &[("set", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGSUSPEND,
        name: "sigsuspend",
        args: &[("set", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGTIMEDWAIT,
        name: "sigtimedwait",
        args: &[
            ("set", ArgKind::Address),
            ("info", ArgKind::Address),
            ("timeout", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGALTSTACK,
        name: "sigaltstack",
        args: &[("stack", ArgKind::Address), ("old", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGRETURN,
        name: "sigreturn",
        args: &[],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_KILL,
        name: "kill",
        args: &[
            ("pid", ArgKind::Signed),
            ("signal", ArgKind::Flags(&SIGNAL_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_TGKILL,
        name: "tgkill",
        args: &[
            ("pid", ArgKind::Signed),
            ("tid", ArgKind::Signed),
            ("signal", ArgKind::Flags(&SIGNAL_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SIGQUEUE,
        name: "sigqueue",
        args: &[
            ("pid", ArgKind::Signed),
            ("signal", ArgKind::Flags(&SIGNAL_NAMES)),
            ("value", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_OPENAT,
        name: "openat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
            ("mode", ArgKind::Flags(&PERMISSION_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FSTATAT,
        name: "fstatat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("stat", ArgKind::Address),
            ("flags", ArgKind::Flags(&AT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MKDIRAT,
        name: "mkdirat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("mode", ArgKind::Flags(&PERMISSION_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MKNODAT,
        name: "mknodat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("mode", ArgKind::Unsigned),
            ("device", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SYMLINKAT,
        name: "symlinkat",
        args: &[
            ("target", ArgKind::Path),
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_LINKAT,
        name: "linkat",
        args: &[
            ("from_dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("from", ArgKind::Path),
            ("to_dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("to", ArgKind::Path),
            ("flags", ArgKind::Flags(&AT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_UNLINKAT,
        name: "unlinkat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("flags", ArgKind::Flags(&AT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_RENAMEAT2,
        name: "renameat2",
        args: &[
            ("from_dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("from", ArgKind::Path),
            ("to_dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("to", ArgKind::Path),
            ("flags", ArgKind::Flags(&RENAME_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_READLINKAT,
        name: "readlinkat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("buffer", ArgKind::Address),
            ("len", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FACCESSAT,
        name: "faccessat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("mode", ArgKind::Flags(&ACCESS_NAMES)),
            ("flags", ArgKind::Flags(&AT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FCHMOD,
        name: "fchmod",
        args: &[
            ("fd", ArgKind::Fd),
            ("mode", ArgKind::Flags(&PERMISSION_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FCHMODAT,
        name: "fchmodat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("mode", ArgKind::Flags(&PERMISSION_NAMES)),
            ("flags", ArgKind::Flags(&AT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FCHOWN,
        name: "fchown",
        args: &[
            ("fd", ArgKind::Fd),
            ("uid", ArgKind::Unsigned),
            ("gid", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FCHOWNAT,
        name: "fchownat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("uid", ArgKind::Unsigned),
            ("gid", ArgKind::Unsigned),
            ("flags", ArgKind::Flags(&AT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_UTIMENSAT,
        name: "utimensat",
        args: &[
            ("dirfd", ArgKind::Flags(&AT_DIRECTORY_NAMES)),
            ("path", ArgKind::Path),
            ("times", ArgKind::Address),
            ("flags", ArgKind::Flags(&AT_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_CHDIR,
        name: "chdir",
        args: &[("path", ArgKind::Path)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FCHDIR,
        name: "fchdir",
        args: &[("fd", ArgKind::Fd)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETCWD,
        name: "getcwd",
        args: &[("buffer", ArgKind::Address), ("len", ArgKind::Unsigned)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_UMASK,
        name: "umask",
        args: &[("mask", ArgKind::Flags(&PERMISSION_NAMES))],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_STATFS,
        name: "statfs",
        args: &[("path", ArgKind::Path), ("facts", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FSTATFS,
        name: "fstatfs",
        args: &[("fd", ArgKind::Fd), ("facts", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SHM_OPEN,
        name: "shm_open",
        args: &[
            ("name", ArgKind::Path),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
            ("mode", ArgKind::Flags(&PERMISSION_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SHM_UNLINK,
        name: "shm_unlink",
        args: &[("name", ArgKind::Path)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SHM_CREATE,
        name: "shm_create",
        args: &[("flags", ArgKind::Flags(&OPEN_NAMES))],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_EVENTFD,
        name: "eventfd",
        args: &[
            ("count", ArgKind::Unsigned),
            ("flags", ArgKind::Flags(&EVENT_COUNTER_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_CHANNEL_CREATE,
        name: "channel_create",
        args: &[
            ("ends", ArgKind::Address),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_CHANNEL_SEND,
        name: "channel_send",
        args: &[
            ("fd", ArgKind::Fd),
            ("bytes", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("handles", ArgKind::Address),
            ("count", ArgKind::Unsigned),
            ("flags", ArgKind::Unsigned),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_CHANNEL_RECEIVE,
        name: "channel_receive",
        args: &[
            ("fd", ArgKind::Fd),
            ("bytes", ArgKind::Address),
            ("capacity", ArgKind::Unsigned),
            ("handles", ArgKind::Address),
            ("count", ArgKind::Unsigned),
            ("size", ArgKind::Address),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_EPOLL_CREATE1,
        name: "epoll_create1",
        args: &[("flags", ArgKind::Flags(&EPOLL_CREATE_NAMES))],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_EPOLL_CTL,
        name: "epoll_ctl",
        args: &[
            ("epfd", ArgKind::Fd),
            ("operation", ArgKind::Flags(&EPOLL_OPERATION_NAMES)),
            ("fd", ArgKind::Fd),
            ("event", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_EPOLL_PWAIT,
        name: "epoll_pwait",
        args: &[
            ("epfd", ArgKind::Fd),
            ("events", ArgKind::Address),
            ("count", ArgKind::Unsigned),
            ("timeout", ArgKind::Address),
            ("mask", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_TIMERFD_CREATE,
        name: "timerfd_create",
        args: &[
            ("clock", ArgKind::Flags(&CLOCK_NAMES)),
            ("flags", ArgKind::Flags(&TIMERFD_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_TIMERFD_SETTIME,
        name: "timerfd_settime",
        args: &[
            ("fd", ArgKind::Fd),
            ("flags", ArgKind::Flags(&TIMERFD_TIME_NAMES)),
            ("new", ArgKind::Address),
            ("old", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_TIMERFD_GETTIME,
        name: "timerfd_gettime",
        args: &[("fd", ArgKind::Fd), ("current", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_SETITIMER,
        name: "setitimer",
        args: &[
            ("which", ArgKind::Flags(&INTERVAL_TIMER_NAMES)),
            ("new", ArgKind::Address),
            ("old", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETITIMER,
        name: "getitimer",
        args: &[
            ("which", ArgKind::Flags(&INTERVAL_TIMER_NAMES)),
            ("current", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_REPORT,
        name: "report",
        args: &[
            ("fd", ArgKind::Fd),
            ("text", ArgKind::Address),
            ("len", ArgKind::Unsigned),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_FLOCK,
        name: "flock",
        args: &[
            ("fd", ArgKind::Fd),
            ("operation", ArgKind::Flags(&FLOCK_OPERATION_NAMES)),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_SETPRIORITY,
        name: "setpriority",
        args: &[
            ("which", ArgKind::Flags(&PRIORITY_NAMES)),
            ("who", ArgKind::Signed),
            ("nice", ArgKind::Signed),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_GETPRIORITY,
        name: "getpriority",
        args: &[
            ("which", ArgKind::Flags(&PRIORITY_NAMES)),
            ("who", ArgKind::Signed),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_WAIT4,
        name: "wait4",
        args: &[
            ("pid", ArgKind::Signed),
            ("status", ArgKind::Address),
            ("options", ArgKind::Flags(&WAIT_NAMES)),
            ("usage", ArgKind::Address),
        ],
        is_restarted: true,
    },
    SyscallInfo {
        number: SYS_GETRUSAGE,
        name: "getrusage",
        args: &[
            ("who", ArgKind::Flags(&USAGE_NAMES)),
            ("usage", ArgKind::Address),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_MSYNC,
        name: "msync",
        args: &[
            ("addr", ArgKind::Address),
            ("len", ArgKind::Unsigned),
            ("flags", ArgKind::Flags(&MSYNC_NAMES)),
        ],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_BROWSER_CHANNEL_CREATE,
        name: "browser_channel_create",
        args: &[("flags", ArgKind::Flags(&OPEN_NAMES))],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_BROWSER_CHANNEL_STATUS,
        name: "browser_channel_status",
        args: &[("fd", ArgKind::Fd), ("status", ArgKind::Address)],
        is_restarted: false,
    },
    SyscallInfo {
        number: SYS_BROWSER_CHANNEL_SERVE,
        name: "browser_channel_serve",
        args: &[
            ("fd", ArgKind::Fd),
            ("services", ArgKind::Flags(&BROWSER_SERVICE_NAMES)),
            ("flags", ArgKind::Flags(&OPEN_NAMES)),
        ],
        is_restarted: false,
    },
];
