#ifndef _WCTYPE_H
#define _WCTYPE_H

#include <bits/locale.h>
#include <bits/wchar.h>
#include <features.h>

__BEGIN_C

typedef const int *wctrans_t;

int iswalnum(wint_t wide);
int iswalpha(wint_t wide);
int iswblank(wint_t wide);
int iswcntrl(wint_t wide);
int iswdigit(wint_t wide);
int iswgraph(wint_t wide);
int iswlower(wint_t wide);
int iswprint(wint_t wide);
int iswpunct(wint_t wide);
int iswspace(wint_t wide);
int iswupper(wint_t wide);
int iswxdigit(wint_t wide);
int iswctype(wint_t wide, wctype_t type);
wctype_t wctype(const char *name);
wint_t towlower(wint_t wide);
wint_t towupper(wint_t wide);
wint_t towctrans(wint_t wide, wctrans_t mapping);
wctrans_t wctrans(const char *name);

int iswalnum_l(wint_t wide, locale_t locale);
int iswalpha_l(wint_t wide, locale_t locale);
int iswblank_l(wint_t wide, locale_t locale);
int iswcntrl_l(wint_t wide, locale_t locale);
int iswdigit_l(wint_t wide, locale_t locale);
int iswgraph_l(wint_t wide, locale_t locale);
int iswlower_l(wint_t wide, locale_t locale);
int iswprint_l(wint_t wide, locale_t locale);
int iswpunct_l(wint_t wide, locale_t locale);
int iswspace_l(wint_t wide, locale_t locale);
int iswupper_l(wint_t wide, locale_t locale);
int iswxdigit_l(wint_t wide, locale_t locale);
int iswctype_l(wint_t wide, wctype_t type, locale_t locale);
wctype_t wctype_l(const char *name, locale_t locale);
wint_t towlower_l(wint_t wide, locale_t locale);
wint_t towupper_l(wint_t wide, locale_t locale);
wint_t towctrans_l(wint_t wide, wctrans_t mapping, locale_t locale);
wctrans_t wctrans_l(const char *name, locale_t locale);

__END_C

#endif
