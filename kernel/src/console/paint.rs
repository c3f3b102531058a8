//! Characters to pixels.

use super::font::{CELL_HEIGHT, CELL_WIDTH, Font, FontError};
use super::text::{Cell, TextConsole};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

const BYTES_PER_PIXEL: usize = 4;
/// Row of a cell that an underline fills.
const UNDERLINE_ROW: usize = CELL_HEIGHT - 2;

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Its left edge.
    pub x: usize,
    /// Its upper edge.
    pub y: usize,
    /// Its width.
    pub width: usize,
    /// Its height.
    pub height: usize,
}

impl Rect {
    /// The smallest rectangle around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        }
    }
}

/// Pixels of four bytes, blue first, the fourth unused (virtio-gpu's B8G8R8X8), row after row.
#[derive(Debug)]
pub struct Surface<'a> {
    bytes: &'a mut [u8],
    width_px: usize,
    height_px: usize,
}

/// Why memory cannot be painted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceError {
    /// It has fewer bytes than the pixels need.
    TooLittleMemory {
        /// Bytes there are.
        has: usize,
        /// Bytes that width times height pixels take.
        needs: usize,
    },
    /// Not even one character fits.
    TooSmall {
        /// Width in pixels.
        width_px: usize,
        /// Height in pixels.
        height_px: usize,
    },
    /// The console's font is damaged.
    Font(FontError),
}

impl fmt::Display for SurfaceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLittleMemory { has, needs } => {
                write!(out, "a screen that needs {needs} bytes has {has}")
            }
            Self::TooSmall {
                width_px,
                height_px,
            } => {
                write!(out, "no character fits on {width_px}x{height_px} pixels")
            }
            Self::Font(error) => write!(out, "the console's font is damaged: {error:?}"),
        }
    }
}

impl core::error::Error for SurfaceError {}

impl<'a> Surface<'a> {
    /// `width_px` times `height_px` pixels in `bytes`, without gaps between the rows.
    ///
    /// # Errors
    /// [`SurfaceError::TooLittleMemory`], [`SurfaceError::TooSmall`].
    pub fn new(
        bytes: &'a mut [u8],
        width_px: usize,
        height_px: usize,
    ) -> Result<Self, SurfaceError> {
        let needs = width_px
            .saturating_mul(height_px)
            .saturating_mul(BYTES_PER_PIXEL);
        let has = bytes.len();
        if has < needs {
            return Err(SurfaceError::TooLittleMemory { has, needs });
        }
        if width_px < CELL_WIDTH || height_px < CELL_HEIGHT {
            return Err(SurfaceError::TooSmall {
                width_px,
                height_px,
            });
        }
        Ok(Self {
            bytes,
            width_px,
            height_px,
        })
    }

    /// How many characters fit, as columns and rows.
    #[must_use]
    pub fn size_cells(&self) -> (usize, usize) {
        (self.width_px / CELL_WIDTH, self.height_px / CELL_HEIGHT)
    }

    fn fill(&mut self, rgb: u32) {
        let (pixels, _) = self.bytes.as_chunks_mut::<BYTES_PER_PIXEL>();
        pixels.fill(rgb.to_le_bytes());
    }

    /// Pixels of row `y` from column `x` on, `CELL_WIDTH` of them.
    fn cell_row(&mut self, x: usize, y: usize) -> &mut [[u8; BYTES_PER_PIXEL]] {
        let start = (y * self.width_px + x) * BYTES_PER_PIXEL;
        self.bytes[start..start + CELL_WIDTH * BYTES_PER_PIXEL]
            .as_chunks_mut()
            .0
    }
}

/// Draws a console's changes.
pub struct Painter {
    font: Font,
    /// What the pixels show, row after row.
    drawn: Vec<Cell>,
    columns: usize,
    area: Rect,
    is_blank: bool,
    unseen: Option<Rect>,
}

