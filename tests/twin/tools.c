/*
 * What command-line programs lean on: options, patterns, paths, words, sorting.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <libgen.h>
#include <search.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SHOW(what) printf("%s: %ld\n", #what, (long)(what))
#define COUNT(list) (sizeof(list) / sizeof *(list))

static int flag;

static void options(const char *short_options, int kind, int argc, const char *const *given) {
    static const struct option long_options[] = {
        {"add", no_argument, NULL, 'a'},       {"append", required_argument, NULL, 'p'},
        {"delete", optional_argument, NULL, 'd'}, {"verbose", no_argument, &flag, 7},
        {"b", no_argument, NULL, 'B'},         {NULL, 0, NULL, 0}};
    char *argv[16] = {"program"};
    for (int n = 0; n < argc; n++)
        argv[n + 1] = (char *)given[n];
    optind = 0;
    opterr = 0;
    flag = 0;
    printf("options %s %d:", short_options, kind);
    for (;;) {
        int index = -1;
        /* musl leaves what an option before had. */
        optarg = NULL;
        int found = kind == 0   ? getopt(argc + 1, argv, short_options)
                    : kind == 1 ? getopt_long(argc + 1, argv, short_options, long_options, &index)
                                : getopt_long_only(argc + 1, argv, short_options, long_options, &index);
        printf(" %d(%s,%d,%d,%d)", found, optarg ? optarg : "-", optind, index,
               found == '?' || found == ':' ? optopt : 0);
        if (found == -1)
            break;
    }
    printf(" flag %d left", flag);
    for (int n = 0; n <= argc; n++)
        printf(" %s", argv[n]);
    printf("\n");
}

static void all_options(void) {
    static const char *const lines[][6] = {
        {"-a", "-b", "value", "rest"}, {"-ab", "value", "-c"}, {"-bvalue", "--", "-a"}, {"-x", "-a"},
        {"-b"},                       {"rest", "-a", "more", "-c"}, {"-", "-a"}, {"-o", "next", "-onear"},
        {"--add", "file", "--append", "x"}, {"--append=y", "--delete", "z", "--delete=w"},
        {"--ap", "q", "--del", "--verb"}, {"--a"}, {"--add=1"}, {"--append"}, {"--unknown", "x"},
        {"-add", "-delete=5", "-verbose"}, {"-b", "-ac"}, {"--b", "x", "--", "y"}};
    static const char *const kinds[] = {"ab:co::", ":ab:co::", "+ab:c", "-ab:c"};
    for (unsigned line = 0; line < COUNT(lines); line++) {
        int argc = 0;
        while (argc < 6 && lines[line][argc])
            argc++;
        for (unsigned kind = 0; kind < COUNT(kinds); kind++)
            for (int function = 0; function < 3; function++)
                options(kinds[kind], function, argc, lines[line]);
    }
}

static void patterns(void) {
    static const char *const all[] = {
        "*", "?", "a*", "*a", "a*b*c", "[abc]", "[!abc]", "[^abc]", "[a-c]*", "[]a]", "[a-]", "\\*", "[*]",
        "*/b", "a/*", "*.c", "[[:alpha:]]*", "[[:digit:][:upper:]]", "[", "[a", "\\", "a\\",
        "**", "*?", "a[/]b", ".*", "?b", "[.]b", "*/.c", "A", "[A-B]", ""};
    static const char *const texts[] = {"", "a", "b", "abc", "aXbXc", "]", "-", "*", "a/b", "x/b", ".b", "a/.c",
                                        "5", "Z", "[", "[a", "\\", "a\\", "x.c", "a/b/c", "-x", "A"};
    static const int flags[] = {0, FNM_PATHNAME, FNM_NOESCAPE, FNM_PERIOD, FNM_PATHNAME | FNM_PERIOD,
                                FNM_LEADING_DIR, FNM_PATHNAME | FNM_LEADING_DIR, FNM_CASEFOLD};
    for (unsigned p = 0; p < COUNT(all); p++) {
        for (unsigned t = 0; t < COUNT(texts); t++) {
            printf("%s %s:", all[p], texts[t]);
            for (unsigned f = 0; f < COUNT(flags); f++)
                printf(" %d", fnmatch(all[p], texts[t], flags[f]));
            printf("\n");
        }
    }
}

