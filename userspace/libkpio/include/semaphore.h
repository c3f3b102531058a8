#ifndef _SEMAPHORE_H
#define _SEMAPHORE_H

/* Not here: named semaphores. */

#include <bits/timespec.h>
#include <features.h>

__BEGIN_C

#define SEM_VALUE_MAX 0x7fffffff

/* Source of the size: musl, include/semaphore.h. */
typedef struct {
    int __val[8];
} sem_t;

int sem_init(sem_t *semaphore, int shared, unsigned value);
int sem_destroy(sem_t *semaphore);
int sem_wait(sem_t *semaphore);
int sem_trywait(sem_t *semaphore);
int sem_timedwait(sem_t *__restrict_c semaphore, const struct timespec *__restrict_c deadline);
int sem_post(sem_t *semaphore);
int sem_getvalue(sem_t *__restrict_c semaphore, int *__restrict_c value);

__END_C

#endif
