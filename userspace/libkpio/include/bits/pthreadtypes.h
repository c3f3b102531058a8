#ifndef _BITS_PTHREADTYPES_H
#define _BITS_PTHREADTYPES_H

/* Source of the sizes: musl, include/alltypes.h.in. All of them may be initialised with zeros. */

#ifdef __cplusplus
typedef unsigned long pthread_t;
#else
typedef struct __pthread *pthread_t;
#endif
typedef int pthread_once_t;
typedef unsigned pthread_key_t;
typedef int pthread_spinlock_t;

typedef struct {
    unsigned __attr;
} pthread_mutexattr_t;

typedef struct {
    unsigned __attr;
} pthread_condattr_t;

typedef struct {
    unsigned __attr;
} pthread_barrierattr_t;

typedef struct {
    unsigned __attr[2];
} pthread_rwlockattr_t;

#define __KPIO_OBJECT(words) \
    struct { \
        union { \
            int __i[words]; \
            void *__p[(words) / 2]; \
        } __u; \
    }

typedef __KPIO_OBJECT(14) pthread_attr_t;
typedef __KPIO_OBJECT(10) pthread_mutex_t;
typedef __KPIO_OBJECT(12) pthread_cond_t;
typedef __KPIO_OBJECT(14) pthread_rwlock_t;
typedef __KPIO_OBJECT(8) pthread_barrier_t;

#undef __KPIO_OBJECT

#endif
