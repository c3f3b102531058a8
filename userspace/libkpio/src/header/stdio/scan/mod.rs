//! What the scanf family has in common: text becomes values, as a format says.
//!
//! Source: POSIX, `fscanf`.

pub mod spec;

use core::ptr;

use crate::header::stdlib::memory::{free, realloc};
use crate::header::wchar::character::{Decoder, Step};
use crate::number::float::Format;
use crate::number::scan::{self, Characters, Integer, Real, is_space};
use crate::varargs::VaList;
use spec::{Length, Set, Spec};

/// Text that is read, and how much of it was taken.
pub trait Input: Characters {
    /// Whether reading has failed, so that the end is none.
    fn is_failed(&self) -> bool;
}

/// Why reading ended before the format did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// The text did not go on, before there was anything of an item.
    Input,
    /// The text is not what the format says.
    Mismatch,
    /// The format means nothing, or there is no memory: what is assigned stays assigned.
    Broken,
}

/// Text that ends after so many bytes, for a field's width, and counts.
struct Field<'a, C> {
    text: &'a mut C,
    left: usize,
}

impl<C: Characters> Characters for Field<'_, C> {
    fn peek(&mut self) -> Option<u8> {
        if self.left == 0 {
            return None;
        }
        self.text.peek()
    }

    fn advance(&mut self) {
        self.text.advance();
        self.left = self.left.saturating_sub(1);
    }
}

/// Reads what `format` says into where the arguments point; returns how many items were assigned, or
/// none if the text ended before the first.
///
/// # Safety
///
/// `arguments` are what the format says they are.
pub unsafe fn read<I: Input>(
    input: &mut I,
    format: &[u8],
    arguments: *mut VaList,
) -> Option<usize> {
    // SAFETY: the list is the caller's, and nobody else reads from it meanwhile.
    let list = unsafe { *arguments };
    let mut reader = Reader {
        input,
        taken: 0,
        assigned: 0,
        arguments: list,
        first: list,
    };
    // SAFETY: handed on to the caller.
    let outcome = unsafe { reader.all(format) };
    match outcome {
        Err(End::Input | End::Broken) if reader.assigned == 0 => None,
        _ => Some(reader.assigned),
    }
}

struct Reader<'a, I> {
    input: &'a mut I,
    taken: usize,
    assigned: usize,
    arguments: VaList,
    /// The arguments from the first on, for `%n$`.
    first: VaList,
}

