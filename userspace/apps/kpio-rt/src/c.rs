//! The functions of libkpio that are used here, as its C headers declare them.

use core::ffi::{c_char, c_int, c_long, c_uint, c_ulong, c_void};

use kpio_abi::types::{
    EpollEvent, IntervalTimer, IoVec, PollFd, ResourceUsage, Stat, TimerSpec, Timespec,
};

/// `pthread_attr_t`
#[repr(C)]
#[derive(Default)]
pub struct ThreadAttributes([usize; 7]);

unsafe extern "C" {
    pub safe fn __errno_location() -> *mut c_int;
    pub fn __kpio_syscall(
        number: usize,
        a: usize,
        b: usize,
        c: usize,
        d: usize,
        e: usize,
        f: usize,
    ) -> isize;
    pub fn __kpio_thread_id(thread: *mut c_void) -> c_int;
    pub fn pthread_attr_init(attributes: *mut ThreadAttributes) -> c_int;
    pub fn pthread_attr_setstacksize(attributes: *mut ThreadAttributes, len: usize) -> c_int;
    pub fn pthread_create(
        thread: *mut *mut c_void,
        attributes: *const ThreadAttributes,
        body: unsafe extern "C" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int;
    pub fn pthread_join(thread: *mut c_void, result: *mut *mut c_void) -> c_int;

    pub safe fn _exit(status: c_int) -> !;
    pub safe fn exit(status: c_int) -> !;
    pub static environ: *const *const c_char;
    pub fn getenv(name: *const c_char) -> *const c_char;
    pub safe fn getauxval(kind: c_ulong) -> usize;

    pub safe fn aligned_alloc(align: usize, len: usize) -> *mut c_void;
    pub safe fn calloc(count: usize, size: usize) -> *mut c_void;
    pub fn free(start: *mut c_void);
    pub safe fn malloc(len: usize) -> *mut c_void;
    pub fn realloc(start: *mut c_void, len: usize) -> *mut c_void;

    pub safe fn close(fd: c_int) -> c_int;
    pub safe fn dup(fd: c_int) -> c_int;
    pub safe fn dup2(fd: c_int, to: c_int) -> c_int;
    pub safe fn dup3(fd: c_int, to: c_int, flags: c_int) -> c_int;
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn getrusage(who: c_int, usage: *mut ResourceUsage) -> c_int;
    pub fn wait4(
        pid: c_int,
        status: *mut c_int,
        options: c_int,
        usage: *mut ResourceUsage,
    ) -> c_int;
    pub fn times(times: *mut [c_long; 4]) -> c_long;
    pub safe fn clock() -> c_long;
    pub fn clock_getres(clock: c_int, resolution: *mut Timespec) -> c_int;
    pub safe fn getpriority(which: c_int, who: c_uint) -> c_int;
    pub safe fn setpriority(which: c_int, who: c_uint, nice: c_int) -> c_int;
    pub safe fn nice(more: c_int) -> c_int;
    pub safe fn flock(fd: c_int, operation: c_int) -> c_int;
    pub fn ioctl(fd: c_int, request: c_int, ...) -> c_int;
    pub safe fn eventfd(count: u32, flags: c_int) -> c_int;
    pub safe fn timerfd_create(clock: c_int, flags: c_int) -> c_int;
    pub fn timerfd_settime(
        fd: c_int,
        flags: c_int,
        new: *const TimerSpec,
        old: *mut TimerSpec,
    ) -> c_int;
    pub fn timerfd_gettime(fd: c_int, current: *mut TimerSpec) -> c_int;
    pub fn setitimer(which: c_int, new: *const IntervalTimer, old: *mut IntervalTimer) -> c_int;
    pub fn getitimer(which: c_int, current: *mut IntervalTimer) -> c_int;
    pub safe fn alarm(seconds: c_uint) -> c_uint;
    pub safe fn ualarm(microseconds: c_uint, interval: c_uint) -> c_uint;
    pub safe fn epoll_create1(flags: c_int) -> c_int;
    pub fn epoll_ctl(epfd: c_int, operation: c_int, fd: c_int, event: *const EpollEvent) -> c_int;
    pub fn epoll_pwait2(
        epfd: c_int,
        events: *mut EpollEvent,
        count: c_int,
        timeout: *const Timespec,
        mask: *const c_void,
    ) -> c_int;
    pub fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
    pub fn ppoll(
        fds: *mut PollFd,
        count: c_ulong,
        timeout: *const Timespec,
        mask: *const c_void,
    ) -> c_int;
    pub fn pselect(
        count: c_int,
        read: *mut [u64; 16],
        write: *mut [u64; 16],
        except: *mut [u64; 16],
        timeout: *const Timespec,
        mask: *const c_void,
    ) -> c_int;
    pub fn pipe2(ends: *mut c_int, flags: c_int) -> c_int;
    pub fn readv(fd: c_int, pieces: *const IoVec, count: c_int) -> isize;
    pub fn writev(fd: c_int, pieces: *const IoVec, count: c_int) -> isize;
    pub safe fn fsync(fd: c_int) -> c_int;
    pub safe fn fdatasync(fd: c_int) -> c_int;
    pub safe fn sync();
    pub safe fn ftruncate(fd: c_int, len: i64) -> c_int;
    pub fn pread(fd: c_int, buffer: *mut c_void, len: usize, offset: i64) -> isize;
    pub fn pwrite(fd: c_int, buffer: *const c_void, len: usize, offset: i64) -> isize;
    pub fn preadv(fd: c_int, pieces: *const IoVec, count: c_int, offset: i64) -> isize;
    pub fn pwritev(fd: c_int, pieces: *const IoVec, count: c_int, offset: i64) -> isize;
    pub fn getdents(fd: c_int, entries: *mut c_void, len: usize) -> c_int;
    pub fn fstat(fd: c_int, stat: *mut Stat) -> c_int;
    pub safe fn lseek(fd: c_int, offset: i64, whence: c_int) -> i64;
    pub fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    pub fn read(fd: c_int, buffer: *mut c_void, len: usize) -> isize;
    pub fn write(fd: c_int, buffer: *const c_void, len: usize) -> isize;

    pub fn mmap(
        address: *mut c_void,
        len: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    pub fn mprotect(address: *mut c_void, len: usize, protection: c_int) -> c_int;
    pub fn munmap(address: *mut c_void, len: usize) -> c_int;
    pub fn msync(address: *mut c_void, len: usize, flags: c_int) -> c_int;

    pub safe fn getpid() -> c_int;
    pub safe fn getppid() -> c_int;
    pub safe fn gettid() -> c_int;
    pub safe fn sched_yield() -> c_int;
    pub fn posix_spawn(
        pid: *mut c_int,
        path: *const c_char,
        file_actions: *const c_void,
        attributes: *const c_void,
        argv: *const *const c_char,
        envp: *const *const c_char,
    ) -> c_int;
    pub fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int;

    pub fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
    pub fn nanosleep(request: *const Timespec, remaining: *mut Timespec) -> c_int;
    pub fn getrandom(buffer: *mut c_void, len: usize, flags: u32) -> isize;
}
