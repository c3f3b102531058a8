/* Generated from kernel_py/abi/syscalls/; edit that and run `kpio abi`. */

/* System call numbers. The number goes to rax, arguments to rdi rsi rdx r10 r8 r9, the result comes
 * in rax, -errno for an error; `syscall` destroys rcx and r11. */

#ifndef KPIO_SYSCALL_H
#define KPIO_SYSCALL_H

/* exit(status): End the process with all its threads. Its descriptors are closed, its memory is
 * given back, its parent's WAIT returns. When process 1 ends, the machine powers off with its
 * status. */
#define KPIO_SYS_EXIT 0
/* read(fd, buffer, len): Take bytes from a descriptor at its position, and move the position. Waits
 * until there is at least one byte or the end is known. */
#define KPIO_SYS_READ 1
/* write(fd, buffer, len): Put bytes into a descriptor at its position, and move the position. Into
 * a pipe: waits until all have found room. */
#define KPIO_SYS_WRITE 2
/* open(path, flags, mode): Open a file. A path that does not begin with `/` counts from the working
 * directory. The descriptor is the lowest free number, its position 0. */
#define KPIO_SYS_OPEN 3
/* close(fd): Close a descriptor. Its number is free for the next OPEN. */
#define KPIO_SYS_CLOSE 4
/* mmap(addr, len, prot, flags, fd, offset): Map memory: zeroed pages that come at their first
 * touch, or an object's content. What is written to a private mapping stays in the process, and its
 * children copy it; a shared one is seen by every holder of the object, and by children, and a file
 * has it at once for READ, and on its medium as what is written by WRITE. A page behind the end of
 * the object, also of one that was cut since, is SIGBUS; so is the first write to a page for which
 * the file system has no room. Without MAP_FIXED the kernel chooses the place, below USER_MMAP_TOP;
 * `addr` is then advice. */
#define KPIO_SYS_MMAP 5
/* munmap(addr, len): Unmap every page of a range. Pages that are not mapped do not matter. */
#define KPIO_SYS_MUNMAP 6
/* thread_create(start, size): Start a thread in the process. The caller provides its stack and its
 * thread pointer. */
#define KPIO_SYS_THREAD_CREATE 7
/* thread_exit(clear_tid): End the calling thread. If `clear_tid` is not 0, the u32 there becomes 0
 * and one sleeper on it wakes; an address that cannot be written does not matter. When the last
 * thread ends, the process ends with status 0. */
#define KPIO_SYS_THREAD_EXIT 8
/* futex(uaddr, op, val, timeout, uaddr2, val3): Sleep until another thread wakes this one, if a
 * word still has the value the caller saw; or wake sleepers, or move them to another word. The look
 * at the word and the falling asleep, or the moving, are one step. */
#define KPIO_SYS_FUTEX 9
/* spawn(path, argv, envp, flags): Start a program in a new process. It gets the caller's
 * descriptors, under the same numbers, that were not opened with O_CLOEXEC and have the right
 * TRANSFER. */
#define KPIO_SYS_SPAWN 10
/* wait(pid, status, options): Wait until a child process has ended, and forget it; or until it
 * stopped or goes on, if the options say so. */
#define KPIO_SYS_WAIT 11
/* seek(fd, offset, whence): Move the position of a descriptor. It may lie after the end. */
#define KPIO_SYS_SEEK 12
/* fstat(fd, stat): Tell what is known about an open file. */
#define KPIO_SYS_FSTAT 13
/* clock_get(clock, time): Read a clock. */
#define KPIO_SYS_CLOCK_GET 14
/* sleep(clock, flags, request): Sleep for a span of a clock, or with TIMER_ABSTIME until a point on
 * it. */
#define KPIO_SYS_SLEEP 15
/* gettid(): Tell the number of the calling thread. That of a process's first thread is the
 * process's. */
