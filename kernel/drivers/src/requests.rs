//! Asking a device something.

use core::fmt;
use core::ops::BitAnd;
use kpio_hal::virtio::{ChannelBuffers, ChannelError, RequestChannel};
use virtio_drivers::transport::Transport;

/// A device that answers one request at a time.
pub trait Requests {
    /// Send the pieces of `request` as one and spread the answer over those of `response`; gives how
    /// many bytes the device wrote. The rest is zero then.
    ///
    /// # Errors
    /// Every [`ChannelError`].
    fn execute(
        &mut self,
        request: &[&[u8]],
        response: &mut [&mut [u8]],
    ) -> Result<usize, ChannelError>;
}

/// A device on a virtqueue, with a deadline for each answer.
#[derive(Debug)]
pub struct TimedChannel<T: Transport> {
    channel: RequestChannel<T>,
    clock: fn() -> u64,
    timeout_ns: u64,
}

impl<T: Transport> TimedChannel<T> {
    /// Initialise the device behind `transport` and set up its queue 0. `clock` gives nanoseconds
    /// that only grow. Gives the features that both sides have, too.
    ///
    /// # Errors
    /// As [`RequestChannel::open`].
    pub fn open<F>(
        transport: T,
        supported: F,
        buffers: ChannelBuffers,
        clock: fn() -> u64,
        timeout_ns: u64,
    ) -> Result<(Self, F), ChannelError>
    where
        F: bitflags::Flags<Bits = u64> + BitAnd<Output = F> + fmt::Debug,
    {
        let (channel, features) = RequestChannel::open(transport, 0, supported, buffers)?;
        Ok((
            Self {
                channel,
                clock,
                timeout_ns,
            },
            features,
        ))
    }

    /// Words of the device's configuration from byte `offset` on.
    ///
    /// # Errors
    /// [`ChannelError::Config`].
    pub fn read_config<const N: usize>(&self, offset: usize) -> Result<[u32; N], ChannelError> {
        self.channel.read_config(offset)
    }
}

impl<T: Transport> Requests for TimedChannel<T> {
    fn execute(
        &mut self,
        request: &[&[u8]],
        response: &mut [&mut [u8]],
    ) -> Result<usize, ChannelError> {
        self.channel
            .execute(request, response, self.clock, self.timeout_ns)
    }
}
