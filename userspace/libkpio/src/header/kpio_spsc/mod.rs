//! `kpio_spsc.h`: the crate kpio-ring for C.

use core::ffi::{c_int, c_void};
use core::ptr::NonNull;
use core::slice;
use core::sync::atomic::AtomicU32;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{FUTEX_WAIT, FUTEX_WAKE};
use kpio_abi::syscalls::SYS_FUTEX;
use kpio_ring::spsc::{self, Consumer, Producer, Side};
use kpio_ring::{Futex, Mapped, Place, PopError, PushError, Stopped};

use crate::header::errno;
use crate::syscall::{self, ErrorNumber};

/// Words of `struct kpio_spsc_producer` and `struct kpio_spsc_consumer`.
const END_WORDS: usize = 12;

const _: () = assert!(size_of::<Producer<Memory>>() <= END_WORDS * size_of::<u64>());
const _: () = assert!(size_of::<Consumer<Memory>>() <= END_WORDS * size_of::<u64>());
const _: () = assert!(align_of::<Producer<Memory>>() <= align_of::<u64>());
const _: () = assert!(align_of::<Consumer<Memory>>() <= align_of::<u64>());

type Memory = Mapped<SharedFutex>;

/// Sleeping on words that processes share.
#[derive(Debug)]
pub struct SharedFutex;

impl Futex for SharedFutex {
    fn wait(&self, word: &AtomicU32, value: u32) -> Result<(), Stopped> {
        let address = word.as_ptr() as usize;
        let arguments = [address, FUTEX_WAIT as usize, value as usize, 0, 0, 0];
        // SAFETY: WAIT only reads the word.
        match unsafe { syscall::call(SYS_FUTEX, arguments) } {
            Ok(_) => Ok(()),
            Err(error) if error == Errno::EAGAIN.into() => Ok(()),
            Err(error) if error == Errno::EINTR.into() => Err(Stopped::Interrupted),
            Err(_) => Err(Stopped::CannotSleep),
        }
    }

    fn wake(&self, word: &AtomicU32, count: u32) {
        let address = word.as_ptr() as usize;
        let arguments = [address, FUTEX_WAKE as usize, count as usize, 0, 0, 0];
        // SAFETY: WAKE changes no memory. It fails only for an address that is not mapped.
        let _ = unsafe { syscall::call(SYS_FUTEX, arguments) };
    }
}

/// The ring at the beginning of the memory.
///
/// # Safety
///
/// As [`Mapped::new`] has it.
unsafe fn mapped(memory: *mut c_void, len: usize) -> Result<Memory, Errno> {
    let memory = NonNull::new(memory.cast()).filter(|memory: &NonNull<u8>| {
        // The promise of `Mapped::new` that a C program breaks easily.
        memory.as_ptr().addr().is_multiple_of(8)
    });
    let memory = memory.ok_or(Errno::EINVAL)?;
    // SAFETY: handed on to the caller; the alignment was looked at.
    Ok(unsafe { Mapped::new(memory, len, SharedFutex) })
}

fn status(outcome: Result<(), Errno>) -> c_int {
    errno::status(outcome.map(|()| 0).map_err(ErrorNumber::from))
}

const fn stopped(stopped: Stopped) -> Errno {
    match stopped {
        Stopped::Interrupted => Errno::EINTR,
        Stopped::TimedOut => Errno::ETIMEDOUT,
        Stopped::CannotSleep => Errno::EINVAL,
    }
}

const fn pushed(error: PushError) -> Errno {
    match error {
        PushError::TooLong => Errno::EMSGSIZE,
        PushError::Closed | PushError::Expelled => Errno::EPIPE,
        PushError::PeerDead => Errno::EOWNERDEAD,
        PushError::Corrupt(_) => Errno::EBADMSG,
        PushError::Full | PushError::Contended => Errno::EAGAIN,
        PushError::Stopped(why) => stopped(why),
    }
}

const fn popped(error: PopError) -> Errno {
    match error {
        PopError::BufferTooSmall(_) => Errno::EMSGSIZE,
        PopError::Closed => Errno::EPIPE,
        PopError::PeerDead => Errno::EOWNERDEAD,
        PopError::Corrupt(_) => Errno::EBADMSG,
        PopError::Empty => Errno::EAGAIN,
        PopError::Stopped(why) => stopped(why),
    }
}

/// `int kpio_spsc_create(void *memory, size_t len, size_t capacity)`
///
/// # Safety
///
/// `len` bytes at `memory` are readable and writable, and used by nobody else.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_create(
    memory: *mut c_void,
    len: usize,
    capacity: usize,
) -> c_int {
    // SAFETY: handed on to the caller.
    let memory = unsafe { mapped(memory, len) };
    let place = Place::at_start(capacity);
    status(memory.and_then(|memory| spsc::create(memory, place).map_err(|_| Errno::EINVAL)))
}

