#ifndef _KPIO_REPORT_H
#define _KPIO_REPORT_H

#include <features.h>

__BEGIN_C

/* Tells whoever watches the machine from outside; standard output must be the console. */
int kpio_report(const char *text);

__END_C

#endif
