//! `stdio.h`: the printf family.
//!
//! Every function takes what C gives it: files that are open, formats, and arguments that are what the
//! format says.

#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{VaList as CVaList, c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;

use super::file::{File, stdout, with};
use super::print::spec::{Fault, INT_MAX};
use super::print::{Output, Unit, print};
use super::stream::{Buffering, Orientation, Stream};
use crate::header::errno;
use crate::header::stdlib::memory::malloc;
use crate::io;
use crate::string::c_bytes;
use crate::varargs::VaList;

/// What a function returns: how much, or -1 with `errno`.
pub(crate) fn outcome(printed: Result<usize, Fault>) -> c_int {
    let number = printed.map_err(|fault| match fault {
        Fault::Invalid => Errno::EINVAL,
        Fault::TooLong => Errno::EOVERFLOW,
        Fault::NoCharacter => Errno::EILSEQ,
    });
    match number.map(c_int::try_from) {
        Ok(Ok(number)) => number,
        Ok(Err(_)) => errno::result(Err(Errno::EOVERFLOW.into())),
        Err(error) => errno::result(Err(error.into())),
    }
}

/// Characters to a stream. What is not buffered is collected here, so that one conversion is not many
/// calls.
struct StreamOutput<'a> {
    stream: &'a mut Stream,
    collected: [u8; 256],
    count: usize,
    collects: bool,
}

impl<'a> StreamOutput<'a> {
    fn new(stream: &'a mut Stream) -> Self {
        let collects = stream.buffering() == Buffering::None;
        Self {
            stream,
            collected: [0; 256],
            count: 0,
            collects,
        }
    }

    fn flush(&mut self) {
        let text = self.collected.get(..self.count).unwrap_or_default();
        if !text.is_empty() {
            self.stream.write(text);
        }
        self.count = 0;
    }
}

impl Output for StreamOutput<'_> {
    fn put(&mut self, bytes: &[u8]) {
        if !self.collects {
            self.stream.write(bytes);
            return;
        }
        if bytes.len() > self.collected.len() - self.count {
            self.flush();
        }
        match self.collected.get_mut(self.count..self.count + bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.count += bytes.len();
            }
            None => {
                self.stream.write(bytes);
            }
        }
    }
}

/// Characters to memory; what does not fit is only counted.
struct MemoryOutput {
    place: *mut u8,
    room: usize,
}

impl Output for MemoryOutput {
    fn put(&mut self, bytes: &[u8]) {
        let count = bytes.len().min(self.room);
        // SAFETY: there is so much room.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.place, count) };
        self.place = self.place.wrapping_add(count);
        self.room -= count;
    }

    fn pad(&mut self, byte: u8, count: usize) {
        let count = count.min(self.room);
        // SAFETY: there is so much room.
        unsafe { ptr::write_bytes(self.place, byte, count) };
        self.place = self.place.wrapping_add(count);
        self.room -= count;
    }
}

/// Characters to a descriptor.
struct DescriptorOutput {
    fd: c_int,
    collected: io::FixedText<1024>,
    error: Option<crate::syscall::ErrorNumber>,
}

impl DescriptorOutput {
    fn flush(&mut self) {
        if self.error.is_none() {
            self.error = io::write_all(self.fd, self.collected.as_bytes()).err();
        }
        self.collected = io::FixedText::new();
    }
}

impl Output for DescriptorOutput {
    fn put(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(512) {
            if self.collected.as_bytes().len() > 512 {
                self.flush();
            }
            self.collected.push(chunk);
        }
    }
}

/// Prints to a stream in a unit; the orientation is the caller's.
///
/// # Safety
///
/// `file` is open; the arguments are what the format says.
pub(crate) unsafe fn print_to_file(
    file: *mut File,
    format: &[u8],
    arguments: *mut VaList,
    unit: Unit,
) -> c_int {
    let print_to = |stream: &mut Stream| {
        if stream.orientation == Orientation::Unknown {
            stream.orientation = match unit {
                Unit::Byte => Orientation::Bytes,
                Unit::Character => Orientation::Wide,
            };
        }
        let was_failed = core::mem::take(&mut stream.is_failed);
        if !stream.access.can_write {
            stream.is_failed = true;
            return errno::result(Err(Errno::EBADF.into()));
        }
        let mut output = StreamOutput::new(stream);
        // SAFETY: the caller's promise.
        let printed = unsafe { print(&mut output, format, arguments, unit) };
        output.flush();
        let fails = stream.is_failed;
        stream.is_failed |= was_failed;
        let number = outcome(printed);
        if fails { -1 } else { number }
    };
    // SAFETY: the caller's promise.
    unsafe { with(file, print_to) }
}

