/*
 * The scanf family and the numbers of stdlib.h: chosen texts, and numbers made up.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Formats that are unusual are the subject. */
#pragma clang diagnostic ignored "-Wformat"
#pragma clang diagnostic ignored "-Wformat-nonliteral"

static unsigned long long state = 0x2545F4914F6CDD1DULL;

/* Marsaglia's xorshift: the same numbers everywhere. */
static unsigned long long next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void integers(void) {
    static const char *const texts[] = {
        "12",   "-12",    "+5x",  " \t\n7", "0x1F",  "0x",    "0xg", "08",   "010",  "-0x10",
        "99999999999", "-99999999999", "18446744073709551616", "", "-", "+-3", "abc", "0", "00x1",
        "9223372036854775808", "-9223372036854775809", "7fffffff"};
    for (unsigned n = 0; n < sizeof texts / sizeof *texts; n++) {
        static const char *const formats[] = {"%d%n",  "%i%n",  "%x%n",   "%o%n",   "%u%n",
                                              "%ld%n", "%hd%n", "%hhd%n", "%3lli%n", "%1d%n",
                                              "%2i%n", "%jd%n", "%zu%n",  "%p%n"};
        for (unsigned f = 0; f < sizeof formats / sizeof *formats; f++) {
            unsigned long long value = 0x1111111111111111ULL;
            int end = -1;
            int count = sscanf(texts[n], formats[f], &value, &end);
            printf("[%s] %s: %d %llx %d\n", texts[n], formats[f], count, value, end);
        }
        for (int base = 0; base <= 36; base += base < 3 ? 1 : base == 16 ? 20 : 3) {
            char *end = NULL;
            errno = 0;
            long value = strtol(texts[n], &end, base);
            int error = errno;
            unsigned long other = strtoul(texts[n], NULL, base);
            printf("[%s] base %d: %ld %lu %d %d\n", texts[n], base, value, other,
                   (int)(end - texts[n]), error);
        }
    }
}

static int is_tiny(double number) {
    return number != 0 && number <= __DBL_MIN__ && number >= -__DBL_MIN__;
}

static int is_tiny_float(float number) {
    return number != 0 && number <= __FLT_MIN__ && number >= -__FLT_MIN__;
}

/*
 * Whether a number that is below the normal ones and rounded up is out of range: C leaves that open,
 * musl says no.
 */
static int range(int error, int is_subnormal) {
    return is_subnormal && error == ERANGE ? 0 : error;
}

static void reals(void) {
    static const char *const texts[] = {
        "1.5",   "-2.25e3", ".5",     "5.",    ".",     "1e",     "1e+",   "1e5x",  "0x1.8p3",
        "0x",    "0x.8",    "0x1p",   "inf",   "INFINITY", "infin", "nan", "nan(12)", "nan(",
        "1e400", "1e-400",  "4.9e-324", "2.2250738585072011e-308", "0x1p-1080", "1e-4950", "1e5000",
        "-0",    "  7",     "1_0",    "9007199254740993", "0x1.fffffffffffff8p0", "0x1.fffffffffffff7p0"};
    for (unsigned n = 0; n < sizeof texts / sizeof *texts; n++) {
        double plain = -1;
        float single = -1;
        long double wide = -1;
        int ends[4] = {-1, -1, -1, -1};
        int counts[4];
        counts[0] = sscanf(texts[n], "%lf%n", &plain, &ends[0]);
        counts[1] = sscanf(texts[n], "%f%n", &single, &ends[1]);
        counts[2] = sscanf(texts[n], "%Lf%n", &wide, &ends[2]);
        counts[3] = sscanf(texts[n], "%*3f%n", &ends[3]);
        printf("[%s]: %d %a %d, %d %a %d, %d %La %d, %d %d\n", texts[n], counts[0], plain, ends[0],
               counts[1], single, ends[1], counts[2], wide, ends[2], counts[3], ends[3]);
        char *end = NULL;
        errno = 0;
        plain = strtod(texts[n], &end);
        printf("  strtod %a %d %d", plain, (int)(end - texts[n]), range(errno, is_tiny(plain)));
        errno = 0;
        single = strtof(texts[n], &end);
        printf(" strtof %a %d %d", single, (int)(end - texts[n]), range(errno, is_tiny_float(single)));
        errno = 0;
        wide = strtold(texts[n], &end);
        printf(" strtold %La %d %d atof %a\n", wide, (int)(end - texts[n]), errno, atof(texts[n]));
    }
}

