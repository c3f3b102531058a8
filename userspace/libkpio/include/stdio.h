#ifndef _STDIO_H
#define _STDIO_H

#include <bits/types.h>
#include <features.h>
#include <kpio/flags/rename.h>

/* Streams and the printf family are not here yet. */

__BEGIN_C

#define EOF (-1)

int puts(const char *line);
int putchar(int byte);
int remove(const char *path);
int rename(const char *from, const char *to);
int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to);
int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags);
void perror(const char *prefix);

__END_C

#endif
