//! What the printf family has in common: a format and arguments become characters.

pub mod real;
pub mod spec;

use core::ffi::c_int;

use crate::header::stdio::print::real::Part;
use crate::header::wchar::character;
use crate::header::{errno, locale, string};
use crate::number::digits::decimal;
use crate::number::float::Float;
use crate::string::{bytes, c_bytes};
use crate::varargs::{VaList, pointer};
use spec::{Class, Count, Fault, INT_MAX, Length, MAX_POSITION, Spec};

/// Where characters go. What cannot be written is the receiver's to remember.
pub trait Output {
    /// Takes bytes.
    fn put(&mut self, bytes: &[u8]);

    /// Takes `count` times the same byte.
    fn pad(&mut self, byte: u8, count: usize) {
        let chunk = [byte; 64];
        let mut left = count;
        while left > 0 {
            let part = chunk.get(..left).unwrap_or(&chunk);
            self.put(part);
            left -= part.len();
        }
    }
}

/// What widths and precisions count, and the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Bytes: the printf family.
    Byte,
    /// Characters, in UTF-8: the wprintf family.
    Character,
}

/// Writes `format` with its arguments; returns how many units that were.
///
/// # Safety
///
/// `arguments` are what the format says they are.
pub unsafe fn print(
    output: &mut dyn Output,
    format: &[u8],
    arguments: *mut VaList,
    unit: Unit,
) -> Result<usize, Fault> {
    // SAFETY: the list is the caller's, and nobody else reads from it meanwhile.
    let arguments = unsafe { &mut *arguments };
    let mut printer = Printer {
        output,
        written: 0,
        unit,
        errno: errno::get(),
    };
    // SAFETY: handed on to the caller.
    let mut source = unsafe { Arguments::of(format, arguments) }?;
    let mut rest = format;
    loop {
        let literal = rest
            .iter()
            .position(|byte| *byte == b'%')
            .unwrap_or(rest.len());
        let (text, from_percent) = rest.split_at(literal);
        printer.text(text)?;
        rest = match from_percent {
            [] => return Ok(printer.written),
            [_, b'%', after @ ..] => {
                printer.text(b"%")?;
                after
            }
            [_, after @ ..] => {
                let (spec, length) = Spec::parse(after)?;
                // SAFETY: handed on to the caller.
                unsafe { printer.convert(&spec, &mut source) }?;
                after.get(length..).unwrap_or_default()
            }
        };
    }
}

/// An argument as it was taken.
#[derive(Clone, Copy)]
enum Value {
    Word(u64),
    Real(Float),
}

