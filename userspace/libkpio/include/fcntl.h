#ifndef _FCNTL_H
#define _FCNTL_H

#include <bits/types.h>
#include <features.h>
#include <kpio/flags/fcntl_command.h>
#include <kpio/flags/fcntl_descriptor.h>
#include <kpio/flags/file_lock.h>
#include <kpio/flags/at.h>
#include <kpio/flags/at_directory.h>
#include <kpio/flags/open.h>
#include <kpio/flags/permission.h>
#include <kpio/flags/seek.h>

__BEGIN_C

struct flock {
    short l_type;
    short l_whence;
    off_t l_start;
    off_t l_len;
    pid_t l_pid;
};

int open(const char *path, int flags, ...);
int openat(int dirfd, const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
int fcntl(int fd, int command, ...);

/* Fails with ENOSYS: nothing is moved between descriptors without a program's memory. */
ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t len, unsigned flags);

__END_C

#endif
