/* Processes: from the call that makes one to its parent's wait. */

#include "../bench.h"
#include "../system.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const arguments[] = {BENCH_NOTHING, NULL};
static char *const no_environment[] = {NULL};

static void reap(struct bench *bench, pid_t child)
{
    int status = 0;
    if (waitpid(child, &status, 0) != child)
        bench_fail(bench, "waitpid", errno);
    else if (status != 0)
        bench_fail(bench, "child", ECHILD);
}

typedef void child_work(void);

static void fork_children(struct bench *bench, child_work *work)
{
    if (!BENCH_HAS(fork)) {
        bench_fail(bench, "fork", ENOSYS);
        return;
    }
    bench_start(bench);
    for (long i = 0; i < bench->operations && bench->failed == NULL; i++) {
        pid_t child = fork();
        if (child == 0)
            work();
        if (child < 0)
            bench_fail(bench, "fork", errno);
        else
            reap(bench, child);
    }
    bench_stop(bench);
}

static void leave(void)
{
    _exit(0);
}

static void execute(void)
{
    execve(BENCH_NOTHING, arguments, no_environment);
    _exit(1);
}

void row_fork_exit(struct bench *bench)
{
    fork_children(bench, leave);
}

void row_fork_exec(struct bench *bench)
{
    if (!BENCH_HAS(execve)) {
        bench_fail(bench, "execve", ENOSYS);
        return;
    }
    fork_children(bench, execute);
}

void row_spawn(struct bench *bench)
{
    bench_start(bench);
    for (long i = 0; i < bench->operations && bench->failed == NULL; i++) {
        pid_t child;
        int error = posix_spawn(&child, BENCH_NOTHING, NULL, NULL, arguments, no_environment);
        if (error != 0)
            bench_fail(bench, "posix_spawn", error);
        else
            reap(bench, child);
    }
    bench_stop(bench);
}
