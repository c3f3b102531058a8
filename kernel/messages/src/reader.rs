//! Judging bytes that were received.

use core::marker::PhantomData;

use kpio_abi::messages::{
    CHANNEL_VERSION, MESSAGE_KINDS, MESSAGE_MAX_BYTES, MessageHeader, MessageKind,
};
use zerocopy::FromBytes;

use crate::kind::Direction;
use crate::refusal::Refusal;

/// Who reads the messages of one way.
#[derive(Clone, Copy, Debug)]
pub struct Reader<D> {
    sequence: u32,
    way: PhantomData<D>,
}

impl<D: Direction> Reader<D> {
    /// One that has read nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::expecting(0)
    }

    /// One that takes a message of this sequence number next.
    #[must_use]
    pub const fn expecting(sequence: u32) -> Self {
        Self {
            sequence,
            way: PhantomData,
        }
    }

    /// The sequence number that the next message must have.
    #[must_use]
    pub const fn sequence(&self) -> u32 {
        self.sequence
    }

    /// Takes a message. One that is refused is not counted.
    ///
    /// # Errors
    ///
    /// The first reason that holds.
    pub fn read(&mut self, message: &[u8]) -> Result<D, Refusal> {
        if message.len() > MESSAGE_MAX_BYTES {
            return Err(Refusal::Oversized);
        }
        let (header, _) =
            MessageHeader::read_from_prefix(message).map_err(|_| Refusal::Truncated)?;
        if header.version != CHANNEL_VERSION {
            return Err(Refusal::UnknownVersion);
        }
        if header.sequence != self.sequence {
            return Err(Refusal::OutOfOrder);
        }
        let kind = MESSAGE_KINDS
            .iter()
            .find(|kind| kind.number == header.kind && kind.way == D::WAY)
            .ok_or(Refusal::UnknownKind)?;
        if message.len() != kind.len {
            return Err(Refusal::WrongLength);
        }
        if !is_good(kind, message) {
            return Err(Refusal::BadField);
        }
        let taken = D::from_bytes(kind.number, message).ok_or(Refusal::UnknownKind)?;
        self.sequence = self.sequence.wrapping_add(1);
        Ok(taken)
    }
}

impl<D: Direction> Default for Reader<D> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the fields have values that they can have.
fn is_good(kind: &MessageKind, message: &[u8]) -> bool {
    let field = |at: usize| {
        let bytes = message.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    };
    let is_limited = |&(at, limit): &(usize, u32)| field(at).is_some_and(|value| value < limit);
    let is_inside = kind.span.is_none_or(|span| {
        let end = field(span.offset_at)
            .zip(field(span.len_at))
            .map(|(offset, len)| u64::from(offset) + u64::from(len));
        end.is_some_and(|end| end <= span.part_bytes as u64)
    });
    kind.limits.iter().all(is_limited) && is_inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{ToBrowser, ToKernel};
    use kpio_abi::messages::{
        MESSAGE_TAB_STATE_CHANGED, MemoryPressure, RequestRefused, TAB_HIBERNATED, TabStateChanged,
        Way,
    };

    fn bytes(message: impl Into<ToKernel>, sequence: u32) -> ([u8; MESSAGE_MAX_BYTES], usize) {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let len = message.into().write(sequence, &mut bytes);
        (bytes, len)
    }

    #[test]
    fn what_is_written_is_read() {
        let mut reader = Reader::<ToBrowser>::new();
        let pressure = ToBrowser::from(MemoryPressure {
            level: 2,
            available_bytes: 7,
            ..MemoryPressure::default()
        });
        let refused = ToBrowser::from(RequestRefused {
            sequence: 3,
            reason: 4,
            ..RequestRefused::default()
        });
        for (sequence, sent) in [pressure, refused].into_iter().enumerate() {
            let mut bytes = [0; MESSAGE_MAX_BYTES];
            let len = sent.write(u32::try_from(sequence).expect("few"), &mut bytes);
            let read = reader.read(&bytes[..len]).expect("good");
            let mut again = [0; MESSAGE_MAX_BYTES];
            read.write(u32::try_from(sequence).expect("few"), &mut again);
            assert_eq!(again, bytes);
        }
    }

    #[test]
    fn what_is_refused_is_not_counted() {
        let mut reader = Reader::<ToKernel>::expecting(u32::MAX);
        let good = TabStateChanged {
            state: TAB_HIBERNATED,
            ..TabStateChanged::default()
        };
        let bad = TabStateChanged { state: 4, ..good };
        let (wrong, len) = bytes(bad, u32::MAX);
        assert_eq!(reader.read(&wrong[..len]), Err(Refusal::BadField));
        let (right, len) = bytes(good, u32::MAX);
        assert_eq!(reader.read(&right), Err(Refusal::WrongLength));
        assert!(reader.read(&right[..len]).is_ok());
        assert_eq!(reader.sequence(), 0);
        assert_eq!(reader.read(&right[..len]), Err(Refusal::OutOfOrder));
    }

    #[test]
    fn every_kind_of_the_contract_has_its_type() {
        for kind in MESSAGE_KINDS {
            let zeros = [0; MESSAGE_MAX_BYTES];
            let is_known = match kind.way {
                Way::ToBrowser => ToBrowser::from_bytes(kind.number, &zeros[..kind.len]).is_some(),
                Way::ToKernel => ToKernel::from_bytes(kind.number, &zeros[..kind.len]).is_some(),
            };
            assert!(is_known, "{}", kind.name);
        }
        assert!(ToBrowser::from_bytes(MESSAGE_TAB_STATE_CHANGED, &[0; 16]).is_none());
    }
}