#define KPIO_SYS_GETTID 16
/* getpid(): Tell the number of the calling process. */
#define KPIO_SYS_GETPID 17
/* set_thread_pointer(addr): Set the FS base of the calling thread. */
#define KPIO_SYS_SET_THREAD_POINTER 18
/* yield(): Let another thread run, if one is ready. */
#define KPIO_SYS_YIELD 19
/* get_random(buffer, len, flags): Fill a buffer with random bytes that are fit for keys. */
#define KPIO_SYS_GET_RANDOM 20
/* system_info(info, size): Tell figures about the whole system. */
#define KPIO_SYS_SYSTEM_INFO 21
/* power_off(status): End the machine, orderly. Does not return if it succeeds. */
#define KPIO_SYS_POWER_OFF 22
/* mprotect(addr, len, prot): Change the access to every page of a range. */
#define KPIO_SYS_MPROTECT 23
/* writev(fd, iov, count): WRITE of several pieces, one after the other. */
#define KPIO_SYS_WRITEV 24
/* getppid(): Tell the number of the process this one is a child of; 0: it is the kernel's. */
#define KPIO_SYS_GETPPID 25
/* mremap(addr, old_len, new_len, flags, new_addr): Make a mapping longer or shorter, and move it if
 * it has to. Its content moves with it without being copied. */
#define KPIO_SYS_MREMAP 26
/* madvise(addr, len, advice): Tell how a range will be used. MADV_DONTNEED and MADV_FREE drop what
 * private mappings in it hold; the rest is advice that changes nothing. */
#define KPIO_SYS_MADVISE 27
/* fork(): Make a child that is a copy of the process: its memory, copied when either side writes,
 * its descriptors that have the right TRANSFER, and the calling thread alone. */
#define KPIO_SYS_FORK 28
/* exec(path, argv, envp): Run another program in this process. Other threads end, descriptors with
 * FD_CLOEXEC are closed. If it fails nothing has changed. */
#define KPIO_SYS_EXEC 29
/* pipe2(ends, flags): Make a pipe: bytes that are written to its one end come out of the other, in
 * order. Both descriptors are the lowest free numbers. At most PIPE_BUF bytes of one write stay
 * together. */
#define KPIO_SYS_PIPE2 30
/* dup(fd, to, flags): Make the number `to` stand for what `fd` stands for, with the same rights.
 * What was open under it is closed. FCNTL with F_DUPFD chooses a free number instead. */
#define KPIO_SYS_DUP 31
/* fcntl(fd, command, argument): Ask or change what a descriptor is. Of the argument, commands that
 * take an int look at the low 32 bits; those of locks take the address of a FileLock. Locks keep
 * nobody from reading or writing, only from locking. A process loses its locks of a file with any
 * descriptor of the file that it closes, and a child gets none. */
#define KPIO_SYS_FCNTL 32
/* ioctl(fd, request, argument): Ask or change what only some descriptors have. */
#define KPIO_SYS_IOCTL 33
/* readv(fd, iov, count): READ into several pieces, one after the other. It waits for the first byte
 * only. */
#define KPIO_SYS_READV 34
/* poll(fds, count, timeout, mask): Wait until one of several descriptors is ready, and say which
 * are. */
#define KPIO_SYS_POLL 35
/* pread(fd, buffer, len, offset): Take bytes from a descriptor at a given place. Its position
 * neither counts nor moves. */
#define KPIO_SYS_PREAD 36
/* pwrite(fd, buffer, len, offset): Put bytes into a descriptor at a given place. Its position
 * neither counts nor moves, and O_APPEND does not count either, as POSIX has it. */
#define KPIO_SYS_PWRITE 37
/* preadv(fd, iov, count, offset): PREAD into several pieces, one after the other. */
#define KPIO_SYS_PREADV 38
/* pwritev(fd, iov, count, offset): PWRITE of several pieces, one after the other. */
#define KPIO_SYS_PWRITEV 39
/* fsync(fd): Return when everything that was done to a file survives a power cut: content,
 * attributes and names. Everything else on its file system does so too then. */
#define KPIO_SYS_FSYNC 40
/* fdatasync(fd): FSYNC that need not care for times. It does today. */
#define KPIO_SYS_FDATASYNC 41
/* sync(): FSYNC of all file systems. */
#define KPIO_SYS_SYNC 42
/* ftruncate(fd, length): Set the length of a file: cut it, or let it end in zeros that take no
 * space. No position moves. */