impl<I: Input> Reader<'_, I> {
    /// The next byte; the end is that of the text or an error.
    fn peek(&mut self) -> Result<u8, End> {
        self.input.peek().ok_or(End::Input)
    }

    fn advance(&mut self) {
        self.input.advance();
        self.taken += 1;
    }

    fn skip_space(&mut self) {
        while self.input.peek().is_some_and(is_space) {
            self.advance();
        }
    }

    /// # Safety
    ///
    /// As for [`read`].
    unsafe fn all(&mut self, format: &[u8]) -> Result<(), End> {
        let mut rest = format;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            if is_space(first) {
                self.skip_space();
                continue;
            }
            if first != b'%' {
                self.literal(first)?;
                continue;
            }
            let (spec, length) = Spec::parse(after).ok_or(End::Broken)?;
            rest = after.get(length..).unwrap_or_default();
            if spec.conversion == b'%' {
                self.skip_space();
                self.literal(b'%')?;
                continue;
            }
            // SAFETY: handed on to the caller.
            unsafe { self.item(&spec) }?;
        }
        Ok(())
    }

    fn literal(&mut self, wanted: u8) -> Result<(), End> {
        if self.peek()? != wanted {
            return Err(End::Mismatch);
        }
        self.advance();
        Ok(())
    }

    /// Where the item goes; null if it is not to be assigned.
    ///
    /// # Safety
    ///
    /// As for [`read`].
    unsafe fn place(&mut self, spec: &Spec) -> *mut u8 {
        if spec.is_suppressed {
            return ptr::null_mut();
        }
        let Some(position) = spec.position else {
            // SAFETY: the caller's promise.
            return unsafe { self.arguments.pointer() };
        };
        let mut list = self.first;
        for _ in 1..position {
            // SAFETY: the caller's promise: all of them are addresses.
            unsafe { list.word() };
        }
        // SAFETY: as above.
        unsafe { list.pointer() }
    }

    /// # Safety
    ///
    /// As for [`read`].
    unsafe fn item(&mut self, spec: &Spec) -> Result<(), End> {
        // SAFETY: handed on to the caller.
        let place = unsafe { self.place(spec) };
        if spec.conversion == b'n' {
            let count = self.taken as u64;
            // SAFETY: the place is one for such an integer.
            unsafe { store(place, count, spec.length) };
            return Ok(());
        }
        if !matches!(spec.conversion, b'c' | b'[') {
            self.skip_space();
        }
        self.peek()?;
        let width = spec.width.unwrap_or(usize::MAX);
        match spec.conversion {
            b'd' | b'i' | b'o' | b'u' | b'x' | b'X' | b'p' => {
                let base = match spec.conversion {
                    b'i' => 0,
                    b'o' => 8,
                    b'd' | b'u' => 10,
                    _ => 16,
                };
                let found = scan::integer(&mut self.field(width), base);
                self.taken += found.taken_bytes;
                let value = integer_value(&found)?;
                // SAFETY: the place is one for such an integer.
                unsafe { store(place, value, spec.length) };
            }
            b'c' | b's' | b'[' => {
                // SAFETY: the place has room for the text, or for its address.
                unsafe { self.text(spec, place) }?;
            }
            _ => {
                let format = match spec.length {
                    Length::Long => Format::DOUBLE,
                    Length::LongDouble => Format::EXTENDED,
                    _ => Format::SINGLE,
                };
                let found = scan::real(&mut self.field(width), format);
                self.taken += found.taken_bytes;
                if found.valid_bytes == 0 || found.valid_bytes != found.taken_bytes {
                    return Err(self.mismatch());
                }
                // SAFETY: the place is one for such a number.
                unsafe { store_real(place, &found, format) };
            }
        }
        self.assigned += usize::from(!spec.is_suppressed);
        Ok(())
    }

    /// What it means that an item is not what the format says: after an error of reading it is that.
    fn mismatch(&self) -> End {
        if self.input.is_failed() {
            End::Input
        } else {
            End::Mismatch
        }
    }

    const fn field(&mut self, width: usize) -> Field<'_, I> {
        Field {
            text: self.input,
            left: width,
        }
    }

    /// Reads a text: `%c`, `%s`, `%[`, of bytes or wide characters, into memory of the caller's or of
    /// `malloc`.
    ///
    /// # Safety
    ///
    /// `place` is null, has room for the text, or with `m` for its address.
    unsafe fn text(&mut self, spec: &Spec, place: *mut u8) -> Result<(), End> {
        let is_text = spec.conversion != b'c';
        let set = match spec.conversion {
            b's' => Set::no_space(),
            b'[' => spec.set,
            _ => Set::all(),
        };
        let width = spec.width.unwrap_or(if is_text { usize::MAX } else { 1 });
        let mut target = Target {
            place,
            address: ptr::null_mut(),
            room: 0,
            length: 0,
            unit: if spec.length == Length::Long { 4 } else { 1 },
        };
        if spec.allocates && !spec.is_suppressed {
            target.address = place.cast();
            target.place = ptr::null_mut();
        }
        let outcome = if spec.length == Length::Long {
            self.wide_text(set, width, &mut target)
        } else {
            self.byte_text(set, width, &mut target)
        };
        let outcome = match outcome {
            Ok(0) => Err(self.mismatch()),
            // %c wants all of them.
            Ok(count) if !is_text && count != width => Err(End::Mismatch),
            Ok(_) if is_text => target.put(0),
            Ok(_) => Ok(()),
            Err(end) => Err(end),
        };
        match outcome {
            Ok(()) => target.hand_over(),
            Err(_) => target.drop_memory(),
        }
        outcome
    }

    fn byte_text(&mut self, set: Set, width: usize, target: &mut Target) -> Result<usize, End> {
        let mut count = 0;
        while count < width {
            let Some(byte) = self.input.peek().filter(|byte| set.contains(*byte)) else {
                break;
            };
            target.put(byte.into())?;
            self.advance();
            count += 1;
        }
        Ok(count)
    }

    fn wide_text(&mut self, set: Set, width: usize, target: &mut Target) -> Result<usize, End> {
        let mut count = 0;
        let mut decoder = Decoder::new();
        while count < width {
            let is_within = decoder.is_within();
            let Some(byte) = self
                .input
                .peek()
                .filter(|byte| is_within || set.contains(*byte))
            else {
                break;
            };
            self.advance();
            match decoder.push(byte) {
                Step::Character(wide) => {
                    target.put(wide)?;
                    count += 1;
                }
                Step::More => {}
                Step::Wrong => return Err(End::Input),
            }
        }
        if decoder.is_within() {
            return Err(End::Input);
        }
        Ok(count)
    }
}

