//! A grid of characters that understands a terminal's bytes.
//!
//! Text is UTF-8; what is not becomes U+FFFD, and so does what the font lacks when it is drawn.
//! Understood, after ECMA-48 and xterm's "Control Sequences":
//!
//! - BS, TAB (every 8 columns), CR; LF, VT and FF begin the next line at its first column;
//! - ESC 7, ESC 8 (save, restore cursor and colours), ESC D, ESC M (down, up, scrolling), ESC E,
//!   ESC c (reset);
//! - CSI A B C D E F G d H f (cursor), s u (save, restore), J K X (erase), S T (scroll), m (SGR);
//! - SGR 0 1 4 7 22 24 27, colours 30–37 39 40–47 49 90–97 100–107, 38 and 48 with 5 (256 colours)
//!   or 2 (red, green, blue), separated by semicolons or colons.
//!
//! Everything else is consumed and has no effect. There is no cursor to be seen: nobody types here.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use vte::{Params, Parser, Perform};

/// Colour of text, as 0xRRGGBB.
pub const DEFAULT_FOREGROUND: u32 = 0x00AA_AAAA;
/// Colour behind text, as 0xRRGGBB.
pub const DEFAULT_BACKGROUND: u32 = 0x0000_0000;

const TAB_WIDTH: usize = 8;
/// Longest operating system command kept; none has an effect.
const OSC_BYTES: usize = 64;

/// The 16 colours of SGR: as the VGA's text mode had them, but for its brown.
const PALETTE: [u32; 16] = [
    0x00_0000, 0xAA_0000, 0x00_AA00, 0xAA_AA00, 0x00_00AA, 0xAA_00AA, 0x00_AAAA, 0xAA_AAAA,
    0x55_5555, 0xFF_5555, 0x55_FF55, 0xFF_FF55, 0x55_55FF, 0xFF_55FF, 0x55_FFFF, 0xFF_FFFF,
];

/// One place of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What stands there.
    pub character: char,
    /// Its colour, as 0xRRGGBB.
    pub foreground: u32,
    /// The colour behind it, as 0xRRGGBB.
    pub background: u32,
    /// Whether a line is drawn under it.
    pub is_underlined: bool,
}

impl Cell {
    /// Nothing, in the default colours.
    pub const BLANK: Self = Self {
        character: ' ',
        foreground: DEFAULT_FOREGROUND,
        background: DEFAULT_BACKGROUND,
        is_underlined: false,
    };
}

/// A text console: the parser and its grid.
pub struct TextConsole {
    parser: Parser<OSC_BYTES>,
    grid: Grid,
}

impl TextConsole {
    /// A blank grid of at least one place.
    #[must_use]
    pub fn new(columns: usize, rows: usize) -> Self {
        Self {
            parser: Parser::new_with_size(),
            grid: Grid::new(columns.max(1), rows.max(1)),
        }
    }

