//! Virtio GPU as a screen: one scanout that shows memory of ours.
//!
//! [`Gpu`] speaks the protocol, one command at a time; [`Scanout`] is a screenful of pixels on it.
//! Source: virtio 1.2 "GPU Device".

pub mod protocol;

use crate::requests::{Requests, TimedChannel};
use bitflags::bitflags;
use core::fmt;
use kpio_hal::frame::DmaRegion;
use kpio_hal::virtio::{ChannelBuffers, ChannelError, FEATURE_VERSION_1};
pub use protocol::Rect;
use protocol::{
    AnswerError, AttachBacking, Command, CreateResource2d, DisplayInfo, FORMAT_BGRX, FlushResource,
    GetDisplayInfo, SetScanout, TransferToHost2d, answer_room, header_of, parse_answer,
};
use virtio_drivers::transport::Transport;
use zerocopy::IntoBytes;

/// Bytes of a pixel.
pub const BYTES_PER_PIXEL: usize = 4;
/// Longest side of a screen that is believed.
const MAX_SIDE_PX: u32 = 16_384;
/// Most memory a screen may ask for: 64 MiB, twice a 4K one.
const MAX_SCREEN_BYTES: usize = 64 << 20;
const PAGE_SIZE: usize = 4096;
const TIMEOUT_NS: u64 = 10_000_000_000;
const BUFFER_BYTES: usize = 4096;
/// The screen's resource. Others come with blobs.
const SCREEN_RESOURCE: u32 = 1;

bitflags! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Features: u64 {
        const VERSION_1 = FEATURE_VERSION_1;
    }
}

/// Why nothing is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GpuError {
    /// The device did not answer properly.
    Channel(ChannelError),
    /// What it answered to a command is no success.
    Answer {
        /// The command's number.
        command: u32,
        /// What is wrong.
        error: AnswerError,
    },
    /// No display is switched on.
    NoDisplay,
    /// The size it gives is none a screen has.
    AbsurdSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// There is no contiguous memory for the screen.
    NoMemory {
        /// What it takes.
        len_bytes: usize,
    },
    /// The rectangle leaves the screen.
    OutOfScreen(Rect),
}

impl fmt::Display for GpuError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(error) => write!(out, "{error}"),
            Self::Answer { command, error } => write!(out, "command {command:#x}: {error}"),
            Self::NoDisplay => out.write_str("no display is switched on"),
            Self::AbsurdSize { width, height } => {
                write!(out, "its screen is said to have {width}x{height} pixels")
            }
            Self::NoMemory { len_bytes } => {
                write!(
                    out,
                    "no {len_bytes} bytes of contiguous memory for the screen"
                )
            }
            Self::OutOfScreen(area) => write!(out, "{area:?} leaves the screen"),
        }
    }
}

impl core::error::Error for GpuError {}

impl From<ChannelError> for GpuError {
    fn from(error: ChannelError) -> Self {
        Self::Channel(error)
    }
}

/// A GPU that takes commands.
#[derive(Debug)]
pub struct Gpu<R> {
    requests: R,
}

impl<T: Transport> Gpu<TimedChannel<T>> {
    /// Initialise the device behind `transport`. `clock` gives nanoseconds that only grow.
    ///
    /// # Errors
    /// [`GpuError::Channel`].
    pub fn new(transport: T, clock: fn() -> u64) -> Result<Self, GpuError> {
        let buffers = ChannelBuffers {
            request_bytes: BUFFER_BYTES,
            response_bytes: BUFFER_BYTES,
        };
        let (requests, _) =
            TimedChannel::open(transport, Features::all(), buffers, clock, TIMEOUT_NS)?;
        Ok(Self { requests })
    }
}

impl<R: Requests> Gpu<R> {
    /// Give `command` and wait for its answer.
    ///
    /// # Errors
    /// [`GpuError::Channel`], [`GpuError::Answer`].
    pub fn command<C: Command>(&mut self, command: &C) -> Result<C::Answer, GpuError> {
        let mut room = [0; BUFFER_BYTES];
        let room = &mut room[..const { answer_room::<C>() }];
        let header = header_of::<C>();
        let len = self
            .requests
            .execute(&[header.as_bytes(), command.as_bytes()], &mut [&mut *room])?;
        let answer = room.get(..len).unwrap_or(room);
        parse_answer::<C>(answer).map_err(|error| GpuError::Answer {
            command: C::KIND,
            error,
        })
    }

