#ifndef _SYS_FILE_H
#define _SYS_FILE_H

#include <features.h>
#include <kpio/flags/flock_operation.h>

__BEGIN_C

int flock(int fd, int operation);

__END_C

#endif