static void paths(void) {
    static const char *const all[] = {"", "/", "//", "a", "a/", "/a", "/a/", "a/b", "a/b/", "a//b", "//a//b//",
                                      ".", "..", "/usr/lib"};
    for (unsigned n = 0; n < COUNT(all); n++) {
        char one[32], other[32];
        strcpy(one, all[n]);
        strcpy(other, all[n]);
        printf("[%s]: [%s] [%s]\n", all[n], basename(one), dirname(other));
    }
    printf("%s %s\n", basename(NULL), dirname(NULL));
}

static void words(void) {
    char text[] = " one two,three ";
    for (char *word = strtok(text, " ,"); word; word = strtok(NULL, " ,"))
        printf("word %s\n", word);
    SHOW(strtok(NULL, " ") == NULL);
    const char *hay = "Some Text";
    SHOW(strcasestr(hay, "TEXT") - hay);
    SHOW(strcasestr(hay, "") - hay);
    SHOW(strcasestr(hay, "none") == NULL);
    static const char *const versions[] = {"a", "a1", "a2", "a10", "a01", "a001", "a010", "a09", "a0", "b1", "",
                                           "x000", "x00"};
    for (unsigned one = 0; one < COUNT(versions); one++) {
        for (unsigned other = 0; other < COUNT(versions); other++) {
            int order = strverscmp(versions[one], versions[other]);
            printf(" %d", order < 0 ? -1 : order > 0);
        }
        printf("\n");
    }
    char room[16];
    SHOW(strxfrm(room, "abc", sizeof room));
    SHOW((char *)memccpy(room, "hello", 'l', 5) - room);
    SHOW(memccpy(room, "hello", 'x', 5) == NULL);
    swab("badc", room, 4);
    printf("%.4s\n", room);
    SHOW(index(hay, 'e') - hay);
    SHOW(rindex(hay, 'e') - hay);
}

static int compare(const void *one, const void *other) {
    return *(const int *)one - *(const int *)other;
}

static int visited, deepest;

/* Both children before and after make the order, whatever the shape. */
static void visit(const void *node, VISIT order, int level) {
    if (level > deepest)
        deepest = level;
    if (order == postorder || order == leaf)
        printf(visited++ % 20 ? " %d" : "\n %d", **(const int *const *)node);
}

static void trees(void) {
    static int keys[400];
    void *root = NULL;
    srand48(9);
    for (unsigned n = 0; n < COUNT(keys); n++) {
        keys[n] = lrand48() % 600;
        int **node = tsearch(&keys[n], &root, compare);
        if (**node != keys[n])
            printf("wrong node\n");
    }
    for (unsigned n = 0; n < COUNT(keys); n += 2)
        printf("%d", !!tdelete(&keys[n], &root, compare));
    for (int key = 0; key < 600; key++)
        printf("%d", !!tfind(&key, &root, compare));
    twalk(root, visit);
    /* Sorted keys are the worst case of trees that do not balance. */
    printf("\ndeepest of %d: %s\n", visited, deepest < 16 ? "balanced" : "not balanced");
    tdestroy(root, NULL);
    int array[8] = {3, 1, 4};
    size_t count = 3;
    int five = 5;
    SHOW((int *)lfind(&five, array, &count, sizeof *array, compare) == NULL);
    SHOW((int *)lsearch(&five, array, &count, sizeof *array, compare) - array);
    SHOW(count);
}