    /// Number and size of the first display that is switched on.
    ///
    /// # Errors
    /// [`GpuError::NoDisplay`], [`GpuError::AbsurdSize`], and those of [`Gpu::command`].
    pub fn display(&mut self) -> Result<(u32, u32, u32), GpuError> {
        let DisplayInfo { modes } = self.command(&GetDisplayInfo {})?;
        let (number, mode) = (0..)
            .zip(modes.iter())
            .find(|(_, mode)| mode.enabled != 0)
            .ok_or(GpuError::NoDisplay)?;
        let (width, height) = (mode.area.width, mode.area.height);
        let is_side = |side| (1..=MAX_SIDE_PX).contains(&side);
        if is_side(width) && is_side(height) && screen_bytes(width, height) <= MAX_SCREEN_BYTES {
            Ok((number, width, height))
        } else {
            Err(GpuError::AbsurdSize { width, height })
        }
    }
}

/// Bytes of a screen. Both sides are at most [`MAX_SIDE_PX`].
fn screen_bytes(width: u32, height: u32) -> usize {
    let pixels = u64::from(width) * u64::from(height);
    usize::try_from(pixels).map_or(usize::MAX, |pixels| pixels.saturating_mul(BYTES_PER_PIXEL))
}

/// A screen: pixels in memory, and the display that shows them.
#[derive(Debug)]
pub struct Scanout<R> {
    // Dropped before the memory that it reads.
    gpu: Gpu<R>,
    pixels: DmaRegion,
    width: u32,
    height: u32,
}

impl<R: Requests> Scanout<R> {
    /// Take the GPU's first display. It shows nothing of the pixels, which are black, before the first
    /// [`Scanout::show`].
    ///
    /// # Errors
    /// Every [`GpuError`] but [`GpuError::OutOfScreen`].
    pub fn new(mut gpu: Gpu<R>) -> Result<Self, GpuError> {
        let (scanout, width, height) = gpu.display()?;
        let len_bytes = screen_bytes(width, height);
        let no_memory = GpuError::NoMemory { len_bytes };
        let pixels = DmaRegion::new(len_bytes.div_ceil(PAGE_SIZE)).ok_or(no_memory)?;
        let backing_len = u32::try_from(len_bytes).map_err(|_| no_memory)?;
        let resource = SCREEN_RESOURCE;
        gpu.command(&CreateResource2d {
            resource,
            format: FORMAT_BGRX,
            width,
            height,
        })?;
        gpu.command(&AttachBacking::new(resource, pixels.phys(), backing_len))?;
        let area = Rect {
            x: 0,
            y: 0,
            width,
            height,
        };
        gpu.command(&SetScanout {
            area,
            scanout,
            resource,
        })?;
        Ok(Self {
            gpu,
            pixels,
            width,
            height,
        })
    }

