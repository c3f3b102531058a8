#ifndef _UNISTD_H
#define _UNISTD_H

#include <bits/sysconf.h>
#include <bits/types.h>
#include <features.h>
#include <getopt.h>
#include <kpio/flags/access.h>
#include <kpio/flags/seek.h>

#ifndef NULL
#include <stddef.h>
#endif

__BEGIN_C

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

extern char **environ;

ssize_t read(int fd, void *buffer, size_t len);
ssize_t write(int fd, const void *buffer, size_t len);
int close(int fd);
off_t lseek(int fd, off_t offset, int whence);
ssize_t pread(int fd, void *buffer, size_t len, off_t offset);
ssize_t pwrite(int fd, const void *buffer, size_t len, off_t offset);
int fsync(int fd);
int fdatasync(int fd);
void sync(void);
int ftruncate(int fd, off_t length);
int link(const char *from, const char *to);
int linkat(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags);
int symlink(const char *target, const char *path);
int symlinkat(const char *target, int dirfd, const char *path);
int unlink(const char *path);
int unlinkat(int dirfd, const char *path, int flags);
int rmdir(const char *path);
int access(const char *path, int mode);
int faccessat(int dirfd, const char *path, int mode, int flags);
int chown(const char *path, uid_t uid, gid_t gid);
int lchown(const char *path, uid_t uid, gid_t gid);
int fchown(int fd, uid_t uid, gid_t gid);
int fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags);
int chdir(const char *path);
int fchdir(int fd);
ssize_t readlink(const char *path, char *buffer, size_t len);
ssize_t readlinkat(int dirfd, const char *path, char *buffer, size_t len);
char *getcwd(char *buffer, size_t len);
int truncate(const char *path, off_t length);
unsigned alarm(unsigned seconds);
unsigned ualarm(unsigned microseconds, unsigned interval);
int nice(int more);
int pipe(int ends[2]);
int pipe2(int ends[2], int flags);
void swab(const void *__restrict_c source, void *__restrict_c target, ssize_t len);
int isatty(int fd);
int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);
pid_t fork(void);
int execve(const char *path, char *const argv[], char *const envp[]);
int execv(const char *path, char *const argv[]);
int setpgid(pid_t pid, pid_t pgid);
pid_t getpgid(pid_t pid);
pid_t getpgrp(void);
pid_t setsid(void);
pid_t getsid(pid_t pid);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
int pause(void);
long sysconf(int name);
int getpagesize(void);
int getdtablesize(void);
long syscall(long number, ...);
_Noreturn void _exit(int status);

__END_C

#endif
