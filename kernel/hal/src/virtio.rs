//! What virtio devices need of the machine, and one queue to ask them through.
//!
//! [`RequestChannel`] is the safe face: one request at a time, over memory that it owns, with a
//! deadline. A device only ever sees that memory, the queue's rings and what a driver hands out
//! explicitly, so a lying device can spoil answers but not the kernel.

use crate::frame::{DmaRegion, allocate_contiguous, free_contiguous};
use crate::memory::direct_map;
use bitflags::Flags;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::BitAnd;
use core::ptr::NonNull;
use kpio_abi::memory::PAGE_SIZE;
use virtio_drivers::queue::VirtQueue;
use virtio_drivers::transport::{DeviceStatus, Transport};
use virtio_drivers::{BufferDirection, Hal};

/// Feature bit of every device that follows the standard's version 1.
pub const FEATURE_VERSION_1: u64 = 1 << 32;
/// Entries of a queue: two are in use at most.
const QUEUE_ENTRIES: usize = 8;
/// How often configuration is read anew when the device changes it meanwhile.
const CONFIG_ATTEMPTS: usize = 16;

/// Memory as virtio devices see it: physical addresses of the direct map.
#[derive(Debug)]
pub struct VirtioHal;

// SAFETY: `dma_alloc` gives fresh zeroed frames that nobody else uses, page-aligned and mapped by the
// direct map; `mmio_phys_to_virt` gives a new mapping each time; `share` gives the physical address
// of direct-map memory, which is contiguous there as it is in the direct map.
unsafe impl Hal for VirtioHal {
    fn dma_alloc(pages: usize, _direction: BufferDirection) -> (u64, NonNull<u8>) {
        let Some(phys) = allocate_contiguous(pages) else {
            return (0, NonNull::dangling());
        };
        let virt = NonNull::new(direct_map(phys)).expect("the direct map is not at zero");
        (phys, virt)
    }

    unsafe fn dma_dealloc(phys: u64, _virt: NonNull<u8>, pages: usize) -> i32 {
        free_contiguous(phys, pages);
        0
    }

    #[cfg(target_os = "none")]
    unsafe fn mmio_phys_to_virt(phys: u64, len_bytes: usize) -> NonNull<u8> {
        crate::paging::map_mmio(phys, len_bytes)
    }

    #[cfg(not(target_os = "none"))]
    unsafe fn mmio_phys_to_virt(phys: u64, _len_bytes: usize) -> NonNull<u8> {
        panic!("the host has no device registers at {phys:#x}")
    }

    unsafe fn share(buffer: NonNull<[u8]>, _direction: BufferDirection) -> u64 {
        phys_of(buffer.cast())
    }

    unsafe fn unshare(_phys: u64, _buffer: NonNull<[u8]>, _direction: BufferDirection) {}
}

/// Physical address of direct-map memory.
///
/// # Panics
/// If `pointer` is not in the direct map: only this module's own buffers come here.
fn phys_of(pointer: NonNull<u8>) -> u64 {
    let offset = pointer.addr().get().checked_sub(direct_map(0).addr());
    offset.expect("only direct-map memory is shared with devices") as u64
}

/// Why a device cannot be used, or did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelError {
    /// No contiguous memory for its buffers.
    NoMemory,
    /// It does not follow version 1 of the standard.
    NotModern,
    /// It refused features that it had offered.
    FeaturesRefused,
    /// Its queue cannot be set up.
    Queue(virtio_drivers::Error),
    /// Its configuration is too short, or changes faster than it is read.
    Config,
    /// The request or the room for its answer exceeds the channel's buffers.
    TooLarge {
        /// Bytes asked for.
        len_bytes: usize,
        /// Bytes there are.
        room_bytes: usize,
    },
    /// It did not answer in time. It is not asked again.
    TimedOut {
        /// How long it had.
        timeout_ns: u64,
    },
    /// It answered a request that was not made. It is not asked again.
    Confused,
    /// It says to have written more than there was room for.
    Overrun {
        /// What it says.
        claimed_bytes: usize,
        /// Room it had.
        room_bytes: usize,
    },
    /// It failed an earlier request for good.
    Lost,
}

