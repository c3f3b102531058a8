#ifndef _DIRENT_H
#define _DIRENT_H

#include <bits/types.h>
#include <features.h>
#include <kpio/flags/entry_type.h>

__BEGIN_C

/* Source: musl, arch/generic/bits/dirent.h. */
struct dirent {
    ino_t d_ino;
    off_t d_off;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[256];
};

#define _DIRENT_HAVE_D_RECLEN
#define _DIRENT_HAVE_D_OFF
#define _DIRENT_HAVE_D_TYPE
#define d_fileno d_ino

typedef struct __dirstream DIR;

DIR *opendir(const char *path);
DIR *fdopendir(int fd);
int closedir(DIR *stream);
struct dirent *readdir(DIR *stream);
int dirfd(DIR *stream);
long telldir(DIR *stream);
void seekdir(DIR *stream, long position);
void rewinddir(DIR *stream);
int getdents(int fd, struct dirent *entries, size_t len);

__END_C

#endif
