//! `FILE`: a stream and its lock; the three standard ones; the list of all that are open.
//!
//! C functions take files that are open.

#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use talc::lock_api::RawMutex;

use super::stream::{Access, BUFFER_BYTES, Buffering, Device, PUSH_BACK_BYTES, Stream};
use crate::header::stdlib::memory::{free, malloc};
use crate::io::{STDERR, STDOUT};
use crate::thread::Thread;
use crate::thread::lock::{Lock, RawLock};

/// A lock that its thread may take again.
struct ThreadLock {
    lock: RawLock,
    /// The control block of the thread that has it; 0: nobody.
    owner: AtomicUsize,
    /// How often its thread has taken it besides the first time.
    again: UnsafeCell<usize>,
}

impl ThreadLock {
    const fn new() -> Self {
        Self {
            lock: RawLock::INIT,
            owner: AtomicUsize::new(0),
            again: UnsafeCell::new(0),
        }
    }

    fn is_mine(&self, me: usize) -> bool {
        self.owner.load(Ordering::Relaxed) == me
    }

    fn take_again(&self) {
        // SAFETY: only the thread that has the lock comes here.
        unsafe { *self.again.get() += 1 };
    }

    fn lock(&self) {
        let me = Thread::current().as_raw() as usize;
        if self.is_mine(me) {
            return self.take_again();
        }
        self.lock.lock();
        self.owner.store(me, Ordering::Relaxed);
    }

    fn try_lock(&self) -> bool {
        let me = Thread::current().as_raw() as usize;
        if self.is_mine(me) {
            self.take_again();
            return true;
        }
        let is_taken = self.lock.try_lock();
        if is_taken {
            self.owner.store(me, Ordering::Relaxed);
        }
        is_taken
    }

    /// Gives it back.
    ///
    /// # Safety
    ///
    /// The calling thread has it.
    unsafe fn unlock(&self) {
        let again = self.again.get();
        // SAFETY: the caller has the lock.
        let count = unsafe { again.read() };
        if count > 0 {
            // SAFETY: as above.
            return unsafe { again.write(count - 1) };
        }
        self.owner.store(0, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { self.lock.unlock() };
    }
}

/// What C knows as `FILE`.
pub struct File {
    lock: ThreadLock,
    stream: UnsafeCell<Stream>,
    /// The neighbours in the list of open files; changed under its lock.
    previous: AtomicPtr<File>,
    next: AtomicPtr<File>,
}

// SAFETY: the stream is only touched by who has the lock, the neighbours under the list's.
unsafe impl Sync for File {}

impl File {
    /// A file of a stream.
    #[must_use]
    pub const fn new(stream: Stream) -> Self {
        Self {
            lock: ThreadLock::new(),
            stream: UnsafeCell::new(stream),
            previous: AtomicPtr::new(ptr::null_mut()),
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

/// `void flockfile(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn flockfile(file: *mut File) {
    // SAFETY: the caller passes an open file.
    unsafe { &*file }.lock.lock();
}

/// `int ftrylockfile(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ftrylockfile(file: *mut File) -> c_int {
    // SAFETY: the caller passes an open file.
    if unsafe { &*file }.lock.try_lock() {
        0
    } else {
        -1
    }
}

/// `void funlockfile(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn funlockfile(file: *mut File) {
    // SAFETY: the caller passes an open file.
    let file = unsafe { &*file };
    // SAFETY: the caller has locked it.
    unsafe { file.lock.unlock() };
}

/// Does something with a stream, under its lock.
///
/// # Safety
///
/// `file` is open. What is done does not come back to the same stream.
pub unsafe fn with<R>(file: *mut File, action: impl FnOnce(&mut Stream) -> R) -> R {
    // SAFETY: the caller's promise.
    unsafe { flockfile(file) };
    // SAFETY: handed on to the caller; the lock is held.
    let result = unsafe { with_unlocked(file, action) };
    // SAFETY: locked above.
    unsafe { funlockfile(file) };
    result
}

/// Does something with a stream whose lock the caller holds, or needs not.
///
/// # Safety
///
/// As for [`with`]; no other thread uses the stream.
pub unsafe fn with_unlocked<R>(file: *mut File, action: impl FnOnce(&mut Stream) -> R) -> R {
    // SAFETY: the caller's promise.
    let place = unsafe { &*file }.stream.get();
    // SAFETY: nobody else touches it meanwhile, the caller promises.
    action(unsafe { &mut *place })
}

/// The first of the open files besides the standard ones.
static OPEN: Lock<AtomicPtr<File>> = Lock::new(AtomicPtr::new(ptr::null_mut()));

/// Makes a file of a device, in memory from `malloc`; null, with `errno`, if there is none.
#[must_use]
pub fn open(device: Device, access: Access) -> *mut File {
    let header = size_of::<File>();
    let place = malloc(header + PUSH_BACK_BYTES + BUFFER_BYTES);
    if place.is_null() {
        return ptr::null_mut();
    }
    let file = place.cast::<File>();
    let buffer = place.cast::<u8>().wrapping_add(header);
    // SAFETY: so much was allocated, and a buffer is only read where it was written.
    unsafe { buffer.write_bytes(0, PUSH_BACK_BYTES + BUFFER_BYTES) };
    let stream = Stream::new(device, access, buffer, BUFFER_BYTES, None);
    // SAFETY: so much was allocated, aligned for any type.
    unsafe { file.write(File::new(stream)) };
    let first = OPEN.lock();
    let next = first.swap(file, Ordering::Relaxed);
    // SAFETY: written above.
    unsafe { &*file }.next.store(next, Ordering::Relaxed);
    // SAFETY: null or an open file, which cannot be closed while the list is locked.
    if let Some(next) = unsafe { next.as_ref() } {
        next.previous.store(file, Ordering::Relaxed);
    }
    file
}

/// Whether it is one of the three that are always there.
fn is_standard(file: *const File) -> bool {
    STANDARD.iter().any(|standard| ptr::eq(*standard, file))
}

/// Takes a file off the list and gives its memory back.
///
/// # Safety
///
/// `file` is open and nobody uses it any more; its device is closed.
pub unsafe fn release(file: *mut File) {
    if is_standard(file) {
        return;
    }
    {
        let first = OPEN.lock();
        // SAFETY: the caller's promise.
        let gone = unsafe { &*file };
        let next = gone.next.load(Ordering::Relaxed);
        let previous = gone.previous.load(Ordering::Relaxed);
        // SAFETY: null or an open file, which cannot be closed while the list is locked.
        if let Some(next) = unsafe { next.as_ref() } {
            next.previous.store(previous, Ordering::Relaxed);
        }
        // SAFETY: as above.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.next.store(next, Ordering::Relaxed),
            None => first.store(next, Ordering::Relaxed),
        }
    }
    // SAFETY: `open` has allocated it.
    unsafe { free(file.cast()) };
}