impl Value {
    /// Takes an argument of a class.
    ///
    /// # Safety
    ///
    /// The next argument is of this class.
    unsafe fn take(list: &mut VaList, class: Class) -> Self {
        match class {
            // SAFETY: the caller's promise.
            Class::Word => Self::Word(unsafe { list.word() }),
            // SAFETY: the caller's promise.
            Class::Double => Self::Real(Float::from_double(unsafe { list.double() })),
            // SAFETY: the caller's promise.
            Class::LongDouble => Self::Real(unsafe { list.long_double() }),
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "there is one, on the stack")]
/// The arguments: one after the other, or by their numbers.
enum Arguments<'a> {
    InOrder(&'a mut VaList),
    Numbered([Value; MAX_POSITION]),
}

impl<'a> Arguments<'a> {
    /// A format whose first conversion has a number numbers them all; then every number up to the
    /// highest must be there, for it says what that argument is.
    ///
    /// # Safety
    ///
    /// As for [`print`].
    unsafe fn of(format: &[u8], list: &'a mut VaList) -> Result<Self, Fault> {
        let mut classes = [None; MAX_POSITION];
        let mut rest = format;
        let mut is_numbered = false;
        while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
            rest = rest.get(at + 1..).unwrap_or_default();
            if let [b'%', after @ ..] = rest {
                rest = after;
                continue;
            }
            // As in musl, a first conversion that means nothing leaves nothing printed.
            let (spec, length) = Spec::parse(rest)?;
            rest = rest.get(length..).unwrap_or_default();
            let Some(class) = spec.class() else { continue };
            let Some(position) = spec.position else {
                if is_numbered {
                    return Err(Fault::Invalid);
                }
                break;
            };
            is_numbered = true;
            let mut put = |position: usize, class| {
                if let Some(place) = classes.get_mut(position - 1) {
                    *place = Some(class);
                }
            };
            put(position, class);
            for count in [spec.width, spec.precision].into_iter().flatten() {
                match count {
                    Count::Argument(Some(position)) => put(position, Class::Word),
                    Count::Argument(None) => return Err(Fault::Invalid),
                    Count::Number(_) => {}
                }
            }
        }
        if !is_numbered {
            return Ok(Self::InOrder(list));
        }
        let count = classes.iter().take_while(|class| class.is_some()).count();
        if classes.iter().skip(count).any(Option::is_some) {
            return Err(Fault::Invalid);
        }
        let mut values = [Value::Word(0); MAX_POSITION];
        for (value, class) in values.iter_mut().zip(classes.into_iter().flatten()) {
            // SAFETY: handed on to the caller.
            *value = unsafe { Value::take(list, class) };
        }
        Ok(Self::Numbered(values))
    }

    /// The argument of a conversion.
    ///
    /// # Safety
    ///
    /// As for [`print`].
    unsafe fn take(&mut self, position: Option<usize>, class: Class) -> Result<Value, Fault> {
        match (self, position) {
            // SAFETY: handed on to the caller.
            (Self::InOrder(list), None) => Ok(unsafe { Value::take(list, class) }),
            (Self::Numbered(values), Some(position)) => values
                .get(position.wrapping_sub(1))
                .copied()
                .ok_or(Fault::Invalid),
            _ => Err(Fault::Invalid),
        }
    }

    /// A width or a precision, which may be negative if it is an argument.
    ///
    /// # Safety
    ///
    /// As for [`print`].
    unsafe fn count(&mut self, count: Option<Count>) -> Result<Option<isize>, Fault> {
        match count {
            None => Ok(None),
            Some(Count::Number(number)) => Ok(Some(number.cast_signed())),
            Some(Count::Argument(position)) => {
                // SAFETY: handed on to the caller.
                match unsafe { self.take(position, Class::Word) }? {
                    Value::Word(word) => Ok(Some(int(word) as isize)),
                    Value::Real(_) => Err(Fault::Invalid),
                }
            }
        }
    }
}

/// The `int` that an argument is.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the ABI leaves the high half open"
)]
const fn int(word: u64) -> c_int {
    word as c_int
}

struct Printer<'a> {
    output: &'a mut dyn Output,
    written: usize,
    unit: Unit,
    /// As it was on entry, for `%m`.
    errno: c_int,
}

/// What stands before a number's digits: a sign, `0x`, or both.
#[derive(Clone, Copy, Default)]
struct Prefix {
    text: [u8; 3],
    length: usize,
}

impl Prefix {
    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(place) = self.text.get_mut(self.length) {
                *place = *byte;
                self.length += 1;
            }
        }
    }

    fn sign(&mut self, is_negative: bool, spec: &Spec) {
        if is_negative {
            self.push(b"-");
        } else if spec.flags.has_plus {
            self.push(b"+");
        } else if spec.flags.has_space {
            self.push(b" ");
        }
    }

    fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }
}

