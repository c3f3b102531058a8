#ifndef _STDIO_EXT_H
#define _STDIO_EXT_H

#include <stdio.h>

__BEGIN_C

size_t __fbufsize(FILE *file);
int __freading(FILE *file);
int __fwriting(FILE *file);
int __freadable(FILE *file);
int __fwritable(FILE *file);
int __flbf(FILE *file);
size_t __fpending(FILE *file);
void __fpurge(FILE *file);

__END_C

#endif
