//! A conversion specification: what stands between `%` and the letter that names the conversion.
//!
//! Source: POSIX, `fprintf`. As in musl there are nine numbered arguments.

/// The highest number in `%n$`. Source: musl, NL_ARGMAX.
pub const MAX_POSITION: usize = 9;

/// The flags.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a character of C's")]
pub struct Flags {
    /// `#`
    pub is_alternative: bool,
    /// `0`, unless `-` overrides it.
    pub pads_with_zeros: bool,
    /// `-`
    pub is_left: bool,
    /// ` `
    pub has_space: bool,
    /// `+`
    pub has_plus: bool,
}

/// A width or a precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    /// Written out.
    Number(usize),
    /// `*`: the next argument, or the one of that number.
    Argument(Option<usize>),
}

/// The length modifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Length {
    /// None.
    Plain,
    /// `hh`
    Char,
    /// `h`
    Short,
    /// `l`, and what is as long: `ll`, `j`, `z`, `t`.
    Long,
    /// `ll`, `j`, `z`, `t`, which are for integers only.
    LongInteger,
    /// `L`
    LongDouble,
}

/// The class of an argument, which says how it is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// An integer or a pointer.
    Word,
    /// A `double`.
    Double,
    /// A `long double`.
    LongDouble,
}

/// A conversion specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spec {
    /// The number in `%n$`.
    pub position: Option<usize>,
    /// The flags.
    pub flags: Flags,
    /// The width.
    pub width: Option<Count>,
    /// The precision.
    pub precision: Option<Count>,
    /// The length modifier.
    pub length: Length,
    /// The letter; `C` and `S` are already `lc` and `ls`.
    pub conversion: u8,
}

/// What is wrong with a specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It means nothing: EINVAL.
    Invalid,
    /// A count is larger than an `int`, or what is printed: EOVERFLOW.
    TooLong,
    /// A wide character is none: EILSEQ.
    NoCharacter,
}

/// The greatest `int`.
pub const INT_MAX: usize = 0x7FFF_FFFF;

impl Spec {
    /// Reads what follows a `%`; returns it and how long it is.
    pub fn parse(text: &[u8]) -> Result<(Self, usize), Fault> {
        let mut reader = Reader { text, at: 0 };
        let position = reader.position();
        let mut flags = reader.flags();
        let width = reader.width()?;
        let precision = reader.precision()?;
        let length = reader.length();
        let letter = reader.next().ok_or(Fault::Invalid)?;
        let (length, conversion) = match (length, letter) {
            (Length::Plain | Length::Long, b'C') => (Length::Long, b'c'),
            (Length::Plain | Length::Long, b'S') => (Length::Long, b's'),
            other => other,
        };
        if flags.is_left {
            flags.pads_with_zeros = false;
        }
        let spec = Self {
            position,
            flags,
            width,
            precision,
            length,
            conversion,
        };
        if !spec.is_known() {
            return Err(Fault::Invalid);
        }
        Ok((spec, reader.at))
    }

    const fn is_known(&self) -> bool {
        match self.conversion {
            b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'n' => {
                !matches!(self.length, Length::LongDouble)
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => matches!(
                self.length,
                Length::Plain | Length::Long | Length::LongDouble
            ),
            b'c' | b's' => matches!(self.length, Length::Plain | Length::Long),
            b'p' | b'm' => matches!(self.length, Length::Plain),
            _ => false,
        }
    }

    /// The class of its argument; none for `%m`.
    #[must_use]
    pub const fn class(&self) -> Option<Class> {
        match (self.conversion, self.length) {
            (b'm', _) => None,
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A', Length::LongDouble) => {
                Some(Class::LongDouble)
            }
            (b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A', _) => Some(Class::Double),
            _ => Some(Class::Word),
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// A number from 1 to 9 and a `$`.
    fn position(&mut self) -> Option<usize> {
        match self.text.get(self.at..) {
            Some([digit @ b'1'..=b'9', b'$', ..]) => {
                self.at += 2;
                Some(usize::from(digit - b'0'))
            }
            _ => None,
        }
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.peek() {
                Some(b'#') => flags.is_alternative = true,
                Some(b'0') => flags.pads_with_zeros = true,
                Some(b'-') => flags.is_left = true,
                Some(b' ') => flags.has_space = true,
                Some(b'+') => flags.has_plus = true,
                // The "C" locale groups nothing.
                Some(b'\'') => {}
                _ => return flags,
            }
            self.at += 1;
        }
    }

    /// Decimal digits; none of them are 0.
    fn number(&mut self) -> Result<usize, Fault> {
        let mut value = 0_usize;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.at += 1;
            value = value.saturating_mul(10) + usize::from(digit - b'0');
            value = value.min(INT_MAX + 1);
        }
        if value > INT_MAX {
            return Err(Fault::TooLong);
        }
        Ok(value)
    }

    fn width(&mut self) -> Result<Option<Count>, Fault> {
        if self.take(b'*') {
            return Ok(Some(Count::Argument(self.position())));
        }
        let start = self.at;
        let value = self.number()?;
        Ok((self.at > start).then_some(Count::Number(value)))
    }

    fn precision(&mut self) -> Result<Option<Count>, Fault> {
        if !self.take(b'.') {
            return Ok(None);
        }
        if self.take(b'*') {
            return Ok(Some(Count::Argument(self.position())));
        }
        Ok(Some(Count::Number(self.number()?)))
    }

    fn length(&mut self) -> Length {
        let (length, used) = match self.text.get(self.at..) {
            Some([b'h', b'h', ..]) => (Length::Char, 2),
            Some([b'h', ..]) => (Length::Short, 1),
            Some([b'l', b'l', ..]) => (Length::LongInteger, 2),
            Some([b'l', ..]) => (Length::Long, 1),
            Some([b'j' | b'z' | b't', ..]) => (Length::LongInteger, 1),
            Some([b'L', ..]) => (Length::LongDouble, 1),
            _ => (Length::Plain, 0),
        };
        self.at += used;
        length
    }
}