#define KPIO_SYS_FTRUNCATE 43
/* getdents(fd, buffer, len): Read names of a directory at the descriptor's position, and move the
 * position. The answer is musl's `struct dirent`s, one behind the other, each `d_reclen` bytes
 * long. SEEK to 0 or to a `d_off` that was given goes on from there. */
#define KPIO_SYS_GETDENTS 44
/* handle_duplicate(fd, rights, badge, flags): Make a handle to the same object, with fewer rights
 * or the same. It descends from `fd`: HANDLE_REVOKE of `fd`, or of what that descends from, takes
 * it back. */
#define KPIO_SYS_HANDLE_DUPLICATE 45
/* handle_revoke(fd): Take back every handle that descends from `fd`, in whatever process or
 * message: those made by HANDLE_DUPLICATE, DUP and FCNTL, and those that children got by SPAWN and
 * FORK. They keep their numbers until they are closed; using one is EBADF. `fd` stays as it is. */
#define KPIO_SYS_HANDLE_REVOKE 46
/* handle_info(fd, info, size): Tell what a handle is and allows. */
#define KPIO_SYS_HANDLE_INFO 47
/* waitid(id_type, id, info, options): Wait until something has happened to a child, and tell what.
 */
#define KPIO_SYS_WAITID 48
/* setpgid(pid, pgid): Put a process into a process group of its session, or into a new one. The
 * caller may do so with itself, and with a child that has not called EXEC. */
#define KPIO_SYS_SETPGID 49
/* getpgid(pid): Tell the process group of a process. */
#define KPIO_SYS_GETPGID 50
/* setsid(): Begin a session and a process group, both of the caller's number. */
#define KPIO_SYS_SETSID 51
/* getsid(pid): Tell the session of a process. */
#define KPIO_SYS_GETSID 52
/* sigaction(signal, action, old): Set what the process does about a signal, and tell what it did.
 * SIGKILL and SIGSTOP cannot be changed. */
#define KPIO_SYS_SIGACTION 53
/* sigprocmask(how, set, old): Change which signals the thread blocks, and tell which it did.
 * SIGKILL and SIGSTOP are never blocked. */
#define KPIO_SYS_SIGPROCMASK 54
/* sigpending(set): Tell which signals wait for the thread or its process. */
#define KPIO_SYS_SIGPENDING 55
/* sigsuspend(set): Block other signals until one is handled; then the mask is as it was. */
#define KPIO_SYS_SIGSUSPEND 56
/* sigtimedwait(set, info, timeout): Take a signal that waits, or wait for one. They should be
 * blocked. */
#define KPIO_SYS_SIGTIMEDWAIT 57
/* sigaltstack(stack, old): Set the thread's alternate stack for handlers, and tell what it was. */
#define KPIO_SYS_SIGALTSTACK 58
/* sigreturn(): Go on where a handler interrupted. The frame lies at the stack pointer, as the
 * kernel put it there; a frame that is none ends the process with SIGSEGV. */
#define KPIO_SYS_SIGRETURN 59
/* kill(pid, signal): Send a signal to a process or to many; 0 sends none and only checks that they
 * are there. */
#define KPIO_SYS_KILL 60
/* tgkill(pid, tid, signal): Send a signal to a thread; 0 sends none. */
#define KPIO_SYS_TGKILL 61
/* sigqueue(pid, signal, value): Send a signal with a value to a process. */
#define KPIO_SYS_SIGQUEUE 62
/* openat(dirfd, path, flags, mode): OPEN of a path that counts from a directory. */
#define KPIO_SYS_OPENAT 63
/* fstatat(dirfd, path, stat, flags): Tell what is known about the file a path leads to. */
#define KPIO_SYS_FSTATAT 64
/* mkdirat(dirfd, path, mode): Make an empty directory. The umask takes permissions away. */
#define KPIO_SYS_MKDIRAT 65
/* mknodat(dirfd, path, mode, device): Make a file without content: a regular one, a named pipe, or
 * the name of a socket. The umask takes permissions away. */
#define KPIO_SYS_MKNODAT 66
/* symlinkat(target, dirfd, path): Make a symbolic link. What it points to need not exist. */
#define KPIO_SYS_SYMLINKAT 67
/* linkat(from_dirfd, from, to_dirfd, to, flags): Give a file one more name, on the same file
 * system. */
