//! Why a ring cannot do what it was asked for.

use core::fmt;

use crate::memory::Stopped;

/// Why a ring cannot be made in some memory, or joined there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachError {
    /// The place is not aligned, not of a capacity a ring can have, or not inside the memory.
    Place,
    /// There is no ring: the first word is another one.
    Magic,
    /// A ring of another version.
    Version(u32),
    /// A ring of the other kind.
    Kind(u32),
    /// A ring of another capacity.
    Capacity(u32),
    /// The positions do not fit each other.
    Positions,
    /// All numbers of producers are given away.
    NoNumber,
    /// The number is not that of a producer who is alive.
    NotAdmitted,
    /// No more producers are admitted.
    Closed,
}

impl AttachError {
    /// The error's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Place => "Place",
            Self::Magic => "Magic",
            Self::Version(_) => "Version",
            Self::Kind(_) => "Kind",
            Self::Capacity(_) => "Capacity",
            Self::Positions => "Positions",
            Self::NoNumber => "NoNumber",
            Self::NotAdmitted => "NotAdmitted",
            Self::Closed => "Closed",
        }
    }
}

/// What the other side has written that it never could have, were it in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A position that runs back, or away from the other one by more than the capacity.
    Position,
    /// A message longer than what was published, or than the ring.
    Length,
    /// A header that does not belong to its position.
    Header,
    /// A state, or an owner, that does not exist.
    State,
}

/// Why a message cannot be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushError {
    /// There is no room now.
    Full,
    /// There is never room for a message of this length.
    TooLong,
    /// The consumer has closed the ring.
    Closed,
    /// The consumer's process has ended.
    PeerDead,
    /// The ring is damaged; it stays closed for this side.
    Corrupt(Damage),
    /// Other producers were faster each time. Nothing is wrong; try again later.
    Contended,
    /// This producer was declared gone by the ring's keeper.
    Expelled,
    /// Waiting has ended before there was room.
    Stopped(Stopped),
}

/// Why no message can be popped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PopError {
    /// There is no message now.
    Empty,
    /// The next message has this length in bytes; it stays where it is.
    BufferTooSmall(usize),
    /// All messages are read, and the producer has closed the ring.
    Closed,
    /// All messages are read, and the producer's process has ended.
    PeerDead,
    /// The ring is damaged; it stays closed for this side.
    Corrupt(Damage),
    /// Waiting has ended before there was a message.
    Stopped(Stopped),
}

impl fmt::Display for AttachError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place => write!(formatter, "no ring can be at this place"),
            Self::Magic => write!(formatter, "there is no ring at this place"),
            Self::Version(found) => write!(formatter, "the ring has version {found}"),
            Self::Kind(found) => write!(formatter, "the ring is of kind {found}"),
            Self::Capacity(found) => write!(formatter, "the ring has {found} bytes"),
            Self::Positions => write!(formatter, "the ring's positions do not fit each other"),
            Self::NoNumber => write!(formatter, "the ring has as many producers as it can have"),
            Self::NotAdmitted => write!(formatter, "the number is not that of a live producer"),
            Self::Closed => write!(formatter, "the ring admits no more producers"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Position => "a position is out of range",
            Self::Length => "a length is out of range",
            Self::Header => "a header is not of its position",
            Self::State => "a state does not exist",
        })
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TimedOut => "the time is over",
            Self::Interrupted => "interrupted",
            Self::CannotSleep => "this side cannot sleep",
        })
    }
}

impl fmt::Display for PushError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(formatter, "the ring is full"),
            Self::TooLong => write!(formatter, "the message is longer than the ring"),
            Self::Closed => write!(formatter, "the consumer has closed the ring"),
            Self::PeerDead => write!(formatter, "the consumer's process has ended"),
            Self::Corrupt(damage) => write!(formatter, "the ring is damaged: {damage}"),
            Self::Contended => write!(formatter, "other producers were faster each time"),
            Self::Expelled => write!(formatter, "this producer was declared gone"),
            Self::Stopped(why) => write!(formatter, "no room came: {why}"),
        }
    }
}

impl fmt::Display for PopError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(formatter, "the ring is empty"),
            Self::BufferTooSmall(len) => write!(formatter, "the next message has {len} bytes"),
            Self::Closed => write!(formatter, "the producer has closed the ring"),
            Self::PeerDead => write!(formatter, "the producer's process has ended"),
            Self::Corrupt(damage) => write!(formatter, "the ring is damaged: {damage}"),
            Self::Stopped(why) => write!(formatter, "no message came: {why}"),
        }
    }
}

impl core::error::Error for AttachError {}
impl core::error::Error for PushError {}
impl core::error::Error for PopError {}
