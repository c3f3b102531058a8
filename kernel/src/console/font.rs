//! The console's font: Spleen 8x16, from the `spleen-font` crate's copy of its PSF file.
//!
//! The crate's own reader takes the Unicode table of a PSF1 font for UTF-8, which it is not, so the
//! file is read here. Source: Linux kbd, "psf1.h" and "The PSF formats".

use alloc::vec;
use alloc::vec::Vec;

/// Width of a character in pixels.
pub const CELL_WIDTH: usize = 8;
/// Height of a character in pixels.
pub const CELL_HEIGHT: usize = 16;

/// Rows of a glyph from the top; the highest bit is the leftmost pixel.
pub type Glyph = [u8; CELL_HEIGHT];

const MAGIC: [u8; 2] = [0x36, 0x04];
const MODE_512_GLYPHS: u8 = 1;
const MODE_HAS_TABLE: u8 = 2;
const SEPARATOR: u16 = 0xFFFF;
const START_OF_SEQUENCE: u16 = 0xFFFE;

/// Why a font file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FontError {
    /// It is no PSF1 file with a Unicode table.
    NoPsf1,
    /// Its glyphs are not 16 rows high.
    WrongHeight(u8),
    /// It ends too early.
    Truncated,
    /// It has no replacement character and no question mark.
    NoReplacement,
}

/// Glyphs by character.
#[derive(Clone, Debug)]
pub struct Font {
    glyphs: Vec<Glyph>,
    /// Sorted by character.
    places: Vec<(char, u16)>,
    replacement: Glyph,
}

impl Font {
    /// The font every console uses.
    ///
    /// # Errors
    /// Never for the file this is built with; a test reads it.
    pub fn spleen() -> Result<Self, FontError> {
        Self::parse(spleen_font::FONT_8X16)
    }

    /// Read a PSF1 file.
    ///
    /// # Errors
    /// Every [`FontError`].
    pub fn parse(file: &[u8]) -> Result<Self, FontError> {
        let [magic0, magic1, mode, height, body @ ..] = file else {
            return Err(FontError::NoPsf1);
        };
        if [*magic0, *magic1] != MAGIC || mode & MODE_HAS_TABLE == 0 {
            return Err(FontError::NoPsf1);
        }
        if usize::from(*height) != CELL_HEIGHT {
            return Err(FontError::WrongHeight(*height));
        }
        let nr_glyphs = if mode & MODE_512_GLYPHS == 0 {
            256
        } else {
            512
        };
        let (bitmaps, table) = body
            .split_at_checked(nr_glyphs * CELL_HEIGHT)
            .ok_or(FontError::Truncated)?;
        let glyphs: Vec<Glyph> = bitmaps.as_chunks().0.to_vec();
        let places = parse_table(table, nr_glyphs)?;
        let mut font = Self {
            glyphs,
            places,
            replacement: [0; CELL_HEIGHT],
        };
        font.replacement = *font
            .find(char::REPLACEMENT_CHARACTER)
            .or_else(|| font.find('?'))
            .ok_or(FontError::NoReplacement)?;
        Ok(font)
    }

    /// The glyph of `character`, or the replacement's.
    #[must_use]
    pub fn glyph(&self, character: char) -> &Glyph {
        self.find(character).unwrap_or(&self.replacement)
    }

    /// The glyph of `character`, if the font has one.
    #[must_use]
    pub fn find(&self, character: char) -> Option<&Glyph> {
        let place = self
            .places
            .binary_search_by_key(&character, |&(known, _)| known)
            .ok()?;
        self.glyphs.get(usize::from(self.places[place].1))
    }

    /// Every character that has a glyph, in ascending order.
    pub fn characters(&self) -> impl Iterator<Item = char> {
        self.places.iter().map(|&(character, _)| character)
    }
}

