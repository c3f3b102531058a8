#ifndef _SYS_SYSCALL_H
#define _SYS_SYSCALL_H

/*
 * The calls that `syscall` serves, under Linux's numbers; any other is ENOSYS.
 * Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl.
 */
#define SYS_sched_yield 24
#define SYS_getpid 39
#define SYS_gettid 186
#define SYS_futex 202
#define SYS_clock_gettime 228
#define SYS_tgkill 234
#define SYS_epoll_create1 291
#define SYS_getrandom 318

#endif
