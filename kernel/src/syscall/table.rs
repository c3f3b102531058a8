// Generated from kernel_py/abi/syscalls/; edit that and run `kpio abi`.

//! The system call table: decodes the six argument words of a call and hands them to its code.
//!
//! What is refused here never reaches a call: descriptors that are negative, numbers wider than
//! their type, buffers that do not lie below `USER_END`.

use kpio_abi::errors::Errno;
use kpio_abi::syscalls as numbers;
use kpio_abi::types::{
    BrowserChannelStatus, ChannelEnds, EpollEvent, FileTimes, HandleInfo, IntervalTimer, IoVec,
    MessageSize, PipeEnds, PollFd, ResourceUsage, SentHandle, SignalAction, SignalInfo,
    SignalStack, Stat, StatFs, SystemInfo, ThreadCreateArgs, TimerSpec, Timespec,
};

use super::{Caller, Fd, int_arg_i32, int_arg_u32};
use crate::memory::user::{
    UserCStr, UserCStrArray, UserIn, UserOut, UserRead, UserUpdate, UserWrite,
};

/// Runs the call `number` for `caller`.
///
/// # Errors
///
/// `ENOSYS` for a number without a call; what is wrong with an argument; and what the call says.
pub fn dispatch(caller: &Caller, number: u64, args: [u64; 6]) -> Result<u64, Errno> {
    let Ok(number) = usize::try_from(number) else {
        return Err(Errno::ENOSYS);
    };
    match number {
        numbers::SYS_EXIT => {
            let status = low_i32(args[0]);
            super::exit::exit(caller, status)
        }
        numbers::SYS_READ => {
            let fd = Fd::from_arg(args[0])?;
            let buffer = UserWrite::new(args[1], args[2])?;
            super::read::read(caller, fd, buffer)
        }
        numbers::SYS_WRITE => {
            let fd = Fd::from_arg(args[0])?;
            let buffer = UserRead::new(args[1], args[2])?;
            super::write::write(caller, fd, buffer)
        }
        numbers::SYS_OPEN => {
            let path = UserCStr::new(args[0])?;
            let flags = int_arg_u32(args[1])?;
            let mode = int_arg_u32(args[2])?;
            super::open::open(caller, path, flags, mode)
        }
        numbers::SYS_CLOSE => {
            let fd = Fd::from_arg(args[0])?;
            super::close::close(caller, fd)
        }
        numbers::SYS_MMAP => {
            let addr = args[0];
            let len = args[1];
            let prot = int_arg_u32(args[2])?;
            let flags = int_arg_u32(args[3])?;
            let fd = int_arg_i32(args[4])?;
            let offset = args[5].cast_signed();
            super::mmap::mmap(caller, addr, len, prot, flags, fd, offset)
        }
        numbers::SYS_MUNMAP => {
            let addr = args[0];
            let len = args[1];
            super::munmap::munmap(caller, addr, len)
        }
        numbers::SYS_THREAD_CREATE => {
            struct_size(args[1], size_of::<ThreadCreateArgs>())?;
            let start = UserIn::<ThreadCreateArgs>::new(args[0])?;
            super::thread_create::thread_create(caller, start)
        }
        numbers::SYS_THREAD_EXIT => {
            let clear_tid = args[0];
            super::thread_exit::thread_exit(caller, clear_tid)
        }
        numbers::SYS_FUTEX => {
            let uaddr = args[0];
            let op = int_arg_u32(args[1])?;
            let val = int_arg_u32(args[2])?;
            let timeout = args[3];
            let uaddr2 = args[4];
            let val3 = args[5];
            super::futex::futex(caller, uaddr, op, val, timeout, uaddr2, val3)
        }
        numbers::SYS_SPAWN => {
            let path = UserCStr::new(args[0])?;
            let argv = UserCStrArray::new(args[1])?;
            let envp = UserCStrArray::new(args[2])?;
            let flags = int_arg_u32(args[3])?;
            super::spawn::spawn(caller, path, argv, envp, flags)
        }
        numbers::SYS_WAIT => {
            let pid = int_arg_i32(args[0])?;
            let status = match args[1] {
                0 => None,
                address => Some(UserOut::<i32>::new(address)?),
            };
            let options = int_arg_u32(args[2])?;
            super::wait::wait(caller, pid, status, options)
        }
        numbers::SYS_SEEK => {
            let fd = Fd::from_arg(args[0])?;
            let offset = args[1].cast_signed();
            let whence = int_arg_u32(args[2])?;
            super::seek::seek(caller, fd, offset, whence)
        }
        numbers::SYS_FSTAT => {
            let fd = Fd::from_arg(args[0])?;
            let stat = UserOut::<Stat>::new(args[1])?;
            super::fstat::fstat(caller, fd, stat)
        }
        numbers::SYS_CLOCK_GET => {
            let clock = int_arg_u32(args[0])?;
            let time = UserOut::<Timespec>::new(args[1])?;
            super::clock_get::clock_get(caller, clock, time)
        }
        numbers::SYS_SLEEP => {
            let clock = int_arg_u32(args[0])?;
            let flags = int_arg_u32(args[1])?;
            let request = UserIn::<Timespec>::new(args[2])?;
            super::sleep::sleep(caller, clock, flags, request)
        }
        numbers::SYS_GETTID => super::gettid::gettid(caller),
        numbers::SYS_GETPID => super::getpid::getpid(caller),
        numbers::SYS_SET_THREAD_POINTER => {
            let addr = args[0];
            super::set_thread_pointer::set_thread_pointer(caller, addr)
        }
        numbers::SYS_YIELD => super::r#yield::r#yield(caller),
        numbers::SYS_GET_RANDOM => {
            let buffer = UserWrite::new(args[0], args[1])?;
            let flags = int_arg_u32(args[2])?;
            super::get_random::get_random(caller, buffer, flags)
        }
        numbers::SYS_SYSTEM_INFO => {
            struct_size(args[1], size_of::<SystemInfo>())?;
            let info = UserOut::<SystemInfo>::new(args[0])?;
            super::system_info::system_info(caller, info)
        }
        numbers::SYS_POWER_OFF => {
            let status = int_arg_u32(args[0])?;
            super::power_off::power_off(caller, status)
        }
        numbers::SYS_MPROTECT => {
            let addr = args[0];
            let len = args[1];
            let prot = int_arg_u32(args[2])?;
            super::mprotect::mprotect(caller, addr, len, prot)
        }
        numbers::SYS_WRITEV => {
            let fd = Fd::from_arg(args[0])?;
            let iov = UserRead::new(args[1], array_bytes(args[2], 1024, size_of::<IoVec>())?)?;
            super::writev::writev(caller, fd, iov)
        }
        numbers::SYS_GETPPID => super::getppid::getppid(caller),
        numbers::SYS_MREMAP => {
            let addr = args[0];
            let old_len = args[1];
            let new_len = args[2];
            let flags = int_arg_u32(args[3])?;
            let new_addr = args[4];
            super::mremap::mremap(caller, addr, old_len, new_len, flags, new_addr)
        }
        numbers::SYS_MADVISE => {
            let addr = args[0];
            let len = args[1];
            let advice = int_arg_u32(args[2])?;
            super::madvise::madvise(caller, addr, len, advice)
        }
        numbers::SYS_FORK => super::fork::fork(caller),
        numbers::SYS_EXEC => {
            let path = UserCStr::new(args[0])?;
            let argv = UserCStrArray::new(args[1])?;
            let envp = UserCStrArray::new(args[2])?;
            super::exec::exec(caller, path, argv, envp)
        }
        numbers::SYS_PIPE2 => {
            let ends = UserOut::<PipeEnds>::new(args[0])?;
            let flags = int_arg_u32(args[1])?;
            super::pipe2::pipe2(caller, ends, flags)
        }
        numbers::SYS_DUP => {
            let fd = Fd::from_arg(args[0])?;
            let to = Fd::from_arg(args[1])?;
            let flags = int_arg_u32(args[2])?;
            super::dup::dup(caller, fd, to, flags)
        }
        numbers::SYS_FCNTL => {
            let fd = Fd::from_arg(args[0])?;
            let command = int_arg_u32(args[1])?;
            let argument = args[2];
            super::fcntl::fcntl(caller, fd, command, argument)
        }
        numbers::SYS_IOCTL => {
            let fd = Fd::from_arg(args[0])?;
            let request = int_arg_u32(args[1])?;
            let argument = args[2];
            super::ioctl::ioctl(caller, fd, request, argument)
        }
        numbers::SYS_READV => {
            let fd = Fd::from_arg(args[0])?;
            let iov = UserRead::new(args[1], array_bytes(args[2], 1024, size_of::<IoVec>())?)?;
            super::readv::readv(caller, fd, iov)
        }
        numbers::SYS_POLL => {
            let fds = UserUpdate::new(args[0], array_bytes(args[1], 1024, size_of::<PollFd>())?)?;
            let timeout = match args[2] {
                0 => None,
                address => Some(UserIn::<Timespec>::new(address)?),
            };
            let mask = match args[3] {
                0 => None,
                address => Some(UserIn::<u64>::new(address)?),
            };
            super::poll::poll(caller, fds, timeout, mask)
        }
        numbers::SYS_PREAD => {
            let fd = Fd::from_arg(args[0])?;
            let buffer = UserWrite::new(args[1], args[2])?;
            let offset = args[3].cast_signed();
            super::pread::pread(caller, fd, buffer, offset)
        }
        numbers::SYS_PWRITE => {
            let fd = Fd::from_arg(args[0])?;
            let buffer = UserRead::new(args[1], args[2])?;
            let offset = args[3].cast_signed();
            super::pwrite::pwrite(caller, fd, buffer, offset)
        }
        numbers::SYS_PREADV => {
            let fd = Fd::from_arg(args[0])?;
            let iov = UserRead::new(args[1], array_bytes(args[2], 1024, size_of::<IoVec>())?)?;
            let offset = args[3].cast_signed();
            super::preadv::preadv(caller, fd, iov, offset)
        }
        numbers::SYS_PWRITEV => {
            let fd = Fd::from_arg(args[0])?;
            let iov = UserRead::new(args[1], array_bytes(args[2], 1024, size_of::<IoVec>())?)?;
            let offset = args[3].cast_signed();
            super::pwritev::pwritev(caller, fd, iov, offset)
        }
        numbers::SYS_FSYNC => {
            let fd = Fd::from_arg(args[0])?;
            super::fsync::fsync(caller, fd)
        }
        numbers::SYS_FDATASYNC => {
            let fd = Fd::from_arg(args[0])?;
            super::fdatasync::fdatasync(caller, fd)
        }
        numbers::SYS_SYNC => super::sync::sync(caller),
        numbers::SYS_FTRUNCATE => {
            let fd = Fd::from_arg(args[0])?;
            let length = args[1].cast_signed();
            super::ftruncate::ftruncate(caller, fd, length)
        }
        numbers::SYS_GETDENTS => {
            let fd = Fd::from_arg(args[0])?;
            let buffer = UserWrite::new(args[1], args[2])?;
            super::getdents::getdents(caller, fd, buffer)
        }
        numbers::SYS_HANDLE_DUPLICATE => {
            let fd = Fd::from_arg(args[0])?;
            let rights = int_arg_u32(args[1])?;
            let badge = args[2];
            let flags = int_arg_u32(args[3])?;
            super::handle_duplicate::handle_duplicate(caller, fd, rights, badge, flags)
        }
        numbers::SYS_HANDLE_REVOKE => {
            let fd = Fd::from_arg(args[0])?;
            super::handle_revoke::handle_revoke(caller, fd)
        }
        numbers::SYS_HANDLE_INFO => {
            struct_size(args[2], size_of::<HandleInfo>())?;
            let fd = Fd::from_arg(args[0])?;
            let info = UserOut::<HandleInfo>::new(args[1])?;
            super::handle_info::handle_info(caller, fd, info)
        }
        numbers::SYS_WAITID => {
            let id_type = int_arg_u32(args[0])?;
            let id = int_arg_i32(args[1])?;
            let info = match args[2] {
                0 => None,
                address => Some(UserOut::<SignalInfo>::new(address)?),
            };
            let options = int_arg_u32(args[3])?;
            super::waitid::waitid(caller, id_type, id, info, options)
        }
        numbers::SYS_SETPGID => {
            let pid = int_arg_i32(args[0])?;
            let pgid = int_arg_i32(args[1])?;
            super::setpgid::setpgid(caller, pid, pgid)
        }
        numbers::SYS_GETPGID => {
            let pid = int_arg_i32(args[0])?;
            super::getpgid::getpgid(caller, pid)
        }
        numbers::SYS_SETSID => super::setsid::setsid(caller),
        numbers::SYS_GETSID => {
            let pid = int_arg_i32(args[0])?;
            super::getsid::getsid(caller, pid)
        }
        numbers::SYS_SIGACTION => {
            let signal = int_arg_u32(args[0])?;
            let action = match args[1] {
                0 => None,
                address => Some(UserIn::<SignalAction>::new(address)?),
            };
            let old = match args[2] {
                0 => None,
                address => Some(UserOut::<SignalAction>::new(address)?),
            };
            super::sigaction::sigaction(caller, signal, action, old)
        }
        numbers::SYS_SIGPROCMASK => {
            let how = int_arg_u32(args[0])?;
            let set = match args[1] {
                0 => None,
                address => Some(UserIn::<u64>::new(address)?),
            };
            let old = match args[2] {
                0 => None,
                address => Some(UserOut::<u64>::new(address)?),
            };
            super::sigprocmask::sigprocmask(caller, how, set, old)
        }
        numbers::SYS_SIGPENDING => {
            let set = UserOut::<u64>::new(args[0])?;
            super::sigpending::sigpending(caller, set)
        }
        numbers::SYS_SIGSUSPEND => {
            let set = UserIn::<u64>::new(args[0])?;
            super::sigsuspend::sigsuspend(caller, set)
        }
        numbers::SYS_SIGTIMEDWAIT => {
            let set = UserIn::<u64>::new(args[0])?;
            let info = match args[1] {
                0 => None,
                address => Some(UserOut::<SignalInfo>::new(address)?),
            };
            let timeout = match args[2] {
                0 => None,
                address => Some(UserIn::<Timespec>::new(address)?),
            };
            super::sigtimedwait::sigtimedwait(caller, set, info, timeout)
        }
        numbers::SYS_SIGALTSTACK => {
            let stack = match args[0] {
                0 => None,
                address => Some(UserIn::<SignalStack>::new(address)?),
            };
            let old = match args[1] {
                0 => None,
                address => Some(UserOut::<SignalStack>::new(address)?),
            };
            super::sigaltstack::sigaltstack(caller, stack, old)
        }
        numbers::SYS_SIGRETURN => super::sigreturn::sigreturn(caller),
        numbers::SYS_KILL => {
            let pid = int_arg_i32(args[0])?;
            let signal = int_arg_u32(args[1])?;
            super::kill::kill(caller, pid, signal)
        }
        numbers::SYS_TGKILL => {
            let pid = int_arg_i32(args[0])?;
            let tid = int_arg_i32(args[1])?;
            let signal = int_arg_u32(args[2])?;
            super::tgkill::tgkill(caller, pid, tid, signal)
        }
        numbers::SYS_SIGQUEUE => {
            let pid = int_arg_i32(args[0])?;
            let signal = int_arg_u32(args[1])?;
            let value = args[2];
            super::sigqueue::sigqueue(caller, pid, signal, value)
        }
        numbers::SYS_OPENAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let flags = int_arg_u32(args[2])?;
            let mode = int_arg_u32(args[3])?;
            super::openat::openat(caller, dirfd, path, flags, mode)
        }
        numbers::SYS_FSTATAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let stat = UserOut::<Stat>::new(args[2])?;
            let flags = int_arg_u32(args[3])?;
            super::fstatat::fstatat(caller, dirfd, path, stat, flags)
        }
        numbers::SYS_MKDIRAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let mode = int_arg_u32(args[2])?;
            super::mkdirat::mkdirat(caller, dirfd, path, mode)
        }
        numbers::SYS_MKNODAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let mode = int_arg_u32(args[2])?;
            let device = args[3];
            super::mknodat::mknodat(caller, dirfd, path, mode, device)
        }
        numbers::SYS_SYMLINKAT => {
            let target = UserCStr::new(args[0])?;
            let dirfd = int_arg_i32(args[1])?;
            let path = UserCStr::new(args[2])?;
            super::symlinkat::symlinkat(caller, target, dirfd, path)
        }
        numbers::SYS_LINKAT => {
            let from_dirfd = int_arg_i32(args[0])?;
            let from = UserCStr::new(args[1])?;
            let to_dirfd = int_arg_i32(args[2])?;
            let to = UserCStr::new(args[3])?;
            let flags = int_arg_u32(args[4])?;
            super::linkat::linkat(caller, from_dirfd, from, to_dirfd, to, flags)
        }
        numbers::SYS_UNLINKAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let flags = int_arg_u32(args[2])?;
            super::unlinkat::unlinkat(caller, dirfd, path, flags)
        }
        numbers::SYS_RENAMEAT2 => {
            let from_dirfd = int_arg_i32(args[0])?;
            let from = UserCStr::new(args[1])?;
            let to_dirfd = int_arg_i32(args[2])?;
            let to = UserCStr::new(args[3])?;
            let flags = int_arg_u32(args[4])?;
            super::renameat2::renameat2(caller, from_dirfd, from, to_dirfd, to, flags)
        }
        numbers::SYS_READLINKAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let buffer = UserWrite::new(args[2], args[3])?;
            super::readlinkat::readlinkat(caller, dirfd, path, buffer)
        }
        numbers::SYS_FACCESSAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let mode = int_arg_u32(args[2])?;
            let flags = int_arg_u32(args[3])?;
            super::faccessat::faccessat(caller, dirfd, path, mode, flags)
        }
        numbers::SYS_FCHMOD => {
            let fd = Fd::from_arg(args[0])?;
            let mode = int_arg_u32(args[1])?;
            super::fchmod::fchmod(caller, fd, mode)
        }
        numbers::SYS_FCHMODAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let mode = int_arg_u32(args[2])?;
            let flags = int_arg_u32(args[3])?;
            super::fchmodat::fchmodat(caller, dirfd, path, mode, flags)
        }
        numbers::SYS_FCHOWN => {
            let fd = Fd::from_arg(args[0])?;
            let uid = int_arg_u32(args[1])?;
            let gid = int_arg_u32(args[2])?;
            super::fchown::fchown(caller, fd, uid, gid)
        }
        numbers::SYS_FCHOWNAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let uid = int_arg_u32(args[2])?;
            let gid = int_arg_u32(args[3])?;
            let flags = int_arg_u32(args[4])?;
            super::fchownat::fchownat(caller, dirfd, path, uid, gid, flags)
        }
        numbers::SYS_UTIMENSAT => {
            let dirfd = int_arg_i32(args[0])?;
            let path = UserCStr::new(args[1])?;
            let times = match args[2] {
                0 => None,
                address => Some(UserIn::<FileTimes>::new(address)?),
            };
            let flags = int_arg_u32(args[3])?;
            super::utimensat::utimensat(caller, dirfd, path, times, flags)
        }
        numbers::SYS_CHDIR => {
            let path = UserCStr::new(args[0])?;
            super::chdir::chdir(caller, path)
        }
        numbers::SYS_FCHDIR => {
            let fd = Fd::from_arg(args[0])?;
            super::fchdir::fchdir(caller, fd)
        }
        numbers::SYS_GETCWD => {
            let buffer = UserWrite::new(args[0], args[1])?;
            super::getcwd::getcwd(caller, buffer)
        }
        numbers::SYS_UMASK => {
            let mask = int_arg_u32(args[0])?;
            super::umask::umask(caller, mask)
        }
        numbers::SYS_STATFS => {
            let path = UserCStr::new(args[0])?;
            let facts = UserOut::<StatFs>::new(args[1])?;
            super::statfs::statfs(caller, path, facts)
        }
        numbers::SYS_FSTATFS => {
            let fd = Fd::from_arg(args[0])?;
            let facts = UserOut::<StatFs>::new(args[1])?;
            super::fstatfs::fstatfs(caller, fd, facts)
        }
        numbers::SYS_SHM_OPEN => {
            let name = UserCStr::new(args[0])?;
            let flags = int_arg_u32(args[1])?;
            let mode = int_arg_u32(args[2])?;
            super::shm_open::shm_open(caller, name, flags, mode)
        }
        numbers::SYS_SHM_UNLINK => {
            let name = UserCStr::new(args[0])?;
            super::shm_unlink::shm_unlink(caller, name)
        }
        numbers::SYS_SHM_CREATE => {
            let flags = int_arg_u32(args[0])?;
            super::shm_create::shm_create(caller, flags)
        }
        numbers::SYS_EVENTFD => {
            let count = int_arg_u32(args[0])?;
            let flags = int_arg_u32(args[1])?;
            super::eventfd::eventfd(caller, count, flags)
        }
        numbers::SYS_CHANNEL_CREATE => {
            let ends = UserOut::<ChannelEnds>::new(args[0])?;
            let flags = int_arg_u32(args[1])?;
            super::channel_create::channel_create(caller, ends, flags)
        }
        numbers::SYS_CHANNEL_SEND => {
            let fd = Fd::from_arg(args[0])?;
            let bytes = UserRead::new(args[1], args[2])?;
            let handles =
                UserRead::new(args[3], array_bytes(args[4], 64, size_of::<SentHandle>())?)?;
            let flags = int_arg_u32(args[5])?;
            super::channel_send::channel_send(caller, fd, bytes, handles, flags)
        }
        numbers::SYS_CHANNEL_RECEIVE => {
            let fd = Fd::from_arg(args[0])?;
            let bytes = UserWrite::new(args[1], args[2])?;
            let handles = UserWrite::new(args[3], array_bytes(args[4], 64, size_of::<i32>())?)?;
            let size = UserOut::<MessageSize>::new(args[5])?;
            super::channel_receive::channel_receive(caller, fd, bytes, handles, size)
        }
        numbers::SYS_EPOLL_CREATE1 => {
            let flags = int_arg_u32(args[0])?;
            super::epoll_create1::epoll_create1(caller, flags)
        }
        numbers::SYS_EPOLL_CTL => {
            let epfd = Fd::from_arg(args[0])?;
            let operation = int_arg_u32(args[1])?;
            let fd = Fd::from_arg(args[2])?;
            let event = args[3];
            super::epoll_ctl::epoll_ctl(caller, epfd, operation, fd, event)
        }
        numbers::SYS_EPOLL_PWAIT => {
            let epfd = Fd::from_arg(args[0])?;
            let events = UserWrite::new(
                args[1],
                array_bytes(args[2], 178956970, size_of::<EpollEvent>())?,
            )?;
            let timeout = match args[3] {
                0 => None,
                address => Some(UserIn::<Timespec>::new(address)?),
            };
            let mask = match args[4] {
                0 => None,
                address => Some(UserIn::<u64>::new(address)?),
            };
            super::epoll_pwait::epoll_pwait(caller, epfd, events, timeout, mask)
        }
        numbers::SYS_TIMERFD_CREATE => {
            let clock = int_arg_u32(args[0])?;
            let flags = int_arg_u32(args[1])?;
            super::timerfd_create::timerfd_create(caller, clock, flags)
        }
        numbers::SYS_TIMERFD_SETTIME => {
            let fd = Fd::from_arg(args[0])?;
            let flags = int_arg_u32(args[1])?;
            let new = UserIn::<TimerSpec>::new(args[2])?;
            let old = match args[3] {
                0 => None,
                address => Some(UserOut::<TimerSpec>::new(address)?),
            };
            super::timerfd_settime::timerfd_settime(caller, fd, flags, new, old)
        }
        numbers::SYS_TIMERFD_GETTIME => {
            let fd = Fd::from_arg(args[0])?;
            let current = UserOut::<TimerSpec>::new(args[1])?;
            super::timerfd_gettime::timerfd_gettime(caller, fd, current)
        }
        numbers::SYS_SETITIMER => {
            let which = int_arg_u32(args[0])?;
            let new = UserIn::<IntervalTimer>::new(args[1])?;
            let old = match args[2] {
                0 => None,
                address => Some(UserOut::<IntervalTimer>::new(address)?),
            };
            super::setitimer::setitimer(caller, which, new, old)
        }
        numbers::SYS_GETITIMER => {
            let which = int_arg_u32(args[0])?;
            let current = UserOut::<IntervalTimer>::new(args[1])?;
            super::getitimer::getitimer(caller, which, current)
        }
        numbers::SYS_REPORT => {
            let fd = Fd::from_arg(args[0])?;
            let text = UserRead::new(args[1], args[2])?;
            super::report::report(caller, fd, text)
        }
        numbers::SYS_FLOCK => {
            let fd = Fd::from_arg(args[0])?;
            let operation = int_arg_u32(args[1])?;
            super::flock::flock(caller, fd, operation)
        }
        numbers::SYS_SETPRIORITY => {
            let which = int_arg_u32(args[0])?;
            let who = int_arg_i32(args[1])?;
            let nice = int_arg_i32(args[2])?;
            super::setpriority::setpriority(caller, which, who, nice)
        }
        numbers::SYS_GETPRIORITY => {
            let which = int_arg_u32(args[0])?;
            let who = int_arg_i32(args[1])?;
            super::getpriority::getpriority(caller, which, who)
        }
        numbers::SYS_WAIT4 => {
            let pid = int_arg_i32(args[0])?;
            let status = match args[1] {
                0 => None,
                address => Some(UserOut::<i32>::new(address)?),
            };
            let options = int_arg_u32(args[2])?;
            let usage = match args[3] {
                0 => None,
                address => Some(UserOut::<ResourceUsage>::new(address)?),
            };
            super::wait4::wait4(caller, pid, status, options, usage)
        }
        numbers::SYS_GETRUSAGE => {
            let who = int_arg_i32(args[0])?;
            let usage = UserOut::<ResourceUsage>::new(args[1])?;
            super::getrusage::getrusage(caller, who, usage)
        }
        numbers::SYS_MSYNC => {
            let addr = args[0];
            let len = args[1];
            let flags = int_arg_u32(args[2])?;
            super::msync::msync(caller, addr, len, flags)
        }
        numbers::SYS_BROWSER_CHANNEL_CREATE => {
            let flags = int_arg_u32(args[0])?;
            super::browser_channel_create::browser_channel_create(caller, flags)
        }
        numbers::SYS_BROWSER_CHANNEL_STATUS => {
            let fd = Fd::from_arg(args[0])?;
            let status = UserOut::<BrowserChannelStatus>::new(args[1])?;
            super::browser_channel_status::browser_channel_status(caller, fd, status)
        }
        numbers::SYS_BROWSER_CHANNEL_SERVE => {
            let fd = Fd::from_arg(args[0])?;
            let services = int_arg_u32(args[1])?;
            let flags = int_arg_u32(args[2])?;
            super::browser_channel_serve::browser_channel_serve(caller, fd, services, flags)
        }
        _ => Err(Errno::ENOSYS),
    }
}

/// The low 32 bits, for a call that cannot fail.
fn low_i32(word: u64) -> i32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// Checks a struct's size as the caller knows it.
fn struct_size(word: u64, size: usize) -> Result<(), Errno> {
    if word != size as u64 {
        return Err(Errno::EINVAL);
    }
    Ok(())
}

/// The length in bytes of an array of at most `max` elements of `size` bytes.
fn array_bytes(count: u64, max: u64, size: usize) -> Result<u64, Errno> {
    if count > max {
        return Err(Errno::EINVAL);
    }
    count.checked_mul(size as u64).ok_or(Errno::EINVAL)
}