/// For each glyph, the characters it stands for, then sequences that need several; read the former.
fn parse_table(table: &[u8], nr_glyphs: usize) -> Result<Vec<(char, u16)>, FontError> {
    let mut places = vec![];
    let mut is_sequence = false;
    let mut glyph = 0_u16;
    for &unit in table.as_chunks().0 {
        match u16::from_le_bytes(unit) {
            SEPARATOR => {
                glyph += 1;
                is_sequence = false;
                if usize::from(glyph) == nr_glyphs {
                    break;
                }
            }
            START_OF_SEQUENCE => is_sequence = true,
            unit if !is_sequence => {
                places.extend(char::from_u32(u32::from(unit)).map(|character| (character, glyph)));
            }
            _ => {}
        }
    }
    if usize::from(glyph) != nr_glyphs {
        return Err(FontError::Truncated);
    }
    places.sort_unstable();
    places.dedup_by_key(|&mut (character, _)| character);
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::{format, fs};

    fn font() -> Font {
        Font::spleen().expect("the file is whole")
    }

    #[test]
    fn every_printable_ascii_character_has_a_glyph_of_its_own() {
        let font = font();
        let mut glyphs: Vec<Glyph> = (' '..='~')
            .map(|c| *font.find(c).expect("a glyph"))
            .collect();
        glyphs.sort_unstable();
        glyphs.dedup();
        assert_eq!(glyphs.len(), 95);
        assert_eq!(*font.glyph(' '), [0; CELL_HEIGHT]);
    }

    #[test]
    fn a_letter_looks_as_it_should() {
        let rows: Vec<String> = font()
            .glyph('L')
            .iter()
            .map(|row| format!("{row:08b}"))
            .collect();
        let blank = "00000000";
        let (stem, foot) = ("11000000", "01111110");
        let picture: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert_eq!(picture[..2], [blank, blank]);
        assert_eq!(
            picture[2..11].iter().filter(|row| **row == stem).count(),
            9,
            "{picture:?}"
        );
        assert_eq!(picture[11], foot, "{picture:?}");
    }

    #[test]
    fn other_scripts_and_lines_are_there_and_the_rest_is_replaced() {
        let font = font();
        for character in "éßŁжЩ│─┌█░…€".chars() {
            assert!(font.find(character).is_some(), "{character}");
        }
        let replacement = font.find(char::REPLACEMENT_CHARACTER).expect("it has one");
        for character in ['中', '\u{1F600}', '\u{7F}'] {
            assert_eq!(font.glyph(character), replacement);
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let file = spleen_font::FONT_8X16;
        let with = |place: usize, byte: u8| {
            let mut file = file.to_vec();
            file[place] = byte;
            Font::parse(&file).map(|_| ())
        };
        assert_eq!(with(0, 0), Err(FontError::NoPsf1));
        assert_eq!(with(2, MODE_512_GLYPHS), Err(FontError::NoPsf1));
        assert_eq!(with(3, 14), Err(FontError::WrongHeight(14)));
        for len in [0, 3] {
            assert_eq!(
                Font::parse(&file[..len]).map(|_| ()),
                Err(FontError::NoPsf1)
            );
        }
        for len in [4, 8000, 8196, 8300, file.len() - 1] {
            assert_eq!(
                Font::parse(&file[..len]).map(|_| ()),
                Err(FontError::Truncated),
                "{len}"
            );
        }
    }

    /// The table by which host programs read text off a screenshot. `UPDATE_GOLDEN=1 cargo test`
    /// writes it anew.
    #[test]
    fn the_table_for_host_programs_is_current() {
        use super::super::text::{DEFAULT_BACKGROUND, DEFAULT_FOREGROUND};
        let font = font();
        let mut glyphs = String::new();
        for character in font
            .characters()
            .filter(|character| !character.is_control())
        {
            let rows: String = font
                .glyph(character)
                .iter()
                .map(|row| format!("{row:02x}"))
                .collect();
            let comma = if glyphs.is_empty() { "" } else { ",\n" };
            glyphs += &format!("{comma}    \"U+{:04X}\": \"{rows}\"", u32::from(character));
        }
        let table = format!(
            "{{\n  \"_\": \"written by kernel/src/console/font.rs; see its tests\",\n  \
             \"cell_width_px\": {CELL_WIDTH},\n  \"cell_height_px\": {CELL_HEIGHT},\n  \
             \"foreground_rgb\": \"{DEFAULT_FOREGROUND:06x}\",\n  \
             \"background_rgb\": \"{DEFAULT_BACKGROUND:06x}\",\n  \"glyphs\": {{\n{glyphs}\n  }}\n}}\n"
        );
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/golden/console_font.json"
        );
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(path, &table).expect("the table is written");
        }
        assert!(
            fs::read_to_string(path).unwrap_or_default() == table,
            "{path} is not current"
        );
    }
}
