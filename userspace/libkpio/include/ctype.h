#ifndef _CTYPE_H
#define _CTYPE_H

#include <bits/locale.h>
#include <features.h>

__BEGIN_C

int isalnum(int byte);
int isalpha(int byte);
int isblank(int byte);
int iscntrl(int byte);
int isdigit(int byte);
int isgraph(int byte);
int islower(int byte);
int isprint(int byte);
int ispunct(int byte);
int isspace(int byte);
int isupper(int byte);
int isxdigit(int byte);
int tolower(int byte);
int toupper(int byte);
int isascii(int byte);
int toascii(int byte);

int isalnum_l(int byte, locale_t locale);
int isalpha_l(int byte, locale_t locale);
int isblank_l(int byte, locale_t locale);
int iscntrl_l(int byte, locale_t locale);
int isdigit_l(int byte, locale_t locale);
int isgraph_l(int byte, locale_t locale);
int islower_l(int byte, locale_t locale);
int isprint_l(int byte, locale_t locale);
int ispunct_l(int byte, locale_t locale);
int isspace_l(int byte, locale_t locale);
int isupper_l(int byte, locale_t locale);
int isxdigit_l(int byte, locale_t locale);
int tolower_l(int byte, locale_t locale);
int toupper_l(int byte, locale_t locale);

#define _tolower(byte) ((byte) | 0x20)
#define _toupper(byte) ((byte) & 0x5f)

__END_C

#endif
