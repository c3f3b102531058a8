/*
 * Dates over millennia, time zones, strftime and strptime.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#pragma clang diagnostic ignored "-Wformat"
#pragma clang diagnostic ignored "-Wformat-nonliteral"

#define SHOW(what) printf("%s: %ld\n", #what, (long)(what))

static unsigned long long state = 0x9E3779B97F4A7C15ULL;

/* Marsaglia's xorshift: the same numbers everywhere. */
static unsigned long long next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Without setenv: the environment is the program's to replace. */
static void set_zone(const char *zone) {
    static char entry[64];
    static char *list[] = {entry, NULL};
    snprintf(entry, sizeof entry, "TZ=%s", zone);
    environ = list;
}

static void show(const struct tm *tm) {
    printf("%d-%02d-%02d %02d:%02d:%02d wday %d yday %d dst %d %+ld %s\n", tm->tm_year + 1900,
           tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_wday, tm->tm_yday,
           tm->tm_isdst, tm->tm_gmtoff, tm->tm_zone);
}

static void moments(void) {
    static const time_t all[] = {0,         -1,         951782399,     951782400,     1709164800,
                                 68169600,  4102444800, -2208988800,   -62135596800,  -62167219200,
                                 253402300799, 253402300800, 67767976233532799, 67767976233536400,
                                 -67768040609740800, -67768040609740801, LONG_MAX, LONG_MIN};
    for (unsigned n = 0; n < sizeof all / sizeof *all; n++) {
        struct tm tm;
        errno = 0;
        struct tm *found = gmtime_r(&all[n], &tm);
        printf("%ld: %d %d ", all[n], !!found, errno);
        if (!found) {
            printf("\n");
            continue;
        }
        show(&tm);
        time_t again = timegm(&tm);
        SHOW(again == all[n]);
        if (tm.tm_year < 9999 - 1900 && tm.tm_year > -900)
            printf("%s", asctime(&tm));
    }
    for (int n = 0; n < 3000; n++) {
        time_t moment = (time_t)(next() >> (20 + next() % 40));
        if (next() & 1)
            moment = -moment;
        struct tm tm;
        if (gmtime_r(&moment, &tm))
            show(&tm);
    }
}

static void zones(void) {
    static const char *const all[] = {
        "UTC0",  "UTC", "GMT", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+0330>-3:30",
        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "AEST-10AEDT,M10.1.0,M4.1.0/3", "XYZ-5:45:15",
        "AAA3BBB2,J60/0,J300/2:30", "AAA-3BBB,59,299/25", "IST-1GMT0,M10.5.0,M3.5.0/1", "",
        ":UTC", "Nowhere/At/All", "/nowhere", "ABCDEFG5"};
    for (unsigned n = 0; n < sizeof all / sizeof *all; n++) {
        set_zone(all[n]);
        tzset();
        printf("TZ=%s: %s/%s %ld %d\n", all[n], tzname[0], tzname[1], timezone, daylight);
        for (int round = 0; round < 150; round++) {
            time_t moment = round < 40 ? 1700000000 + round * 86400 * 9 : (time_t)(next() >> 30) - (1L << 32);
            struct tm tm;
            localtime_r(&moment, &tm);
            show(&tm);
            int dst = tm.tm_isdst;
            time_t again = mktime(&tm);
            tm.tm_isdst = -1;
            time_t guessed = mktime(&tm);
            tm.tm_isdst = !dst;
            time_t other = mktime(&tm);
            printf("  %ld %ld %ld\n", (long)(again - moment), (long)(guessed - moment),
                   (long)(other - moment));
        }
        for (int hour = 0; hour < 6; hour++) {
            /* Around the changes of Europe and America. */
            static const int days[][2] = {{2, 31}, {9, 27}, {2, 10}, {10, 3}, {9, 6}, {3, 7}};
            for (unsigned day = 0; day < 6; day++) {
                for (int dst = -1; dst < 2; dst++) {
                    struct tm tm = {.tm_year = 124, .tm_mon = days[day][0], .tm_mday = days[day][1],
                                    .tm_hour = hour, .tm_min = 30, .tm_isdst = dst};
                    time_t moment = mktime(&tm);
                    printf("%ld ", moment);
                    show(&tm);
                }
            }
        }
    }
    set_zone("UTC0");
    for (int n = 0; n < 500; n++) {
        struct tm tm = {.tm_year = (int)(next() % 4000) - 1900, .tm_mon = (int)(next() % 200) - 100,
                        .tm_mday = (int)(next() % 2000) - 1000, .tm_hour = (int)(next() % 2000) - 1000,
                        .tm_min = (int)(next() % 20000) - 10000, .tm_sec = (int)(next() % 200000) - 100000};
        time_t moment = mktime(&tm);
        printf("%ld ", moment);
        show(&tm);
    }
    struct tm much = {.tm_year = INT_MAX, .tm_mon = 12};
    errno = 0;
    SHOW(mktime(&much));
    SHOW(errno == EOVERFLOW);
    printf("%.1f\n", difftime(5, -5));
}