#define KPIO_SYS_LINKAT 68
/* unlinkat(dirfd, path, flags): Take a name away. A file without names goes when nobody has it open
 * any more. */
#define KPIO_SYS_UNLINKAT 69
/* renameat2(from_dirfd, from, to_dirfd, to, flags): Give a file another name, on the same file
 * system. What has that name loses it, in one step: at no time is there neither, after a power cut
 * either. */
#define KPIO_SYS_RENAMEAT2 70
/* readlinkat(dirfd, path, buffer, len): Tell where a symbolic link points, without a zero at the
 * end. */
#define KPIO_SYS_READLINKAT 71
/* faccessat(dirfd, path, mode, flags): Tell whether the process may use a file in this way. Every
 * process is the superuser: it may read and write everything, and execute what anybody may. */
#define KPIO_SYS_FACCESSAT 72
/* fchmod(fd, mode): Set the permission bits of an open file. */
#define KPIO_SYS_FCHMOD 73
/* fchmodat(dirfd, path, mode, flags): Set the permission bits of the file a path leads to. */
#define KPIO_SYS_FCHMODAT 74
/* fchown(fd, uid, gid): Set owner and group of an open file. What can be executed loses S_ISUID,
 * and S_ISGID. */
#define KPIO_SYS_FCHOWN 75
/* fchownat(dirfd, path, uid, gid, flags): Set owner and group of the file a path leads to, as
 * FCHOWN does. */
#define KPIO_SYS_FCHOWNAT 76
/* utimensat(dirfd, path, times, flags): Set when a file was last read and last changed. */
#define KPIO_SYS_UTIMENSAT 77
/* chdir(path): Make a directory the one where paths of the process begin. */
#define KPIO_SYS_CHDIR 78
/* fchdir(fd): CHDIR to an open directory. */
#define KPIO_SYS_FCHDIR 79
/* getcwd(buffer, len): Tell the path of the working directory. */
#define KPIO_SYS_GETCWD 80
/* umask(mask): Say which permissions files that the process makes shall not have. */
#define KPIO_SYS_UMASK 81
/* statfs(path, facts): Tell how large the file system is that a path leads to, and how full. */
#define KPIO_SYS_STATFS 82
/* fstatfs(fd, facts): STATFS of the file system that an open file is on. */
#define KPIO_SYS_FSTATFS 83
/* shm_open(name, flags, mode): Open the shared memory object of a name, or make it, empty. Its
 * length is set by FTRUNCATE and told by FSTAT; MMAP shows it. It stays until it is unlinked, and
 * after that until nobody holds or maps it. */
#define KPIO_SYS_SHM_OPEN 84
/* shm_unlink(name): Take the name from a shared memory object. Who holds or maps it goes on with
 * it. */
#define KPIO_SYS_SHM_UNLINK 85
/* shm_create(flags): Make a shared memory object without a name, of length 0, open for reading and
 * writing. */
#define KPIO_SYS_SHM_CREATE 86
/* eventfd(count, flags): Make an event counter. WRITE adds a number of eight bytes to its count,
 * waiting while that is too much; READ waits for a count, gives it and leaves 0, with EFD_SEMAPHORE
 * gives 1 and leaves the rest. */
#define KPIO_SYS_EVENTFD 87
/* channel_create(ends, flags): Make a channel: a message that is sent at its one end is received at
 * the other, whole and in order. Both descriptors are the lowest free numbers. */
#define KPIO_SYS_CHANNEL_CREATE 88
/* channel_send(fd, bytes, len, handles, count, flags): Send a message to the other end of a
 * channel: bytes, and handles. All of it is sent, or nothing is, and every handle stays. It waits
 * while the other end has 256 messages, or has no room for the bytes among its 262144. No signal
 * comes when the other end is gone. */
#define KPIO_SYS_CHANNEL_SEND 89
/* channel_receive(fd, bytes, capacity, handles, count, size): Receive the first message at an end
 * of a channel. Its handles become descriptors, the lowest free numbers, with FD_CLOEXEC and the
 * rights they were sent with. A message that does not fit, or cannot be stored, stays the first. */
#define KPIO_SYS_CHANNEL_RECEIVE 90
/* epoll_create1(flags): Make an epoll: watches over descriptors, which can be waited for together.
 * It can be watched itself, by POLL and by other epolls. */
