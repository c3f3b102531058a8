//! `dirent.h`: directory streams.

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CLOEXEC, O_DIRECTORY, S_IFDIR, S_IFMT};
use kpio_abi::syscalls::{SYS_FSTAT, SYS_GETDENTS, SYS_SEEK};
use kpio_abi::types::Stat;

use crate::header::errno;
use crate::header::fcntl::open;
use crate::header::stdlib::memory::{free, malloc};
use crate::header::unistd::close;
use crate::syscall;
use crate::thread::lock::Lock;

/// Room for some dozens of entries. Source: musl reads as much at once.
const BUFFER_BYTES: usize = 2048;
/// Where the entry's own length is, and the position of the next one. Source: musl, `struct dirent`.
const POSITION_PLACE: usize = 8;
const LENGTH_PLACE: usize = 16;

/// `DIR`
pub struct Stream {
    fd: c_int,
    state: Lock<State>,
}

struct State {
    /// The position behind the entry that was given last.
    position: isize,
    start: usize,
    end: usize,
    buffer: Buffer,
}

#[repr(C, align(8))]
struct Buffer([u8; BUFFER_BYTES]);

impl State {
    fn forget(&mut self, position: isize) {
        self.position = position;
        self.start = 0;
        self.end = 0;
    }

    /// The place in the buffer of the next entry; None at the end.
    fn next(&mut self, fd: c_int) -> Result<Option<usize>, syscall::ErrorNumber> {
        if self.start >= self.end {
            let place = (&raw mut self.buffer) as usize;
            let arguments = [syscall::int(fd), place, BUFFER_BYTES, 0, 0, 0];
            // SAFETY: GETDENTS writes into the buffer only.
            self.end = unsafe { syscall::call(SYS_GETDENTS, arguments) }?;
            self.start = 0;
            if self.end == 0 {
                return Ok(None);
            }
        }
        let place = self.start;
        let entry = &self.buffer.0[place..];
        let (mut len, mut position) = ([0; 2], [0; 8]);
        len.copy_from_slice(&entry[LENGTH_PLACE..LENGTH_PLACE + 2]);
        position.copy_from_slice(&entry[POSITION_PLACE..POSITION_PLACE + 8]);
        self.start += usize::from(u16::from_ne_bytes(len));
        self.position = isize::from_ne_bytes(position);
        Ok(Some(place))
    }
}

/// A stream over an open directory; null with `errno` when there is no memory.
fn stream(fd: c_int) -> *mut Stream {
    let stream = malloc(size_of::<Stream>()).cast::<Stream>();
    if stream.is_null() {
        return stream;
    }
    let new = Stream {
        fd,
        state: Lock::new(State {
            position: 0,
            start: 0,
            end: 0,
            buffer: Buffer([0; BUFFER_BYTES]),
        }),
    };
    // SAFETY: allocated just now, of that size, aligned for any type.
    unsafe { stream.write(new) };
    stream
}

/// `DIR *opendir(const char *path)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn opendir(path: *const c_char) -> *mut Stream {
    let flags = (O_DIRECTORY | O_CLOEXEC).cast_signed();
    // SAFETY: handed on to the caller.
    let fd = unsafe { open(path, flags, 0) };
    if fd < 0 {
        return ptr::null_mut();
    }
    let stream = stream(fd);
    if stream.is_null() {
        close(fd);
    }
    stream
}

/// `DIR *fdopendir(int fd)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn fdopendir(fd: c_int) -> *mut Stream {
    let mut stat = Stat::default();
    let arguments = [syscall::int(fd), (&raw mut stat) as usize, 0, 0, 0, 0];
    // SAFETY: FSTAT writes one struct.
    if let Err(error) = unsafe { syscall::call(SYS_FSTAT, arguments) } {
        errno::set(error);
        return ptr::null_mut();
    }
    if stat.st_mode & S_IFMT != S_IFDIR {
        errno::set(Errno::ENOTDIR.into());
        return ptr::null_mut();
    }
    stream(fd)
}

/// `int closedir(DIR *stream)`
///
/// # Safety
///
/// `stream` is open, and nobody uses it meanwhile or after.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn closedir(stream: *mut Stream) -> c_int {
    // SAFETY: the caller's promise.
    let fd = unsafe { &*stream }.fd;
    // SAFETY: it came from `malloc`.
    unsafe { free(stream.cast()) };
    close(fd)
}

/// `struct dirent *readdir(DIR *stream)`: null at the end, and with `errno` for an error.
///
/// # Safety
///
/// `stream` is open; the entry given before is not used any more.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn readdir(stream: *mut Stream) -> *mut u8 {
    // SAFETY: the caller's promise.
    let stream = unsafe { &*stream };
    let mut state = stream.state.lock();
    match state.next(stream.fd) {
        Ok(Some(place)) => (&raw mut state.buffer).cast::<u8>().wrapping_add(place),
        Ok(None) => ptr::null_mut(),
        // The directory was removed: there is nothing in it any more.
        Err(error) if error == Errno::ENOENT.into() => ptr::null_mut(),
        Err(error) => {
            errno::set(error);
            ptr::null_mut()
        }
    }
}

/// `int dirfd(DIR *stream)`
///
/// # Safety
///
/// `stream` is open.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn dirfd(stream: *mut Stream) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*stream }.fd
}

/// `long telldir(DIR *stream)`
///
/// # Safety
///
/// `stream` is open.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn telldir(stream: *mut Stream) -> isize {
    // SAFETY: the caller's promise.
    unsafe { &*stream }.state.lock().position
}

/// `void seekdir(DIR *stream, long position)`
///
/// # Safety
///
/// `stream` is open; the position came from [`telldir`] of it.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn seekdir(stream: *mut Stream, position: isize) {
    // SAFETY: the caller's promise.
    let stream = unsafe { &*stream };
    let mut state = stream.state.lock();
    let arguments = [
        syscall::int(stream.fd),
        position.cast_unsigned(),
        0,
        0,
        0,
        0,
    ];
    // SAFETY: SEEK touches no memory. POSIX has no error for it.
    let _ = unsafe { syscall::call(SYS_SEEK, arguments) };
    state.forget(position);
}

/// `void rewinddir(DIR *stream)`
///
/// # Safety
///
/// `stream` is open.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn rewinddir(stream: *mut Stream) {
    // SAFETY: handed on to the caller.
    unsafe { seekdir(stream, 0) };
}