/// `int vfprintf(FILE *file, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vfprintf(
    file: *mut File,
    format: *const c_char,
    arguments: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    let format = unsafe { c_bytes(format.cast()) };
    // SAFETY: the caller's promise.
    unsafe { print_to_file(file, format, arguments, Unit::Byte) }
}

/// `int vprintf(const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vprintf(format: *const c_char, arguments: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfprintf(stdout.get(), format, arguments) }
}

/// `int vsnprintf(char *place, size_t room, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vsnprintf(
    place: *mut c_char,
    room: usize,
    format: *const c_char,
    arguments: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    let format = unsafe { c_bytes(format.cast()) };
    let mut output = MemoryOutput {
        place: place.cast(),
        room: room.saturating_sub(1),
    };
    // SAFETY: the caller's promise.
    let printed = unsafe { print(&mut output, format, arguments, Unit::Byte) };
    if room > 0 {
        // SAFETY: one byte was kept for it.
        unsafe { output.place.write(0) };
    }
    outcome(printed)
}

/// `int vsprintf(char *place, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vsprintf(
    place: *mut c_char,
    format: *const c_char,
    arguments: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vsnprintf(place, INT_MAX, format, arguments) }
}

/// `int vdprintf(int fd, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vdprintf(
    fd: c_int,
    format: *const c_char,
    arguments: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    let format = unsafe { c_bytes(format.cast()) };
    let mut output = DescriptorOutput {
        fd,
        collected: io::FixedText::new(),
        error: None,
    };
    // SAFETY: the caller's promise.
    let printed = unsafe { print(&mut output, format, arguments, Unit::Byte) };
    output.flush();
    match output.error {
        Some(error) => errno::result(Err(error)),
        None => outcome(printed),
    }
}

/// `int vasprintf(char **text, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vasprintf(
    text: *mut *mut c_char,
    format: *const c_char,
    arguments: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    let mut again = unsafe { *arguments };
    // SAFETY: the caller's promise; without room nothing is written.
    let length = unsafe { vsnprintf(ptr::null_mut(), 0, format, &raw mut again) };
    let Ok(room) = usize::try_from(length) else {
        return -1;
    };
    let place = malloc(room + 1).cast::<c_char>();
    if place.is_null() {
        return -1;
    }
    // SAFETY: the caller's promise.
    unsafe { text.write(place) };
    // SAFETY: so much was allocated.
    unsafe { vsnprintf(place, room + 1, format, arguments) }
}

/// The list as our functions take it.
const fn list(arguments: &mut CVaList<'_>) -> *mut VaList {
    VaList::of(arguments)
}

/// `int printf(const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn printf(format: *const c_char, mut arguments: ...) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfprintf(stdout.get(), format, list(&mut arguments)) }
}

/// `int fprintf(FILE *file, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fprintf(
    file: *mut File,
    format: *const c_char,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfprintf(file, format, list(&mut arguments)) }
}

/// `int dprintf(int fd, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn dprintf(fd: c_int, format: *const c_char, mut arguments: ...) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vdprintf(fd, format, list(&mut arguments)) }
}

/// `int sprintf(char *place, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sprintf(
    place: *mut c_char,
    format: *const c_char,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vsprintf(place, format, list(&mut arguments)) }
}

/// `int snprintf(char *place, size_t room, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn snprintf(
    place: *mut c_char,
    room: usize,
    format: *const c_char,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vsnprintf(place, room, format, list(&mut arguments)) }
}

/// `int asprintf(char **text, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn asprintf(
    text: *mut *mut c_char,
    format: *const c_char,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vasprintf(text, format, list(&mut arguments)) }
}