#define KPIO_SYS_EPOLL_CREATE1 91
/* epoll_ctl(epfd, operation, fd, event): Add, change or remove an epoll's watch over a descriptor.
 * A watch is of the descriptor's object under this number; it goes with the last descriptor of the
 * object, in any process. */
#define KPIO_SYS_EPOLL_CTL 92
/* epoll_pwait(epfd, events, count, timeout, mask): Wait until something comes that an epoll watches
 * for, and say what. Who was told of longest ago comes first. */
#define KPIO_SYS_EPOLL_PWAIT 93
/* timerfd_create(clock, flags): Make a timer, which is not set. READ waits until it has gone off
 * and gives how often it has since it was read or set last, in eight bytes. */
#define KPIO_SYS_TIMERFD_CREATE 94
/* timerfd_settime(fd, flags, new, old): Say when a timer goes off: after a span, or with
 * TFD_TIMER_ABSTIME at a point on its clock; at once if that has passed. A point before the
 * machine's start counts as its start. What it went off before is forgotten. */
#define KPIO_SYS_TIMERFD_SETTIME 95
/* timerfd_gettime(fd, current): Tell how long until a timer goes off again, and its interval. */
#define KPIO_SYS_TIMERFD_GETTIME 96
/* setitimer(which, new, old): Say when the process gets SIGALRM: after a span, and then perhaps
 * again and again. A signal that still waits, or is ignored, is not sent again. A child begins
 * without such a timer; a new program keeps it. */
#define KPIO_SYS_SETITIMER 97
/* getitimer(which, current): Tell how long until the process gets its next SIGALRM of SETITIMER,
 * and the interval. */
#define KPIO_SYS_GETITIMER 98
/* report(fd, text, len): Tell whoever watches the machine from outside something, as the event
 * `process.reported`. Who may write to the console may do so. */
#define KPIO_SYS_REPORT 99
/* flock(fd, operation): Lock a file for the open file description, or unlock it. These locks keep
 * nobody from reading or writing, nor from the locks of FCNTL, and go with the last descriptor of
 * the description. A lock that is to become another kind is given back first. */
#define KPIO_SYS_FLOCK 100
/* setpriority(which, who, nice): Say how nice threads are to others. A thread's share of the CPU is
 * as its weight, and that is 5/4 of what the next nice value weighs; nobody gets none. What a
 * thread starts is as nice as it is. */
#define KPIO_SYS_SETPRIORITY 101
/* getpriority(which, who): Tell how nice threads are; of several the least. */
#define KPIO_SYS_GETPRIORITY 102
/* wait4(pid, status, options, usage): WAIT that also tells what the child has used. */
#define KPIO_SYS_WAIT4 103
/* getrusage(who, usage): Tell what the process, its children or the thread have used. */
#define KPIO_SYS_GETRUSAGE 104
/* msync(addr, len, flags): Return when what was written to shared mappings of files in a range
 * survives a power cut. With MS_ASYNC at once: such content is written after a while anyway. */
#define KPIO_SYS_MSYNC 105
/* browser_channel_create(flags): Make a region of CHANNEL_BYTES with its header and two empty
 * rings, for messages between a browser and the kernel. MMAP with MAP_SHARED shows it; the handle
 * can be passed on and taken back like others. The kernel answers until nobody holds or maps the
 * region, or a ring is closed or damaged. FUTEX on a word of the region wakes the kernel, and is
 * how it wakes. */
#define KPIO_SYS_BROWSER_CHANNEL_CREATE 106
/* browser_channel_status(fd, status): Tell what the kernel has done at its end of a browser's
 * channel, and why it has closed it: from its own memory, not from the region. */
#define KPIO_SYS_BROWSER_CHANNEL_STATUS 107
/* browser_channel_serve(fd, services, flags): Make the line on which a service answers requests of
 * a browser in the kernel's name: a channel whose other end is the kernel's. The kernel sends the
 * requests on it as they came, and takes the answers that `abi/messages.py` states. When the line
 * is closed, or an answer is wrong, what was asked on it is refused, and another line can be made.
 */
#define KPIO_SYS_BROWSER_CHANNEL_SERVE 108

#endif
