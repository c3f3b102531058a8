/*
 * Wide characters: classes of all of Unicode's first planes, characters and their bytes in both character
 * sets, strings, numbers and files of them.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#pragma clang diagnostic ignored "-Wformat"

#define SHOW(what) printf("%s: %ld\n", #what, (long)(what))
#define PATH "/tmp/kpio-twin-wide"

static void locales(void) {
    static const char *const names[] = {NULL, "C", "", "POSIX", "C.UTF-8", "en_US.UTF-8", "nonsense",
                                        "C;C;C;C;C;C", "x/y", NULL};
    for (unsigned n = 0; n < sizeof names / sizeof *names; n++) {
        for (int category = 0; category <= 7; category++) {
            char *name = setlocale(category, names[n]);
            printf("%s %d: %s max %zu codeset %s all %s\n", names[n] ? names[n] : "null", category,
                   name ? name : "null", MB_CUR_MAX, nl_langinfo(CODESET), setlocale(LC_ALL, NULL));
        }
    }
    SHOW(setlocale(-1, "C") == NULL);
    struct lconv *conv = localeconv();
    printf("[%s] [%s] %d %d\n", conv->decimal_point, conv->thousands_sep, conv->frac_digits,
           conv->int_n_sign_posn);
    for (int item = 0x20000; item < 0x20034; item++)
        printf("%x %s\n", item, nl_langinfo(item));
    printf("%s %s %s %s\n", nl_langinfo(RADIXCHAR), nl_langinfo(THOUSEP), nl_langinfo(YESEXPR),
           nl_langinfo(NOEXPR));
    setlocale(LC_ALL, "C");
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", 0);
    SHOW(utf8 != 0);
    SHOW(uselocale(0) == LC_GLOBAL_LOCALE);
    SHOW(uselocale(utf8) == LC_GLOBAL_LOCALE);
    SHOW(MB_CUR_MAX);
    SHOW(uselocale(LC_GLOBAL_LOCALE) == utf8);
    SHOW(MB_CUR_MAX);
    freelocale(utf8);
}

static void decode(const char *bytes, size_t length) {
    mbstate_t state = {0};
    wchar_t wide = 0x1234;
    errno = 0;
    size_t whole = mbrtowc(&wide, bytes, length, &state);
    printf("%zd %x %d init %d;", whole, wide, errno, mbsinit(&state));
    memset(&state, 0, sizeof state);
    for (size_t at = 0; at < length; at++) {
        wide = 0x1234;
        size_t step = mbrtowc(&wide, bytes + at, 1, &state);
        printf(" %zd %x", step, wide);
        if (step == (size_t)-1)
            break;
    }
    errno = 0;
    int old = mbtowc(&wide, bytes, length);
    printf("; %d %d\n", old, errno);
}

static void characters(void) {
    static const char *const texts[] = {
        "a",        "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x80",     "\xc0\x80", "\xc1\xbf",
        "\xc3",     "\xe2\x82", "\xe0\x80\x80", "\xe0\x9f\xbf",     "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xed\xa0\x80", "\xef\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3\x28", "\xe2\x28\xa1", ""};
    for (unsigned n = 0; n < sizeof texts / sizeof *texts; n++)
        decode(texts[n], strlen(texts[n]) + 1);
    static const wchar_t wides[] = {0,      'a',     0x7f,   0x80,    0xe4,     0x7ff,    0x800,
                                    0xd7ff, 0xd800,  0xdf80, 0xdfff,  0xe000,   0xffff,   0x10000,
                                    0x10ffff, 0x110000, -1};
    for (unsigned n = 0; n < sizeof wides / sizeof *wides; n++) {
        char bytes[8] = "#######";
        errno = 0;
        size_t length = wcrtomb(bytes, wides[n], NULL);
        int error = errno;
        printf("%x: %zd %d wctomb %d byte %d:", wides[n], length, error, wctomb(bytes, wides[n]),
               wctob(wides[n]));
        for (size_t at = 0; at < length && length < 5; at++)
            printf(" %02x", (unsigned char)bytes[at]);
        printf("\n");
    }
    for (int byte = -1; byte < 257; byte += byte < 120 ? 40 : 7)
        printf("btowc %d %x\n", byte, btowc(byte));
    wchar_t room[16];
    char bytes[32];
    static const char *const strings[] = {"", "abc", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "ab\xff"};
    for (unsigned n = 0; n < sizeof strings / sizeof *strings; n++) {
        for (size_t limit = 0; limit < 5; limit++) {
            wmemset(room, '#', 16);
            const char *next = strings[n];
            mbstate_t state = {0};
            size_t count = mbsrtowcs(room, &next, limit, &state);
            printf("%zd next %d room %x %x %x %x; %zd %zd\n", count,
                   next ? (int)(next - strings[n]) : -1, room[0], room[1], room[2], room[3],
                   mbstowcs(NULL, strings[n], 0), mbstowcs(room, strings[n], limit));
            next = strings[n];
            memset(&state, 0, sizeof state);
            wmemset(room, '#', 16);
            count = mbsnrtowcs(room, &next, limit, 16, &state);
            printf("  %zd next %d init %d\n", count, next ? (int)(next - strings[n]) : -1,
                   mbsinit(&state));
        }
    }
    static const wchar_t *const wide_strings[] = {L"", L"abc", L"\xe4\x20ac\x1f600", L"a\xd800"};
    for (unsigned n = 0; n < sizeof wide_strings / sizeof *wide_strings; n++) {
        for (size_t limit = 0; limit < 11; limit += 2) {
            memset(bytes, '#', sizeof bytes);
            const wchar_t *next = wide_strings[n];
            size_t count = wcsrtombs(bytes, &next, limit, NULL);
            printf("%zd next %d bytes %02x %02x %02x; %zd\n", count,
                   next ? (int)(next - wide_strings[n]) : -1, (unsigned char)bytes[0],
                   (unsigned char)bytes[1], (unsigned char)bytes[2],
                   wcstombs(NULL, wide_strings[n], 0));
        }
    }
    SHOW(mblen("\xc3\xa4", 1));
    SHOW(mblen("\xc3\xa4", 2));
    SHOW(mblen(NULL, 0));
    SHOW(mbrlen("\xc3", 1, NULL));
    SHOW(mbrlen("\xa4", 1, NULL));
}

static void strings(void) {
    wchar_t room[32];
    wcscpy(room, L"hello");
    wcscat(room, L" world");
    printf("%ls %zu %zu\n", room, wcslen(room), wcsnlen(room, 4));
    SHOW(wcscmp(L"a", L"b"));
    SHOW(wcscmp(L"b", L"a"));
    SHOW(wcsncmp(L"abc", L"abd", 2));
    SHOW(wcscasecmp(L"ABC", L"abc"));
    SHOW(wcsncasecmp(L"ABx", L"aby", 2));
    SHOW(wcschr(room, 'o') - room);
    SHOW(wcsrchr(room, 'o') - room);
    SHOW(wcschr(room, 0) - room);
    SHOW(wcsstr(room, L"wor") - room);
    SHOW(wcsstr(room, L"xyz") == NULL);
    SHOW(wcspbrk(room, L"rw") - room);
    SHOW(wcsspn(room, L"hel"));
    SHOW(wcscspn(room, L"o"));
    wchar_t *rest = NULL;
    for (wchar_t *token = wcstok(room, L" o", &rest); token; token = wcstok(NULL, L" o", &rest))
        printf("token %ls\n", token);
    wcsncpy(room, L"ab", 6);
    SHOW(room[5]);
    wcsncat(room, L"cdef", 2);
    printf("%ls\n", room);
    SHOW(wmemcmp(L"abc", L"abd", 3));
    SHOW(wcsxfrm(room, L"long text", 4));
    SHOW(wcscoll(L"x", L"y"));
    wchar_t *end = NULL;
    SHOW(wcstol(L" -12x", &end, 10));
    SHOW(*end);
    SHOW(wcstoul(L"0xff", NULL, 0));
    SHOW(wcstoimax(L"77", NULL, 8));
    printf("%a %a %La\n", wcstod(L" 1.5e3", &end), wcstof(L"0x1p-3", NULL), wcstold(L"1e400", NULL));
    wchar_t *copy = wcsdup(L"copy");
    printf("%ls\n", copy);
    free(copy);
    SHOW(strtoimax("-5", NULL, 0));
    SHOW(strtoumax("5", NULL, 0));
    SHOW(imaxabs(-4));
    printf("%" PRIdMAX " %" PRIx64 " %" PRIuFAST16 "\n", imaxdiv(-7, 2).rem, (uint64_t)255,
           (uint_fast16_t)70000);
}

static void files(void) {
    FILE *file = fopen(PATH, "w+");
    SHOW(fwide(file, 0));
    SHOW(fputws(L"\xe4\x20ac\n", file) >= 0);
    SHOW(fwide(file, 0) > 0);
    SHOW(fputwc(L'x', file));
    SHOW(fwprintf(file, L"%d %ls %s|%5s|%-6ls|%.2s", 5, L"\xe4", "\xc3\xa4", "\xc3\xa4", L"\x20ac",
                  "\xc3\xa4\xc3\xa4\xc3\xa4"));
    SHOW(ftell(file));
    rewind(file);
    SHOW(fgetwc(file));
    SHOW(ungetwc(0x1f600, file));
    SHOW(fgetwc(file));
    wchar_t room[64];
    SHOW(fgetws(room, 64, file) == room);
    SHOW(wcslen(room));
    SHOW(fgetws(room, 4, file) == room);
    printf("%ls\n", room);
    SHOW(fclose(file));
    file = fopen(PATH, "w+");
    fputs("a\xff" "b", file);
    fclose(file);
    file = fopen(PATH, "r");
    SHOW(fgetwc(file));
    errno = 0;
    SHOW((int)fgetwc(file));
    SHOW(errno == EILSEQ);
    fclose(file);
    errno = 0;
    SHOW(swprintf(room, 64, L"%d-%c-%lc", 7, 'x', 0x20ac));
    printf("%ls\n", room);
    SHOW(swprintf(room, 4, L"%s", "abcdef"));
    SHOW(swprintf(room, 7, L"%s", "abcdef"));
}

int main(void) {
    locales();
    setlocale(LC_ALL, "C");
    characters();
    setlocale(LC_CTYPE, "C.UTF-8");
    characters();
    strings();
    files();
    static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower",
                                        "print", "punct", "space", "upper", "xdigit", "none"};
    for (unsigned n = 0; n < sizeof names / sizeof *names; n++) {
        wctype_t class = wctype(names[n]);
        unsigned count = 0;
        for (wint_t wide = 0; wide < 0x80; wide++)
            count += !!iswctype(wide, class);
        printf("%s: %u of ASCII\n", names[n], count);
    }
    /* U+019B has got a capital since. */
    for (wint_t wide = 0; wide < 0x250; wide += wide == 0x19a ? 2 : 1)
        printf("%x %x %x %d%d%d%d%d%d%d%d\n", wide, towlower(wide), towupper(wide), !!iswalpha(wide),
               !!iswcntrl(wide), !!iswgraph(wide), !!iswlower(wide), !!iswprint(wide),
               !!iswpunct(wide), !!iswspace(wide), !!iswupper(wide));
    SHOW(towctrans('a', wctrans("toupper")));
    SHOW(wctrans("nothing") == 0);
    SHOW(wcwidth(L'a'));
    SHOW(wcwidth(0x4e00));
    SHOW(wcwidth(0x301));
    SHOW(wcwidth(7));
    SHOW(wcswidth(L"a\x4e00", 5));
    return 0;
}
