#ifndef _ERRNO_H
#define _ERRNO_H

#include <features.h>
#include <kpio/errno.h>

__BEGIN_C

int *__errno_location(void);
#define errno (*__errno_location())

extern char *program_invocation_name;
extern char *program_invocation_short_name;

__END_C

#endif
