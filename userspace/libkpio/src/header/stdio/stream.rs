//! A stream: a device and the buffer before it. Whoever uses one holds its lock ([`super::file`]).
//!
//! Source: POSIX, "Interaction of Other FILE-Type Functions"; musl for what that leaves open.

use core::ffi::{c_int, c_void};

use kpio_abi::errors::Errno;
use kpio_abi::flags::{SEEK_CUR, SEEK_END, SEEK_SET};
use kpio_abi::syscalls::{SYS_CLOSE, SYS_READ, SYS_SEEK, SYS_WRITE};

use crate::header::errno;
use crate::syscall::{self, ErrorNumber};

/// What functions return with an error or at the end.
pub const EOF: c_int = -1;
/// Bytes that may be pushed back in any case; POSIX demands one. Source: musl, UNGET.
pub const PUSH_BACK_BYTES: usize = 8;
/// Length of the buffer a stream comes with. Programs are told 1,024 (BUFSIZ); a larger one saves
/// calls.
pub const BUFFER_BYTES: usize = 4096;

/// `ssize_t read(void *cookie, char *buffer, size_t len)`
pub type ReadFunction = unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> isize;
/// `ssize_t write(void *cookie, const char *buffer, size_t len)`
pub type WriteFunction = unsafe extern "C" fn(*mut c_void, *const u8, usize) -> isize;
/// `int seek(void *cookie, off_t *offset, int whence)`
pub type SeekFunction = unsafe extern "C" fn(*mut c_void, *mut i64, c_int) -> c_int;
/// `int close(void *cookie)`
pub type CloseFunction = unsafe extern "C" fn(*mut c_void) -> c_int;

/// A device made of functions; those that are missing fail, or succeed without effect, as
/// `fopencookie` says. The layout is that of C's `cookie_io_functions_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Functions {
    /// Reads; without it there is nothing to read.
    pub read: Option<ReadFunction>,
    /// Writes; without it everything is taken and dropped.
    pub write: Option<WriteFunction>,
    /// Moves; without it the stream has no position.
    pub seek: Option<SeekFunction>,
    /// Closes.
    pub close: Option<CloseFunction>,
}

/// What is behind a buffer.
#[derive(Clone, Copy)]
pub enum Device {
    /// A file descriptor.
    Descriptor(c_int),
    /// Functions, and what they are given.
    Functions(Functions, *mut c_void),
}

impl Device {
    /// Its descriptor, if it has one.
    pub const fn descriptor(&self) -> Option<c_int> {
        match self {
            Self::Descriptor(fd) => Some(*fd),
            Self::Functions(..) => None,
        }
    }