impl ChannelError {
    /// The error in a few words.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoMemory => "no contiguous memory for its buffers",
            Self::NotModern => "it does not follow virtio 1",
            Self::FeaturesRefused => "it refused features that it had offered",
            Self::Queue(_) => "its queue cannot be set up",
            Self::Config => "its configuration cannot be read",
            Self::TooLarge { .. } => "a request exceeds its buffers",
            Self::TimedOut { .. } => "it did not answer in time",
            Self::Confused => "it answered a request that was not made",
            Self::Overrun { .. } => "it says to have written more than it could",
            Self::Lost => "it failed an earlier request for good",
        }
    }
}

impl fmt::Display for ChannelError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.reason())?;
        match self {
            Self::Queue(error) => write!(out, ": {error}"),
            Self::TooLarge {
                len_bytes,
                room_bytes,
            } => {
                write!(out, ": {len_bytes} bytes, room for {room_bytes}")
            }
            Self::TimedOut { timeout_ns } => write!(out, ": {} ms", timeout_ns / 1_000_000),
            Self::Overrun {
                claimed_bytes,
                room_bytes,
            } => {
                write!(out, ": {claimed_bytes} bytes into room for {room_bytes}")
            }
            _ => Ok(()),
        }
    }
}

impl core::error::Error for ChannelError {}

/// How large a channel's buffers are.
#[derive(Clone, Copy, Debug)]
pub struct ChannelBuffers {
    /// Bytes of the longest request.
    pub request_bytes: usize,
    /// Bytes of the longest answer.
    pub response_bytes: usize,
}

/// A device with one queue, asked one request at a time.
pub struct RequestChannel<T: Transport> {
    // Dropped in this order, and not at all once the device is lost: it may then still write.
    transport: ManuallyDrop<T>,
    queue: ManuallyDrop<VirtQueue<VirtioHal, QUEUE_ENTRIES>>,
    request: ManuallyDrop<DmaRegion>,
    response: ManuallyDrop<DmaRegion>,
    queue_index: u16,
    is_lost: bool,
}

impl<T: Transport> RequestChannel<T> {
    /// Initialise the device behind `transport` and set up its queue `queue_index`. Gives the
    /// features that both sides have, out of `supported`, which must contain
    /// [`FEATURE_VERSION_1`].
    ///
    /// # Errors
    /// [`ChannelError::NoMemory`], [`ChannelError::NotModern`], [`ChannelError::FeaturesRefused`],
    /// [`ChannelError::Queue`].
    pub fn open<F>(
        mut transport: T,
        queue_index: u16,
        supported: F,
        buffers: ChannelBuffers,
    ) -> Result<(Self, F), ChannelError>
    where
        F: Flags<Bits = u64> + BitAnd<Output = F> + fmt::Debug,
    {
        let region = |len_bytes: usize| {
            DmaRegion::new(len_bytes.div_ceil(PAGE_SIZE).max(1)).ok_or(ChannelError::NoMemory)
        };
        let request = region(buffers.request_bytes)?;
        let response = region(buffers.response_bytes)?;
        let features = transport.begin_init(supported);
        if features.bits() & FEATURE_VERSION_1 == 0 {
            return Err(ChannelError::NotModern);
        }
        if !transport.get_status().contains(DeviceStatus::FEATURES_OK) {
            return Err(ChannelError::FeaturesRefused);
        }
        let mut queue = VirtQueue::new(&mut transport, queue_index, false, false)
            .map_err(ChannelError::Queue)?;
        // Answers are waited for, so an interrupt for each would be for nothing.
        queue.set_dev_notify(false);
        transport.finish_init();
        let channel = Self {
            transport: ManuallyDrop::new(transport),
            queue: ManuallyDrop::new(queue),
            request: ManuallyDrop::new(request),
            response: ManuallyDrop::new(response),
            queue_index,
            is_lost: false,
        };
        Ok((channel, features))
    }

    /// Bytes of the longest answer.
    #[must_use]
    pub fn response_room(&self) -> usize {
        self.response.len_bytes()
    }

