#ifndef _ERR_H
#define _ERR_H

#include <features.h>

__BEGIN_C

void warn(const char *format, ...);
void warnx(const char *format, ...);
void vwarn(const char *format, __builtin_va_list arguments);
void vwarnx(const char *format, __builtin_va_list arguments);
_Noreturn void err(int status, const char *format, ...);
_Noreturn void errx(int status, const char *format, ...);
_Noreturn void verr(int status, const char *format, __builtin_va_list arguments);
_Noreturn void verrx(int status, const char *format, __builtin_va_list arguments);

__END_C

#endif
