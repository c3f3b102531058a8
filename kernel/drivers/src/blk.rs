//! Virtio block device: sectors of 512 bytes.
//!
//! The standard's driver of `virtio-drivers` waits for a device for ever; this one does not.
//! Source: virtio 1.2 "Block Device".

use crate::requests::{Requests, TimedChannel};
use bitflags::bitflags;
use core::fmt;
use kpio_hal::virtio::{ChannelBuffers, ChannelError, FEATURE_VERSION_1};
use virtio_drivers::transport::Transport;
use zerocopy::{Immutable, IntoBytes};

/// Bytes in a sector, whatever the device's own block size.
pub const SECTOR_SIZE: usize = 512;
/// Most sectors of one read: what the channel's answer buffer holds besides the status byte.
pub const MAX_READ_SECTORS: usize = RESPONSE_BYTES / SECTOR_SIZE - 1;
/// Most sectors of one write.
pub const MAX_WRITE_SECTORS: usize = REQUEST_BYTES / SECTOR_SIZE - 1;

const RESPONSE_BYTES: usize = 512 << 10;
const REQUEST_BYTES: usize = 256 << 10;
const TIMEOUT_NS: u64 = 10_000_000_000;

/// What the status byte holds before the device writes it.
const NO_STATUS: u8 = 0xFF;

const TYPE_IN: u32 = 0;
const TYPE_OUT: u32 = 1;
const TYPE_FLUSH: u32 = 4;

bitflags! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Features: u64 {
        const READ_ONLY = 1 << 5;
        const FLUSH = 1 << 9;
        const VERSION_1 = FEATURE_VERSION_1;
    }
}

#[derive(Immutable, IntoBytes)]
#[repr(C)]
struct Header {
    kind: u32,
    reserved: u32,
    sector: u64,
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlkError {
    /// The device did not answer properly.
    Channel(ChannelError),
    /// Its number of sectors is zero, or has more bytes than a number holds.
    AbsurdCapacity {
        /// What it says.
        sectors: u64,
    },
    /// The buffer is no whole number of sectors, or the request leaves the device.
    BadRequest {
        /// First sector asked for.
        first: u64,
        /// Length of the buffer.
        len_bytes: usize,
    },
    /// A write to a read-only device.
    ReadOnly,
    /// The device could not do it.
    Io,
    /// The device does not know the request.
    Unsupported,
    /// The status it gives does not exist.
    UnknownStatus(u8),
    /// It gave fewer bytes than asked for.
    ShortAnswer {
        /// Bytes it gave.
        has: usize,
        /// Bytes there should be.
        needs: usize,
    },
}

impl BlkError {
    /// The error in a few words.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Channel(error) => error.reason(),
            Self::AbsurdCapacity { .. } => "its size is impossible",
            Self::BadRequest { .. } => "the request does not fit the device",
            Self::ReadOnly => "it is read-only",
            Self::Io => "it reports an input or output error",
            Self::Unsupported => "it does not support the request",
            Self::UnknownStatus(_) => "it answered with a status that does not exist",
            Self::ShortAnswer { .. } => "it gave fewer bytes than asked for",
        }
    }
}

impl fmt::Display for BlkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(error) => write!(out, "{error}"),
            Self::AbsurdCapacity { sectors } => write!(out, "{}: {sectors} sectors", self.reason()),
            Self::BadRequest { first, len_bytes } => {
                write!(
                    out,
                    "{}: {len_bytes} bytes at sector {first}",
                    self.reason()
                )
            }
            Self::UnknownStatus(status) => write!(out, "{}: {status}", self.reason()),
            Self::ShortAnswer { has, needs } => {
                write!(out, "{}: {has} of {needs}", self.reason())
            }
            Self::ReadOnly | Self::Io | Self::Unsupported => out.write_str(self.reason()),
        }
    }
}

impl core::error::Error for BlkError {}

impl From<ChannelError> for BlkError {
    fn from(error: ChannelError) -> Self {
        Self::Channel(error)
    }
}

/// A block device.
#[derive(Debug)]
pub struct Blk<R> {
    requests: R,
    sector_count: u64,
    is_read_only: bool,
    has_flush: bool,
}

impl<T: Transport> Blk<TimedChannel<T>> {
    /// Initialise the device behind `transport`. `clock` gives nanoseconds that only grow.
    ///
    /// # Errors
    /// [`BlkError::Channel`], [`BlkError::AbsurdCapacity`].
    pub fn new(transport: T, clock: fn() -> u64) -> Result<Self, BlkError> {
        let buffers = ChannelBuffers {
            request_bytes: REQUEST_BYTES,
            response_bytes: RESPONSE_BYTES,
        };
        let (requests, features) =
            TimedChannel::open(transport, Features::all(), buffers, clock, TIMEOUT_NS)?;
        let [low, high] = requests.read_config(0)?;
        Self::with(requests, u64::from(high) << 32 | u64::from(low), features)
    }
}

