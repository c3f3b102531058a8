/*
 * Says Hello from C, and uses what libkpio has for C programs: arguments, environment, memory,
 * strings, numbers, files and handlers at the end. Exits with 0 if all of it works.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static __thread int per_thread = 41;

static void last_words(void) {
    puts("hello-c: the handler of atexit runs");
}

static int fail(const char *what) {
    perror(what);
    return 1;
}

/* Writes `name: number` and a newline. */
static int print_number(const char *name, long number) {
    char digits[24];
    char *at = digits + sizeof digits;
    *--at = '\0';
    int is_negative = number < 0;
    do {
        *--at = (char)('0' + labs(number % 10));
        number /= 10;
    } while (number);
    if (is_negative)
        *--at = '-';
    size_t room = strlen(name) + strlen(at) + 3;
    char *line = malloc(room);
    if (!line)
        return fail("malloc");
    strlcpy(line, name, room);
    strlcat(line, ": ", room);
    strlcat(line, at, room);
    puts(line);
    free(line);
    return 0;
}

/* Sorts copies of the arguments, as a program does that keeps what it is given. */
static int sort_arguments(int argc, char **argv) {
    char **copies = calloc((size_t)argc, sizeof *copies);
    if (!copies)
        return fail("calloc");
    for (int i = 0; i < argc; i++) {
        char *copy = strdup(argv[i]);
        if (!copy)
            return fail("strdup");
        int at = i;
        for (; at > 0 && strcmp(copies[at - 1], copy) > 0; at--)
            copies[at] = copies[at - 1];
        copies[at] = copy;
    }
    for (int i = 0; i < argc; i++) {
        puts(copies[i]);
        free(copies[i]);
    }
    free(copies);
    return 0;
}

static int look_at_own_file(const char *path) {
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return fail(path);
    struct stat stat;
    char magic[4];
    if (fstat(fd, &stat) || read(fd, magic, sizeof magic) != (ssize_t)sizeof magic)
        return fail(path);
    if (!S_ISREG(stat.st_mode) || memcmp(magic, "\177ELF", 4))
        return fail("not an ELF file");
    if (lseek(fd, 0, SEEK_END) != stat.st_size)
        return fail("lseek");
    return close(fd) ? fail("close") : print_number("size of this program", stat.st_size);
}

int main(int argc, char **argv, char **envp) {
    puts("Hello from C");
    if (atexit(last_words))
        return fail("atexit");
    if (print_number("arguments", argc) || sort_arguments(argc, argv))
        return 1;
    const char *path = getenv("PATH");
    if (!path || envp != environ)
        return fail("environment");
    puts(path);
    if (argc > 1 && print_number("first argument as a number", strtol(argv[1], 0, 0)))
        return 1;
    if (open("/no/such/file", O_RDONLY) != -1 || errno != ENOENT)
        return fail("opening a file that is not there");
    per_thread++;
    if (per_thread != 42)
        return fail("thread-local variable");
    return look_at_own_file(argv[0][0] == '/' ? argv[0] : "/bin/hello-c");
}
