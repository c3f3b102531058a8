/* Channels: messages of bytes and handles, from one end to the other. What each call does, and its
 * errors, are in docs/abi.md. */

#ifndef KPIO_CHANNEL_H
#define KPIO_CHANNEL_H

#include <features.h>
#include <kpio/flags/handle_operation.h>
#include <kpio/rights.h>
#include <kpio/types.h>
#include <stddef.h>
#include <sys/types.h>

__BEGIN_C

int kpio_channel_create(struct kpio_channel_ends *ends, int flags);
int kpio_channel_send(int fd, const void *bytes, size_t len, const struct kpio_sent_handle *handles,
                      size_t count, int flags);
ssize_t kpio_channel_receive(int fd, void *bytes, size_t capacity, int *handles, size_t count,
                             struct kpio_message_size *size);

__END_C

#endif
