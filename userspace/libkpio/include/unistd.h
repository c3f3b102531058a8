#ifndef _UNISTD_H
#define _UNISTD_H

#include <bits/types.h>
#include <features.h>
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
int pipe(int ends[2]);
int pipe2(int ends[2], int flags);
int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
_Noreturn void _exit(int status);

__END_C

#endif
