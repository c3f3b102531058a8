#ifndef _PTHREAD_H
#define _PTHREAD_H

/* Not here: cancellation, robust and priority-inheriting mutexes, scheduling parameters. */

#include <bits/pthreadtypes.h>
#include <bits/timespec.h>
#include <bits/types.h>
#include <features.h>
#include <sched.h>
#include <time.h>

__BEGIN_C

#define PTHREAD_CREATE_JOINABLE 0
#define PTHREAD_CREATE_DETACHED 1

#define PTHREAD_MUTEX_NORMAL 0
#define PTHREAD_MUTEX_DEFAULT 0
#define PTHREAD_MUTEX_RECURSIVE 1
#define PTHREAD_MUTEX_ERRORCHECK 2

#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED 1

#define PTHREAD_MUTEX_INITIALIZER {{{0}}}
#define PTHREAD_RWLOCK_INITIALIZER {{{0}}}
#define PTHREAD_COND_INITIALIZER {{{0}}}
#define PTHREAD_ONCE_INIT 0

#define PTHREAD_BARRIER_SERIAL_THREAD (-1)

int pthread_create(pthread_t *__restrict_c thread, const pthread_attr_t *__restrict_c attributes,
                   void *(*body)(void *), void *__restrict_c argument);
_Noreturn void pthread_exit(void *result);
int pthread_join(pthread_t thread, void **result);
int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *deadline);
int pthread_tryjoin_np(pthread_t thread, void **result);
int pthread_detach(pthread_t thread);
pthread_t pthread_self(void);
int pthread_equal(pthread_t a, pthread_t b);
int pthread_setname_np(pthread_t thread, const char *name);
int pthread_getname_np(pthread_t thread, char *name, size_t room);
int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes);
int pthread_once(pthread_once_t *once, void (*body)(void));

int pthread_attr_init(pthread_attr_t *attributes);
int pthread_attr_destroy(pthread_attr_t *attributes);
int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t len);
int pthread_attr_getstacksize(const pthread_attr_t *__restrict_c attributes,
                              size_t *__restrict_c len);
int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t len);
int pthread_attr_getguardsize(const pthread_attr_t *__restrict_c attributes,
                              size_t *__restrict_c len);
int pthread_attr_setstack(pthread_attr_t *attributes, void *start, size_t len);
int pthread_attr_getstack(const pthread_attr_t *__restrict_c attributes,
                          void **__restrict_c start, size_t *__restrict_c len);
int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state);
int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state);

int pthread_mutex_init(pthread_mutex_t *__restrict_c mutex,
                       const pthread_mutexattr_t *__restrict_c attributes);
int pthread_mutex_destroy(pthread_mutex_t *mutex);
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_timedlock(pthread_mutex_t *__restrict_c mutex,
                            const struct timespec *__restrict_c deadline);
int pthread_mutex_trylock(pthread_mutex_t *mutex);
int pthread_mutex_unlock(pthread_mutex_t *mutex);
int pthread_mutexattr_init(pthread_mutexattr_t *attributes);
int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes);
int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int kind);
int pthread_mutexattr_gettype(const pthread_mutexattr_t *__restrict_c attributes,
                              int *__restrict_c kind);
int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared);
int pthread_mutexattr_getpshared(const pthread_mutexattr_t *__restrict_c attributes,
                                 int *__restrict_c shared);

int pthread_cond_init(pthread_cond_t *__restrict_c condition,
                      const pthread_condattr_t *__restrict_c attributes);
int pthread_cond_destroy(pthread_cond_t *condition);
int pthread_cond_wait(pthread_cond_t *__restrict_c condition, pthread_mutex_t *__restrict_c mutex);
int pthread_cond_timedwait(pthread_cond_t *__restrict_c condition,
                           pthread_mutex_t *__restrict_c mutex,
                           const struct timespec *__restrict_c deadline);
int pthread_cond_signal(pthread_cond_t *condition);
int pthread_cond_broadcast(pthread_cond_t *condition);
int pthread_condattr_init(pthread_condattr_t *attributes);
int pthread_condattr_destroy(pthread_condattr_t *attributes);
int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);
int pthread_condattr_getclock(const pthread_condattr_t *__restrict_c attributes,
                              clockid_t *__restrict_c clock);
int pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared);
int pthread_condattr_getpshared(const pthread_condattr_t *__restrict_c attributes,
                                int *__restrict_c shared);

int pthread_rwlock_init(pthread_rwlock_t *__restrict_c lock,
                        const pthread_rwlockattr_t *__restrict_c attributes);
int pthread_rwlock_destroy(pthread_rwlock_t *lock);
int pthread_rwlock_rdlock(pthread_rwlock_t *lock);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock);
int pthread_rwlock_timedrdlock(pthread_rwlock_t *__restrict_c lock,
                               const struct timespec *__restrict_c deadline);
int pthread_rwlock_wrlock(pthread_rwlock_t *lock);
int pthread_rwlock_trywrlock(pthread_rwlock_t *lock);
int pthread_rwlock_timedwrlock(pthread_rwlock_t *__restrict_c lock,
                               const struct timespec *__restrict_c deadline);
int pthread_rwlock_unlock(pthread_rwlock_t *lock);
int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes);
int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes);
int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared);
int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *__restrict_c attributes,
                                  int *__restrict_c shared);

int pthread_barrier_init(pthread_barrier_t *__restrict_c barrier,
                         const pthread_barrierattr_t *__restrict_c attributes, unsigned count);
int pthread_barrier_destroy(pthread_barrier_t *barrier);
int pthread_barrier_wait(pthread_barrier_t *barrier);
int pthread_barrierattr_init(pthread_barrierattr_t *attributes);
int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes);
int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared);
int pthread_barrierattr_getpshared(const pthread_barrierattr_t *__restrict_c attributes,
                                   int *__restrict_c shared);

int pthread_spin_init(pthread_spinlock_t *lock, int shared);
int pthread_spin_destroy(pthread_spinlock_t *lock);
int pthread_spin_lock(pthread_spinlock_t *lock);
int pthread_spin_trylock(pthread_spinlock_t *lock);
int pthread_spin_unlock(pthread_spinlock_t *lock);

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int pthread_key_delete(pthread_key_t key);
void *pthread_getspecific(pthread_key_t key);
int pthread_setspecific(pthread_key_t key, const void *value);

__END_C

#endif