impl<R: Requests> Blk<R> {
    fn with(requests: R, sector_count: u64, features: Features) -> Result<Self, BlkError> {
        if sector_count == 0 || sector_count.checked_mul(SECTOR_SIZE as u64).is_none() {
            return Err(BlkError::AbsurdCapacity {
                sectors: sector_count,
            });
        }
        Ok(Self {
            requests,
            sector_count,
            is_read_only: features.contains(Features::READ_ONLY),
            has_flush: features.contains(Features::FLUSH),
        })
    }

    /// How many sectors it has.
    pub fn sector_count(&self) -> u64 {
        self.sector_count
    }

    /// Whether it refuses writes.
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Fill `bytes` from sector `first` on, in requests of up to [`MAX_READ_SECTORS`].
    ///
    /// # Errors
    /// Every [`BlkError`] but [`BlkError::ReadOnly`].
    pub fn read(&mut self, mut first: u64, bytes: &mut [u8]) -> Result<(), BlkError> {
        self.check(first, bytes.len())?;
        for part in bytes.chunks_mut(MAX_READ_SECTORS * SECTOR_SIZE) {
            let header = Header {
                kind: TYPE_IN,
                reserved: 0,
                sector: first,
            };
            let mut status = [NO_STATUS];
            let answer = &mut [&mut *part, &mut status[..]];
            let has = self.requests.execute(&[header.as_bytes()], answer)?;
            check_status(has, part.len(), status)?;
            first += (part.len() / SECTOR_SIZE) as u64;
        }
        Ok(())
    }

    /// Write `bytes` from sector `first` on, in requests of up to [`MAX_WRITE_SECTORS`]. They are
    /// durable after the next [`Blk::flush`].
    ///
    /// # Errors
    /// Every [`BlkError`].
    pub fn write(&mut self, mut first: u64, bytes: &[u8]) -> Result<(), BlkError> {
        if self.is_read_only {
            return Err(BlkError::ReadOnly);
        }
        self.check(first, bytes.len())?;
        for part in bytes.chunks(MAX_WRITE_SECTORS * SECTOR_SIZE) {
            let header = Header {
                kind: TYPE_OUT,
                reserved: 0,
                sector: first,
            };
            let mut status = [NO_STATUS];
            let has = self
                .requests
                .execute(&[header.as_bytes(), part], &mut [&mut status])?;
            check_status(has, 0, status)?;
            first += (part.len() / SECTOR_SIZE) as u64;
        }
        Ok(())
    }

    /// Return when every write before is durable. A device without this request has no cache that
    /// would need it.
    ///
    /// # Errors
    /// [`BlkError::Channel`], [`BlkError::Io`], [`BlkError::UnknownStatus`].
    pub fn flush(&mut self) -> Result<(), BlkError> {
        if !self.has_flush {
            return Ok(());
        }
        let header = Header {
            kind: TYPE_FLUSH,
            reserved: 0,
            sector: 0,
        };
        let mut status = [NO_STATUS];
        let has = self
            .requests
            .execute(&[header.as_bytes()], &mut [&mut status])?;
        check_status(has, 0, status)
    }

    fn check(&self, first: u64, len_bytes: usize) -> Result<(), BlkError> {
        let end = first.checked_add((len_bytes / SECTOR_SIZE) as u64);
        let is_inside = end.is_some_and(|end| end <= self.sector_count);
        if is_inside && len_bytes.is_multiple_of(SECTOR_SIZE) {
            Ok(())
        } else {
            Err(BlkError::BadRequest { first, len_bytes })
        }
    }
}