/// `int kpio_spsc_produce(struct kpio_spsc_producer *producer, void *memory, size_t len,
/// size_t capacity)`
///
/// # Safety
///
/// `producer` is writable; `len` bytes at `memory` are readable and writable until the end is closed.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_produce(
    producer: *mut c_void,
    memory: *mut c_void,
    len: usize,
    capacity: usize,
) -> c_int {
    // SAFETY: handed on to the caller.
    let memory = unsafe { mapped(memory, len) };
    let place = Place::at_start(capacity);
    let end = memory.and_then(|memory| Producer::attach(memory, place).map_err(|_| Errno::EINVAL));
    // SAFETY: the struct is large enough and aligned, as was asserted, and the caller's to write.
    status(end.map(|end| unsafe { producer.cast::<Producer<Memory>>().write(end) }))
}

/// `int kpio_spsc_consume(struct kpio_spsc_consumer *consumer, void *memory, size_t len,
/// size_t capacity)`
///
/// # Safety
///
/// As for [`kpio_spsc_produce`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_consume(
    consumer: *mut c_void,
    memory: *mut c_void,
    len: usize,
    capacity: usize,
) -> c_int {
    // SAFETY: handed on to the caller.
    let memory = unsafe { mapped(memory, len) };
    let place = Place::at_start(capacity);
    let end = memory.and_then(|memory| Consumer::attach(memory, place).map_err(|_| Errno::EINVAL));
    // SAFETY: the struct is large enough and aligned, as was asserted, and the caller's to write.
    status(end.map(|end| unsafe { consumer.cast::<Consumer<Memory>>().write(end) }))
}

/// `int kpio_spsc_push(struct kpio_spsc_producer *producer, const void *message, size_t len)`
///
/// # Safety
///
/// [`kpio_spsc_produce`] has made `producer`, and nobody else uses it; `len` bytes at `message` are
/// readable and not part of the ring.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_push(
    producer: *mut c_void,
    message: *const c_void,
    len: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let producer = unsafe { &mut *producer.cast::<Producer<Memory>>() };
    let message = if len == 0 {
        &[]
    } else {
        // SAFETY: the caller's promise.
        unsafe { slice::from_raw_parts(message.cast(), len) }
    };
    match producer.push(message) {
        Ok(()) => 0,
        Err(error) => status(Err(pushed(error))),
    }
}

/// `ssize_t kpio_spsc_pop(struct kpio_spsc_consumer *consumer, void *buffer, size_t len)`
///
/// # Safety
///
/// [`kpio_spsc_consume`] has made `consumer`, and nobody else uses it; `len` bytes at `buffer` are
/// writable and not part of the ring.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_pop(
    consumer: *mut c_void,
    buffer: *mut c_void,
    len: usize,
) -> isize {
    // SAFETY: the caller's promise.
    let consumer = unsafe { &mut *consumer.cast::<Consumer<Memory>>() };
    let buffer = if len == 0 {
        &mut []
    } else {
        // SAFETY: the caller's promise.
        unsafe { slice::from_raw_parts_mut(buffer.cast(), len) }
    };
    match consumer.pop(buffer) {
        Ok(len) => len.cast_signed(),
        Err(error) => errno::result(Err(ErrorNumber::from(popped(error)))),
    }
}

/// `void kpio_spsc_close_producer(struct kpio_spsc_producer *producer)`
///
/// # Safety
///
/// As for [`kpio_spsc_push`]; `producer` is not used again.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_close_producer(producer: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { producer.cast::<Producer<Memory>>().drop_in_place() };
}

/// `void kpio_spsc_close_consumer(struct kpio_spsc_consumer *consumer)`
///
/// # Safety
///
/// As for [`kpio_spsc_pop`]; `consumer` is not used again.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_close_consumer(consumer: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { consumer.cast::<Consumer<Memory>>().drop_in_place() };
}

/// `int kpio_spsc_mark_producer_dead(void *memory, size_t len, size_t capacity)`
///
/// # Safety
///
/// `len` bytes at `memory` are readable and writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_mark_producer_dead(
    memory: *mut c_void,
    len: usize,
    capacity: usize,
) -> c_int {
    // SAFETY: handed on to the caller.
    status(unsafe { mark_dead(memory, len, capacity, Side::Producer) })
}

/// `int kpio_spsc_mark_consumer_dead(void *memory, size_t len, size_t capacity)`
///
/// # Safety
///
/// `len` bytes at `memory` are readable and writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_spsc_mark_consumer_dead(
    memory: *mut c_void,
    len: usize,
    capacity: usize,
) -> c_int {
    // SAFETY: handed on to the caller.
    status(unsafe { mark_dead(memory, len, capacity, Side::Consumer) })
}

