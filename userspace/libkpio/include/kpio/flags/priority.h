/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Whom SETPRIORITY is about. Made to be included by <sys/resource.h>. */

#ifndef KPIO_FLAGS_PRIORITY_H
#define KPIO_FLAGS_PRIORITY_H

/* A thread, by its number; a process's first has the process's. */
#define PRIO_PROCESS 0
/* All threads of a process group. */
#define PRIO_PGRP 1
/* All threads of a user; 0 is the only one. */
#define PRIO_USER 2

#endif