impl Printer<'_> {
    /// Makes sure that so many more can be counted.
    const fn reserve(&self, count: usize) -> Result<(), Fault> {
        if count > INT_MAX - self.written {
            return Err(Fault::TooLong);
        }
        Ok(())
    }

    /// How many units a text has.
    fn units(&self, text: &[u8]) -> usize {
        match self.unit {
            Unit::Character if locale::is_utf8() => {
                text.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
            }
            _ => text.len(),
        }
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Fault> {
        if text.is_empty() {
            return Ok(());
        }
        let units = self.units(text);
        self.reserve(units)?;
        self.output.put(text);
        self.written += units;
        Ok(())
    }

    fn pad(&mut self, byte: u8, count: usize) -> Result<(), Fault> {
        if count > 0 {
            self.reserve(count)?;
            self.output.pad(byte, count);
            self.written += count;
        }
        Ok(())
    }

    /// Writes a text between spaces.
    fn padded(&mut self, text: &[u8], width: usize, is_left: bool) -> Result<(), Fault> {
        let spaces = width.saturating_sub(self.units(text));
        self.pad(b' ', if is_left { 0 } else { spaces })?;
        self.text(text)?;
        self.pad(b' ', if is_left { spaces } else { 0 })
    }

    /// # Safety
    ///
    /// As for [`print`].
    unsafe fn convert(&mut self, spec: &Spec, arguments: &mut Arguments<'_>) -> Result<(), Fault> {
        let mut spec = *spec;
        // SAFETY: handed on to the caller.
        let width = unsafe { arguments.count(spec.width) }?.unwrap_or(0);
        if width < 0 {
            spec.flags.is_left = true;
            spec.flags.pads_with_zeros = false;
        }
        let width = width.unsigned_abs();
        if width > INT_MAX {
            return Err(Fault::TooLong);
        }
        // SAFETY: handed on to the caller.
        let precision = unsafe { arguments.count(spec.precision) }?;
        let precision = precision.and_then(|count| usize::try_from(count).ok());
        let Some(class) = spec.class() else {
            let message = string::message(self.errno).to_bytes();
            let shown = precision.map_or(message, |limit| message.get(..limit).unwrap_or(message));
            return self.padded(shown, width, spec.flags.is_left);
        };
        // SAFETY: handed on to the caller.
        match unsafe { arguments.take(spec.position, class) }? {
            Value::Real(float) => self.real(&float, &spec, width, precision),
            Value::Word(word) => match spec.conversion {
                b'c' => self.character(word, &spec, width),
                // SAFETY: the argument is a string.
                b's' => unsafe { self.string(word, &spec, width, precision) },
                b'n' => {
                    // SAFETY: the argument is the address of such an integer.
                    unsafe { self.count(word, spec.length) };
                    Ok(())
                }
                _ => self.integer(word, &spec, width, precision),
            },
        }
    }

    fn integer(
        &mut self,
        word: u64,
        spec: &Spec,
        width: usize,
        precision: Option<usize>,
    ) -> Result<(), Fault> {
        let mut prefix = Prefix::default();
        let value = match spec.conversion {
            b'd' | b'i' => {
                let value = signed(word, spec.length);
                prefix.sign(value < 0, spec);
                value.unsigned_abs()
            }
            b'p' => word,
            _ => unsigned(word, spec.length),
        };
        let (mut ten, mut two) = ([0; 20], [0; 22]);
        let digits = match spec.conversion {
            b'o' => in_base(value, 3, b"01234567", &mut two),
            b'x' | b'p' => in_base(value, 4, b"0123456789abcdef", &mut two),
            b'X' => in_base(value, 4, b"0123456789ABCDEF", &mut two),
            _ => decimal(value, &mut ten),
        };
        let digits = if value == 0 { &[] } else { digits };
        let is_alternative = spec.flags.is_alternative;
        let least = match (spec.conversion, precision) {
            // As in musl: all digits of an address.
            (b'p', Some(precision)) => precision.max(2 * size_of::<usize>()),
            (b'o', precision) if is_alternative => precision.unwrap_or(1).max(digits.len() + 1),
            (_, precision) => precision.unwrap_or(1),
        };
        match spec.conversion {
            b'x' if is_alternative && value != 0 => prefix.push(b"0x"),
            b'p' if value != 0 => prefix.push(b"0x"),
            b'X' if is_alternative && value != 0 => prefix.push(b"0X"),
            _ => {}
        }
        let pads_with_zeros = spec.flags.pads_with_zeros && precision.is_none();
        let zeros = least.saturating_sub(digits.len());
        let parts = [Part::Zeros(zeros), Part::Text(digits)];
        self.number(&prefix, &parts, width, spec.flags.is_left, pads_with_zeros)
    }

    fn real(
        &mut self,
        float: &Float,
        spec: &Spec,
        width: usize,
        precision: Option<usize>,
    ) -> Result<(), Fault> {
        let mut prefix = Prefix::default();
        prefix.sign(float.is_negative, spec);
        let is_finite = real::is_finite(float);
        match spec.conversion {
            b'a' if is_finite => prefix.push(b"0x"),
            b'A' if is_finite => prefix.push(b"0X"),
            _ => {}
        }
        let pads_with_zeros = spec.flags.pads_with_zeros && is_finite;
        let mut outcome = Ok(());
        real::write(
            float,
            spec.conversion,
            spec.flags,
            precision,
            &mut |parts| {
                outcome = self.number(&prefix, parts, width, spec.flags.is_left, pads_with_zeros);
            },
        );
        outcome
    }

    /// Writes a number: its prefix, and its parts filled up to the width.
    fn number(
        &mut self,
        prefix: &Prefix,
        parts: &[Part<'_>],
        width: usize,
        is_left: bool,
        pads_with_zeros: bool,
    ) -> Result<(), Fault> {
        let length = parts
            .iter()
            .fold(prefix.length, |sum, part| sum.saturating_add(part.length()));
        self.reserve(length)?;
        let fill = width.saturating_sub(length);
        if !is_left && !pads_with_zeros {
            self.pad(b' ', fill)?;
        }
        self.text(prefix.text())?;
        if pads_with_zeros {
            self.pad(b'0', fill)?;
        }
        for part in parts {
            match part {
                Part::Text(text) => self.text(text)?,
                Part::Zeros(count) => self.pad(b'0', *count)?,
            }
        }
        self.pad(b' ', if is_left { fill } else { 0 })
    }

    fn character(&mut self, word: u64, spec: &Spec, width: usize) -> Result<(), Fault> {
        let mut room = [0; character::MAX_BYTES];
        let text = match (spec.length, self.unit) {
            (Length::Plain, Unit::Byte) => {
                room[0] = int(word).to_le_bytes()[0];
                room.get(..1).unwrap_or_default()
            }
            (Length::Plain, Unit::Character) => {
                let wide =
                    character::of_byte(int(word).to_le_bytes()[0]).ok_or(Fault::NoCharacter)?;
                character::encode(wide, &mut room).ok_or(Fault::NoCharacter)?
            }
            _ => {
                let wide = int(word).cast_unsigned();
                character::encode(wide, &mut room).ok_or(Fault::NoCharacter)?
            }
        };
        self.padded(text, width, spec.flags.is_left)
    }

    /// # Safety
    ///
    /// The word is null or the address of a string, of wide characters if the length says so; if
    /// there is a precision, the string may end with it.
    unsafe fn string(
        &mut self,
        word: u64,
        spec: &Spec,
        width: usize,
        precision: Option<usize>,
    ) -> Result<(), Fault> {
        let is_left = spec.flags.is_left;
        if spec.length == Length::Long && word != 0 {
            let wide = pointer::<u32>(word);
            // SAFETY: handed on to the caller.
            return unsafe { self.wide_string(wide, width, precision, is_left) };
        }
        let text = if word == 0 {
            let text = b"(null)";
            text.get(..precision.unwrap_or(text.len())).unwrap_or(text)
        } else {
            let start = pointer::<u8>(word);
            match (precision, self.unit) {
                // SAFETY: the caller's promise.
                (None, _) => unsafe { c_bytes(start) },
                (Some(limit), Unit::Byte) => {
                    // SAFETY: the caller's promise.
                    unsafe { string::bytes_within(start.cast(), limit) }
                }
                (Some(limit), Unit::Character) => {
                    // SAFETY: the caller's promise.
                    let length = unsafe { character::length_of(start, limit) };
                    // SAFETY: so many were read.
                    unsafe { bytes(start, length) }
                }
            }
        };
        self.padded(text, width, is_left)
    }

    /// # Safety
    ///
    /// As for [`Self::string`].
    unsafe fn wide_string(
        &mut self,
        start: *const u32,
        width: usize,
        precision: Option<usize>,
        is_left: bool,
    ) -> Result<(), Fault> {
        let limit = precision.unwrap_or(usize::MAX);
        let mut room = [0; character::MAX_BYTES];
        let (mut units, mut count) = (0, 0);
        // Measured first, for the spaces may stand before it.
        while units < limit {
            // SAFETY: the string goes on until its NUL, and the limit is not reached.
            let wide = unsafe { start.wrapping_add(count).read() };
            if wide == 0 {
                break;
            }
            let text = character::encode(wide, &mut room).ok_or(Fault::NoCharacter)?;
            if text.len() > limit - units && self.unit == Unit::Byte {
                break;
            }
            units += self.units(text);
            count += 1;
        }
        let spaces = width.saturating_sub(units);
        self.pad(b' ', if is_left { 0 } else { spaces })?;
        for index in 0..count {
            // SAFETY: read before.
            let wide = unsafe { start.wrapping_add(index).read() };
            let text = character::encode(wide, &mut room).ok_or(Fault::NoCharacter)?;
            self.text(text)?;
        }
        self.pad(b' ', if is_left { spaces } else { 0 })
    }

    /// `%n`
    ///
    /// # Safety
    ///
    /// The word is the address of an integer of that length.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the caller has chosen how much of it is stored"
    )]
    unsafe fn count(&self, word: u64, length: Length) {
        let value = self.written;
        match length {
            // SAFETY: the caller's promise.
            Length::Char => unsafe { pointer::<u8>(word).write(value as u8) },
            // SAFETY: the caller's promise.
            Length::Short => unsafe { pointer::<u16>(word).write(value as u16) },
            // SAFETY: the caller's promise.
            Length::Plain => unsafe { pointer::<u32>(word).write(value as u32) },
            // SAFETY: the caller's promise.
            _ => unsafe { pointer::<u64>(word).write(value as u64) },
        }
    }
}

/// A signed argument of a type.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the ABI leaves the rest of the word open"
)]
const fn signed(word: u64, length: Length) -> i64 {
    match length {
        Length::Char => word as i8 as i64,
        Length::Short => word as i16 as i64,
        Length::Plain => word as i32 as i64,
        _ => word.cast_signed(),
    }
}

/// An unsigned argument of a type.
const fn unsigned(word: u64, length: Length) -> u64 {
    match length {
        Length::Char => word & 0xFF,
        Length::Short => word & 0xFFFF,
        Length::Plain => word & 0xFFFF_FFFF,
        _ => word,
    }
}

/// The digits of a number, so many bits each, at the end of `room`.
fn in_base<'a>(mut value: u64, bits: u32, letters: &[u8], room: &'a mut [u8; 22]) -> &'a [u8] {
    let mask = (1_u64 << bits) - 1;
    let mut start = room.len();
    for (index, place) in room.iter_mut().enumerate().rev() {
        if value == 0 {
            break;
        }
        let digit = usize::try_from(value & mask).unwrap_or(0);
        *place = letters.get(digit).copied().unwrap_or(b'0');
        value >>= bits;
        start = index;
    }
    room.get(start..).unwrap_or_default()
}