/// Check an answer of `has` bytes that should be `data_len` bytes and then the status.
fn check_status(has: usize, data_len: usize, [status]: [u8; 1]) -> Result<(), BlkError> {
    let needs = data_len + 1;
    match status {
        _ if has < needs => Err(BlkError::ShortAnswer { has, needs }),
        0 => Ok(()),
        1 => Err(BlkError::Io),
        2 => Err(BlkError::Unsupported),
        unknown => Err(BlkError::UnknownStatus(unknown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// A disk in memory that can be told to lie.
    struct Disk {
        bytes: Vec<u8>,
        requests: Vec<(u32, u64, usize)>,
        status: u8,
        /// Subtracted from the length it says to have written.
        missing: usize,
        error: Option<ChannelError>,
    }

    impl Requests for Disk {
        fn execute(
            &mut self,
            request: &[&[u8]],
            response: &mut [&mut [u8]],
        ) -> Result<usize, ChannelError> {
            let request = request.concat();
            let (status, data) = response.split_last_mut().expect("a status");
            let kind = u32::from_le_bytes(request[..4].try_into().expect("four"));
            let sector = u64::from_le_bytes(request[8..16].try_into().expect("eight"));
            let place = usize::try_from(sector).expect("small") * SECTOR_SIZE;
            let data_len = data.iter().map(|piece| piece.len()).sum::<usize>();
            self.requests
                .push((kind, sector, data_len.max(request.len() - 16)));
            if let Some(error) = self.error {
                return Err(error);
            }
            match kind {
                TYPE_IN => data[0].copy_from_slice(&self.bytes[place..][..data_len]),
                TYPE_OUT => {
                    self.bytes[place..][..request.len() - 16].copy_from_slice(&request[16..])
                }
                _ => {}
            }
            status[0] = self.status;
            Ok(data_len + 1 - self.missing)
        }
    }

    fn disk(features: Features) -> Blk<Disk> {
        let bytes = (0..4096 * SECTOR_SIZE)
            .map(|n| (n / SECTOR_SIZE).to_le_bytes()[0])
            .collect();
        let disk = Disk {
            bytes,
            requests: vec![],
            status: 0,
            missing: 0,
            error: None,
        };
        Blk::with(disk, 4096, features).expect("a sane size")
    }

    #[test]
    fn long_reads_are_split_and_come_back_whole() {
        let mut blk = disk(Features::FLUSH);
        let mut bytes = vec![0; 2500 * SECTOR_SIZE];
        blk.read(7, &mut bytes).expect("inside");
        assert_eq!(bytes, blk.requests.bytes[7 * SECTOR_SIZE..][..bytes.len()]);
        let most = MAX_READ_SECTORS * SECTOR_SIZE;
        let rest = bytes.len() - 2 * most;
        assert_eq!(
            blk.requests.requests,
            [
                (TYPE_IN, 7, most),
                (TYPE_IN, 7 + 1023, most),
                (TYPE_IN, 7 + 2046, rest)
            ]
        );
    }

    #[test]
    fn writes_arrive_and_are_flushed() {
        let mut blk = disk(Features::FLUSH);
        blk.write(5, &[0xAB; 600 * SECTOR_SIZE]).expect("inside");
        blk.flush().expect("it can");
        let kinds: Vec<_> = blk
            .requests
            .requests
            .iter()
            .map(|request| (request.0, request.1))
            .collect();
        assert_eq!(kinds, [(TYPE_OUT, 5), (TYPE_OUT, 5 + 511), (TYPE_FLUSH, 0)]);
        let changed = &blk.requests.bytes[4 * SECTOR_SIZE..606 * SECTOR_SIZE];
        assert_eq!(
            changed.iter().filter(|&&byte| byte == 0xAB).count(),
            600 * SECTOR_SIZE
        );
        assert_eq!((changed[0], changed[SECTOR_SIZE]), (4, 0xAB));
    }

    #[test]
    fn a_device_without_flush_is_not_asked_to() {
        let mut blk = disk(Features::empty());
        blk.flush().expect("nothing to do");
        assert!(blk.requests.requests.is_empty());
    }

    #[test]
    fn a_read_only_device_is_not_written() {
        let mut blk = disk(Features::READ_ONLY);
        assert_eq!(blk.write(0, &[0; SECTOR_SIZE]), Err(BlkError::ReadOnly));
        assert!(blk.requests.requests.is_empty());
    }

    #[test]
    fn requests_that_leave_the_device_are_not_made() {
        let mut blk = disk(Features::FLUSH);
        for (first, len_bytes) in [(4096, 512), (4095, 1024), (u64::MAX, 512), (0, 100)] {
            let error = BlkError::BadRequest { first, len_bytes };
            assert_eq!(blk.read(first, &mut vec![0; len_bytes]), Err(error));
            assert_eq!(blk.write(first, &vec![0; len_bytes]), Err(error));
        }
        assert!(blk.requests.requests.is_empty());
    }

    #[test]
    fn what_the_device_says_wrong_is_named() {
        let channel = ChannelError::TimedOut { timeout_ns: 1 };
        for (status, missing, error, expected) in [
            (1, 0, None, BlkError::Io),
            (2, 0, None, BlkError::Unsupported),
            (0xFF, 0, None, BlkError::UnknownStatus(0xFF)),
            (
                0,
                1,
                None,
                BlkError::ShortAnswer {
                    has: 512,
                    needs: 513,
                },
            ),
            (0, 513, None, BlkError::ShortAnswer { has: 0, needs: 513 }),
            (0, 0, Some(channel), BlkError::Channel(channel)),
        ] {
            let mut blk = disk(Features::FLUSH);
            blk.requests = Disk {
                status,
                missing,
                error,
                ..blk.requests
            };
            assert_eq!(blk.read(0, &mut [0; SECTOR_SIZE]), Err(expected));
        }
    }

    #[test]
    fn absurd_sizes_are_refused() {
        for sectors in [0, u64::MAX, 1 << 55] {
            let device = disk(Features::FLUSH).requests;
            let error = Blk::with(device, sectors, Features::FLUSH).map(|_| ());
            assert_eq!(error, Err(BlkError::AbsurdCapacity { sectors }));
        }
    }
}