static void tables(void) {
    static char keys[500][8];
    SHOW(hcreate(10) != 0);
    for (unsigned n = 0; n < COUNT(keys); n++) {
        snprintf(keys[n], sizeof keys[n], "k%u", n % 400);
        ENTRY *entry = hsearch((ENTRY){keys[n], (void *)(long)n}, ENTER);
        /* One that is there stays as it is. */
        if (!entry || (long)entry->data != n % 400)
            printf("wrong entry %u\n", n);
    }
    unsigned count = 0;
    for (unsigned n = 0; n < COUNT(keys); n++) {
        char key[8];
        snprintf(key, sizeof key, "k%u", n);
        ENTRY *entry = hsearch((ENTRY){key, NULL}, FIND);
        count += entry && (long)entry->data == n;
    }
    SHOW(count);
    errno = 0;
    SHOW(hsearch((ENTRY){"none", NULL}, FIND) == NULL);
    hdestroy();
}

static void environment(void) {
    clearenv();
    SHOW(getenv("A") == NULL);
    SHOW(setenv("A", "one", 0));
    SHOW(setenv("A", "two", 0));
    printf("%s\n", getenv("A"));
    SHOW(setenv("A", "two", 1));
    SHOW(setenv("", "x", 1));
    SHOW(errno == EINVAL);
    SHOW(setenv("A=B", "x", 1));
    static char entry[] = "B=three";
    SHOW(putenv(entry));
    entry[2] = 'T';
    printf("%s %s\n", getenv("A"), getenv("B"));
    for (int n = 0; n < 50; n++) {
        char name[16];
        snprintf(name, sizeof name, "V%d", n % 30);
        setenv(name, name, 1);
    }
    SHOW(unsetenv("V3"));
    SHOW(unsetenv("V3"));
    SHOW(unsetenv("V="));
    SHOW(putenv("B"));
    for (char **next = environ; *next; next++)
        printf("%s ", *next);
    SHOW(clearenv());
    SHOW(getenv("V4") == NULL);
}

static volatile int depth;

static void jump(jmp_buf buffer, int value) {
    depth++;
    longjmp(buffer, value);
}

int main(void) {
    all_options();
    patterns();
    paths();
    words();
    trees();
    tables();
    environment();
    int numbers[500];
    srand48(5);
    for (unsigned n = 0; n < COUNT(numbers); n++)
        numbers[n] = lrand48() % 1000;
    qsort(numbers, COUNT(numbers), sizeof *numbers, compare);
    for (unsigned n = 0; n < COUNT(numbers); n += 50)
        printf("%d ", numbers[n]);
    int wanted = numbers[77];
    int *found = bsearch(&wanted, numbers, COUNT(numbers), sizeof *numbers, compare);
    SHOW(found && *found == wanted);
    unsigned short state[3] = {1, 2, 3};
    for (int n = 0; n < 5; n++)
        printf("%ld %ld %.17g %.17g\n", mrand48(), jrand48(state), drand48(), erand48(state));
    jmp_buf buffer;
    int value = setjmp(buffer);
    printf("setjmp %d\n", value);
    if (value < 3 && depth < 5)
        jump(buffer, depth == 0 ? 0 : value + 1);
    SHOW(depth);
    sigjmp_buf with_mask;
    value = sigsetjmp(with_mask, 1);
    printf("sigsetjmp %d\n", value);
    if (value == 0)
        siglongjmp(with_mask, 9);
    char name[] = "/tmp/kpio-XXXXXX";
    int fd = mkstemp(name);
    SHOW(fd >= 0);
    SHOW(strcmp(name, "/tmp/kpio-XXXXXX") != 0);
    SHOW(unlink(name));
    char wrong[] = "/tmp/kpio";
    SHOW(mkstemp(wrong));
    SHOW(errno == EINVAL);
    FILE *file = tmpfile();
    SHOW(fputs("x", file));
    SHOW(fclose(file));
    return 0;
}
