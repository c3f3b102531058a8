#ifndef _SYS_AUXV_H
#define _SYS_AUXV_H

#include <features.h>
#include <kpio/flags/auxv.h>

__BEGIN_C

unsigned long getauxval(unsigned long kind);

__END_C

#endif
