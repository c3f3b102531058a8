/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Every group of flags at once. */

#ifndef KPIO_FLAGS_H
#define KPIO_FLAGS_H

#include <kpio/flags/access.h>
#include <kpio/flags/at.h>
#include <kpio/flags/at_directory.h>
#include <kpio/flags/auxv.h>
#include <kpio/flags/browser_service.h>
#include <kpio/flags/child_code.h>
#include <kpio/flags/clock.h>
#include <kpio/flags/entry_type.h>
#include <kpio/flags/epoll.h>
#include <kpio/flags/epoll_create.h>
#include <kpio/flags/epoll_operation.h>
#include <kpio/flags/event_counter.h>
#include <kpio/flags/fault_code.h>
#include <kpio/flags/fcntl_command.h>
#include <kpio/flags/fcntl_descriptor.h>
#include <kpio/flags/file_lock.h>
#include <kpio/flags/file_system.h>
#include <kpio/flags/file_time.h>
#include <kpio/flags/file_type.h>
#include <kpio/flags/flock_operation.h>
#include <kpio/flags/futex_operation.h>
#include <kpio/flags/futex_option.h>
#include <kpio/flags/handle_operation.h>
#include <kpio/flags/interval_timer.h>
#include <kpio/flags/ioctl_request.h>
#include <kpio/flags/madvise.h>
#include <kpio/flags/map.h>
#include <kpio/flags/mremap.h>
#include <kpio/flags/msync.h>
#include <kpio/flags/object_type.h>
#include <kpio/flags/open.h>
#include <kpio/flags/permission.h>
#include <kpio/flags/poll.h>
#include <kpio/flags/priority.h>
#include <kpio/flags/prot.h>
#include <kpio/flags/random.h>
#include <kpio/flags/rename.h>
#include <kpio/flags/seek.h>
#include <kpio/flags/sigaction.h>
#include <kpio/flags/sigaltstack.h>
#include <kpio/flags/signal.h>
#include <kpio/flags/signal_code.h>
#include <kpio/flags/sigprocmask.h>
#include <kpio/flags/terminal_character.h>
#include <kpio/flags/terminal_line.h>
#include <kpio/flags/timer.h>
#include <kpio/flags/timerfd.h>
#include <kpio/flags/timerfd_time.h>
#include <kpio/flags/usage.h>
#include <kpio/flags/wait.h>
#include <kpio/flags/wait_id.h>

#endif