    /// Take bytes; sequences and characters may be cut anywhere.
    pub fn write(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.grid, bytes);
    }

    /// How many columns and rows it has.
    #[must_use]
    pub fn size_cells(&self) -> (usize, usize) {
        let columns = self.grid.rows.front().map_or(0, Vec::len);
        (columns, self.grid.rows.len())
    }

    /// Whether a row changed since it was taken.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.grid.changed.iter().any(|&changed| changed)
    }

    /// The cells of `row` if it changed since this was last asked.
    pub fn take_changed_row(&mut self, row: usize) -> Option<&[Cell]> {
        core::mem::take(self.grid.changed.get_mut(row)?).then(|| &*self.grid.rows[row])
    }

    /// The cells of `row`, from the top.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&[Cell]> {
        self.grid.rows.get(row).map(Vec::as_slice)
    }
}

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pen {
    foreground: Colour,
    background: Colour,
    is_bold: bool,
    is_inverse: bool,
    is_underlined: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colour {
    Default,
    Palette(u8),
    Rgb(u32),
}

impl Pen {
    const DEFAULT: Self = Self {
        foreground: Colour::Default,
        background: Colour::Default,
        is_bold: false,
        is_inverse: false,
        is_underlined: false,
    };

    fn cell(self, character: char) -> Cell {
        let foreground = match self.foreground {
            Colour::Default if self.is_bold => PALETTE[15],
            Colour::Default => DEFAULT_FOREGROUND,
            Colour::Palette(index @ 0..8) if self.is_bold => palette_256(index + 8),
            Colour::Palette(index) => palette_256(index),
            Colour::Rgb(rgb) => rgb,
        };
        let background = match self.background {
            Colour::Default => DEFAULT_BACKGROUND,
            Colour::Palette(index) => palette_256(index),
            Colour::Rgb(rgb) => rgb,
        };
        let (foreground, background) = if self.is_inverse {
            (background, foreground)
        } else {
            (foreground, background)
        };
        Cell {
            character,
            foreground,
            background,
            is_underlined: self.is_underlined,
        }
    }

    /// What erasing leaves: xterm's "background colour erase".
    fn blank(self) -> Cell {
        let paper = Self {
            background: self.background,
            ..Self::DEFAULT
        };
        paper.cell(' ')
    }
}

/// Colour `index` of xterm's 256: the 16, a cube of 6 levels each, 24 greys.
fn palette_256(index: u8) -> u32 {
    let level = |step: u8| {
        if step == 0 {
            0
        } else {
            55 + 40 * u32::from(step)
        }
    };
    match index {
        0..16 => PALETTE[usize::from(index)],
        16..232 => {
            let cube = index - 16;
            level(cube / 36) << 16 | level(cube / 6 % 6) << 8 | level(cube % 6)
        }
        232.. => (8 + 10 * u32::from(index - 232)) * 0x01_0101,
    }
}

/// What ESC 7 keeps.
#[derive(Clone, Copy)]
struct Saved {
    column: usize,
    row: usize,
    pen: Pen,
}

struct Grid {
    columns: usize,
    rows: VecDeque<Vec<Cell>>,
    changed: Vec<bool>,
    column: usize,
    row: usize,
    /// The last column was written; the next character begins a new line first.
    is_full_line: bool,
    pen: Pen,
    saved: Saved,
}

impl Grid {
    fn new(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows: (0..rows).map(|_| vec![Cell::BLANK; columns]).collect(),
            changed: vec![true; rows],
            column: 0,
            row: 0,
            is_full_line: false,
            pen: Pen::DEFAULT,
            saved: Saved {
                column: 0,
                row: 0,
                pen: Pen::DEFAULT,
            },
        }
    }

    fn last_row(&self) -> usize {
        self.rows.len() - 1
    }

    fn move_to(&mut self, column: usize, row: usize) {
        self.column = column.min(self.columns - 1);
        self.row = row.min(self.last_row());
        self.is_full_line = false;
    }

    /// Move everything up by `count` rows, blank ones follow.
    fn scroll_up(&mut self, count: usize) {
        let blank = self.pen.blank();
        for _ in 0..count.min(self.rows.len()) {
            self.rows.rotate_left(1);
            let last = self.last_row();
            self.rows[last].fill(blank);
        }
        self.changed.fill(true);
    }

    /// Move everything down by `count` rows, blank ones come before.
    fn scroll_down(&mut self, count: usize) {
        let blank = self.pen.blank();
        for _ in 0..count.min(self.rows.len()) {
            self.rows.rotate_right(1);
            self.rows[0].fill(blank);
        }
        self.changed.fill(true);
    }

    fn index(&mut self) {
        if self.row == self.last_row() {
            self.scroll_up(1);
        } else {
            self.row += 1;
        }
        self.is_full_line = false;
    }

    fn reverse_index(&mut self) {
        if self.row == 0 {
            self.scroll_down(1);
        } else {
            self.row -= 1;
        }
        self.is_full_line = false;
    }

    fn next_line(&mut self) {
        self.index();
        self.column = 0;
    }

    /// Blank the places `from..to` of `row`.
    fn erase(&mut self, row: usize, from: usize, to: usize) {
        let blank = self.pen.blank();
        let to = to.min(self.columns);
        self.rows[row][from.min(to)..to].fill(blank);
        self.changed[row] = true;
    }

    fn erase_in_line(&mut self, mode: u16) {
        match mode {
            0 => self.erase(self.row, self.column, self.columns),
            1 => self.erase(self.row, 0, self.column + 1),
            2 => self.erase(self.row, 0, self.columns),
            _ => {}
        }
    }

    fn erase_in_display(&mut self, mode: u16) {
        let rows = match mode {
            0 => self.row + 1..self.rows.len(),
            1 => 0..self.row,
            2 | 3 => 0..self.rows.len(),
            _ => return,
        };
        for row in rows {
            self.erase(row, 0, self.columns);
        }
        if mode < 2 {
            self.erase_in_line(mode);
        }
    }

    fn save(&mut self) {
        self.saved = Saved {
            column: self.column,
            row: self.row,
            pen: self.pen,
        };
    }

    fn restore(&mut self) {
        let Saved { column, row, pen } = self.saved;
        self.move_to(column, row);
        self.pen = pen;
    }

    fn select_graphics(&mut self, params: &Params) {
        let mut params = params.iter();
        while let Some(param) = params.next() {
            let (&code, sub) = param.split_first().unwrap_or((&0, &[]));
            match code {
                0 => self.pen = Pen::DEFAULT,
                1 => self.pen.is_bold = true,
                4 => self.pen.is_underlined = sub.first() != Some(&0),
                7 => self.pen.is_inverse = true,
                22 => self.pen.is_bold = false,
                24 => self.pen.is_underlined = false,
                27 => self.pen.is_inverse = false,
                30..=37 => self.pen.foreground = palette(code - 30),
                39 => self.pen.foreground = Colour::Default,
                40..=47 => self.pen.background = palette(code - 40),
                49 => self.pen.background = Colour::Default,
                90..=97 => self.pen.foreground = palette(code - 90 + 8),
                100..=107 => self.pen.background = palette(code - 100 + 8),
                38 | 48 => {
                    let colour = if sub.is_empty() {
                        extended_colour(&mut params.by_ref().map(|param| param[0]))
                    } else {
                        // 38:2::r:g:b has an empty place for a colour space; 38:2:r:g:b has none.
                        let skipped = usize::from(sub[0] == 2 && sub.len() > 4);
                        let rest = sub[1..].iter().skip(skipped);
                        extended_colour(&mut core::iter::once(&sub[0]).chain(rest).copied())
                    };
                    match (colour, code) {
                        (Some(colour), 38) => self.pen.foreground = colour,
                        (Some(colour), _) => self.pen.background = colour,
                        (None, _) => {}
                    }
                }
                _ => {}
            }
        }
    }
}

