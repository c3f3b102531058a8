#ifndef _FCNTL_H
#define _FCNTL_H

#include <bits/types.h>
#include <features.h>
#include <kpio/flags/open.h>
#include <kpio/flags/permission.h>
#include <kpio/flags/seek.h>

__BEGIN_C

int open(const char *path, int flags, ...);

__END_C

#endif