    fn read(&self, place: &mut [u8]) -> Result<usize, ErrorNumber> {
        let (start, len) = (place.as_mut_ptr(), place.len());
        match *self {
            // SAFETY: READ writes no more than the slice.
            Self::Descriptor(fd) => unsafe {
                let arguments = [syscall::int(fd), start as usize, len, 0, 0, 0];
                syscall::call(SYS_READ, arguments)
            },
            Self::Functions(functions, cookie) => match functions.read {
                // SAFETY: whoever gave the function promised that it may be called so.
                Some(read) => of_function(unsafe { read(cookie, start, len) }),
                None => Ok(0),
            },
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<usize, ErrorNumber> {
        let (start, len) = (bytes.as_ptr(), bytes.len());
        match *self {
            // SAFETY: WRITE only reads.
            Self::Descriptor(fd) => unsafe {
                let arguments = [syscall::int(fd), start as usize, len, 0, 0, 0];
                syscall::call(SYS_WRITE, arguments)
            },
            Self::Functions(functions, cookie) => match functions.write {
                // SAFETY: whoever gave the function promised that it may be called so.
                Some(write) => of_function(unsafe { write(cookie, start, len) }),
                None => Ok(len),
            },
        }
    }

    fn seek(&self, offset: i64, whence: c_int) -> Result<i64, ErrorNumber> {
        match *self {
            Self::Descriptor(fd) => {
                let arguments = [
                    syscall::int(fd),
                    usize::try_from(offset.cast_unsigned()).unwrap_or(usize::MAX),
                    syscall::int(whence),
                    0,
                    0,
                    0,
                ];
                // SAFETY: SEEK touches no memory.
                let position = unsafe { syscall::call(SYS_SEEK, arguments) }?;
                Ok(i64::try_from(position).unwrap_or(i64::MAX))
            }
            Self::Functions(functions, cookie) => {
                let seek = functions.seek.ok_or(Errno::ENOTSUP)?;
                let mut position = offset;
                // SAFETY: whoever gave the function promised that it may be called so.
                let status = unsafe { seek(cookie, &raw mut position, whence) };
                of_function(status as isize).map(|_| position)
            }
        }
    }

    /// Closes it.
    pub fn close(&self) -> Result<(), ErrorNumber> {
        match *self {
            Self::Descriptor(fd) => {
                let arguments = [syscall::int(fd), 0, 0, 0, 0, 0];
                // SAFETY: CLOSE touches no memory.
                unsafe { syscall::call(SYS_CLOSE, arguments) }.map(|_| ())
            }
            Self::Functions(functions, cookie) => match functions.close {
                // SAFETY: whoever gave the function promised that it may be called so.
                Some(close) => of_function(unsafe { close(cookie) } as isize).map(|_| ()),
                None => Ok(()),
            },
        }
    }
}

/// The result of a C function that returns a negative number and sets `errno`.
fn of_function(result: isize) -> Result<usize, ErrorNumber> {
    usize::try_from(result).map_err(|_| errno::last())
}

/// Something could not be written: the stream remembers that, and `errno` says why.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

/// When what was written goes to the device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Buffering {
    /// When the buffer is full.
    Full,
    /// Also with every newline.
    Line,
    /// At once.
    None,
}

/// What the buffer holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    /// Nothing.
    Nothing,
    /// What was read, from `start` to `end`, and is not taken yet.
    Read,
    /// What is to be written, from [`PUSH_BACK_BYTES`] to `end`.
    Written,
}

/// What a stream may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// It may be read.
    pub can_read: bool,
    /// It may be written.
    pub can_write: bool,
    /// All writing is at the end.
    pub appends: bool,
}

/// Whether a stream is one of bytes or of wide characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Orientation {
    /// Not decided.
    Unknown,
    /// Bytes.
    Bytes,
    /// Wide characters.
    Wide,
}

/// A device and the buffer before it.
pub struct Stream {
    /// The device.
    pub device: Device,
    /// What may be done.
    pub access: Access,
    /// The end was met.
    pub is_at_end: bool,
    /// An error was met.
    pub is_failed: bool,
    /// Bytes or wide characters.
    pub orientation: Orientation,
    /// The process behind it, if `popen` has made it; otherwise 0.
    pub process: c_int,
    /// [`PUSH_BACK_BYTES`] and `capacity` bytes.
    buffer: *mut u8,
    capacity: usize,
    /// `None`: [`Buffering::Line`] on a terminal, else [`Buffering::Full`].
    buffering: Option<Buffering>,
    content: Content,
    start: usize,
    end: usize,
}

impl Stream {
    /// A stream before a device.
    ///
    /// `buffer` has [`PUSH_BACK_BYTES`] and `capacity` bytes, which are the stream's as long as it is
    /// used; `capacity` is not 0.
    pub const fn new(
        device: Device,
        access: Access,
        buffer: *mut u8,
        capacity: usize,
        buffering: Option<Buffering>,
    ) -> Self {
        Self {
            device,
            access,
            is_at_end: false,
            is_failed: false,
            orientation: Orientation::Unknown,
            process: 0,
            buffer,
            capacity,
            buffering,
            content: Content::Nothing,
            start: PUSH_BACK_BYTES,
            end: PUSH_BACK_BYTES,
        }
    }

