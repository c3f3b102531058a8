#ifndef _BITS_LOCALE_H
#define _BITS_LOCALE_H

typedef struct __locale_struct *locale_t;

#endif
