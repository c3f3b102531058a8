//! Files with names that nobody has: `mkstemp` and its family, `tmpfile`, `tmpnam`.

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_ACCMODE, O_CREAT, O_EXCL, O_RDWR};
use kpio_abi::syscalls::SYS_GET_RANDOM;

use crate::header::errno;
use crate::header::fcntl::open;
use crate::header::stdio::file::File;
use crate::header::stdio::opening::fdopen;
use crate::header::sys_stat::mkdir;
use crate::header::unistd::close;
use crate::header::unistd::names::{access, unlink};
use crate::string::c_bytes;
use crate::syscall;

/// What a template ends with.
const PLACEHOLDER: &[u8] = b"XXXXXX";
/// How many names are tried. Source: musl, MAXTRIES.
const TRIES: usize = 100;
/// The mode of such a file: nobody else's.
const PRIVATE_MODE: u32 = 0o600;
const PRIVATE_DIRECTORY_MODE: u32 = 0o700;

const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Fills a place with letters and digits that nobody can guess.
fn randomise(place: &mut [u8; PLACEHOLDER.len()]) {
    let mut number = 0_u64;
    let arguments = [(&raw mut number) as usize, size_of::<u64>(), 0, 0, 0, 0];
    // SAFETY: GET_RANDOM writes no more than the number. It cannot fail with these arguments; were it to,
    // the name would be one that is tried and taken.
    let _ = unsafe { syscall::raw(SYS_GET_RANDOM, arguments) };
    for byte in place {
        let digit = usize::try_from(number % 36).unwrap_or(0);
        *byte = LETTERS.get(digit).copied().unwrap_or(b'x');
        number /= 36;
    }
}

/// Puts names into a template until `make` returns something other than EEXIST.
///
/// # Safety
///
/// `template` is a string of the caller's.
unsafe fn try_names(
    template: *mut c_char,
    suffix_len: c_int,
    make: impl Fn(*const c_char) -> c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let length = unsafe { c_bytes(template.cast()) }.len();
    let start = usize::try_from(suffix_len)
        .ok()
        .and_then(|suffix| length.checked_sub(suffix))
        .and_then(|end| end.checked_sub(PLACEHOLDER.len()));
    let Some(start) = start else {
        return errno::result(Err(Errno::EINVAL.into()));
    };
    let place = template.cast::<u8>().wrapping_add(start);
    let place = place.cast::<[u8; PLACEHOLDER.len()]>();
    // SAFETY: within the string.
    if unsafe { place.read() } != PLACEHOLDER {
        return errno::result(Err(Errno::EINVAL.into()));
    }
    for _ in 0..TRIES {
        let mut name = [0; PLACEHOLDER.len()];
        randomise(&mut name);
        // SAFETY: as above.
        unsafe { place.write(name) };
        let made = make(template);
        if made >= 0 || errno::last() != Errno::EEXIST.into() {
            return made;
        }
    }
    let unchanged = *b"XXXXXX";
    // SAFETY: as above.
    unsafe { place.write(unchanged) };
    -1
}

/// `int mkostemps(char *template, int suffix_len, int flags)`
///
/// # Safety
///
/// `template` is a string of the caller's.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkostemps(
    template: *mut c_char,
    suffix_len: c_int,
    flags: c_int,
) -> c_int {
    let flags = flags.cast_unsigned() & !O_ACCMODE | O_RDWR | O_CREAT | O_EXCL;
    let make = |name| {
        // SAFETY: the template with a name in it.
        unsafe { open(name, flags.cast_signed(), PRIVATE_MODE) }
    };
    // SAFETY: handed on to the caller.
    unsafe { try_names(template, suffix_len, make) }
}

/// `int mkostemp(char *template, int flags)`
///
/// # Safety
///
/// As for [`mkostemps`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkostemp(template: *mut c_char, flags: c_int) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { mkostemps(template, 0, flags) }
}

/// `int mkstemps(char *template, int suffix_len)`
///
/// # Safety
///
/// As for [`mkostemps`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkstemps(template: *mut c_char, suffix_len: c_int) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { mkostemps(template, suffix_len, 0) }
}

/// `int mkstemp(char *template)`
///
/// # Safety
///
/// As for [`mkostemps`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkstemp(template: *mut c_char) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { mkostemps(template, 0, 0) }
}

/// `char *mkdtemp(char *template)`
///
/// # Safety
///
/// As for [`mkostemps`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkdtemp(template: *mut c_char) -> *mut c_char {
    let make = |name| {
        // SAFETY: the template with a name in it.
        unsafe { mkdir(name, PRIVATE_DIRECTORY_MODE) }
    };
    // SAFETY: handed on to the caller.
    if unsafe { try_names(template, 0, make) } < 0 {
        return ptr::null_mut();
    }
    template
}

/// `char *mktemp(char *template)`: a name that nothing has now; empty, with `errno`, if there is none.
///
/// # Safety
///
/// As for [`mkostemps`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mktemp(template: *mut c_char) -> *mut c_char {
    let make = |name| {
        // SAFETY: the template with a name in it.
        if unsafe { access(name, 0) } == 0 {
            return errno::result(Err(Errno::EEXIST.into()));
        }
        if errno::last() == Errno::ENOENT.into() {
            0
        } else {
            -1
        }
    };
    // SAFETY: handed on to the caller.
    if unsafe { try_names(template, 0, make) } < 0 {
        // SAFETY: a string of the caller's.
        unsafe { template.write(0) };
    }
    template
}

/// `FILE *tmpfile(void)`: a file that has no name any more.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn tmpfile() -> *mut File {
    let mut template = *b"/tmp/tmpfile_XXXXXX\0";
    let name = template.as_mut_ptr().cast();
    // SAFETY: a string on this stack.
    let fd = unsafe { mkostemps(name, 0, 0) };
    if fd < 0 {
        return ptr::null_mut();
    }
    // SAFETY: as above.
    unsafe { unlink(name) };
    // SAFETY: the mode is a string.
    let file = unsafe { fdopen(fd, c"w+".as_ptr()) };
    if file.is_null() {
        close(fd);
    }
    file
}

/// `L_tmpnam`
const NAME_BYTES: usize = 20;

/// Where `tmpnam` writes for who gives it no place.
struct OwnName(core::cell::UnsafeCell<[u8; NAME_BYTES]>);

// SAFETY: POSIX says that `tmpnam(NULL)` is not for several threads at a time.
unsafe impl Sync for OwnName {}

static OWN_NAME: OwnName = OwnName(core::cell::UnsafeCell::new([0; NAME_BYTES]));

/// `char *tmpnam(char *place)`: a name that nothing has now, null if there is none.
///
/// # Safety
///
/// `place` has room for L_tmpnam bytes, or is null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn tmpnam(place: *mut c_char) -> *mut c_char {
    let mut template = *b"/tmp/tmpnam_XXXXXX\0\0";
    // SAFETY: a string on this stack.
    unsafe { mktemp(template.as_mut_ptr().cast()) };
    if template.first() == Some(&0) {
        return ptr::null_mut();
    }
    let place = if place.is_null() {
        OWN_NAME.0.get().cast()
    } else {
        place.cast::<[u8; NAME_BYTES]>()
    };
    // SAFETY: the caller's promise.
    unsafe { place.write(template) };
    place.cast()
}
