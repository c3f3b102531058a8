/*
 * Streams: what is read, written, moved, pushed back and refused, in a folder of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOW(what) printf("%s: %ld\n", #what, (long)(what))
#define PATH "/tmp/kpio-twin-file"

static void show_file(const char *path) {
    char room[200];
    FILE *file = fopen(path, "r");
    size_t count = fread(room, 1, sizeof room, file);
    printf("%s is %zu bytes:", path, count);
    for (size_t at = 0; at < count; at++)
        printf(room[at] >= ' ' && room[at] < 127 ? " %c" : " %02x", (unsigned char)room[at]);
    printf("\n");
    fclose(file);
}

static void modes(void) {
    static const char *const all[] = {"r", "r+", "w", "w+", "a", "a+", "x", "rw", "wx", "rb+"};
    for (unsigned n = 0; n < sizeof all / sizeof *all; n++) {
        remove(PATH);
        FILE *made = fopen(PATH, "w");
        fputs("0123", made);
        fclose(made);
        errno = 0;
        FILE *file = fopen(PATH, all[n]);
        printf("mode %s: %d %d\n", all[n], !!file, file ? 0 : errno);
        if (!file)
            continue;
        int byte = fgetc(file);
        printf("  read %d feof %d ferror %d\n", byte, feof(file), ferror(file));
        clearerr(file);
        fseek(file, 0, SEEK_CUR);
        int put = fputc('x', file);
        printf("  write %d ferror %d tell %ld\n", put, ferror(file), ftell(file));
        SHOW(__freadable(file));
        SHOW(__fwritable(file));
        SHOW(fclose(file));
        show_file(PATH);
    }
    SHOW(fopen("/nowhere/at/all", "w") == NULL);
    SHOW(errno == ENOENT);
}

static void positions(void) {
    FILE *file = fopen(PATH, "w+");
    for (int n = 0; n < 3000; n++)
        fprintf(file, "%d,", n);
    SHOW(ftell(file));
    SHOW(fseek(file, 5000, SEEK_SET));
    int number = -1, comma = 0;
    while ((comma = fgetc(file)) != ',')
        ;
    number = fgetc(file);
    SHOW(number);
    SHOW(ftell(file));
    SHOW(fseek(file, -10, SEEK_CUR));
    SHOW(ftell(file));
    SHOW(fgetc(file));
    SHOW(ungetc('!', file));
    SHOW(ftell(file));
    SHOW(fgetc(file));
    SHOW(fseek(file, -3, SEEK_END));
    char room[16];
    SHOW(fread(room, 1, sizeof room, file));
    SHOW(feof(file));
    SHOW(fgetc(file));
    SHOW(ungetc('z', file));
    SHOW(feof(file));
    SHOW(fgetc(file));
    SHOW(fseek(file, -1, SEEK_SET));
    SHOW(errno == EINVAL);
    SHOW(fseek(file, 0, 9));
    SHOW(errno == EINVAL);
    fpos_t here;
    rewind(file);
    fgetc(file);
    SHOW(fgetpos(file, &here));
    fseek(file, 100, SEEK_SET);
    SHOW(fsetpos(file, &here));
    SHOW(ftell(file));
    SHOW(fseek(file, 20000, SEEK_SET));
    SHOW(fputc('e', file));
    SHOW(ftell(file));
    SHOW(fclose(file));
    file = fopen(PATH, "a+");
    SHOW(ftell(file));
    SHOW(fputs("end", file));
    SHOW(ftell(file));
    SHOW(fseek(file, -4, SEEK_END));
    SHOW(fgetc(file));
    SHOW(fclose(file));
    int ends[2];
    SHOW(pipe(ends));
    file = fdopen(ends[0], "r");
    SHOW(fseek(file, 0, SEEK_SET));
    SHOW(errno == ESPIPE);
    SHOW(ftell(file));
    SHOW(errno == ESPIPE);
    fclose(file);
    close(ends[1]);
}

static void lines(void) {
    FILE *file = fopen(PATH, "w");
    fputs("one\ntwo\n\nwith a\0NUL\n", file);
    fwrite("with a\0NUL\n", 1, 11, file);
    for (int n = 0; n < 9000; n++)
        fputc('a' + n % 26, file);
    fputs("\nlast", file);
    fclose(file);
    file = fopen(PATH, "r");
    char room[10];
    SHOW(fgets(room, 1, file) == room && room[0] == 0);
    SHOW(fgets(room, 0, file) == NULL);
    for (int n = 0; n < 6; n++) {
        memset(room, '#', sizeof room);
        if (fgets(room, sizeof room, file))
            printf("[%s]\n", room);
    }
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, file)) >= 0)
        printf("%zd %d %d %s\n", length, line[0], line[length], strlen(line) < 20 ? line : "long");
    SHOW(feof(file));
    rewind(file);
    SHOW(getdelim(&line, &capacity, 'w', file));
    printf("%s\n", line);
    SHOW(getline(NULL, &capacity, file));
    SHOW(errno == EINVAL);
    free(line);
    fclose(file);
}

static void buffers(void) {
    char room[64], own[32];
    int ends[2];
    pipe(ends);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    FILE *full = fdopen(dup(ends[1]), "w");
    SHOW(fputs("abc\ndef", full));
    SHOW(read(ends[0], room, sizeof room));
    SHOW(__fpending(full));
    SHOW(fflush(full));
    SHOW(read(ends[0], room, sizeof room));
    SHOW(fclose(full));
    FILE *line = fdopen(dup(ends[1]), "w");
    SHOW(setvbuf(line, NULL, _IOLBF, 0));
    SHOW(__flbf(line));
    SHOW(fputs("abc\ndef", line));
    SHOW(read(ends[0], room, sizeof room));
    SHOW(fclose(line));
    SHOW(read(ends[0], room, sizeof room));
    FILE *none = fdopen(dup(ends[1]), "w");
    SHOW(setvbuf(none, NULL, _IONBF, 0));
    SHOW(fputs("ghi", none));
    SHOW(read(ends[0], room, sizeof room));
    SHOW(fprintf(none, "%d%s", 55, "five"));
    SHOW(read(ends[0], room, sizeof room));
    SHOW(setvbuf(none, NULL, 7, 0));
    SHOW(fwrite("0123456789", 3, 3, none));
    SHOW(fwrite("0123456789", 0, 3, none));
    SHOW(read(ends[0], room, sizeof room));
    SHOW(fclose(none));
    FILE *small = fdopen(ends[1], "w");
    SHOW(setvbuf(small, own, _IOFBF, sizeof own));
    for (int n = 0; n < 30; n++)
        fputc('x', small);
    SHOW(read(ends[0], room, sizeof room) > 0);
    SHOW(fflush(NULL));
    SHOW(read(ends[0], room, sizeof room) > 0);
    close(ends[0]);
    fclose(small);
    FILE *file;
    file = fopen(PATH, "r");
    SHOW(fputs("x", file));
    SHOW(ferror(file));
    clearerr(file);
    SHOW(ferror(file));
    SHOW(fprintf(file, "%d", 5));
    SHOW(ferror(file));
    fclose(file);
}

static void push_back(void) {
    FILE *file = fopen(PATH, "w+");
    fputs("xyz", file);
    rewind(file);
    SHOW(ungetc(EOF, file));
    for (int n = 0; n < 8; n++)
        SHOW(ungetc('a' + n, file));
    char room[32];
    size_t count = fread(room, 1, sizeof room, file);
    printf("%.*s\n", (int)count, room);
    SHOW(fgetc(file));
    fclose(file);
}

static void opened_again(void) {
    FILE *file = fopen(PATH, "w");
    int fd = fileno(file);
    fputs("first", file);
    FILE *again = freopen(PATH "2", "w+", file);
    SHOW(again == file);
    SHOW(fileno(again) == fd);
    fputs("second", again);
    rewind(again);
    SHOW(fgetc(again));
    SHOW(fclose(again));
    show_file(PATH);
    show_file(PATH "2");
    file = fopen(PATH, "r");
    SHOW(freopen("/nowhere/at/all", "r", file) == NULL);
    SHOW(errno == ENOENT);
    SHOW(remove(PATH "2"));
    SHOW(remove(PATH "2"));
    SHOW(rename(PATH, PATH "3"));
    SHOW(remove(PATH "3"));
}

static void in_memory(void) {
    char room[16] = "0123456789abcde";
    FILE *file = fmemopen(room, 10, "r");
    char got[32] = {0};
    SHOW(fread(got, 1, sizeof got, file));
    SHOW(feof(file));
    SHOW(fseek(file, 0, SEEK_END));
    SHOW(ftell(file));
    SHOW(fseek(file, 11, SEEK_SET));
    SHOW(fclose(file));
    file = fmemopen(room, 10, "w");
    SHOW(room[0]);
    SHOW(fputs("hello", file));
    SHOW(fflush(file));
    printf("%s\n", room);
    SHOW(fputs("much too long", file));
    fclose(file);
    printf("%.16s\n", room);
    strcpy(room, "ab");
    file = fmemopen(room, sizeof room, "a+");
    SHOW(fputs("cd", file));
    SHOW(ftell(file));
    rewind(file);
    SHOW(fread(got, 1, sizeof got, file));
    printf("%.4s\n", got);
    SHOW(fclose(file));
    SHOW(fmemopen(room, 4, "q") == NULL);
    char *text = NULL;
    size_t length = 7;
    file = open_memstream(&text, &length);
    SHOW(length);
    SHOW(fputs("hello", file));
    fflush(file);
    printf("%zu %s\n", length, text);
    SHOW(fseeko(file, 20, SEEK_SET));
    fputs("there", file);
    fflush(file);
    SHOW(length);
    SHOW(text[10]);
    SHOW(fseeko(file, 0, SEEK_SET));
    fputs("J", file);
    SHOW(fclose(file));
    printf("%zu %s\n", length, text);
    free(text);
}

static ssize_t take(void *cookie, const char *bytes, size_t len) {
    if (len > 0)
        printf("cookie %s takes %.*s\n", (char *)cookie, (int)len, bytes);
    return len;
}

static int end(void *cookie) {
    printf("cookie %s ends\n", (char *)cookie);
    return 0;
}

/* What is not buffered goes at once, and in one piece: each write is a message here. */
static void pieces(void) {
    FILE *none = fopencookie("unbuffered", "w", (cookie_io_functions_t){.write = take, .close = end});
    setvbuf(none, NULL, _IONBF, 0);
    SHOW(fputs("all of it", none));
    SHOW(fprintf(none, "%s and %d", "this", 5));
    SHOW(fclose(none));
}

int main(void) {
    modes();
    positions();
    lines();
    buffers();
    push_back();
    opened_again();
    in_memory();
    FILE *file = fopencookie("jar", "w", (cookie_io_functions_t){.write = take, .close = end});
    SHOW(fprintf(file, "%s %d", "number", 5));
    SHOW(fclose(file));
    pieces();
    SHOW(dprintf(1, ""));
    errno = ENOENT;
    fflush(stdout);
    SHOW(BUFSIZ);
    SHOW(EOF);
    printf("not flushed by the program");
    return 0;
}