    /// Bytes of the longest request.
    #[must_use]
    pub fn request_room(&self) -> usize {
        self.request.len_bytes()
    }

    /// Read `N` words of the device's configuration from byte `offset` on, all of one moment.
    ///
    /// # Errors
    /// [`ChannelError::Config`].
    pub fn read_config<const N: usize>(&self, offset: usize) -> Result<[u32; N], ChannelError> {
        for _ in 0..CONFIG_ATTEMPTS {
            let generation = self.transport.read_config_generation();
            let mut words = [0; N];
            for (index, word) in words.iter_mut().enumerate() {
                let place = offset + index * size_of::<u32>();
                *word = self
                    .transport
                    .read_config_space(place)
                    .map_err(|_| ChannelError::Config)?;
            }
            if self.transport.read_config_generation() == generation {
                return Ok(words);
            }
        }
        Err(ChannelError::Config)
    }

    /// Ask the device: it gets the pieces of `request` as one, and its answer goes to the pieces of
    /// `response`. Gives how many bytes it wrote; the rest is zeroed. `clock` gives nanoseconds.
    ///
    /// # Errors
    /// [`ChannelError::TooLarge`], [`ChannelError::TimedOut`], [`ChannelError::Confused`],
    /// [`ChannelError::Overrun`], [`ChannelError::Lost`], [`ChannelError::Queue`].
    pub fn execute(
        &mut self,
        request: &[&[u8]],
        response: &mut [&mut [u8]],
        clock: fn() -> u64,
        timeout_ns: u64,
    ) -> Result<usize, ChannelError> {
        if self.is_lost {
            return Err(ChannelError::Lost);
        }
        let request_len = self.place_request(request)?;
        let response_len = checked_len(
            response.iter().map(|piece| piece.len()),
            self.response.len_bytes(),
        )?;
        let token = self
            .add(request_len, response_len)
            .map_err(ChannelError::Queue)?;
        if self.queue.should_notify() {
            self.transport.notify(self.queue_index);
        }
        // Without PAUSE: under QEMU's TCG each one takes the lock that the device needs to answer, and
        // 256 KiB from a disk took 2 ms instead of 0.5 ms.
        let start = clock();
        while !self.queue.can_pop() {
            if clock().saturating_sub(start) > timeout_ns {
                self.is_lost = true;
                return Err(ChannelError::TimedOut { timeout_ns });
            }
        }
        let claimed = self.pop(token, request_len, response_len).map_err(|_| {
            self.is_lost = true;
            ChannelError::Confused
        })?;
        let claimed_bytes = usize::try_from(claimed).unwrap_or(usize::MAX);
        if claimed_bytes > response_len {
            return Err(ChannelError::Overrun {
                claimed_bytes,
                room_bytes: response_len,
            });
        }
        let mut source = &self.response.as_mut_slice()[..claimed_bytes];
        for piece in response {
            let (from_device, rest) = source.split_at(piece.len().min(source.len()));
            let (written, unwritten) = piece.split_at_mut(from_device.len());
            written.copy_from_slice(from_device);
            unwritten.fill(0);
            source = rest;
        }
        Ok(claimed_bytes)
    }

    /// Copy the pieces of a request into the buffer that the device reads; gives their length.
    fn place_request(&mut self, request: &[&[u8]]) -> Result<usize, ChannelError> {
        let len_bytes = checked_len(
            request.iter().map(|piece| piece.len()),
            self.request.len_bytes(),
        )?;
        let mut rest = self.request.as_mut_slice();
        for piece in request {
            let (place, behind) = rest.split_at_mut(piece.len());
            place.copy_from_slice(piece);
            rest = behind;
        }
        Ok(len_bytes)
    }

    /// Give the device the first bytes of both buffers; an empty one is left out.
    fn add(
        &mut self,
        request_len: usize,
        response_len: usize,
    ) -> Result<u16, virtio_drivers::Error> {
        let inputs = [&self.request.as_mut_slice()[..request_len]];
        let mut outputs = [&mut self.response.as_mut_slice()[..response_len]];
        let (nr_inputs, nr_outputs) = (request_len.min(1), response_len.min(1));
        // SAFETY: both buffers are this channel's own. They live until `pop` succeeded with this
        // token, or for good when it never does (`is_lost`, see `drop`); nothing touches them
        // before: `execute` does not return while a request is out, unless the device is lost.
        unsafe {
            self.queue
                .add(&inputs[..nr_inputs], &mut outputs[..nr_outputs])
        }
    }