/// The value that is stored of an integer, as `strtoull` would give it; its low bits are those of any
/// shorter type.
const fn integer_value(found: &Integer) -> Result<u64, End> {
    if found.valid_bytes == 0 || found.valid_bytes != found.taken_bytes {
        return Err(End::Mismatch);
    }
    if found.is_negative && !found.is_too_large {
        return Ok(found.magnitude.wrapping_neg());
    }
    Ok(found.magnitude)
}

/// Stores an integer of a length.
///
/// # Safety
///
/// `place` is null or one for such an integer.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the caller has chosen how much of it is stored"
)]
unsafe fn store(place: *mut u8, value: u64, length: Length) {
    if place.is_null() {
        return;
    }
    match length {
        // SAFETY: the caller's promise.
        Length::Char => unsafe { place.write(value as u8) },
        // SAFETY: the caller's promise.
        Length::Short => unsafe { place.cast::<u16>().write(value as u16) },
        // SAFETY: the caller's promise.
        Length::Plain => unsafe { place.cast::<u32>().write(value as u32) },
        // SAFETY: the caller's promise.
        _ => unsafe { place.cast::<u64>().write(value) },
    }
}

/// Stores a number of a format.
///
/// # Safety
///
/// `place` is null or one for such a number.
unsafe fn store_real(place: *mut u8, found: &Real, format: Format) {
    if place.is_null() {
        return;
    }
    match format {
        // SAFETY: the caller's promise.
        Format::SINGLE => unsafe { place.cast::<f32>().write(found.float.to_single()) },
        // SAFETY: the caller's promise.
        Format::DOUBLE => unsafe { place.cast::<f64>().write(found.float.to_double()) },
        // SAFETY: the caller's promise.
        _ => unsafe { place.cast::<[u8; 10]>().write(found.float.to_extended()) },
    }
}

/// Where a text goes.
struct Target {
    /// Its memory; null: nowhere, or none yet.
    place: *mut u8,
    /// Where its address goes, if the memory comes from `malloc`.
    address: *mut *mut u8,
    /// How many units that memory has, and how many are used.
    room: usize,
    length: usize,
    /// Bytes of a unit: 1, or 4 for wide characters.
    unit: usize,
}

impl Target {
    fn put(&mut self, value: u32) -> Result<(), End> {
        if !self.address.is_null() && self.length == self.room {
            let room = (self.room * 2).max(32);
            // SAFETY: null, or what this gave before.
            let grown = unsafe { realloc(self.place.cast(), room * self.unit) };
            if grown.is_null() {
                return Err(End::Broken);
            }
            self.place = grown.cast();
            self.room = room;
        }
        if self.place.is_null() {
            return Ok(());
        }
        let place = self.place.wrapping_add(self.length * self.unit);
        if self.unit == 1 {
            // SAFETY: the caller of scanf, or `realloc`, has given so much.
            unsafe { place.write(value.to_le_bytes()[0]) };
        } else {
            // SAFETY: as above.
            unsafe { place.cast::<u32>().write_unaligned(value) };
        }
        self.length += 1;
        Ok(())
    }

    /// Gives memory of `malloc` to the caller.
    fn hand_over(&self) {
        if !self.address.is_null() {
            // SAFETY: the caller of scanf has passed such a place.
            unsafe { self.address.write(self.place) };
        }
    }

    /// Frees memory of `malloc`.
    fn drop_memory(&self) {
        if !self.address.is_null() {
            // SAFETY: null, or from `realloc` and known to nobody.
            unsafe { free(self.place.cast()) };
        }
    }
}
