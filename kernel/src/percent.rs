//! Percent-encoding, for words of the command line and values of events.
//! Source: RFC 3986 "Percent-Encoding".

use alloc::vec::Vec;
use core::fmt;

/// Bytes that stand for themselves: RFC 3986 "Unreserved Characters", and `/`, which paths are
/// full of.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/')
}

/// `%` is not followed by two hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEscape {
    /// Where the `%` stands, in bytes from the start.
    pub at: usize,
}

impl fmt::Display for BadEscape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "no two hexadecimal digits follow the % at byte {}",
            self.at
        )
    }
}

/// The bytes that `text` stands for.
///
/// # Errors
/// [`BadEscape`].
pub fn decode(text: &[u8]) -> Result<Vec<u8>, BadEscape> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte == b'%' {
            let digit = |i: usize| text.get(i).and_then(|&b| char::from(b).to_digit(16));
            let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
                return Err(BadEscape { at });
            };
            out.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits"));
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    Ok(out)
}

/// Bytes that print percent-encoded.
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a>(pub &'a [u8]);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode(self.0, out)
    }
}

/// Passes on what is written to it, percent-encoded.
#[derive(Debug)]
pub struct Encoder<'a, W>(pub &'a mut W);

impl<W: fmt::Write> fmt::Write for Encoder<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        encode(text.as_bytes(), self.0)
    }
}

fn encode(bytes: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = bytes;
    while !rest.is_empty() {
        let plain = rest.iter().take_while(|&&byte| is_plain(byte)).count();
        let (plain, other) = rest.split_at(plain);
        // Plain bytes are ASCII.
        out.write_str(str::from_utf8(plain).map_err(|_| fmt::Error)?)?;
        rest = match other.split_first() {
            Some((byte, rest)) => {
                write!(out, "%{byte:02X}")?;
                rest
            }
            None => &[],
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let text = Encoded(&all).to_string();
        assert!(text.bytes().all(|b| b.is_ascii_graphic()));
        assert_eq!(decode(text.as_bytes()), Ok(all));
    }

    #[test]
    fn plain_words_stay_readable() {
        assert_eq!(Encoded(b"/bin/hello-2.0_x").to_string(), "/bin/hello-2.0_x");
        assert_eq!(Encoded(b"a b%").to_string(), "a%20b%25");
    }

    #[test]
    fn damaged_escapes_say_where() {
        for (text, at) in [("%", 0), ("ab%1", 2), ("%zz", 0), ("%41%4", 3)] {
            assert_eq!(decode(text.as_bytes()), Err(BadEscape { at }), "{text}");
        }
    }
}