    /// Take back what [`RequestChannel::add`] gave for `token`.
    fn pop(
        &mut self,
        token: u16,
        request_len: usize,
        response_len: usize,
    ) -> Result<u32, virtio_drivers::Error> {
        let inputs = [&self.request.as_mut_slice()[..request_len]];
        let mut outputs = [&mut self.response.as_mut_slice()[..response_len]];
        let (nr_inputs, nr_outputs) = (request_len.min(1), response_len.min(1));
        // SAFETY: the same buffers with the same lengths as `add` got when it gave `token`.
        unsafe {
            self.queue
                .pop_used(token, &inputs[..nr_inputs], &mut outputs[..nr_outputs])
        }
    }
}

/// The sum of `lens`, if it is within `room_bytes`.
fn checked_len(
    lens: impl Iterator<Item = usize>,
    room_bytes: usize,
) -> Result<usize, ChannelError> {
    let len_bytes = lens.fold(0, usize::saturating_add);
    if len_bytes > room_bytes {
        return Err(ChannelError::TooLarge {
            len_bytes,
            room_bytes,
        });
    }
    Ok(len_bytes)
}

impl<T: Transport> fmt::Debug for RequestChannel<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RequestChannel")
            .field("queue_index", &self.queue_index)
            .field("is_lost", &self.is_lost)
            .finish_non_exhaustive()
    }
}

