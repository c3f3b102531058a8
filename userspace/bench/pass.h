/* Messages with a handle between the two ends of a channel: on KPIO its channels, on Linux a Unix
 * socket with SCM_RIGHTS. The handle is the receiver's alone afterwards. Functions return 0, or a
 * negated errno. */

#ifndef BENCH_PASS_H
#define BENCH_PASS_H

#include <stddef.h>

long pass_open(int ends[2]);
long pass_send(int end, const void *bytes, size_t len, int handle);
/* Receives a message of `len` bytes with one handle. */
long pass_receive(int end, void *bytes, size_t len, int *handle);

#endif
