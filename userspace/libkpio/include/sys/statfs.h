#ifndef _SYS_STATFS_H
#define _SYS_STATFS_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

typedef struct {
    int __val[2];
} fsid_t;

/* Source: musl, arch/generic/bits/statfs.h; `struct kpio_statfs` in <kpio/types.h> is the same. */
struct statfs {
    unsigned long f_type, f_bsize;
    fsblkcnt_t f_blocks, f_bfree, f_bavail;
    fsfilcnt_t f_files, f_ffree;
    fsid_t f_fsid;
    unsigned long f_namelen, f_frsize, f_flags, f_spare[4];
};

int statfs(const char *path, struct statfs *facts);
int fstatfs(int fd, struct statfs *facts);

__END_C

#endif