impl<T: Transport> Drop for RequestChannel<T> {
    fn drop(&mut self) {
        if self.is_lost {
            // The device may still write to its buffers, and a reset may never end: leak both.
            return;
        }
        // SAFETY: dropped once, here, and not used again.
        unsafe { ManuallyDrop::drop(&mut self.transport) };
        // SAFETY: as above; the transport's drop has reset the device, so the memory is ours alone.
        unsafe { ManuallyDrop::drop(&mut self.queue) };
        // SAFETY: as above.
        unsafe { ManuallyDrop::drop(&mut self.request) };
        // SAFETY: as above.
        unsafe { ManuallyDrop::drop(&mut self.response) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::rc::Rc;
    use alloc::vec;
    use alloc::vec::Vec;
    use bitflags::bitflags;
    use core::cell::{Cell, RefCell};
    use core::sync::atomic::{AtomicU64, Ordering};
    use virtio_drivers::transport::{DeviceType, InterruptStatus};
    use zerocopy::{FromBytes, Immutable, IntoBytes};

    bitflags! {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        struct Features: u64 {
            const ONE = 1;
            const TWO = 2;
            const VERSION_1 = FEATURE_VERSION_1;
        }
    }

    /// What a device does with a request.
    #[derive(Clone, Copy)]
    enum Behaviour {
        /// Write the request's bytes, each plus one, and say so.
        Echo,
        /// Nothing.
        Silence,
        /// Answer another request than it got.
        WrongToken,
        /// Say to have written more than it had room for.
        Overrun,
    }

    struct Device {
        behaviour: Cell<Behaviour>,
        features: u64,
        keeps_features: bool,
        status: Cell<DeviceStatus>,
        rings: Cell<Option<(u64, u64, u64)>>,
        generation: Cell<u32>,
        is_restless: bool,
        seen: RefCell<Vec<Vec<u8>>>,
        nr_resets: Cell<usize>,
    }

    impl Device {
        fn new() -> Rc<Self> {
            Rc::new(Self::parts())
        }

        fn parts() -> Self {
            Self {
                behaviour: Cell::new(Behaviour::Echo),
                features: FEATURE_VERSION_1 | 2,
                keeps_features: true,
                status: Cell::new(DeviceStatus::empty()),
                rings: Cell::new(None),
                generation: Cell::new(0),
                is_restless: false,
                seen: RefCell::default(),
                nr_resets: Cell::new(0),
            }
        }

        /// Serve the newest entry of the available ring. Layout: virtio 1.2, "Split Virtqueues".
        fn serve(&self) {
            let (descriptors, available, used) = self.rings.get().expect("the queue is set up");
            let index = read_u16(available + 2).wrapping_sub(1);
            let entries = QUEUE_ENTRIES as u64;
            let head = read_u16(available + 4 + 2 * (u64::from(index) % entries));
            let mut request = Vec::new();
            let mut room = None;
            let mut next = Some(head);
            while let Some(number) = next {
                let descriptor = descriptors + 16 * u64::from(number);
                let (address, len) = (read_u64(descriptor), read_u32(descriptor + 8));
                let flags = read_u16(descriptor + 12);
                if flags & 2 == 0 {
                    request.extend(read(address, len as usize));
                } else {
                    room = Some((address, len));
                }
                next = (flags & 1 != 0).then(|| read_u16(descriptor + 14));
            }
            let (answer, claimed, token) = match self.behaviour.get() {
                Behaviour::Silence => return,
                Behaviour::Echo => {
                    let len = room.map_or(0, |(_, len)| len as usize).min(request.len());
                    let answer: Vec<u8> = request[..len]
                        .iter()
                        .map(|byte| byte.wrapping_add(1))
                        .collect();
                    (answer, u32::try_from(len).expect("small"), head)
                }
                Behaviour::WrongToken => (vec![], 0, head + 1),
                Behaviour::Overrun => (vec![], u32::MAX, head),
            };
            self.seen.borrow_mut().push(request);
            if let Some((address, _)) = room {
                write(address, &answer);
            }
            let used_index = read_u16(used + 2);
            let entry = used + 4 + 8 * (u64::from(used_index) % entries);
            write(entry, &u32::from(token).to_le_bytes());
            write(entry + 4, &claimed.to_le_bytes());
            write(used + 2, &used_index.wrapping_add(1).to_le_bytes());
        }
    }

    fn read(phys: u64, len: usize) -> Vec<u8> {
        // SAFETY: the test's device reads the arena where the driver told it to.
        unsafe { core::slice::from_raw_parts(direct_map(phys), len) }.to_vec()
    }

    fn write(phys: u64, bytes: &[u8]) {
        // SAFETY: as in `read`, for writing; nobody holds a reference meanwhile.
        unsafe { core::ptr::copy(bytes.as_ptr(), direct_map(phys), bytes.len()) };
    }

    fn read_u16(phys: u64) -> u16 {
        u16::from_le_bytes(read(phys, 2).try_into().expect("two"))
    }

    fn read_u32(phys: u64) -> u32 {
        u32::from_le_bytes(read(phys, 4).try_into().expect("four"))
    }

    fn read_u64(phys: u64) -> u64 {
        u64::from_le_bytes(read(phys, 8).try_into().expect("eight"))
    }

    struct Wire(Rc<Device>);

    impl Transport for Wire {
        fn device_type(&self) -> DeviceType {
            DeviceType::Block
        }
        fn read_device_features(&mut self) -> u64 {
            self.0.features
        }
        fn write_driver_features(&mut self, _features: u64) {}
        fn max_queue_size(&mut self, _queue: u16) -> u32 {
            64
        }
        fn notify(&mut self, _queue: u16) {
            self.0.serve();
        }
        fn get_status(&self) -> DeviceStatus {
            self.0.status.get()
        }
        fn set_status(&mut self, status: DeviceStatus) {
            let refused = if self.0.keeps_features {
                DeviceStatus::empty()
            } else {
                DeviceStatus::FEATURES_OK
            };
            self.0.status.set(status - refused);
        }
        fn set_guest_page_size(&mut self, _size: u32) {}
        fn requires_legacy_layout(&self) -> bool {
            false
        }
        fn queue_set(&mut self, _queue: u16, _size: u32, table: u64, driver: u64, device: u64) {
            self.0.rings.set(Some((table, driver, device)));
        }
        fn queue_unset(&mut self, _queue: u16) {}
        fn queue_used(&mut self, _queue: u16) -> bool {
            self.0.rings.get().is_some()
        }
        fn ack_interrupt(&mut self) -> InterruptStatus {
            InterruptStatus::empty()
        }
        fn read_config_generation(&self) -> u32 {
            if self.0.is_restless {
                self.0.generation.set(self.0.generation.get() + 1);
            }
            self.0.generation.get()
        }
        fn read_config_space<V: FromBytes + IntoBytes>(
            &self,
            offset: usize,
        ) -> virtio_drivers::Result<V> {
            let space: Vec<u8> = (0..16).collect();
            let bytes = space.get(offset..offset + size_of::<V>());
            let bytes = bytes.ok_or(virtio_drivers::Error::ConfigSpaceTooSmall)?;
            Ok(V::read_from_bytes(bytes).expect("the right length"))
        }
        fn write_config_space<V: IntoBytes + Immutable>(
            &mut self,
            _offset: usize,
            _value: V,
        ) -> virtio_drivers::Result<()> {
            Ok(())
        }
    }

    impl Drop for Wire {
        fn drop(&mut self) {
            self.0.nr_resets.set(self.0.nr_resets.get() + 1);
        }
    }

    /// A clock that advances 1 ms each time it is read.
    fn clock() -> u64 {
        static NOW: AtomicU64 = AtomicU64::new(0);
        NOW.fetch_add(1_000_000, Ordering::Relaxed)
    }

    const TIMEOUT_NS: u64 = 500_000_000;
    const BUFFERS: ChannelBuffers = ChannelBuffers {
        request_bytes: 4096,
        response_bytes: 8192,
    };

    fn open(device: &Rc<Device>) -> Result<RequestChannel<Wire>, ChannelError> {
        crate::frame::init_host();
        let opened = RequestChannel::open(Wire(device.clone()), 0, Features::all(), BUFFERS);
        opened.map(|(channel, features)| {
            assert_eq!(features, Features::TWO | Features::VERSION_1);
            channel
        })
    }

    fn ask(
        channel: &mut RequestChannel<Wire>,
        request: &[&[u8]],
        response: &mut [u8],
    ) -> Result<usize, ChannelError> {
        channel.execute(request, &mut [response], clock, TIMEOUT_NS)
    }

    #[test]
    fn pieces_arrive_as_one_request_and_the_answer_comes_back() {
        let device = Device::new();
        let mut channel = open(&device).expect("a good device");
        for round in 0..40 {
            let mut answer = [0xEE; 6];
            let request: [&[u8]; 3] = [&[round], &[], &[1, 2, 3]];
            assert_eq!(ask(&mut channel, &request, &mut answer), Ok(4));
            assert_eq!(answer, [round + 1, 2, 3, 4, 0, 0]);
        }
        assert_eq!(device.seen.borrow()[39], [39, 1, 2, 3]);
    }

    #[test]
    fn an_answer_is_spread_over_its_pieces() {
        let device = Device::new();
        let mut channel = open(&device).expect("a good device");
        let (mut first, mut none, mut second) = ([9; 2], [], [9; 4]);
        let mut pieces = [&mut first[..], &mut none[..], &mut second[..]];
        assert_eq!(
            channel.execute(&[&[1, 2, 3]], &mut pieces, clock, TIMEOUT_NS),
            Ok(3)
        );
        assert_eq!((first, second), ([2, 3], [4, 0, 0, 0]));
    }

    #[test]
    fn a_request_or_an_answer_may_be_empty() {
        let device = Device::new();
        let mut channel = open(&device).expect("a good device");
        assert_eq!(ask(&mut channel, &[], &mut [1; 4]), Ok(0));
        assert_eq!(ask(&mut channel, &[&[1]], &mut []), Ok(0));
        assert!(matches!(
            ask(&mut channel, &[], &mut []),
            Err(ChannelError::Queue(_))
        ));
        assert_eq!(ask(&mut channel, &[&[1]], &mut [0; 1]), Ok(1));
    }

    #[test]
    fn what_exceeds_the_buffers_never_reaches_the_device() {
        let device = Device::new();
        let mut channel = open(&device).expect("a good device");
        let (longer, mut answer) = ([0; 4097], vec![0; 8193]);
        let error = ChannelError::TooLarge {
            len_bytes: 4097,
            room_bytes: 4096,
        };
        assert_eq!(ask(&mut channel, &[&longer], &mut [0]), Err(error));
        let error = ChannelError::TooLarge {
            len_bytes: 8193,
            room_bytes: 8192,
        };
        assert_eq!(ask(&mut channel, &[&[0]], &mut answer), Err(error));
        assert!(device.seen.borrow().is_empty());
    }

    #[test]
    fn a_silent_device_is_given_up_and_its_memory_stays_its_own() {
        let device = Device::new();
        device.behaviour.set(Behaviour::Silence);
        let mut channel = open(&device).expect("a good device so far");
        let error = ask(&mut channel, &[&[1]], &mut [0]).expect_err("it is silent");
        assert_eq!(
            error,
            ChannelError::TimedOut {
                timeout_ns: TIMEOUT_NS
            }
        );
        assert_eq!(std::format!("{error}"), "it did not answer in time: 500 ms");
        device.behaviour.set(Behaviour::Echo);
        assert_eq!(
            ask(&mut channel, &[&[1]], &mut [0]),
            Err(ChannelError::Lost)
        );
        let request = channel.request.phys();
        drop(channel);
        assert_eq!(device.nr_resets.get(), 0);
        let fresh: Vec<DmaRegion> = (0..64).filter_map(|_| DmaRegion::new(1)).collect();
        assert!(fresh.iter().all(|region| region.phys() != request));
    }

    #[test]
    fn a_good_device_is_reset_and_its_memory_returns() {
        let device = Device::new();
        let channel = open(&device).expect("a good device");
        drop(channel);
        assert_eq!(device.nr_resets.get(), 1);
    }

    #[test]
    fn a_device_that_answers_something_else_is_given_up() {
        let device = Device::new();
        device.behaviour.set(Behaviour::WrongToken);
        let mut channel = open(&device).expect("a good device so far");
        assert_eq!(
            ask(&mut channel, &[&[1]], &mut [0]),
            Err(ChannelError::Confused)
        );
        assert_eq!(
            ask(&mut channel, &[&[1]], &mut [0]),
            Err(ChannelError::Lost)
        );
    }

    #[test]
    fn a_device_that_claims_too_much_is_not_believed() {
        let device = Device::new();
        device.behaviour.set(Behaviour::Overrun);
        let mut channel = open(&device).expect("a good device so far");
        let claimed_bytes = usize::try_from(u32::MAX).expect("64 bits");
        let error = ChannelError::Overrun {
            claimed_bytes,
            room_bytes: 2,
        };
        assert_eq!(ask(&mut channel, &[&[1]], &mut [0; 2]), Err(error));
        device.behaviour.set(Behaviour::Echo);
        assert_eq!(ask(&mut channel, &[&[1]], &mut [0; 2]), Ok(1));
    }

    #[test]
    fn old_and_unsteady_devices_are_refused() {
        let old = Rc::new(Device {
            features: 2,
            ..Device::parts()
        });
        assert_eq!(open(&old).err(), Some(ChannelError::NotModern));
        let unsteady = Rc::new(Device {
            keeps_features: false,
            ..Device::parts()
        });
        assert_eq!(open(&unsteady).err(), Some(ChannelError::FeaturesRefused));
        let taken = Device::new();
        taken.rings.set(Some((0, 0, 0)));
        let error = ChannelError::Queue(virtio_drivers::Error::AlreadyUsed);
        assert_eq!(open(&taken).err(), Some(error));
    }

    #[test]
    fn configuration_is_read_whole_or_not_at_all() {
        let device = Device::new();
        let channel = open(&device).expect("a good device");
        assert_eq!(channel.read_config(4), Ok([0x0706_0504, 0x0B0A_0908]));
        assert_eq!(channel.read_config::<2>(12), Err(ChannelError::Config));
        let restless = Rc::new(Device {
            is_restless: true,
            ..Device::parts()
        });
        let channel = open(&restless).expect("a good device so far");
        assert_eq!(channel.read_config::<1>(0), Err(ChannelError::Config));
    }
}
