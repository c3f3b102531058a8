/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Kind of an object, in HandleInfo. */

#ifndef KPIO_FLAGS_OBJECT_TYPE_H
#define KPIO_FLAGS_OBJECT_TYPE_H

/* The serial port and the screen. */
#define OBJECT_CONSOLE 1
/* An open file or directory. */
#define OBJECT_FILE 2
/* An end of a pipe. */
#define OBJECT_PIPE 3
/* Memory that processes share. */
#define OBJECT_SHARED_MEMORY 4
/* A number that one side adds to and another takes. */
#define OBJECT_EVENT_COUNTER 5
/* An end of a channel. */
#define OBJECT_CHANNEL 6
/* Watches over other objects. */
#define OBJECT_EPOLL 7
/* A timer of TIMERFD_CREATE. */
#define OBJECT_TIMER 8
/* The region between a browser and the kernel. */
#define OBJECT_BROWSER_CHANNEL 9

#endif