impl Painter {
    /// A painter for surfaces of this size, which it takes for unknown pixels.
    ///
    /// # Errors
    /// [`SurfaceError::Font`].
    pub fn new(surface: &Surface<'_>) -> Result<Self, SurfaceError> {
        let (columns, rows) = surface.size_cells();
        Ok(Self {
            font: Font::spleen().map_err(SurfaceError::Font)?,
            drawn: vec![Cell::BLANK; columns * rows],
            columns,
            area: Rect {
                x: 0,
                y: 0,
                width: surface.width_px,
                height: surface.height_px,
            },
            is_blank: true,
            unseen: None,
        })
    }

    /// Whether nothing was painted yet.
    pub fn is_blank(&self) -> bool {
        self.is_blank
    }

    /// The smallest area around all that was painted and not yet [`Painter::seen`].
    pub fn unseen(&self) -> Option<Rect> {
        self.unseen
    }

    /// What was painted is visible now.
    pub fn seen(&mut self) {
        self.unseen = None;
    }

    /// Draw the cells of `console` that `surface` does not show.
    pub fn paint(&mut self, console: &mut TextConsole, surface: &mut Surface<'_>) {
        if core::mem::take(&mut self.is_blank) {
            surface.fill(Cell::BLANK.background);
            self.unseen = Some(self.area);
        }
        for row in 0..self.drawn.len() / self.columns {
            let Some(cells) = console.take_changed_row(row) else {
                continue;
            };
            let drawn = &mut self.drawn[row * self.columns..(row + 1) * self.columns];
            for (column, (cell, drawn)) in cells.iter().zip(drawn).enumerate() {
                if cell != drawn {
                    *drawn = *cell;
                    let (x, y) = (column * CELL_WIDTH, row * CELL_HEIGHT);
                    draw(surface, x, y, cell, &self.font);
                    let area = Rect {
                        x,
                        y,
                        width: CELL_WIDTH,
                        height: CELL_HEIGHT,
                    };
                    self.unseen = Some(self.unseen.map_or(area, |unseen| unseen.union(area)));
                }
            }
        }
    }
}