fn palette(index: u16) -> Colour {
    u8::try_from(index).map_or(Colour::Default, Colour::Palette)
}

/// The colour behind 38 or 48: `5;index` or `2;red;green;blue`.
fn extended_colour(numbers: &mut dyn Iterator<Item = u16>) -> Option<Colour> {
    match numbers.next()? {
        5 => Some(Colour::Palette(u8::try_from(numbers.next()?).ok()?)),
        2 => {
            let mut rgb = 0;
            for _ in 0..3 {
                rgb = rgb << 8 | u32::from(u8::try_from(numbers.next()?).ok()?);
            }
            Some(Colour::Rgb(rgb))
        }
        _ => None,
    }
}

/// Characters that take no place: combining marks, joiners, variation selectors.
fn is_zero_width(character: char) -> bool {
    matches!(u32::from(character), 0x7F | 0x300..=0x36F | 0x200B..=0x200F | 0xFE00..=0xFE0F | 0xFEFF)
}

impl Perform for Grid {
    fn print(&mut self, character: char) {
        if is_zero_width(character) {
            return;
        }
        if self.is_full_line {
            self.next_line();
        }
        self.rows[self.row][self.column] = self.pen.cell(character);
        self.changed[self.row] = true;
        if self.column + 1 == self.columns {
            self.is_full_line = true;
        } else {
            self.column += 1;
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\x08' => self.move_to(self.column.saturating_sub(1), self.row),
            b'\t' => self.move_to((self.column / TAB_WIDTH + 1) * TAB_WIDTH, self.row),
            b'\n' | b'\x0B' | b'\x0C' => self.next_line(),
            b'\r' => self.move_to(0, self.row),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, marks: &[u8], is_cut: bool, action: char) {
        if is_cut || !marks.is_empty() {
            return;
        }
        let mut numbers = params.iter().map(|param| param[0]);
        let first = numbers.next().unwrap_or(0);
        // A count or a place: 0 and nothing mean 1.
        let count = usize::from(first.max(1));
        let second = usize::from(numbers.next().unwrap_or(0).max(1));
        let (column, row) = (self.column, self.row);
        match action {
            'A' => self.move_to(column, row.saturating_sub(count)),
            'B' => self.move_to(column, row + count),
            'C' => self.move_to(column + count, row),
            'D' => self.move_to(column.saturating_sub(count), row),
            'E' => self.move_to(0, row + count),
            'F' => self.move_to(0, row.saturating_sub(count)),
            'G' => self.move_to(count - 1, row),
            'd' => self.move_to(column, count - 1),
            'H' | 'f' => self.move_to(second - 1, count - 1),
            's' => self.save(),
            'u' => self.restore(),
            'J' => self.erase_in_display(first),
            'K' => self.erase_in_line(first),
            'X' => self.erase(row, column, column + count),
            'S' => self.scroll_up(count),
            'T' => self.scroll_down(count),
            'm' => self.select_graphics(params),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, marks: &[u8], _is_cut: bool, byte: u8) {
        match (marks, byte) {
            ([], b'7') => self.save(),
            ([], b'8') => self.restore(),
            ([], b'D') => self.index(),
            ([], b'E') => self.next_line(),
            ([], b'M') => self.reverse_index(),
            ([], b'c') => *self = Self::new(self.columns, self.rows.len()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    /// What a grid of 10 columns and 4 rows shows after `bytes`, without trailing blanks.
    fn shown(bytes: &[u8]) -> [String; 4] {
        let mut console = TextConsole::new(10, 4);
        console.write(bytes);
        core::array::from_fn(|row| text_of(&console, row))
    }

    fn text_of(console: &TextConsole, row: usize) -> String {
        let cells = console.row(row).expect("a row");
        let text: String = cells.iter().map(|cell| cell.character).collect();
        text.trim_end().to_string()
    }

    fn cell_after(text: &str) -> Cell {
        let mut console = TextConsole::new(10, 4);
        console.write(text.as_bytes());
        console.row(0).expect("a row")[0]
    }

    #[test]
    fn lines_follow_each_other() {
        assert_eq!(shown(b"one\ntwo\r\nthree"), ["one", "two", "three", ""]);
        assert_eq!(shown(b"1\n2\n3\n4\n5"), ["2", "3", "4", "5"]);
        assert_eq!(shown(b"1\n2\n3\n4\n"), ["2", "3", "4", ""]);
    }

    #[test]
    fn long_lines_go_on_below_and_full_ones_leave_no_gap() {
        assert_eq!(shown(b"0123456789abc"), ["0123456789", "abc", "", ""]);
        assert_eq!(shown(b"0123456789\nabc"), ["0123456789", "abc", "", ""]);
        assert_eq!(shown(b"0123456789\rX"), ["X123456789", "", "", ""]);
    }

    #[test]
    fn control_characters_move_the_cursor() {
        assert_eq!(shown(b"ab\x08X"), ["aX", "", "", ""]);
        assert_eq!(shown(b"\x08X"), ["X", "", "", ""]);
        assert_eq!(shown(b"a\tb"), ["a       b", "", "", ""]);
        assert_eq!(shown(b"a\t\tb"), ["a        b", "", "", ""]);
        assert_eq!(shown(b"a\x00\x07\x7fb"), ["ab", "", "", ""]);
    }

    #[test]
    fn sequences_move_the_cursor_and_stop_at_the_edges() {
        assert_eq!(shown(b"\x1b[2;3Hx"), ["", "  x", "", ""]);
        assert_eq!(shown(b"\x1b[99;99Hx\x1b[Hy"), ["y", "", "", "         x"]);
        assert_eq!(shown(b"\x1b[0;0fx"), ["x", "", "", ""]);
        assert_eq!(shown(b"abc\x1b[2Dx\x1b[99Ay"), ["axy", "", "", ""]);
        assert_eq!(shown(b"\x1b[Bx\x1b[2By\x1b[Cz"), ["", "x", "", " y z"]);
        assert_eq!(shown(b"a\x1b[2Eb\x1b[Fc"), ["a", "c", "b", ""]);
        assert_eq!(shown(b"abcdef\x1b[2GX\x1b[3dY"), ["aXcdef", "", "  Y", ""]);
        assert_eq!(
            shown(b"\x1b[65535;65535H\x1b[65535A\x1b[65535D\x1b[99999999999Cx")[0],
            "         x"
        );
    }

    #[test]
    fn saved_places_are_found_again() {
        assert_eq!(shown(b"ab\x1b7\x1b[3;3Hx\x1b8c"), ["abc", "", "  x", ""]);
        assert_eq!(shown(b"ab\x1b[s\x1b[3;3Hx\x1b[uc"), ["abc", "", "  x", ""]);
    }

    #[test]
    fn erasing_takes_what_it_says() {
        let full = b"aaaaaaaaaa\rbbbbbbbbbb\ncccccccccc\ndddddddddd\x1b[2;5H";
        let after = |sequence: &[u8]| shown(&[&full[..], sequence].concat());
        assert_eq!(after(b"\x1b[K"), ["bbbbbbbbbb", "cccc", "dddddddddd", ""]);
        assert_eq!(
            after(b"\x1b[1K"),
            ["bbbbbbbbbb", "     ccccc", "dddddddddd", ""]
        );
        assert_eq!(after(b"\x1b[2K"), ["bbbbbbbbbb", "", "dddddddddd", ""]);
        assert_eq!(after(b"\x1b[J"), ["bbbbbbbbbb", "cccc", "", ""]);
        assert_eq!(after(b"\x1b[1J"), ["", "     ccccc", "dddddddddd", ""]);
        assert_eq!(after(b"\x1b[2J"), ["", "", "", ""]);
        assert_eq!(
            after(b"\x1b[3X"),
            ["bbbbbbbbbb", "cccc   ccc", "dddddddddd", ""]
        );
        assert_eq!(after(b"\x1b[99X"), ["bbbbbbbbbb", "cccc", "dddddddddd", ""]);
        assert_eq!(after(b"\x1b[9J\x1b[9K")[1], "cccccccccc");
    }

    #[test]
    fn scrolling_by_sequence() {
        let full = b"1\n2\n3\n4";
        let after = |sequence: &[u8]| shown(&[&full[..], sequence].concat());
        assert_eq!(after(b"\x1b[S"), ["2", "3", "4", ""]);
        assert_eq!(after(b"\x1b[2T"), ["", "", "1", "2"]);
        assert_eq!(after(b"\x1b[60000S"), ["", "", "", ""]);
        assert_eq!(after(b"\x1bDx"), ["2", "3", "4", " x"]);
        assert_eq!(after(b"\x1b[H\x1bMx"), ["x", "1", "2", "3"]);
        assert_eq!(after(b"\x1bEx"), ["2", "3", "4", "x"]);
    }

    #[test]
    fn colours_are_selected_and_reset() {
        let of = |cell: Cell| (cell.foreground, cell.background, cell.is_underlined);
        let plain = (DEFAULT_FOREGROUND, DEFAULT_BACKGROUND, false);
        for (text, expected) in [
            ("x", plain),
            ("\x1b[31mx", (0xAA_0000, 0, false)),
            ("\x1b[1;32mx", (0x55_FF55, 0, false)),
            ("\x1b[1mx", (0xFF_FFFF, 0, false)),
            ("\x1b[1m\x1b[22mx", plain),
            ("\x1b[97;104mx", (0xFF_FFFF, 0x55_55FF, false)),
            ("\x1b[7mx", (0, DEFAULT_FOREGROUND, false)),
            ("\x1b[7;27;4mx", (DEFAULT_FOREGROUND, 0, true)),
            ("\x1b[4:0mx", plain),
            ("\x1b[4;24mx", plain),
            ("\x1b[31;44m\x1b[mx", plain),
            ("\x1b[31;44;39;49mx", plain),
            ("\x1b[38;5;196;4mx", (0xFF_0000, 0, true)),
            ("\x1b[48;5;244mx", (DEFAULT_FOREGROUND, 0x80_8080, false)),
            (
                "\x1b[38;2;1;2;3;48;2;4;5;6mx",
                (0x01_0203, 0x04_0506, false),
            ),
            ("\x1b[38:2::1:2:3mx", (0x01_0203, 0, false)),
            ("\x1b[38:2:1:2:3mx", (0x01_0203, 0, false)),
            ("\x1b[38:5:16;4mx", (0, 0, true)),
            ("\x1b[38;5mx", plain),
            ("\x1b[38;2;300;0;0mx", plain),
            ("\x1b[38mx", plain),
            ("\x1b[73;999mx", plain),
        ] {
            assert_eq!(of(cell_after(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn erased_places_keep_the_background_but_not_the_ink() {
        let blank = cell_after("\x1b[31;44;4mx\x1b[2K");
        assert_eq!(
            blank,
            Cell {
                background: 0x00_00AA,
                ..Cell::BLANK
            }
        );
    }

    #[test]
    fn utf8_may_be_cut_anywhere_and_nonsense_is_replaced() {
        let mut console = TextConsole::new(10, 4);
        for byte in "é中x".as_bytes() {
            console.write(&[*byte]);
        }
        assert_eq!(text_of(&console, 0), "é中x");
        assert_eq!(shown(b"a\xffb\xe4\xb8c")[0], "a\u{FFFD}b\u{FFFD}c");
        assert_eq!(shown("e\u{301}\u{200B}x".as_bytes())[0], "ex");
    }

    #[test]
    fn unknown_sequences_leave_no_trace() {
        for sequence in [
            "\x1b[?25l",
            "\x1b[>c",
            "\x1b[5n",
            "\x1b]0;title\x07",
            "\x1b]8;;http://x\x1b\\",
            "\x1bP1$r\x1b\\",
            "\x1b(B",
            "\x1b#8",
            "\x1b[1;2;3;4;5;6 q",
            "\x1b[?1049h",
        ] {
            let text = std::format!("a{sequence}b");
            assert_eq!(shown(text.as_bytes()), ["ab", "", "", ""], "{sequence:?}");
        }
    }

    #[test]
    fn reset_forgets_everything() {
        assert_eq!(shown(b"\x1b[31mabc\x1bcx"), ["x", "", "", ""]);
        assert_eq!(
            cell_after("\x1b[31mabc\x1bcx").foreground,
            DEFAULT_FOREGROUND
        );
    }

    #[test]
    fn a_grid_of_one_place_works() {
        let mut console = TextConsole::new(0, 0);
        console.write(b"abc\n\t\x08\x1b[5;5H\x1b[J\x1b[2Tz");
        assert_eq!(text_of(&console, 0), "z");
    }

    #[test]
    fn only_rows_that_changed_are_taken() {
        let mut console = TextConsole::new(10, 4);
        for row in 0..4 {
            assert!(console.take_changed_row(row).is_some());
        }
        assert!(!console.has_changes());
        console.write(b"\x1b[3;3H");
        assert!(!console.has_changes());
        console.write(b"x");
        let changed: Vec<usize> = (0..4)
            .filter(|&row| console.take_changed_row(row).is_some())
            .collect();
        assert_eq!(changed, [2]);
        assert!(console.take_changed_row(4).is_none());
    }

    /// Random bytes, weighted towards sequences, neither panic nor leave the grid.
    #[test]
    fn no_bytes_break_the_grid() {
        let pieces: [&[u8]; 18] = [
            b"\x1b[",
            b"\x1b",
            b";",
            b"999",
            b"0",
            b"38",
            b"5",
            b"2",
            b":",
            b"m",
            b"H",
            b"J",
            b"X",
            b"S",
            b"T",
            b"text \xc3\xa9 ",
            b"\n\n\n",
            b"\xff\xe4\xb8",
        ];
        let mut state = 99_u64;
        let mut console = TextConsole::new(7, 3);
        for _ in 0..200_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let choice = usize::try_from(state >> 33).expect("31 bits");
            match choice % 5 {
                0 => console.write(&[state.to_be_bytes()[2]]),
                _ => console.write(pieces[choice / 5 % pieces.len()]),
            }
        }
        console.write(b"\x18\x1bcend");
        assert_eq!(text_of(&console, 0), "end");
        assert!((0..3).all(|row| console.row(row).expect("a row").len() == 7));
    }
}
