#ifndef _MALLOC_H
#define _MALLOC_H

#include <stdlib.h>

__BEGIN_C

void *memalign(size_t align, size_t len);
size_t malloc_usable_size(void *start);

__END_C

#endif
