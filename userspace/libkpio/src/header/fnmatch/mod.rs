//! `fnmatch.h`. Source: POSIX, "Pattern Matching Notation".

use core::ffi::{CStr, c_char, c_int};

use crate::header::wchar::character::{Decoder, Step};
use crate::header::wctype::{iswctype, towlower, towupper, wctype};

/// A slash is matched by a slash only.
pub const PATHNAME: c_int = 1;
/// A backslash is a backslash.
pub const NOESCAPE: c_int = 2;
/// A period in front is matched by a period only.
pub const PERIOD: c_int = 4;
/// What follows a slash in the text does not matter.
pub const LEADING_DIR: c_int = 8;
/// Upper and lower case are the same.
pub const CASEFOLD: c_int = 16;

/// What `fnmatch` returns of a text that is not matched.
const NO_MATCH: c_int = 1;

/// A byte that is part of no character is one of its own, beyond Unicode's.
const LONE_BYTE: u32 = 0x8000_0000;

/// The first character of a text, and the rest.
fn first(text: &[u8]) -> Option<(u32, &[u8])> {
    let mut decoder = Decoder::new();
    for (index, byte) in text.iter().enumerate() {
        match decoder.push(*byte) {
            Step::Character(wide) => return Some((wide, text.get(index + 1..)?)),
            Step::More => {}
            Step::Wrong => break,
        }
    }
    let (byte, rest) = text.split_first()?;
    Some((LONE_BYTE | u32::from(*byte), rest))
}

const fn ascii(byte: u8) -> u32 {
    byte as u32
}

fn fold(wide: u32, flags: c_int) -> u32 {
    if flags & CASEFOLD != 0 {
        towlower(wide)
    } else {
        wide
    }
}

/// A piece of a pattern.
enum Piece<'a> {
    Character(u32),
    Any,
    AnyText,
    /// What stands between the brackets.
    Bracket(&'a [u8]),
}

/// The first piece of a pattern, and the rest.
fn piece(pattern: &[u8], flags: c_int) -> Option<(Piece<'_>, &[u8])> {
    let (wide, rest) = first(pattern)?;
    if wide == ascii(b'\\') && flags & NOESCAPE == 0 {
        // One that ends the pattern is itself, as in musl.
        let (wide, rest) = first(rest).unwrap_or((wide, rest));
        return Some((Piece::Character(wide), rest));
    }
    if wide == ascii(b'?') {
        return Some((Piece::Any, rest));
    }
    if wide == ascii(b'*') {
        return Some((Piece::AnyText, rest));
    }
    if wide == ascii(b'[')
        && let Some(length) = bracket_length(rest, flags)
    {
        let (inside, rest) = rest.split_at(length);
        return Some((Piece::Bracket(inside), rest.get(1..)?));
    }
    Some((Piece::Character(wide), rest))
}

/// How long a bracket expression is without its brackets; none if it does not end: then the bracket
/// is one.
fn bracket_length(text: &[u8], flags: c_int) -> Option<usize> {
    let mut at = usize::from(matches!(text.first(), Some(b'!' | b'^')));
    let start = at;
    loop {
        match text.get(at..)? {
            [b']', ..] if at > start => return Some(at),
            [b'/', ..] if flags & PATHNAME != 0 => return None,
            [b'[', kind @ (b':' | b'.' | b'='), rest @ ..] => {
                let end = rest.windows(2).position(|pair| pair == [*kind, b']'])?;
                at += 2 + end + 2;
            }
            [_, ..] => at += 1,
            [] => return None,
        }
    }
}

/// One end of a range, or a character by itself, and the rest.
fn member(inside: &[u8]) -> Option<(u32, &[u8])> {
    if let [b'[', kind @ (b'.' | b'='), rest @ ..] = inside {
        let end = rest.windows(2).position(|pair| pair == [*kind, b']'])?;
        let (wide, _) = first(rest.get(..end)?)?;
        return Some((wide, rest.get(end + 2..)?));
    }
    // A backslash is itself here.
    first(inside)
}

