#ifndef _SYS_RANDOM_H
#define _SYS_RANDOM_H

#include <bits/types.h>
#include <features.h>
#include <kpio/flags/random.h>

__BEGIN_C

ssize_t getrandom(void *buffer, size_t len, unsigned flags);

__END_C

#endif
