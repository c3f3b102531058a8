//! The text console on a screen: bytes in, pixels out.
//!
//! [`text::TextConsole`] keeps a grid of characters and knows which of them the pixels do not show
//! yet; [`paint::Painter`] draws those onto a [`paint::Surface`]. Writing is cheap and painting is
//! lazy: a program that prints a thousand lines costs one repaint of what is left of them.

pub mod font;
pub mod paint;
pub mod text;

use core::fmt;
use paint::{Painter, Rect, Surface, SurfaceError};
use text::TextConsole;

/// Something that shows pixels.
pub trait Display {
    /// What went wrong while showing.
    type Error;

    /// Its pixels, which nobody sees before [`Display::show`].
    ///
    /// # Errors
    /// [`SurfaceError`] when its size and its memory do not fit each other.
    fn surface(&mut self) -> Result<Surface<'_>, SurfaceError>;

    /// Make the pixels of `area` visible.
    ///
    /// # Errors
    /// When the device refuses or does not answer in time.
    fn show(&mut self, area: Rect) -> Result<(), Self::Error>;
}

/// Why the screen does not show what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenError<E> {
    /// The display's memory does not fit its size.
    Surface(SurfaceError),
    /// The display failed.
    Display(E),
}

impl<E: fmt::Display> fmt::Display for ScreenError<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Surface(error) => write!(out, "{error}"),
            Self::Display(error) => write!(out, "{error}"),
        }
    }
}

/// A text console on a display.
pub struct Screen<D> {
    display: D,
    console: TextConsole,
    painter: Painter,
}

impl<D: Display> Screen<D> {
    /// A console that fills `display`, all blank. Nothing is shown before [`Screen::refresh`].
    ///
    /// # Errors
    /// [`SurfaceError`] if the display is too small for one character.
    pub fn new(mut display: D) -> Result<Self, SurfaceError> {
        let surface = display.surface()?;
        let (columns, rows) = surface.size_cells();
        let painter = Painter::new(&surface)?;
        Ok(Self {
            display,
            console: TextConsole::new(columns, rows),
            painter,
        })
    }

    /// Take bytes as a terminal does. They are seen after the next [`Screen::refresh`].
    pub fn write(&mut self, bytes: &[u8]) {
        self.console.write(bytes);
    }

    /// Whether [`Screen::refresh`] has something to show.
    pub fn is_stale(&self) -> bool {
        self.console.has_changes() || self.painter.is_blank()
    }

    /// Draw what changed and show it; gives the area shown.
    ///
    /// # Errors
    /// [`ScreenError`]. What could not be shown is tried again by the next call.
    pub fn refresh(&mut self) -> Result<Option<Rect>, ScreenError<D::Error>> {
        let mut surface = self.display.surface().map_err(ScreenError::Surface)?;
        self.painter.paint(&mut self.console, &mut surface);
        let Some(area) = self.painter.unseen() else {
            return Ok(None);
        };
        self.display.show(area).map_err(ScreenError::Display)?;
        self.painter.seen();
        Ok(Some(area))
    }

    /// How many columns and rows of text there are.
    #[must_use]
    pub fn size_cells(&self) -> (usize, usize) {
        self.console.size_cells()
    }

    /// The display, for other uses of it.
    pub fn display(&mut self) -> &mut D {
        &mut self.display
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    struct Fake {
        pixels: Vec<u8>,
        shown: Vec<Rect>,
        is_broken: bool,
    }

    impl Display for Fake {
        type Error = &'static str;

        fn surface(&mut self) -> Result<Surface<'_>, SurfaceError> {
            Surface::new(&mut self.pixels, 100, 70)
        }

        fn show(&mut self, area: Rect) -> Result<(), Self::Error> {
            if self.is_broken {
                return Err("it does not answer");
            }
            self.shown.push(area);
            Ok(())
        }
    }

    fn screen() -> Screen<Fake> {
        let fake = Fake {
            pixels: vec![0xAA; 100 * 70 * 4],
            shown: Vec::new(),
            is_broken: false,
        };
        Screen::new(fake).expect("large enough")
    }

    #[test]
    fn the_first_refresh_shows_everything_and_the_next_only_what_changed() {
        let mut screen = screen();
        assert!(screen.is_stale());
        let all = Rect {
            x: 0,
            y: 0,
            width: 100,
            height: 70,
        };
        assert_eq!(screen.refresh(), Ok(Some(all)));
        assert_eq!(screen.refresh(), Ok(None));
        assert!(!screen.is_stale());
        screen.write(b"\nab");
        assert!(screen.is_stale());
        let letters = Rect {
            x: 0,
            y: 16,
            width: 16,
            height: 16,
        };
        assert_eq!(screen.refresh(), Ok(Some(letters)));
        assert_eq!(screen.display().shown, [all, letters]);
    }

    #[test]
    fn what_a_broken_display_missed_is_shown_later() {
        let mut screen = screen();
        screen.refresh().expect("it works");
        screen.display().is_broken = true;
        screen.write(b"a");
        assert_eq!(
            screen.refresh(),
            Err(ScreenError::Display("it does not answer"))
        );
        screen.write(b"\x1b[4;12Hb");
        assert!(screen.refresh().is_err());
        screen.display().is_broken = false;
        assert_eq!(
            screen.refresh(),
            Ok(Some(Rect {
                x: 0,
                y: 0,
                width: 96,
                height: 64
            }))
        );
    }
}
