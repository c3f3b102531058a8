#ifndef _BITS_WCHAR_H
#define _BITS_WCHAR_H

/* Types of wide characters. Source: musl, include/alltypes.h.in. */

#ifndef __cplusplus
typedef __WCHAR_TYPE__ wchar_t;
#endif
typedef unsigned wint_t;
typedef unsigned long wctype_t;

#define WEOF 0xffffffffU

#endif
