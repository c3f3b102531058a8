/* What the rows ask of the system, where KPIO and Linux differ or KPIO's library lacks something.
 *
 * A POSIX function that libkpio does not have yet is declared weak: BENCH_HAS tells whether it has
 * been linked, so a row appears with the function and without a change here. */

#ifndef BENCH_SYSTEM_H
#define BENCH_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#ifdef __kpio__
#include <kpio/syscall.h>
long __kpio_syscall(long number, long a, long b, long c, long d, long e, long f);

#define BENCH_WEAK __attribute__((weak))
#define BENCH_HAS(function) ((function) != NULL)
#define BENCH_GETPID KPIO_SYS_GETPID
#define BENCH_FUTEX KPIO_SYS_FUTEX

BENCH_WEAK pid_t fork(void);
BENCH_WEAK int execve(const char *path, char *const *argv, char *const *envp);
BENCH_WEAK int pipe(int ends[2]);
BENCH_WEAK int stat(const char *path, struct stat *stat);
#else
#include <sys/syscall.h>

#define BENCH_HAS(function) true
#define BENCH_GETPID SYS_getpid
#define BENCH_FUTEX SYS_futex
#endif

/* A system call by its number: the kernel's own result, a negated errno for an error. */
static inline long bench_call(long number, long a, long b, long c, long d)
{
    long result;
    register long fourth __asm__("r10") = d;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
    return result;
}

/* Sleep while `*word` is `value`; a negated errno, or 0. */
long bench_futex_wait(uint32_t *word, uint32_t value);
/* Wake one sleeper on `word`. */
long bench_futex_wake(uint32_t *word);

/* A thread that runs `body`. Start and join return an errno, 0 if all is well. */
struct bench_thread {
    void (*body)(void *argument);
    void *argument;
    uintptr_t handle;
    void *stack, *block;
    uint32_t running;
};
int bench_thread_start(struct bench_thread *thread, void (*body)(void *), void *argument);
int bench_thread_join(struct bench_thread *thread);

/* End the machine, if this is its first program; `status` is the program's. */
_Noreturn void bench_exit(int status);

#endif
