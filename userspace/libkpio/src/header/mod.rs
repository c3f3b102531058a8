//! The functions of the C library, one directory a C header. A `/` in the header's name is a `_`
//! here.

pub mod dirent;
pub mod errno;
pub mod fcntl;
pub mod kpio_channel;
pub mod kpio_spsc;
pub mod link;
pub mod poll;
pub mod pthread;
pub mod sched;
pub mod semaphore;
pub mod signal;
pub mod spawn;
pub mod stdio;
pub mod stdlib;
pub mod string;
pub mod strings;
pub mod sys_auxv;
pub mod sys_epoll;
pub mod sys_eventfd;
pub mod sys_file;
pub mod sys_ioctl;
pub mod sys_mman;
pub mod sys_random;
pub mod sys_resource;
pub mod sys_select;
pub mod sys_stat;
pub mod sys_statfs;
pub mod sys_syscall;
pub mod sys_time;
pub mod sys_timerfd;
pub mod sys_times;
pub mod sys_uio;
pub mod sys_wait;
pub mod time;
pub mod unistd;
