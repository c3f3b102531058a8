//! Virtio entropy device: random bytes from the host.
//!
//! Source: virtio 1.2 "Entropy Device".

use crate::requests::{Requests, TimedChannel};
use bitflags::bitflags;
use core::fmt;
use kpio_hal::virtio::{ChannelBuffers, ChannelError, FEATURE_VERSION_1};
use virtio_drivers::transport::Transport;

/// Most bytes of one request.
const MAX_REQUEST_BYTES: usize = 4096;
const TIMEOUT_NS: u64 = 10_000_000_000;

bitflags! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Features: u64 {
        const VERSION_1 = FEATURE_VERSION_1;
    }
}

/// Why there are no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RngError {
    /// The device did not answer properly.
    Channel(ChannelError),
    /// It answered with nothing.
    Empty,
}

impl fmt::Display for RngError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(error) => write!(out, "{error}"),
            Self::Empty => out.write_str("it gave no bytes"),
        }
    }
}

impl core::error::Error for RngError {}

impl From<ChannelError> for RngError {
    fn from(error: ChannelError) -> Self {
        Self::Channel(error)
    }
}

/// An entropy device.
#[derive(Debug)]
pub struct Rng<R> {
    requests: R,
}

impl<T: Transport> Rng<TimedChannel<T>> {
    /// Initialise the device behind `transport`. `clock` gives nanoseconds that only grow.
    ///
    /// # Errors
    /// [`RngError::Channel`].
    pub fn new(transport: T, clock: fn() -> u64) -> Result<Self, RngError> {
        let buffers = ChannelBuffers {
            request_bytes: 0,
            response_bytes: MAX_REQUEST_BYTES,
        };
        let (requests, _) =
            TimedChannel::open(transport, Features::all(), buffers, clock, TIMEOUT_NS)?;
        Ok(Self { requests })
    }
}

impl<R: Requests> Rng<R> {
    /// Fill `bytes`, in as many requests as it takes: a device may give fewer than asked for.
    ///
    /// # Errors
    /// Every [`RngError`]; `bytes` may be filled in part then.
    pub fn fill(&mut self, mut bytes: &mut [u8]) -> Result<(), RngError> {
        while !bytes.is_empty() {
            let len = bytes.len().min(MAX_REQUEST_BYTES);
            let given = self.requests.execute(&[], &mut [&mut bytes[..len]])?;
            if given == 0 {
                return Err(RngError::Empty);
            }
            bytes = bytes.split_at_mut(given.min(len)).1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives up to `most` bytes a request, counting up.
    struct Counter {
        next: u8,
        most: usize,
    }

    impl Requests for Counter {
        fn execute(
            &mut self,
            _request: &[&[u8]],
            response: &mut [&mut [u8]],
        ) -> Result<usize, ChannelError> {
            let response = &mut *response[0];
            let given = self.most.min(response.len());
            response.fill(0);
            for byte in &mut response[..given] {
                *byte = self.next;
                self.next = self.next.wrapping_add(1);
            }
            Ok(given)
        }
    }

    #[test]
    fn a_device_that_gives_little_is_asked_again() {
        let mut rng = Rng {
            requests: Counter { next: 1, most: 3 },
        };
        let mut bytes = [0; 8];
        rng.fill(&mut bytes).expect("it goes on");
        assert_eq!(bytes, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_device_that_gives_nothing_is_not_asked_for_ever() {
        let mut rng = Rng {
            requests: Counter { next: 1, most: 0 },
        };
        assert_eq!(rng.fill(&mut [0; 8]), Err(RngError::Empty));
        assert_eq!(rng.fill(&mut []), Ok(()));
    }
}