    /// The whole buffer.
    fn storage(&mut self) -> &mut [u8] {
        // SAFETY: `new` and `set_buffer` were given so many bytes, and they are this stream's.
        unsafe { core::slice::from_raw_parts_mut(self.buffer, PUSH_BACK_BYTES + self.capacity) }
    }

    /// What the buffer holds of what was read.
    fn unread(&mut self) -> &[u8] {
        let range = match self.content {
            Content::Read => self.start..self.end,
            _ => 0..0,
        };
        self.storage().get(range).unwrap_or_default()
    }

    /// How many bytes wait to be written.
    #[must_use]
    pub const fn pending_bytes(&self) -> usize {
        match self.content {
            Content::Written => self.end - PUSH_BACK_BYTES,
            _ => 0,
        }
    }

    /// How many bytes were read and not taken yet.
    #[must_use]
    pub const fn unread_bytes(&self) -> usize {
        match self.content {
            Content::Read => self.end - self.start,
            _ => 0,
        }
    }

    /// Whether it was read last, or cannot be written.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.content == Content::Read || !self.access.can_write
    }

    /// Whether it was written last, or cannot be read.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.content == Content::Written || !self.access.can_read
    }

    /// Length of the buffer; 0 if there is none in effect.
    #[must_use]
    pub fn capacity(&self) -> usize {
        if self.buffering == Some(Buffering::None) {
            0
        } else {
            self.capacity
        }
    }

    fn fail(&mut self, error: ErrorNumber) {
        self.is_failed = true;
        errno::set(error);
    }

    /// Forgets what the buffer holds.
    pub fn forget(&mut self) {
        self.content = Content::Nothing;
        self.start = PUSH_BACK_BYTES;
        self.end = PUSH_BACK_BYTES;
    }

    /// How output is buffered; a terminal is looked for once.
    pub fn buffering(&mut self) -> Buffering {
        if let Some(known) = self.buffering {
            return known;
        }
        let is_terminal = self.device.descriptor().is_some_and(is_terminal);
        let found = if is_terminal {
            Buffering::Line
        } else {
            Buffering::Full
        };
        self.buffering = Some(found);
        found
    }

    /// Says how output is buffered from now on.
    pub const fn set_buffering(&mut self, buffering: Buffering) {
        self.buffering = Some(buffering);
    }

    /// Gives it another buffer, as [`Self::new`] says. Nothing may be in the one it has.
    pub const fn set_buffer(&mut self, buffer: *mut u8, capacity: usize) {
        self.buffer = buffer;
        self.capacity = capacity;
    }

    /// Makes it ready for reading; false, with `errno`, if it cannot be read, or at the end.
    fn prepare_reading(&mut self) -> bool {
        if self.content == Content::Written && self.flush().is_err() {
            return false;
        }
        if !self.access.can_read {
            self.fail(Errno::EBADF.into());
            return false;
        }
        if self.content != Content::Read {
            self.forget();
            self.content = Content::Read;
        }
        // The end stays, even if more could be read by now.
        !self.is_at_end
    }

    /// Reads from the device into `place`; 0 at the end or with an error, which the stream remembers.
    fn read_device(&mut self, place: &mut [u8]) -> usize {
        match self.device.read(place) {
            Ok(0) => {
                self.is_at_end = true;
                0
            }
            Ok(count) => count.min(place.len()),
            Err(error) => {
                self.fail(error);
                0
            }
        }
    }

    /// Fills the buffer, which is empty; false if nothing came.
    fn fill(&mut self) -> bool {
        if !self.prepare_reading() {
            return false;
        }
        let wanted = if self.buffering == Some(Buffering::None) {
            1
        } else {
            self.capacity
        };
        let (device, range) = (self.device, PUSH_BACK_BYTES..PUSH_BACK_BYTES + wanted);
        let place = self.storage().get_mut(range).unwrap_or_default();
        let outcome = device.read(place);
        self.start = PUSH_BACK_BYTES;
        self.end = PUSH_BACK_BYTES;
        match outcome {
            Ok(0) => self.is_at_end = true,
            Ok(count) => self.end += count.min(wanted),
            Err(error) => self.fail(error),
        }
        self.end > self.start
    }

    /// What can be taken without asking the device again; asks it if there is nothing. Empty at the end
    /// and with an error.
    pub fn available(&mut self) -> &[u8] {
        if self.unread_bytes() == 0 && !self.fill() {
            return &[];
        }
        self.unread()
    }

    /// Takes so many of [`Self::available`].
    pub fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// The next byte, which stays.
    pub fn peek(&mut self) -> Option<u8> {
        self.available().first().copied()
    }

    /// The next byte.
    pub fn get(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.consume(1);
        Some(byte)
    }

    /// Reads until `place` is full; returns how much came.
    pub fn read(&mut self, place: &mut [u8]) -> usize {
        let mut filled = 0;
        while let Some(rest) = place.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let unread = self.unread();
            if !unread.is_empty() {
                let count = unread.len().min(rest.len());
                for (to, from) in rest.iter_mut().zip(unread) {
                    *to = *from;
                }
                self.consume(count);
                filled += count;
                continue;
            }
            if !self.prepare_reading() {
                break;
            }
            // Much goes past the buffer.
            let count = if rest.len() >= self.capacity {
                self.read_device(rest)
            } else {
                usize::from(self.fill())
            };
            if count == 0 {
                break;
            }
            if rest.len() >= self.capacity {
                filled += count;
            }
        }
        filled
    }

    /// Puts a byte back; false if there is no room or it cannot be read.
    pub fn push_back(&mut self, byte: u8) -> bool {
        let was_at_end = core::mem::take(&mut self.is_at_end);
        if !self.prepare_reading() || self.start == 0 {
            self.is_at_end = was_at_end;
            return false;
        }
        let start = self.start - 1;
        if let Some(place) = self.storage().get_mut(start) {
            *place = byte;
        }
        self.start = start;
        true
    }

    /// Makes it ready for writing; false, with `errno`, if it cannot be written.
    fn prepare_writing(&mut self) -> bool {
        if !self.access.can_write {
            self.fail(Errno::EBADF.into());
            return false;
        }
        if self.content != Content::Written {
            self.forget();
            self.content = Content::Written;
        }
        true
    }

    /// Writes to the device, all of it; returns how much went.
    fn write_device(device: Device, bytes: &[u8]) -> (usize, Result<(), ErrorNumber>) {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match device.write(rest) {
                Ok(0) => return (written, Err(Errno::EIO.into())),
                Ok(count) => written += count.min(rest.len()),
                Err(error) => return (written, Err(error)),
            }
        }
        (written, Ok(()))
    }

    /// Writes what waits. What cannot be written is lost, as in musl, and the error remembered.
    pub fn flush(&mut self) -> Result<(), Failed> {
        let pending = self.pending_bytes();
        if pending == 0 {
            return Ok(());
        }
        let device = self.device;
        let range = PUSH_BACK_BYTES..PUSH_BACK_BYTES + pending;
        let bytes = self.storage().get(range).unwrap_or_default();
        let (_, outcome) = Self::write_device(device, bytes);
        self.end = PUSH_BACK_BYTES;
        outcome.map_err(|error| {
            self.fail(error);
            Failed
        })
    }

    /// Puts bytes into the buffer as far as there is room; returns how many.
    fn keep(&mut self, bytes: &[u8]) -> usize {
        let end = self.end;
        let place = self.storage().get_mut(end..).unwrap_or_default();
        let count = bytes.len().min(place.len());
        if let (Some(to), Some(from)) = (place.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        self.end += count;
        count
    }

    /// Writes bytes; returns how many were taken, less than all with an error.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        if !self.prepare_writing() {
            return 0;
        }
        let at_once = match self.buffering() {
            Buffering::Full => 0,
            Buffering::None => bytes.len(),
            Buffering::Line => bytes
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |last| last + 1),
        };
        let (now, later) = bytes.split_at(at_once);
        let mut taken = 0;
        if !now.is_empty() {
            // One call: behind what waits if it fits there, otherwise by itself.
            if now.len() <= PUSH_BACK_BYTES + self.capacity - self.end {
                taken += self.keep(now);
            }
            if self.flush().is_err() {
                return 0;
            }
            let (count, outcome) = Self::write_device(self.device, now.get(taken..).unwrap_or(&[]));
            taken += count;
            if let Err(error) = outcome {
                self.fail(error);
                return taken;
            }
        }
        let room = PUSH_BACK_BYTES + self.capacity - self.end;
        if later.len() > room {
            let first = self.keep(later.get(..room).unwrap_or(later));
            if self.flush().is_err() {
                return taken;
            }
            taken += first;
            let rest = later.get(first..).unwrap_or_default();
            // Whole buffers go past the buffer.
            let direct = rest.len() - rest.len() % self.capacity;
            let (direct, rest) = rest.split_at(direct);
            let (count, outcome) = Self::write_device(self.device, direct);
            taken += count;
            if let Err(error) = outcome {
                self.fail(error);
                return taken;
            }
            return taken + self.keep(rest);
        }
        taken + self.keep(later)
    }

    /// Writes what waits; gives what was read and not taken back to the device, if it has a position.
    pub fn synchronise(&mut self) -> Result<(), Failed> {
        self.flush()?;
        let unread = i64::try_from(self.unread_bytes()).unwrap_or(0);
        if unread > 0 && self.device.seek(-unread, SEEK_CUR.cast_signed()).is_err() {
            // A pipe: what was read stays to be taken.
            return Ok(());
        }
        self.forget();
        Ok(())
    }

    /// Where the next byte is read or written.
    pub fn tell(&mut self) -> Result<i64, ErrorNumber> {
        let is_at_end = self.access.appends && self.pending_bytes() > 0;
        let whence = if is_at_end { SEEK_END } else { SEEK_CUR };
        let position = self.device.seek(0, whence.cast_signed())?;
        let unread = i64::try_from(self.unread_bytes()).unwrap_or(0);
        let pending = i64::try_from(self.pending_bytes()).unwrap_or(0);
        Ok(position - unread + pending)
    }

    /// Moves to a place; fails with the device's error, or with EINVAL if there is no such `whence`.
    pub fn seek(&mut self, offset: i64, whence: c_int) -> Result<(), ErrorNumber> {
        let known = [SEEK_SET, SEEK_CUR, SEEK_END].map(u32::cast_signed);
        if !known.contains(&whence) {
            return Err(Errno::EINVAL.into());
        }
        let unread = i64::try_from(self.unread_bytes()).unwrap_or(0);
        let is_relative = whence == SEEK_CUR.cast_signed();
        let offset = if is_relative {
            offset.checked_sub(unread).ok_or(Errno::EOVERFLOW)?
        } else {
            offset
        };
        self.flush().map_err(|Failed| errno::last())?;
        self.device.seek(offset, whence)?;
        self.forget();
        self.is_at_end = false;
        Ok(())
    }
}

/// Whether a descriptor is a terminal.
fn is_terminal(fd: c_int) -> bool {
    terminal_size(fd).is_ok()
}

/// Rows, columns and pixels of a terminal; ENOTTY for what is none.
pub fn terminal_size(fd: c_int) -> Result<[u16; 4], ErrorNumber> {
    use kpio_abi::flags::TIOCGWINSZ;
    use kpio_abi::syscalls::SYS_IOCTL;

    let mut size = [0_u16; 4];
    let arguments = [
        syscall::int(fd),
        TIOCGWINSZ as usize,
        (&raw mut size) as usize,
        0,
        0,
        0,
    ];
    // SAFETY: the request writes a struct of four numbers, which is on this stack.
    unsafe { syscall::call(SYS_IOCTL, arguments) }.map(|_| size)
}
