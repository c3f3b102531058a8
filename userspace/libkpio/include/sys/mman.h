#ifndef _SYS_MMAN_H
#define _SYS_MMAN_H

#include <bits/types.h>
#include <features.h>
#include <kpio/flags/map.h>
#include <kpio/flags/msync.h>
#include <kpio/flags/prot.h>

__BEGIN_C

#define MAP_FAILED ((void *)-1)
#define MAP_ANON MAP_ANONYMOUS

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset);
int munmap(void *address, size_t len);
int mprotect(void *address, size_t len, int protection);
int msync(void *address, size_t len, int flags);

int shm_open(const char *name, int flags, mode_t mode);
int shm_unlink(const char *name);

#ifdef _GNU_SOURCE
#define MFD_CLOEXEC 1U
int memfd_create(const char *name, unsigned flags);
#endif

__END_C

#endif
