#ifndef _LIBGEN_H
#define _LIBGEN_H

#include <features.h>

__BEGIN_C

char *basename(char *path);
char *dirname(char *path);

__END_C

#endif
