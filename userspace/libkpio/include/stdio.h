#ifndef _STDIO_H
#define _STDIO_H

#include <bits/types.h>
#include <features.h>

/* Streams and the printf family are not here yet. */

__BEGIN_C

#define EOF (-1)

int puts(const char *line);
int putchar(int byte);
void perror(const char *prefix);

__END_C

#endif