/// Does something with every open file.
fn each(action: impl Fn(&mut Stream)) {
    for file in STANDARD {
        // SAFETY: the standard files are always open; the pointer is only used through the lock.
        unsafe { with(ptr::from_ref(file).cast_mut(), &action) };
    }
    let first = OPEN.lock();
    let mut file = first.load(Ordering::Relaxed);
    while !file.is_null() {
        // SAFETY: files on the list are open, and none is taken off while it is locked.
        unsafe { with(file, &action) };
        // SAFETY: as above.
        file = unsafe { &*file }.next.load(Ordering::Relaxed);
    }
}

/// Writes what waits in every file, as `fflush(NULL)`; false if something could not be written.
pub fn flush_all() -> bool {
    let failures = AtomicUsize::new(0);
    each(|stream| {
        if stream.flush().is_err() {
            failures.fetch_add(1, Ordering::Relaxed);
        }
    });
    failures.into_inner() == 0
}

/// At the end of the process: writes what waits, gives back what was read ahead.
pub fn finish() {
    each(|stream| {
        // Nobody is left to be told.
        let _ = stream.synchronise();
    });
}

/// The memory of a standard file's buffer.
struct Buffer<const LEN: usize>(UnsafeCell<[u8; LEN]>);

// SAFETY: the buffer is one stream's, which is used under its lock.
unsafe impl<const LEN: usize> Sync for Buffer<LEN> {}

impl<const LEN: usize> Buffer<LEN> {
    const fn new() -> Self {
        Self(UnsafeCell::new([0; LEN]))
    }

    const fn start(&self) -> *mut u8 {
        self.0.get().cast()
    }
}

const FULL: usize = PUSH_BACK_BYTES + BUFFER_BYTES;
const SINGLE: usize = PUSH_BACK_BYTES + 1;

static STDIN_BUFFER: Buffer<FULL> = Buffer::new();
static STDOUT_BUFFER: Buffer<FULL> = Buffer::new();
static STDERR_BUFFER: Buffer<SINGLE> = Buffer::new();

const READS: Access = Access {
    can_read: true,
    can_write: false,
    appends: false,
};
const WRITES: Access = Access {
    can_read: false,
    can_write: true,
    appends: false,
};

static STDIN_FILE: File = File::new(Stream::new(
    Device::Descriptor(0),
    READS,
    STDIN_BUFFER.start(),
    BUFFER_BYTES,
    None,
));
static STDOUT_FILE: File = File::new(Stream::new(
    Device::Descriptor(STDOUT),
    WRITES,
    STDOUT_BUFFER.start(),
    BUFFER_BYTES,
    None,
));
static STDERR_FILE: File = File::new(Stream::new(
    Device::Descriptor(STDERR),
    WRITES,
    STDERR_BUFFER.start(),
    1,
    Some(Buffering::None),
));

static STANDARD: [&File; 3] = [&STDIN_FILE, &STDOUT_FILE, &STDERR_FILE];

/// A variable of C's that holds a file.
#[repr(transparent)]
pub struct FileVariable(*const File);

// SAFETY: it is never changed, and files may be used by any thread.
unsafe impl Sync for FileVariable {}

impl FileVariable {
    /// The file.
    #[must_use]
    pub const fn get(&self) -> *mut File {
        self.0.cast_mut()
    }
}

/// `FILE *const stdin`
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static stdin: FileVariable = FileVariable(&raw const STDIN_FILE);

/// `FILE *const stdout`
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static stdout: FileVariable = FileVariable(&raw const STDOUT_FILE);

/// `FILE *const stderr`
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static stderr: FileVariable = FileVariable(&raw const STDERR_FILE);
