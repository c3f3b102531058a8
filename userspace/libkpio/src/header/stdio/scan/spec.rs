//! A conversion specification of the scanf family.

/// The length modifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Length {
    /// `hh`
    Char,
    /// `h`
    Short,
    /// None.
    Plain,
    /// `l`, and what is as long: `ll`, `j`, `z`, `t`.
    Long,
    /// `L`
    LongDouble,
}

/// A set of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Set {
    words: [u64; 4],
}

impl Set {
    const fn none() -> Self {
        Self { words: [0; 4] }
    }

    /// Every byte.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            words: [u64::MAX; 4],
        }
    }

    /// Every byte that is not white space.
    #[must_use]
    pub fn no_space() -> Self {
        let mut spaces = Self::none();
        for byte in (0..=u8::MAX).filter(|byte| crate::number::scan::is_space(*byte)) {
            spaces.insert(byte);
        }
        spaces.complement()
    }

    fn insert(&mut self, byte: u8) {
        if let Some(word) = self.words.get_mut(usize::from(byte / 64)) {
            *word |= 1 << (byte % 64);
        }
    }

    fn complement(self) -> Self {
        Self {
            words: self.words.map(|word| !word),
        }
    }

    /// Whether a byte is in it.
    #[must_use]
    pub fn contains(&self, byte: u8) -> bool {
        self.words
            .get(usize::from(byte / 64))
            .is_some_and(|word| word >> (byte % 64) & 1 == 1)
    }
}

/// A conversion specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spec {
    /// `*`: the item is not assigned.
    pub is_suppressed: bool,
    /// `m`: the text goes to memory of `malloc`.
    pub allocates: bool,
    /// The number in `%n$`.
    pub position: Option<usize>,
    /// The greatest number of characters.
    pub width: Option<usize>,
    /// The length modifier.
    pub length: Length,
    /// The letter; `C` and `S` are already `lc` and `ls`.
    pub conversion: u8,
    /// The bytes of `%[`.
    pub set: Set,
}

impl Spec {
    /// Reads what follows a `%`; returns it and how long it is, or none if it means nothing.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<(Self, usize)> {
        let mut at = 0;
        let peek = |at: usize| text.get(at).copied();
        let mut spec = Self {
            is_suppressed: false,
            allocates: false,
            position: None,
            width: None,
            length: Length::Plain,
            conversion: 0,
            set: Set::none(),
        };
        match text {
            [b'*', ..] => {
                spec.is_suppressed = true;
                at = 1;
            }
            [digit @ b'1'..=b'9', b'$', ..] => {
                spec.position = Some(usize::from(digit - b'0'));
                at = 2;
            }
            _ => {}
        }
        while let Some(digit @ b'0'..=b'9') = peek(at) {
            let grown = spec.width.unwrap_or(0).saturating_mul(10);
            spec.width = Some(grown.saturating_add(usize::from(digit - b'0')));
            at += 1;
        }
        // As POSIX has it for %d with a width of 0, which it leaves open: without a width.
        spec.width = spec.width.filter(|width| *width != 0);
        if peek(at) == Some(b'm') {
            spec.allocates = true;
            at += 1;
        }
        let (length, used) = match text.get(at..) {
            Some([b'h', b'h', ..]) => (Length::Char, 2),
            Some([b'h', ..]) => (Length::Short, 1),
            Some([b'l', b'l', ..]) => (Length::Long, 2),
            Some([b'l' | b'j' | b'z' | b't', ..]) => (Length::Long, 1),
            Some([b'L', ..]) => (Length::LongDouble, 1),
            _ => (Length::Plain, 0),
        };
        spec.length = length;
        at += used;
        spec.conversion = peek(at)?;
        at += 1;
        match spec.conversion {
            b'C' => (spec.length, spec.conversion) = (Length::Long, b'c'),
            b'S' => (spec.length, spec.conversion) = (Length::Long, b's'),
            b'p' => spec.length = Length::Long,
            b'[' => at += spec.read_set(text.get(at..)?)?,
            b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'n' | b'c' | b's' | b'%' => {}
            b'a' | b'A' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {}
            _ => return None,
        }
        Some((spec, at))
    }

    /// Reads the set after `[`, with its `]`; returns how long that is.
    fn read_set(&mut self, text: &[u8]) -> Option<usize> {
        let is_inverted = text.first() == Some(&b'^');
        let start = usize::from(is_inverted);
        let mut at = start;
        let mut set = Set::none();
        loop {
            let byte = *text.get(at)?;
            // The first may be the bracket itself.
            if byte == b']' && at > start {
                break;
            }
            let last = match text.get(at + 1..) {
                // A hyphen that is last, or first, is itself.
                Some([b'-', last, ..]) if *last != b']' => {
                    at += 2;
                    *last
                }
                _ => byte,
            };
            (byte..=last).for_each(|member| set.insert(member));
            at += 1;
        }
        self.set = if is_inverted { set.complement() } else { set };
        Some(at + 1)
    }
}
