#ifndef _BITS_SIGSET_H
#define _BITS_SIGSET_H

/* Source: musl, include/alltypes.h.in. */
typedef struct __sigset_t {
    unsigned long __bits[128 / sizeof(long)];
} sigset_t;

#endif