static void formats(void) {
    static const char *const all[] = {
        "%a %A %b %B %h", "%c", "%C", "%d %e", "%D", "%F", "%g %G %V", "%H %I", "%j", "%m %M", "%n%t%%",
        "%p", "%r", "%R", "%S", "%T", "%u %w", "%U %W", "%x %X", "%y %Y", "%z %Z", "%s", "%Ec %EY %Od",
        "%Y-%m-%dT%H:%M:%SZ", "%+4Y|%+5Y|%6Y|%10F|%+11F|%3C|%+3C", "%_d|%-d|%_H|%-H|%-m|%_j|%-j|%0e",
        "%5d|%5Y|%05H", "plain", ""};
    static const time_t moments[] = {0, 1709164800, 1704067199, 1735603200, 951782399, -62135596800,
                                     253402300800, -63000000000, 1230768000};
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    for (unsigned m = 0; m < sizeof moments / sizeof *moments; m++) {
        struct tm tm;
        localtime_r(&moments[m], &tm);
        for (unsigned n = 0; n < sizeof all / sizeof *all; n++) {
            char text[200] = "#";
            size_t length = strftime(text, sizeof text, all[n], &tm);
            printf("%s: %zu [%s]\n", all[n], length, text);
        }
    }
    struct tm tm = {.tm_year = 100, .tm_mday = 1, .tm_isdst = -1};
    char text[20];
    SHOW(strftime(text, sizeof text, "%z%Z", &tm));
    SHOW(strftime(text, 5, "%Y", &tm));
    SHOW(strftime(text, 4, "%Y", &tm));
    SHOW(strftime(text, 0, "%Y", &tm));
    for (int day = 0; day < 800; day++) {
        time_t moment = 1577836800 + day * 86400L;
        gmtime_r(&moment, &tm);
        strftime(text, sizeof text, "%G-%V-%u %U %W", &tm);
        printf("%s\n", text);
    }
}

static void readings(void) {
    static const char *const all[][2] = {
        {"2024-02-29 13:14:15", "%Y-%m-%d %H:%M:%S"}, {"29/Feb/24", "%d/%b/%y"}, {"7:05 pm", "%I:%M %p"},
        {"12:00 am", "%I:%M %p"}, {"Thursday", "%A"}, {"thu", "%a"}, {"DECEMBER 5", "%B %d"},
        {"Tue Feb 20 10:11:12 2024", "%c"}, {"02/20/24", "%D"}, {"10:11:12", "%T"}, {"10:11", "%R"},
        {"03:04:05 PM", "%r"}, {"366", "%j"}, {"367", "%j"}, {"13", "%m"}, {"0", "%d"}, {"60", "%S"},
        {"62", "%S"}, {"  5", "%d"}, {"20 68", "%C %y"}, {"68", "%y"}, {"69", "%y"}, {"99x", "%yx"},
        {"50%", "%M%%"}, {"a\n b", "a%nb"}, {"x", "y"}, {"", "%d"}, {"", ""}, {"rest", "re"},
        {"6", "%w"}, {"7", "%w"}, {"53", "%U"}, {"12:30:45", "%H:%M"}, {"May", "%b"}, {"Sept", "%b"}};
    for (unsigned n = 0; n < sizeof all / sizeof *all; n++) {
        struct tm tm;
        memset(&tm, 0, sizeof tm);
        tm.tm_zone = "none";
        char *rest = strptime(all[n][0], all[n][1], &tm);
        printf("[%s] [%s]: %s ", all[n][0], all[n][1], rest ? rest : "null");
        if (rest)
            show(&tm);
        else
            printf("\n");
    }
}

int main(void) {
    set_zone("UTC0");
    moments();
    zones();
    formats();
    readings();
    time_t now = time(NULL);
    SHOW(now > 1700000000);
    return 0;
}
