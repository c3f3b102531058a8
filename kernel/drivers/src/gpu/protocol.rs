//! What is said to a virtio GPU and what it answers.
//!
//! Source: virtio 1.2 "GPU Device", "Device Operation"; names after its structures. Commands for
//! blobs, contexts and fences are further implementations of [`Command`].

use core::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most scanouts a device has.
pub const MAX_SCANOUTS: usize = 16;
/// `VIRTIO_GPU_FORMAT_B8G8R8X8_UNORM`: blue first, the fourth byte unused.
pub const FORMAT_BGRX: u32 = 2;

/// `virtio_gpu_ctrl_hdr`: before every command and every answer.
#[derive(Clone, Copy, Debug, Default, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Header {
    kind: u32,
    flags: u32,
    fence_id: u64,
    context_id: u32,
    ring_index: u8,
    padding: [u8; 3],
}

/// `virtio_gpu_rect`, in pixels.
#[derive(
    Clone, Copy, Debug, Default, FromBytes, Immutable, IntoBytes, KnownLayout, PartialEq, Eq,
)]
#[repr(C)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A command, as it follows the header.
pub trait Command: Immutable + IntoBytes {
    /// Its number.
    const KIND: u32;
    /// The number of its answer when it succeeded.
    const ANSWER_KIND: u32;
    /// What follows the answer's header then.
    type Answer: FromBytes + Immutable + IntoBytes + KnownLayout;
}

/// `VIRTIO_GPU_RESP_OK_NODATA`.
const ANSWER_NO_DATA: u32 = 0x1100;

/// Nothing follows the header.
#[derive(Debug, Default, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Nothing {}

/// `VIRTIO_GPU_CMD_GET_DISPLAY_INFO`.
#[derive(Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct GetDisplayInfo {}

/// `virtio_gpu_resp_display_info`.
#[derive(Debug, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct DisplayInfo {
    /// One for each scanout.
    pub modes: [DisplayMode; MAX_SCANOUTS],
}

/// `virtio_gpu_display_one`.
#[derive(Clone, Copy, Debug, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct DisplayMode {
    /// Place and size that the display prefers.
    pub area: Rect,
    /// Not 0 if somebody looks at it.
    pub enabled: u32,
    flags: u32,
}

/// `VIRTIO_GPU_CMD_RESOURCE_CREATE_2D`.
#[derive(Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct CreateResource2d {
    /// Number the resource gets, not 0.
    pub resource: u32,
    /// [`FORMAT_BGRX`] or another format.
    pub format: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// `VIRTIO_GPU_CMD_RESOURCE_ATTACH_BACKING` with one piece of memory.
#[derive(Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct AttachBacking {
    resource: u32,
    nr_entries: u32,
    address: u64,
    len_bytes: u32,
    padding: u32,
}

impl AttachBacking {
    /// `len_bytes` of memory at physical `address` become the memory of `resource`.
    #[must_use]
    pub const fn new(resource: u32, address: u64, len_bytes: u32) -> Self {
        Self {
            resource,
            nr_entries: 1,
            address,
            len_bytes,
            padding: 0,
        }
    }
}

/// `VIRTIO_GPU_CMD_SET_SCANOUT`.
#[derive(Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct SetScanout {
    /// Part of the resource that is shown.
    pub area: Rect,
    /// Which display.
    pub scanout: u32,
    /// Which resource; 0 switches the display off.
    pub resource: u32,
}

/// `VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D`.
#[derive(Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct TransferToHost2d {
    area: Rect,
    offset: u64,
    resource: u32,
    padding: u32,
}

impl TransferToHost2d {
    /// The pixels of `area`, the first of which is `offset` bytes into the memory of `resource`.
    #[must_use]
    pub const fn new(resource: u32, area: Rect, offset: u64) -> Self {
        Self {
            area,
            offset,
            resource,
            padding: 0,
        }
    }
}

/// `VIRTIO_GPU_CMD_RESOURCE_FLUSH`.
#[derive(Debug, Immutable, IntoBytes)]
#[repr(C)]
pub struct FlushResource {
    area: Rect,
    resource: u32,
    padding: u32,
}

impl FlushResource {
    /// Show the pixels of `area` of `resource`.
    #[must_use]
    pub const fn new(resource: u32, area: Rect) -> Self {
        Self {
            area,
            resource,
            padding: 0,
        }
    }
}

macro_rules! commands {
    ($($name:ident = $kind:literal -> $answer_kind:expr, $answer:ident;)*) => {
        $(impl Command for $name {
            const KIND: u32 = $kind;
            const ANSWER_KIND: u32 = $answer_kind;
            type Answer = $answer;
        })*
    };
}

commands! {
    GetDisplayInfo = 0x0100 -> 0x1101, DisplayInfo;
    CreateResource2d = 0x0101 -> ANSWER_NO_DATA, Nothing;
    SetScanout = 0x0103 -> ANSWER_NO_DATA, Nothing;
    FlushResource = 0x0104 -> ANSWER_NO_DATA, Nothing;
    TransferToHost2d = 0x0105 -> ANSWER_NO_DATA, Nothing;
    AttachBacking = 0x0106 -> ANSWER_NO_DATA, Nothing;
}

