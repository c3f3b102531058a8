#ifndef _STDIO_H
#define _STDIO_H

#include <bits/types.h>
#include <features.h>
#include <kpio/flags/rename.h>
#include <kpio/flags/seek.h>

#ifndef NULL
#include <stddef.h>
#endif

__BEGIN_C

struct _IO_FILE {
    char __opaque;
};
typedef struct _IO_FILE FILE;

typedef union {
    char __opaque[16];
    off_t __offset;
    double __align;
} fpos_t;

#if !defined(__VA_LIST_DEFINED) && !defined(_VA_LIST)
typedef __builtin_va_list va_list;
#define __VA_LIST_DEFINED
#endif

#define EOF (-1)
#define BUFSIZ 1024
#define FILENAME_MAX 4096
#define FOPEN_MAX 1000
#define TMP_MAX 10000
#define L_tmpnam 20
#define L_ctermid 20
#define P_tmpdir "/tmp"

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

extern FILE *const stdin;
extern FILE *const stdout;
extern FILE *const stderr;

#define stdin (stdin)
#define stdout (stdout)
#define stderr (stderr)

FILE *fopen(const char *__restrict_c path, const char *__restrict_c mode);
FILE *fdopen(int fd, const char *mode);
FILE *freopen(const char *__restrict_c path, const char *__restrict_c mode,
              FILE *__restrict_c file);
FILE *fmemopen(void *__restrict_c memory, size_t len, const char *__restrict_c mode);
FILE *open_memstream(char **start, size_t *len);
int fclose(FILE *file);
int fflush(FILE *file);
int fileno(FILE *file);

FILE *popen(const char *command, const char *mode);
int pclose(FILE *file);
FILE *tmpfile(void);
char *tmpnam(char *place);

int remove(const char *path);
int rename(const char *from, const char *to);
int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to);
int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags);

int feof(FILE *file);
int ferror(FILE *file);
void clearerr(FILE *file);

int fseek(FILE *file, long offset, int whence);
long ftell(FILE *file);
int fseeko(FILE *file, off_t offset, int whence);
off_t ftello(FILE *file);
void rewind(FILE *file);
int fgetpos(FILE *__restrict_c file, fpos_t *__restrict_c position);
int fsetpos(FILE *file, const fpos_t *position);

size_t fread(void *__restrict_c place, size_t size, size_t count, FILE *__restrict_c file);
size_t fwrite(const void *__restrict_c place, size_t size, size_t count,
              FILE *__restrict_c file);

int fgetc(FILE *file);
int getc(FILE *file);
int getchar(void);
int ungetc(int byte, FILE *file);
int fputc(int byte, FILE *file);
int putc(int byte, FILE *file);
int putchar(int byte);
char *fgets(char *__restrict_c place, int room, FILE *__restrict_c file);
int fputs(const char *__restrict_c text, FILE *__restrict_c file);
int puts(const char *line);
ssize_t getdelim(char **__restrict_c line, size_t *__restrict_c room, int delimiter,
                 FILE *__restrict_c file);
ssize_t getline(char **__restrict_c line, size_t *__restrict_c room, FILE *__restrict_c file);

int printf(const char *__restrict_c format, ...);
int fprintf(FILE *__restrict_c file, const char *__restrict_c format, ...);
int dprintf(int fd, const char *__restrict_c format, ...);
int sprintf(char *__restrict_c place, const char *__restrict_c format, ...);
int snprintf(char *__restrict_c place, size_t room, const char *__restrict_c format, ...);
int asprintf(char **text, const char *format, ...);
int vprintf(const char *__restrict_c format, __builtin_va_list arguments);
int vfprintf(FILE *__restrict_c file, const char *__restrict_c format,
             __builtin_va_list arguments);
int vdprintf(int fd, const char *__restrict_c format, __builtin_va_list arguments);
int vsprintf(char *__restrict_c place, const char *__restrict_c format,
             __builtin_va_list arguments);
int vsnprintf(char *__restrict_c place, size_t room, const char *__restrict_c format,
              __builtin_va_list arguments);
int vasprintf(char **text, const char *format, __builtin_va_list arguments);

int scanf(const char *__restrict_c format, ...);
int fscanf(FILE *__restrict_c file, const char *__restrict_c format, ...);
int sscanf(const char *__restrict_c text, const char *__restrict_c format, ...);
int vscanf(const char *__restrict_c format, __builtin_va_list arguments);
int vfscanf(FILE *__restrict_c file, const char *__restrict_c format,
            __builtin_va_list arguments);
int vsscanf(const char *__restrict_c text, const char *__restrict_c format,
            __builtin_va_list arguments);

void perror(const char *prefix);

int setvbuf(FILE *__restrict_c file, char *__restrict_c buffer, int kind, size_t len);
void setbuf(FILE *__restrict_c file, char *__restrict_c buffer);
void setbuffer(FILE *file, char *buffer, size_t len);
void setlinebuf(FILE *file);

void flockfile(FILE *file);
int ftrylockfile(FILE *file);
void funlockfile(FILE *file);
int getc_unlocked(FILE *file);
int getchar_unlocked(void);
int putc_unlocked(int byte, FILE *file);
int putchar_unlocked(int byte);
int fgetc_unlocked(FILE *file);
int fputc_unlocked(int byte, FILE *file);
size_t fread_unlocked(void *place, size_t size, size_t count, FILE *file);
size_t fwrite_unlocked(const void *place, size_t size, size_t count, FILE *file);
char *fgets_unlocked(char *place, int room, FILE *file);
int fputs_unlocked(const char *text, FILE *file);
int feof_unlocked(FILE *file);
int ferror_unlocked(FILE *file);
void clearerr_unlocked(FILE *file);

typedef ssize_t(cookie_read_function_t)(void *cookie, char *buffer, size_t len);
typedef ssize_t(cookie_write_function_t)(void *cookie, const char *buffer, size_t len);
typedef int(cookie_seek_function_t)(void *cookie, off_t *offset, int whence);
typedef int(cookie_close_function_t)(void *cookie);

typedef struct _IO_cookie_io_functions_t {
    cookie_read_function_t *read;
    cookie_write_function_t *write;
    cookie_seek_function_t *seek;
    cookie_close_function_t *close;
} cookie_io_functions_t;

FILE *fopencookie(void *cookie, const char *mode, cookie_io_functions_t functions);

__END_C

#endif
