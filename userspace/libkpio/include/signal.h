#ifndef _SIGNAL_H
#define _SIGNAL_H

#include <bits/pthreadtypes.h>
#include <bits/sigset.h>
#include <bits/timespec.h>
#include <bits/types.h>
#include <features.h>
#include <kpio/flags/child_code.h>
#include <kpio/flags/fault_code.h>
#include <kpio/flags/sigaction.h>
#include <kpio/flags/sigaltstack.h>
#include <kpio/flags/signal.h>
#include <kpio/flags/signal_code.h>
#include <kpio/flags/sigprocmask.h>

__BEGIN_C

#define SIG_ERR ((void (*)(int))-1)
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)

#define SIGPOLL SIGIO
#define SIGIOT SIGABRT
#define SIGUNUSED SIGSYS
#define NSIG 65
#define _NSIG 65
#define SIGRTMIN (__libc_current_sigrtmin())
#define SIGRTMAX (__libc_current_sigrtmax())
#define MINSIGSTKSZ 2048
#define SIGSTKSZ 8192

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int);
typedef sighandler_t sig_t;

union sigval {
    int sival_int;
    void *sival_ptr;
};

/* Source of the layout: musl, include/signal.h. */
typedef struct {
    int si_signo;
    int si_errno;
    int si_code;
    union {
        char __pad[128 - 4 * sizeof(int)];
        struct {
            pid_t __pid;
            uid_t __uid;
            union {
                union sigval __value;
                int __status;
            } __second;
        } __sender;
        struct {
            void *__address;
        } __fault;
        struct {
            long __band;
            int __fd;
        } __poll;
        struct {
            int __timer;
            int __overrun;
        } __timer;
    } __fields;
} siginfo_t;

#define si_pid __fields.__sender.__pid
#define si_uid __fields.__sender.__uid
#define si_status __fields.__sender.__second.__status
#define si_value __fields.__sender.__second.__value
#define si_ptr si_value.sival_ptr
#define si_int si_value.sival_int
#define si_addr __fields.__fault.__address
#define si_band __fields.__poll.__band
#define si_fd __fields.__poll.__fd
#define si_timerid __fields.__timer.__timer
#define si_overrun __fields.__timer.__overrun

struct sigaction {
    union {
        void (*sa_handler)(int);
        void (*sa_sigaction)(int, siginfo_t *, void *);
    } __handler;
    sigset_t sa_mask;
    int sa_flags;
    void (*sa_restorer)(void);
};

#define sa_handler __handler.sa_handler
#define sa_sigaction __handler.sa_sigaction

typedef struct {
    void *ss_sp;
    int ss_flags;
    size_t ss_size;
} stack_t;

typedef long long greg_t;
typedef greg_t gregset_t[23];

typedef struct {
    unsigned short cwd, swd, ftw, fop;
    unsigned long long rip, rdp;
    unsigned mxcsr, mxcr_mask;
    struct {
        unsigned short significand[4], exponent, padding[3];
    } _st[8];
    struct {
        unsigned element[4];
    } _xmm[16];
    unsigned padding[24];
} *fpregset_t;

typedef struct {
    gregset_t gregs;
    fpregset_t fpregs;
    unsigned long long __reserved1[8];
} mcontext_t;

typedef struct __ucontext {
    unsigned long uc_flags;
    struct __ucontext *uc_link;
    stack_t uc_stack;
    mcontext_t uc_mcontext;
    sigset_t uc_sigmask;
    unsigned long __fpregs_mem[64];
} ucontext_t;

int __libc_current_sigrtmin(void);
int __libc_current_sigrtmax(void);

int kill(pid_t pid, int signal);
int killpg(pid_t group, int signal);
int raise(int signal);
int tgkill(pid_t pid, pid_t tid, int signal);
int sigqueue(pid_t pid, int signal, union sigval value);
int pthread_kill(pthread_t thread, int signal);

sighandler_t signal(int signal, sighandler_t handler);
int sigaction(int signal, const struct sigaction *__restrict_c action,
              struct sigaction *__restrict_c old);
int siginterrupt(int signal, int is_interrupting);
int sigaltstack(const stack_t *__restrict_c stack, stack_t *__restrict_c old);

int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int signal);
int sigdelset(sigset_t *set, int signal);
int sigismember(const sigset_t *set, int signal);

int sigprocmask(int how, const sigset_t *__restrict_c set, sigset_t *__restrict_c old);
int pthread_sigmask(int how, const sigset_t *__restrict_c set, sigset_t *__restrict_c old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *set);
int sigwait(const sigset_t *__restrict_c set, int *__restrict_c signal);
int sigwaitinfo(const sigset_t *__restrict_c set, siginfo_t *__restrict_c info);
int sigtimedwait(const sigset_t *__restrict_c set, siginfo_t *__restrict_c info,
                 const struct timespec *__restrict_c timeout);

__END_C

#endif