/// What a device says when it refuses a command: `VIRTIO_GPU_RESP_ERR_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// For no reason given.
    Unspecified,
    /// Its memory is used up.
    OutOfMemory,
    /// There is no such scanout.
    InvalidScanout,
    /// There is no such resource.
    InvalidResource,
    /// There is no such context.
    InvalidContext,
    /// A value is out of range.
    InvalidParameter,
}

impl Refusal {
    const fn from_kind(kind: u32) -> Option<Self> {
        Some(match kind {
            0x1200 => Self::Unspecified,
            0x1201 => Self::OutOfMemory,
            0x1202 => Self::InvalidScanout,
            0x1203 => Self::InvalidResource,
            0x1204 => Self::InvalidContext,
            0x1205 => Self::InvalidParameter,
            _ => return None,
        })
    }
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The device refused the command.
    Refused(Refusal),
    /// The answer is not as long as it must be.
    WrongLength {
        /// Bytes it has.
        has: usize,
        /// Bytes it must have.
        needs: usize,
    },
    /// The answer is one to something else.
    WrongKind(u32),
}

impl fmt::Display for AnswerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(out, "it refused the command: {refusal:?}"),
            Self::WrongLength { has, needs } => {
                write!(out, "its answer has {has} bytes instead of {needs}")
            }
            Self::WrongKind(kind) => write!(out, "its answer is of kind {kind:#x}"),
        }
    }
}

/// The header of a command.
pub(super) const fn header_of<C: Command>() -> Header {
    Header {
        kind: C::KIND,
        flags: 0,
        fence_id: 0,
        context_id: 0,
        ring_index: 0,
        padding: [0; 3],
    }
}

/// How many bytes an answer to `C` may take.
pub(super) const fn answer_room<C: Command>() -> usize {
    size_of::<Header>() + size_of::<C::Answer>()
}

/// Read what a device answered to `C`: exactly the bytes that it wrote.
pub(super) fn parse_answer<C: Command>(bytes: &[u8]) -> Result<C::Answer, AnswerError> {
    let wrong_length = |needs| AnswerError::WrongLength {
        has: bytes.len(),
        needs,
    };
    let (header, body) =
        Header::read_from_prefix(bytes).map_err(|_| wrong_length(size_of::<Header>()))?;
    if header.kind != C::ANSWER_KIND {
        return Err(match Refusal::from_kind(header.kind) {
            Some(refusal) => AnswerError::Refused(refusal),
            None => AnswerError::WrongKind(header.kind),
        });
    }
    C::Answer::read_from_bytes(body).map_err(|_| wrong_length(answer_room::<C>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn sizes_are_the_standards() {
        assert_eq!(size_of::<Header>(), 24);
        assert_eq!(size_of::<DisplayInfo>(), 16 * 24);
        assert_eq!(size_of::<CreateResource2d>(), 16);
        assert_eq!(size_of::<AttachBacking>(), 8 + 16);
        assert_eq!(size_of::<SetScanout>(), 24);
        assert_eq!(size_of::<TransferToHost2d>(), 32);
        assert_eq!(size_of::<FlushResource>(), 24);
    }

    #[test]
    fn a_command_has_its_bytes_where_the_standard_says() {
        let bytes = AttachBacking::new(7, 0x1122_3344_5566, 0x1000);
        let expected = [
            7, 0, 0, 0, 1, 0, 0, 0, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0x10, 0, 0, 0, 0,
            0, 0,
        ];
        assert_eq!(bytes.as_bytes(), expected);
        let header = header_of::<SetScanout>();
        assert_eq!(header.as_bytes()[..4], [0x03, 0x01, 0, 0]);
    }

    fn answer(kind: u32, body: &[u8]) -> Vec<u8> {
        let header = Header {
            kind,
            ..Header::default()
        };
        [header.as_bytes(), body].concat()
    }

    #[test]
    fn answers_are_believed_only_with_kind_and_length() {
        let parse = |bytes: &[u8]| parse_answer::<SetScanout>(bytes).map(|_| ());
        assert_eq!(parse(&answer(0x1100, &[])), Ok(()));
        assert_eq!(
            parse(&answer(0x1203, &[])),
            Err(AnswerError::Refused(Refusal::InvalidResource))
        );
        assert_eq!(
            parse(&answer(0x1101, &[])),
            Err(AnswerError::WrongKind(0x1101))
        );
        assert_eq!(parse(&answer(0, &[])), Err(AnswerError::WrongKind(0)));
        assert_eq!(
            parse(&[]),
            Err(AnswerError::WrongLength { has: 0, needs: 24 })
        );
        assert_eq!(
            parse(&[0; 23]),
            Err(AnswerError::WrongLength { has: 23, needs: 24 })
        );
        assert_eq!(
            parse(&answer(0x1100, &[0])),
            Err(AnswerError::WrongLength { has: 25, needs: 24 })
        );
        let short = answer(0x1101, &[0; 100]);
        assert_eq!(
            parse_answer::<GetDisplayInfo>(&short).map(|_| ()),
            Err(AnswerError::WrongLength {
                has: 124,
                needs: 24 + 384
            })
        );
    }
}
