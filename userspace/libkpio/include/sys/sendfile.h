#ifndef _SYS_SENDFILE_H
#define _SYS_SENDFILE_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

ssize_t sendfile(int out, int from, off_t *offset, size_t len);

__END_C

#endif