/// Whether a bracket expression has a character.
fn is_in_bracket(inside: &[u8], wide: u32, flags: c_int) -> bool {
    let (is_inverted, mut rest) = match inside {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, inside),
    };
    let cases = if flags & CASEFOLD != 0 {
        [towlower(wide), towupper(wide)]
    } else {
        [wide, wide]
    };
    let is_same = |low: u32, high: u32| {
        let within = |wide: u32| low <= wide && wide <= high;
        within(wide) || cases.into_iter().any(within)
    };
    let mut is_found = false;
    while !rest.is_empty() {
        if let [b'[', b':', more @ ..] = rest
            && let Some(end) = more.windows(2).position(|pair| pair == b":]")
        {
            let mut name = [0_u8; 16];
            for (to, from) in name.iter_mut().take(15).zip(more.iter().take(end)) {
                *to = *from;
            }
            // SAFETY: a string on this stack, for its last byte stays 0.
            let class = unsafe { wctype(name.as_ptr().cast()) };
            is_found |= cases.iter().any(|wide| iswctype(*wide, class) != 0);
            rest = more.get(end + 2..).unwrap_or_default();
            continue;
        }
        let Some((low, after)) = member(rest) else {
            break;
        };
        rest = after;
        let mut high = low;
        // A hyphen that is last is itself.
        if let [b'-', end @ ..] = rest
            && !end.is_empty()
            && let Some((found, after)) = member(end)
        {
            high = found;
            rest = after;
        }
        is_found |= is_same(low, high);
    }
    is_found != is_inverted
}

/// Whether a pattern matches a text. `is_front` says that a period here is one in front.
fn is_match(pattern: &[u8], text: &[u8], flags: c_int, is_front: bool) -> bool {
    let (mut pattern, mut text, mut is_front) = (pattern, text, is_front);
    // Behind the last `*`, and where its text could end: only that one must be tried again.
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        let next = first(text);
        let hides =
            is_front && flags & PERIOD != 0 && next.is_some_and(|(wide, _)| wide == ascii(b'.'));
        let step = match (piece(pattern, flags), next) {
            (None, None) if pattern.is_empty() => return true,
            (None, Some((wide, _)))
                if pattern.is_empty() && flags & LEADING_DIR != 0 && wide == ascii(b'/') =>
            {
                return true;
            }
            (Some((Piece::AnyText, rest)), _) if !hides => {
                again = Some((rest, text));
                pattern = rest;
                is_front = false;
                continue;
            }
            (Some((found, rest)), Some((wide, after))) => {
                let is_slash = flags & PATHNAME != 0 && wide == ascii(b'/');
                let fits = match found {
                    Piece::Character(wanted) => fold(wanted, flags) == fold(wide, flags),
                    Piece::Any => !is_slash && !hides,
                    Piece::Bracket(inside) => {
                        !is_slash && !hides && is_in_bracket(inside, wide, flags)
                    }
                    Piece::AnyText => false,
                };
                if fits && is_slash {
                    // No text before a slash goes on behind it.
                    again = None;
                }
                fits.then_some((rest, after, is_slash))
            }
            _ => None,
        };
        if let Some((rest, after, is_behind_slash)) = step {
            (pattern, text, is_front) = (rest, after, is_behind_slash);
            continue;
        }
        let Some((rest, start)) = again else {
            return false;
        };
        let Some((wide, after)) = first(start) else {
            return false;
        };
        if flags & PATHNAME != 0 && wide == ascii(b'/') {
            return false;
        }
        again = Some((rest, after));
        (pattern, text, is_front) = (rest, after, false);
    }
}

/// `int fnmatch(const char *pattern, const char *text, int flags)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fnmatch(
    pattern: *const c_char,
    text: *const c_char,
    flags: c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let pattern = unsafe { CStr::from_ptr(pattern) }.to_bytes();
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) }.to_bytes();
    if is_match(pattern, text, flags, true) {
        0
    } else {
        NO_MATCH
    }
}
