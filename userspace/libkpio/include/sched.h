#ifndef _SCHED_H
#define _SCHED_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

/* Source of the size: musl, include/sched.h. */
typedef struct cpu_set_t {
    unsigned long __bits[128 / sizeof(long)];
} cpu_set_t;

#define CPU_SETSIZE 1024
#define __CPU_BITS (8 * sizeof(long))
#define CPU_ZERO(set) \
    do { \
        for (unsigned long __i = 0; __i < CPU_SETSIZE / __CPU_BITS; __i++) \
            (set)->__bits[__i] = 0; \
    } while (0)
#define CPU_SET(cpu, set) ((set)->__bits[(cpu) / __CPU_BITS] |= 1UL << ((cpu) % __CPU_BITS))
#define CPU_CLR(cpu, set) ((set)->__bits[(cpu) / __CPU_BITS] &= ~(1UL << ((cpu) % __CPU_BITS)))
#define CPU_ISSET(cpu, set) (!!((set)->__bits[(cpu) / __CPU_BITS] & 1UL << ((cpu) % __CPU_BITS)))

int sched_yield(void);
int sched_getcpu(void);
int sched_getaffinity(pid_t pid, size_t len, cpu_set_t *set);
int sched_setaffinity(pid_t pid, size_t len, const cpu_set_t *set);

__END_C

#endif
