#ifndef _SYS_PARAM_H
#define _SYS_PARAM_H

#include <endian.h>
#include <limits.h>

#define MAXSYMLINKS 20
#define MAXHOSTNAMELEN 64
#define MAXNAMLEN 255
#define MAXPATHLEN PATH_MAX
#define NBBY 8
#define NGROUPS NGROUPS_MAX
#define NOFILE 256
#define NODEV ((dev_t)-1)
#define DEV_BSIZE 512

#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#define howmany(count, size) (((count) + ((size) - 1)) / (size))
#define roundup(count, size) (howmany(count, size) * (size))
#define powerof2(number) (!(((number) - 1) & (number)))

#endif
