#ifndef _TIME_H
#define _TIME_H

#include <bits/locale.h>
#include <bits/timespec.h>
#include <bits/types.h>
#include <features.h>

#ifndef NULL
#include <stddef.h>
#endif
#include <kpio/flags/clock.h>
#include <kpio/flags/timer.h>

__BEGIN_C

struct itimerspec {
    struct timespec it_interval;
    struct timespec it_value;
};

#define CLOCKS_PER_SEC 1000000L

#define TIME_UTC 1

struct tm {
    int tm_sec;
    int tm_min;
    int tm_hour;
    int tm_mday;
    int tm_mon;
    int tm_year;
    int tm_wday;
    int tm_yday;
    int tm_isdst;
    long tm_gmtoff;
    const char *tm_zone;
};

extern char *tzname[2];
extern long timezone;
extern int daylight;

time_t time(time_t *place);
int timespec_get(struct timespec *time, int base);
double difftime(time_t later, time_t earlier);
time_t mktime(struct tm *tm);
time_t timegm(struct tm *tm);
struct tm *gmtime(const time_t *moment);
struct tm *gmtime_r(const time_t *__restrict_c moment, struct tm *__restrict_c place);
struct tm *localtime(const time_t *moment);
struct tm *localtime_r(const time_t *__restrict_c moment, struct tm *__restrict_c place);
char *asctime(const struct tm *tm);
char *asctime_r(const struct tm *__restrict_c tm, char *__restrict_c place);
char *ctime(const time_t *moment);
char *ctime_r(const time_t *moment, char *place);
size_t strftime(char *__restrict_c place, size_t room, const char *__restrict_c format,
                const struct tm *__restrict_c tm);
size_t strftime_l(char *__restrict_c place, size_t room, const char *__restrict_c format,
                  const struct tm *__restrict_c tm, locale_t locale);
char *strptime(const char *__restrict_c text, const char *__restrict_c format,
               struct tm *__restrict_c tm);
void tzset(void);

clock_t clock(void);
int clock_getres(clockid_t clock, struct timespec *resolution);
int clock_gettime(clockid_t clock, struct timespec *time);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request,
                    struct timespec *remaining);
int nanosleep(const struct timespec *request, struct timespec *remaining);

__END_C

#endif