/// # Safety
///
/// `len` bytes at `memory` are readable and writable.
unsafe fn mark_dead(
    memory: *mut c_void,
    len: usize,
    capacity: usize,
    side: Side,
) -> Result<(), Errno> {
    // SAFETY: handed on to the caller.
    let memory = unsafe { mapped(memory, len) }?;
    spsc::mark_dead(memory, Place::at_start(capacity), side).map_err(|_| Errno::EINVAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    const CAPACITY: usize = 256;
    const LEN: usize = 1024;

    struct Ends {
        memory: vec::Vec<u64>,
        producer: [u64; END_WORDS],
        consumer: [u64; END_WORDS],
    }

    impl Ends {
        fn new() -> Self {
            let mut ends = Self {
                memory: vec![0; LEN / 8],
                producer: [0; END_WORDS],
                consumer: [0; END_WORDS],
            };
            let memory = ends.memory.as_mut_ptr().cast();
            let (producer, consumer) = (ends.producer(), ends.consumer());
            // SAFETY: the memory is that long and goes after the ends.
            assert_eq!(unsafe { kpio_spsc_create(memory, LEN, CAPACITY) }, 0);
            // SAFETY: as above.
            let produce = unsafe { kpio_spsc_produce(producer, memory, LEN, CAPACITY) };
            // SAFETY: as above.
            let consume = unsafe { kpio_spsc_consume(consumer, memory, LEN, CAPACITY) };
            assert_eq!((produce, consume), (0, 0));
            ends
        }

        fn memory(&mut self) -> *mut c_void {
            self.memory.as_mut_ptr().cast()
        }

        fn producer(&mut self) -> *mut c_void {
            self.producer.as_mut_ptr().cast()
        }

        fn consumer(&mut self) -> *mut c_void {
            self.consumer.as_mut_ptr().cast()
        }

        fn push(&mut self, message: &[u8]) -> c_int {
            // SAFETY: the producer was made; the message is readable.
            unsafe { kpio_spsc_push(self.producer(), message.as_ptr().cast(), message.len()) }
        }

        fn pop(&mut self, buffer: &mut [u8]) -> isize {
            let (start, len) = (buffer.as_mut_ptr().cast(), buffer.len());
            // SAFETY: the consumer was made; the buffer is writable.
            unsafe { kpio_spsc_pop(self.consumer(), start, len) }
        }
    }

    fn failed(errno: Errno) -> bool {
        errno::get() == errno as c_int
    }

    #[test]
    fn messages_come_through_until_the_producer_has_left() {
        let mut ends = Ends::new();
        let mut buffer = [0; 8];
        assert_eq!(ends.push(b"ring"), 0);
        assert_eq!(ends.push(b""), 0);
        assert_eq!(ends.pop(&mut buffer[..3]), -1);
        assert!(failed(Errno::EMSGSIZE));
        assert_eq!(ends.pop(&mut buffer), 4);
        assert_eq!(&buffer[..4], b"ring");
        assert_eq!(ends.pop(&mut []), 0);
        assert_eq!(ends.push(&[0; CAPACITY]), -1);
        assert!(failed(Errno::EMSGSIZE));
        // SAFETY: the producer was made and is not used again.
        unsafe { kpio_spsc_close_producer(ends.producer()) };
        assert_eq!(ends.pop(&mut buffer), -1);
        assert!(failed(Errno::EPIPE));
    }

    #[test]
    fn death_has_its_own_error_on_both_sides() {
        let mut ends = Ends::new();
        let memory = ends.memory();
        // SAFETY: the memory is that long.
        let marked = unsafe { kpio_spsc_mark_producer_dead(memory, LEN, CAPACITY) };
        // SAFETY: as above.
        let also = unsafe { kpio_spsc_mark_consumer_dead(memory, LEN, CAPACITY) };
        assert_eq!((marked, also), (0, 0));
        assert_eq!(ends.pop(&mut [0]), -1);
        assert!(failed(Errno::EOWNERDEAD));
        assert_eq!(ends.push(b"x"), -1);
        assert!(failed(Errno::EOWNERDEAD));
    }

    #[test]
    fn what_is_no_ring_is_refused() {
        let mut memory = [0_u64; LEN / 8];
        let mut end = [0_u64; END_WORDS];
        let (start, end) = (memory.as_mut_ptr().cast(), end.as_mut_ptr().cast());
        // SAFETY: the memory is that long.
        assert_eq!(unsafe { kpio_spsc_create(start, LEN, 100) }, -1);
        assert!(failed(Errno::EINVAL));
        // SAFETY: as above.
        assert_eq!(unsafe { kpio_spsc_create(start, CAPACITY, CAPACITY) }, -1);
        // SAFETY: as above; there is no ring.
        let produced = unsafe { kpio_spsc_produce(end, start, LEN, CAPACITY) };
        assert_eq!(produced, -1);
        // SAFETY: nothing is there to be used.
        let nowhere = unsafe { kpio_spsc_consume(end, core::ptr::null_mut(), LEN, CAPACITY) };
        assert_eq!(nowhere, -1);
    }
}