static void texts(void) {
    char one[64] = "", two[64] = "", three[64] = "";
    int end = -1;
#define SHOW(...) \
    do { \
        memset(one, '#', 20); \
        memset(two, '#', 20); \
        one[20] = two[20] = 0; \
        end = -1; \
        int count = sscanf(__VA_ARGS__); \
        printf("%s: %d [%s] [%s] %d\n", #__VA_ARGS__, count, one, two, end); \
    } while (0)
    SHOW("hello world", "%s%n", one, &end);
    SHOW("hello world", "%s%s%n", one, two, &end);
    SHOW("hello world", "%3s%s%n", one, two, &end);
    SHOW("hello world", "%c%n", one, &end);
    SHOW("hello world", "%5c%n", one, &end);
    SHOW("hello", "%6c%n", one, &end);
    SHOW("  x", "%c%c", one, two);
    SHOW("hello world", "%[a-z]%n", one, &end);
    SHOW("hello world", "%[^o]%n", one, &end);
    SHOW("]]x", "%[]]%n", one, &end);
    SHOW("a-b", "%[a-]%n", one, &end);
    SHOW("xyz", "%[^]x]%n", one, &end);
    SHOW("123abc", "%[0-9]%[a-c]%n", one, two, &end);
    SHOW("12abc", "%*[0-9]%s%n", one, &end);
    SHOW("abc", "%[0-9]", one);
    SHOW("", "%s", one);
    SHOW("", "%c", one);
    SHOW("   ", "%s", one);
    SHOW("", "%n", &end);
    SHOW("x", "x%n", &end);
    SHOW("x", "y%n", &end);
    SHOW("", "y%n", &end);
    SHOW("50%x", "50%%%s", one);
    SHOW("50 %x", "50%%%s", one);
    SHOW("a b", "a b%n", &end);
    SHOW("a    b", "a b%n", &end);
    SHOW("ab", "a b%n", &end);
    SHOW("first second", "%2$s %1$s", one, two);
    SHOW("5", "%y", one);
    SHOW("abc", "%2[a-z]%n%s", one, &end, two);
    char *made = NULL;
    int count = sscanf("allocated text", "%ms", &made);
    printf("%d %s\n", count, made);
    free(made);
    count = sscanf("0123456789012345678901234567890123456789 x", "%m[0-9]", &made);
    printf("%d %s\n", count, made);
    free(made);
    count = sscanf("xyz", "%2mc", &made);
    printf("%d %.2s\n", count, made);
    free(made);
    int a = 0, b = 0;
    unsigned c = 0;
    count = sscanf("10:20:ff", "%d:%d:%x", &a, &b, &c);
    printf("%d %d %d %x\n", count, a, b, c);
    count = sscanf("10;20", "%d:%d", &a, &b);
    printf("%d %d %d\n", count, a, b);
    count = sscanf("x", "%d", &a);
    printf("%d\n", count);
    (void)three;
}

static void streams(void) {
    FILE *file = fopen("/tmp/kpio-twin-scan", "w+");
    fputs("12 0x1f 1.5e3 word\nnext 5e+x 77", file);
    rewind(file);
    int a = 0, b = 0;
    double number = 0;
    char word[16] = "";
    int count = fscanf(file, "%d %i %lf %15s", &a, &b, &number, word);
    printf("%d %d %d %f %s %ld\n", count, a, b, number, word, ftell(file));
    count = fscanf(file, "%d", &a);
    printf("%d %ld\n", count, ftell(file));
    count = fscanf(file, "next%n", &a);
    printf("%d %d %ld\n", count, a, ftell(file));
    count = fscanf(file, "%lf", &number);
    printf("%d %f %c\n", count, number, fgetc(file));
    count = fscanf(file, "%d%d", &a, &b);
    printf("%d %d feof %d\n", count, a, feof(file));
    count = fscanf(file, "%d", &a);
    printf("%d\n", count);
    fclose(file);
}

static void made_up(int rounds) {
    for (int round = 0; round < rounds; round++) {
        char text[80];
        int end = 0;
        int digits = 1 + next() % 30, point = next() % 32;
        if (next() & 1)
            text[end++] = '-';
        for (int n = 0; n < digits; n++) {
            if (n == point)
                text[end++] = '.';
            text[end++] = '0' + next() % 10;
        }
        if (next() & 3)
            end += sprintf(text + end, "e%d", (int)(next() % 660) - 340);
        else if (next() & 1)
            end += sprintf(text + end, "e%d", (int)(next() % 9900) - 4980);
        text[end] = 0;
        errno = 0;
        double plain = strtod(text, NULL);
        int error = errno;
        errno = 0;
        long double wide = strtold(text, NULL);
        int wide_error = errno;
        errno = 0;
        float single = strtof(text, NULL);
        printf("%s %a %d %La %d %a %d\n", text, plain, range(error, is_tiny(plain)), wide, wide_error,
               single, range(errno, is_tiny_float(single)));
    }
}

int main(void) {
    integers();
    reals();
    texts();
    streams();
    made_up(4000);
    return 0;
}
