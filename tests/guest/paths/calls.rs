//! The functions of libkpio under test, safe to call: their strings live as long as the call.

use core::ffi::{CStr, c_char, c_int};
use core::marker::PhantomData;

use kpio_rt::Error;
use kpio_rt::abi::types::{FileTimes, Stat, StatFs};

/// A string as C passes it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Text<'a>(*const c_char, PhantomData<&'a CStr>);

/// `text` for a call.
pub const fn t(text: &CStr) -> Text<'_> {
    Text(text.as_ptr(), PhantomData)
}

unsafe extern "C" {
    pub safe fn openat(dirfd: c_int, path: Text<'_>, flags: c_int, mode: u32) -> c_int;
    pub safe fn stat(path: Text<'_>, stat: &mut Stat) -> c_int;
    pub safe fn lstat(path: Text<'_>, stat: &mut Stat) -> c_int;
    pub safe fn fstatat(dirfd: c_int, path: Text<'_>, stat: &mut Stat, flags: c_int) -> c_int;
    pub safe fn mkdir(path: Text<'_>, mode: u32) -> c_int;
    pub safe fn mkdirat(dirfd: c_int, path: Text<'_>, mode: u32) -> c_int;
    pub safe fn mknod(path: Text<'_>, mode: u32, device: usize) -> c_int;
    pub safe fn mkfifo(path: Text<'_>, mode: u32) -> c_int;
    pub safe fn symlink(target: Text<'_>, path: Text<'_>) -> c_int;
    pub safe fn link(from: Text<'_>, to: Text<'_>) -> c_int;
    pub safe fn linkat(
        from_dirfd: c_int,
        from: Text<'_>,
        to_dirfd: c_int,
        to: Text<'_>,
        flags: c_int,
    ) -> c_int;
    pub safe fn unlink(path: Text<'_>) -> c_int;
    pub safe fn unlinkat(dirfd: c_int, path: Text<'_>, flags: c_int) -> c_int;
    pub safe fn rmdir(path: Text<'_>) -> c_int;
    pub safe fn remove(path: Text<'_>) -> c_int;
    pub safe fn rename(from: Text<'_>, to: Text<'_>) -> c_int;
    pub safe fn renameat2(
        from_dirfd: c_int,
        from: Text<'_>,
        to_dirfd: c_int,
        to: Text<'_>,
        flags: u32,
    ) -> c_int;
    pub safe fn access(path: Text<'_>, mode: c_int) -> c_int;
    pub safe fn faccessat(dirfd: c_int, path: Text<'_>, mode: c_int, flags: c_int) -> c_int;
    pub safe fn chmod(path: Text<'_>, mode: u32) -> c_int;
    pub safe fn fchmod(fd: c_int, mode: u32) -> c_int;
    pub safe fn fchmodat(dirfd: c_int, path: Text<'_>, mode: u32, flags: c_int) -> c_int;
    pub safe fn chown(path: Text<'_>, uid: u32, gid: u32) -> c_int;
    pub safe fn lchown(path: Text<'_>, uid: u32, gid: u32) -> c_int;
    pub safe fn fchown(fd: c_int, uid: u32, gid: u32) -> c_int;
    pub safe fn utimensat(
        dirfd: c_int,
        path: Text<'_>,
        times: Option<&FileTimes>,
        flags: c_int,
    ) -> c_int;
    pub safe fn futimens(fd: c_int, times: Option<&FileTimes>) -> c_int;
    pub safe fn chdir(path: Text<'_>) -> c_int;
    pub safe fn fchdir(fd: c_int) -> c_int;
    pub safe fn umask(mask: u32) -> u32;
    pub safe fn truncate(path: Text<'_>, len: i64) -> c_int;
    pub safe fn statfs(path: Text<'_>, facts: &mut StatFs) -> c_int;
    pub safe fn fstatfs(fd: c_int, facts: &mut StatFs) -> c_int;
    fn readlink(path: Text<'_>, buffer: *mut u8, len: usize) -> isize;
    fn getcwd(buffer: *mut u8, len: usize) -> *const c_char;
}

/// What a function said: a number, or -1 and an error.
pub fn said(returned: c_int) -> Result<c_int, Error> {
    if returned == -1 {
        Err(Error::last())
    } else {
        Ok(returned)
    }
}

/// `readlink` into `buffer`; how many bytes.
pub fn read_link(path: &CStr, buffer: &mut [u8]) -> Result<usize, Error> {
    // SAFETY: the buffer is writable and that long.
    let len = unsafe { readlink(t(path), buffer.as_mut_ptr(), buffer.len()) };
    usize::try_from(len).map_err(|_| Error::last())
}

/// `getcwd` into `buffer`.
pub fn working_directory(buffer: &mut [u8]) -> Result<&CStr, Error> {
    // SAFETY: the buffer is writable and that long.
    let path = unsafe { getcwd(buffer.as_mut_ptr(), buffer.len()) };
    if path.is_null() {
        return Err(Error::last());
    }
    CStr::from_bytes_until_nul(buffer).map_err(|_| Error::from_raw(0))
}
