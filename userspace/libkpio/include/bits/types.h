#ifndef _BITS_TYPES_H
#define _BITS_TYPES_H

/*
 * The types that several headers define, each behind a guard of its own.
 * Source: musl, include/alltypes.h.in and arch/x86_64/bits/alltypes.h.in.
 */

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ssize_t;
typedef long off_t;
typedef int pid_t;
typedef unsigned id_t;
typedef unsigned uid_t;
typedef unsigned gid_t;
typedef unsigned mode_t;
typedef unsigned long dev_t;
typedef unsigned long ino_t;
typedef unsigned long nlink_t;
typedef long blksize_t;
typedef long blkcnt_t;
typedef unsigned long fsblkcnt_t;
typedef unsigned long fsfilcnt_t;
typedef long time_t;
typedef int clockid_t;
typedef long clock_t;

#endif