fn draw(surface: &mut Surface<'_>, x: usize, y: usize, cell: &Cell, font: &Font) {
    let (ink, paper) = (cell.foreground.to_le_bytes(), cell.background.to_le_bytes());
    for (row, &bits) in font.glyph(cell.character).iter().enumerate() {
        let bits = if cell.is_underlined && row == UNDERLINE_ROW {
            0xFF
        } else {
            bits
        };
        for (column, pixel) in surface.cell_row(x, y + row).iter_mut().enumerate() {
            *pixel = if bits & (0x80 >> column) == 0 {
                paper
            } else {
                ink
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::{DEFAULT_BACKGROUND, DEFAULT_FOREGROUND};
    use super::*;
    use std::string::String;

    const WIDTH: usize = 50;
    const HEIGHT: usize = 40;

    struct Picture {
        bytes: Vec<u8>,
        painter: Painter,
        console: TextConsole,
    }

    impl Picture {
        fn new() -> Self {
            let mut bytes = vec![0xEE; WIDTH * HEIGHT * 4];
            let surface = Surface::new(&mut bytes, WIDTH, HEIGHT).expect("large enough");
            let painter = Painter::new(&surface).expect("the font is whole");
            Self {
                console: TextConsole::new(6, 2),
                painter,
                bytes,
            }
        }

        fn paint(&mut self, text: &str) -> Option<Rect> {
            self.console.write(text.as_bytes());
            let mut surface = Surface::new(&mut self.bytes, WIDTH, HEIGHT).expect("large enough");
            self.painter.paint(&mut self.console, &mut surface);
            let unseen = self.painter.unseen();
            self.painter.seen();
            unseen
        }

        fn pixel(&self, x: usize, y: usize) -> u32 {
            let place = (y * WIDTH + x) * 4;
            u32::from_le_bytes(self.bytes[place..place + 4].try_into().expect("four"))
        }

        fn cell(&self, column: usize, row: usize) -> Vec<String> {
            let line = |y| {
                let ink = |x| self.pixel(column * 8 + x, row * 16 + y) == DEFAULT_FOREGROUND;
                (0..8).map(|x| if ink(x) { '#' } else { '.' }).collect()
            };
            (0..16).map(line).collect()
        }
    }

    fn glyph(character: char) -> Vec<String> {
        let font = Font::spleen().expect("whole");
        let line = |row: &u8| {
            (0..8)
                .map(|x| if row >> (7 - x) & 1 == 1 { '#' } else { '.' })
                .collect()
        };
        font.glyph(character).iter().map(line).collect()
    }

    #[test]
    fn letters_stand_in_their_cells_and_the_margin_is_background() {
        let mut picture = Picture::new();
        picture.paint("ab\r\n  g");
        for (character, column, row) in [('a', 0, 0), ('b', 1, 0), (' ', 2, 0), ('g', 2, 1)] {
            assert_eq!(picture.cell(column, row), glyph(character), "{character}");
        }
        for y in 0..HEIGHT {
            assert_eq!(picture.pixel(WIDTH - 1, y), DEFAULT_BACKGROUND);
        }
        assert_eq!(picture.pixel(0, HEIGHT - 1), DEFAULT_BACKGROUND);
    }

    #[test]
    fn blue_is_the_first_byte() {
        let mut picture = Picture::new();
        picture.paint("\x1b[48;2;17;34;51m ");
        assert_eq!(picture.bytes[..4], [51, 34, 17, 0]);
    }

    #[test]
    fn only_what_differs_is_drawn() {
        let mut picture = Picture::new();
        picture.paint("abcdef");
        assert_eq!(
            picture.paint("\x1b[Habcxef"),
            Some(Rect {
                x: 24,
                y: 0,
                width: 8,
                height: 16
            })
        );
        assert_eq!(picture.paint("\x1b[Habcxef"), None);
        let around_both = Rect {
            x: 8,
            y: 0,
            width: 32,
            height: 32,
        };
        assert_eq!(picture.paint("\x1b[1;2H!\x1b[2;5H!"), Some(around_both));
    }

    #[test]
    fn scrolling_moves_the_pixels_up() {
        let mut picture = Picture::new();
        picture.paint("one\r\ntwo\r\nthree");
        assert_eq!(picture.cell(1, 0), glyph('w'));
        assert_eq!(picture.cell(4, 1), glyph('e'));
    }

    #[test]
    fn colours_inverse_and_underline_reach_the_pixels() {
        let mut picture = Picture::new();
        picture.paint("\x1b[31;44m \x1b[7m \x1b[0;4m ");
        assert_eq!(picture.pixel(0, 0), 0x0000_00AA);
        assert_eq!(picture.pixel(8, 0), 0x00AA_0000);
        assert_eq!(picture.pixel(16, UNDERLINE_ROW), DEFAULT_FOREGROUND);
        assert_eq!(picture.pixel(16, UNDERLINE_ROW - 1), DEFAULT_BACKGROUND);
    }

    #[test]
    fn memory_that_does_not_fit_is_refused() {
        let mut bytes = [0; 100];
        assert_eq!(
            Surface::new(&mut bytes, 8, 16).map(|_| ()),
            Err(SurfaceError::TooLittleMemory {
                has: 100,
                needs: 512
            })
        );
        assert_eq!(
            Surface::new(&mut bytes, usize::MAX, 16).map(|_| ()),
            Err(SurfaceError::TooLittleMemory {
                has: 100,
                needs: usize::MAX
            })
        );
        assert_eq!(
            Surface::new(&mut bytes, 1, 16).map(|_| ()),
            Err(SurfaceError::TooSmall {
                width_px: 1,
                height_px: 16
            })
        );
    }
}