    /// Width and height in pixels.
    pub fn size_px(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The pixels, row after row without gaps: blue, green, red, unused. The display shows what they
    /// were at the last [`Scanout::show`].
    pub fn pixels(&mut self) -> &mut [u8] {
        let len_bytes = screen_bytes(self.width, self.height);
        &mut self.pixels.as_mut_slice()[..len_bytes]
    }

    /// Show the pixels of `area`.
    ///
    /// # Errors
    /// [`GpuError::OutOfScreen`], and those of [`Gpu::command`].
    pub fn show(&mut self, area: Rect) -> Result<(), GpuError> {
        let fits = |start: u32, len: u32, all: u32| {
            len != 0 && start.checked_add(len).is_some_and(|end| end <= all)
        };
        if !fits(area.x, area.width, self.width) || !fits(area.y, area.height, self.height) {
            return Err(GpuError::OutOfScreen(area));
        }
        let first_pixel = u64::from(area.y) * u64::from(self.width) + u64::from(area.x);
        let offset = first_pixel * BYTES_PER_PIXEL as u64;
        self.gpu
            .command(&TransferToHost2d::new(SCREEN_RESOURCE, area, offset))?;
        self.gpu
            .command(&FlushResource::new(SCREEN_RESOURCE, area))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::protocol::{Refusal, SetScanout};
    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// A GPU that notes the commands and answers from a script, or well.
    struct Device {
        commands: Vec<(u32, Vec<u8>)>,
        mode: (u32, u32, u32),
        scanout: usize,
        lies: Vec<(u32, Lie)>,
    }

    #[derive(Clone, Copy)]
    enum Lie {
        Kind(u32),
        Length(usize),
        Channel(ChannelError),
    }

    impl Device {
        fn new() -> Self {
            Self {
                commands: vec![],
                mode: (640, 480, 1),
                scanout: 0,
                lies: vec![],
            }
        }

        fn lying(command: u32, lie: Lie) -> Self {
            Self {
                lies: vec![(command, lie)],
                ..Self::new()
            }
        }
    }

    impl Requests for Device {
        fn execute(
            &mut self,
            request: &[&[u8]],
            response: &mut [&mut [u8]],
        ) -> Result<usize, ChannelError> {
            let response = &mut *response[0];
            let request = request.concat();
            let command = u32::from_le_bytes(request[..4].try_into().expect("four"));
            self.commands.push((command, request[24..].to_vec()));
            response.fill(0);
            let kind: u32 = if command == GetDisplayInfo::KIND {
                0x1101
            } else {
                0x1100
            };
            if command == GetDisplayInfo::KIND {
                let mode = 24 + 24 * self.scanout;
                response[mode + 8..mode + 12].copy_from_slice(&self.mode.0.to_le_bytes());
                response[mode + 12..mode + 16].copy_from_slice(&self.mode.1.to_le_bytes());
                response[mode + 16..mode + 20].copy_from_slice(&self.mode.2.to_le_bytes());
            }
            response[..4].copy_from_slice(&kind.to_le_bytes());
            match self.lies.iter().find(|(about, _)| *about == command) {
                None => Ok(response.len()),
                Some((_, Lie::Kind(kind))) => {
                    response[..4].copy_from_slice(&kind.to_le_bytes());
                    Ok(response.len())
                }
                Some((_, Lie::Length(len))) => Ok(*len),
                Some((_, Lie::Channel(error))) => Err(*error),
            }
        }
    }

    fn screen(device: Device) -> Result<Scanout<Device>, GpuError> {
        kpio_hal::frame::init_host();
        Scanout::new(Gpu { requests: device })
    }

    #[test]
    fn a_screen_is_set_up_in_order_and_shown() {
        let mut screen = screen(Device::new()).expect("a good device");
        screen
            .show(Rect {
                x: 0,
                y: 0,
                width: 640,
                height: 480,
            })
            .expect("inside");
        let kinds: Vec<u32> = screen
            .gpu
            .requests
            .commands
            .iter()
            .map(|(kind, _)| *kind)
            .collect();
        assert_eq!(kinds, [0x100, 0x101, 0x106, 0x103, 0x105, 0x104]);
        assert_eq!(screen.size_px(), (640, 480));
        let attach = &screen.gpu.requests.commands[2].1;
        assert_eq!(attach[8..16], screen.pixels.phys().to_le_bytes());
        assert_eq!(attach[16..20], (640 * 480 * 4_u32).to_le_bytes());
    }

    #[test]
    fn the_first_display_that_is_on_is_taken() {
        let screen = screen(Device {
            scanout: 2,
            ..Device::new()
        })
        .expect("a good device");
        let command = &screen.gpu.requests.commands[3];
        assert_eq!(
            (command.0, &command.1[16..20]),
            (SetScanout::KIND, &[2, 0, 0, 0][..])
        );
    }

    #[test]
    fn only_the_area_asked_for_is_transferred() {
        let mut screen = screen(Device::new()).expect("a good device");
        screen.gpu.requests.commands.clear();
        screen
            .show(Rect {
                x: 8,
                y: 16,
                width: 24,
                height: 32,
            })
            .expect("inside");
        let [(transfer, body), (flush, _)] = &screen.gpu.requests.commands[..] else {
            panic!("two commands")
        };
        assert_eq!(
            (*transfer, *flush),
            (TransferToHost2d::KIND, FlushResource::KIND)
        );
        assert_eq!(body[16..24], ((16 * 640 + 8) * 4_u64).to_le_bytes());
    }

    #[test]
    fn areas_outside_are_not_asked_for() {
        let mut screen = screen(Device::new()).expect("a good device");
        screen.gpu.requests.commands.clear();
        for area in [
            Rect {
                x: 0,
                y: 0,
                width: 641,
                height: 1,
            },
            Rect {
                x: 640,
                y: 0,
                width: 1,
                height: 1,
            },
            Rect {
                x: u32::MAX,
                y: 0,
                width: 2,
                height: 1,
            },
            Rect {
                x: 0,
                y: 480,
                width: 1,
                height: 1,
            },
            Rect {
                x: 0,
                y: 0,
                width: 0,
                height: 1,
            },
        ] {
            assert_eq!(screen.show(area), Err(GpuError::OutOfScreen(area)));
        }
        assert!(screen.gpu.requests.commands.is_empty());
    }

    #[test]
    fn sizes_no_screen_has_are_refused() {
        for (width, height) in [
            (0, 480),
            (640, 0),
            (u32::MAX, 1),
            (16_385, 1),
            (16_384, 16_384),
            (8192, 4096),
        ] {
            let device = Device {
                mode: (width, height, 1),
                ..Device::new()
            };
            assert_eq!(
                screen(device).err(),
                Some(GpuError::AbsurdSize { width, height })
            );
        }
        let off = Device {
            mode: (640, 480, 0),
            ..Device::new()
        };
        assert_eq!(screen(off).err(), Some(GpuError::NoDisplay));
    }

    #[test]
    fn a_screen_larger_than_memory_is_named() {
        // The host's stand-in for memory has 64 MiB in all, some of it in use.
        let device = Device {
            mode: (4096, 4096, 1),
            ..Device::new()
        };
        assert_eq!(
            screen(device).err(),
            Some(GpuError::NoMemory {
                len_bytes: 64 << 20
            })
        );
    }

    #[test]
    fn every_lie_about_every_command_is_a_named_error() {
        let timed_out = ChannelError::TimedOut { timeout_ns: 1 };
        for command in [0x100, 0x101, 0x106, 0x103, 0x105, 0x104] {
            let area = Rect {
                x: 0,
                y: 0,
                width: 640,
                height: 480,
            };
            let of = |lie| {
                screen(Device::lying(command, lie))
                    .and_then(|mut screen| screen.show(area))
                    .err()
            };
            let named = |error| Some(GpuError::Answer { command, error });
            let refused = AnswerError::Refused(Refusal::OutOfMemory);
            assert_eq!(of(Lie::Kind(0x1201)), named(refused));
            assert_eq!(of(Lie::Kind(0x4711)), named(AnswerError::WrongKind(0x4711)));
            assert_eq!(
                of(Lie::Channel(timed_out)),
                Some(GpuError::Channel(timed_out))
            );
            for has in [0, 3, 23] {
                let error = AnswerError::WrongLength { has, needs: 24 };
                assert_eq!(of(Lie::Length(has)), named(error));
            }
        }
        let error = AnswerError::WrongLength {
            has: 24,
            needs: 408,
        };
        let named = GpuError::Answer {
            command: 0x100,
            error,
        };
        assert_eq!(
            screen(Device::lying(0x100, Lie::Length(24))).err(),
            Some(named)
        );
    }

    /// Answers of random bytes and lengths give errors, never panics.
    #[test]
    fn random_answers_are_survived() {
        struct Noise(u64);
        impl Requests for Noise {
            fn execute(
                &mut self,
                _request: &[&[u8]],
                response: &mut [&mut [u8]],
            ) -> Result<usize, ChannelError> {
                let response = &mut *response[0];
                for byte in response.iter_mut() {
                    self.0 = self
                        .0
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    *byte = self.0.to_be_bytes()[1];
                }
                if self.0 >> 62 != 0 {
                    let kinds = [0x1100_u32, 0x1101, 0x1203];
                    let kind = kinds[usize::from(self.0.to_be_bytes()[2]) % 3];
                    response[..4].copy_from_slice(&kind.to_le_bytes());
                }
                let len = usize::from(u16::from_be_bytes([self.0.to_be_bytes()[3], 0]));
                Ok(len)
            }
        }
        kpio_hal::frame::init_host();
        for seed in 0..3000 {
            assert!(
                Scanout::new(Gpu {
                    requests: Noise(seed)
                })
                .is_err()
            );
        }
    }
}
