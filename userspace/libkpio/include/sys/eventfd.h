#ifndef _SYS_EVENTFD_H
#define _SYS_EVENTFD_H

#include <features.h>
#include <kpio/flags/event_counter.h>
#include <stdint.h>

__BEGIN_C

typedef uint64_t eventfd_t;

int eventfd(unsigned count, int flags);
int eventfd_read(int fd, eventfd_t *value);
int eventfd_write(int fd, eventfd_t value);

__END_C

#endif
