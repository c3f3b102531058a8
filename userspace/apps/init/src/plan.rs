//! What init is to do: its arguments, and the list of programs.
//!
//! A list has a program a line: tokens between spaces, the first one the path, each
//! percent-encoded (RFC 3986 "Percent-Encoding"). Empty lines and lines that start with `#` do not
//! count.

#![cfg_attr(target_vendor = "kpio", no_std)]

extern crate alloc;

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::fmt;

/// The list that is run when no other is named.
pub const DEFAULT_LIST: &str = "/etc/kpio/init.list";

/// The arguments of init.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options<'a> {
    /// Wait for Enter before the machine is powered off.
    pub holds: bool,
    /// The path of the list.
    pub list: &'a str,
}

/// An argument init does not know, or one that misses its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UsageError<'a>(pub &'a str);

impl fmt::Display for UsageError<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "do not understand {:?}; usage: init [--hold] [--list FILE]",
            self.0
        )
    }
}

impl<'a> Options<'a> {
    /// Reads the arguments, the program's name not among them.
    ///
    /// # Errors
    ///
    /// The argument that is not understood.
    pub fn parse(arguments: impl IntoIterator<Item = &'a str>) -> Result<Self, UsageError<'a>> {
        let mut options = Self {
            holds: false,
            list: DEFAULT_LIST,
        };
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            match argument {
                "--hold" => options.holds = true,
                "--list" => options.list = rest.next().ok_or(UsageError(argument))?,
                _ => return Err(UsageError(argument)),
            }
        }
        Ok(options)
    }
}

/// One line of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// The path, and the further arguments.
    pub arguments: Vec<CString>,
}

/// Why a line of a list is no program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A `%` without two hexadecimal digits.
    BadEscape,
    /// A byte 0 in a token.
    Nul,
    /// The path does not begin with `/`.
    NotAbsolute,
}

/// A line of a list that is no program; lines count from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineError {
    /// The line.
    pub line: usize,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for LineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Reason::BadEscape => "a % needs two hexadecimal digits after it",
            Reason::Nul => "%00 cannot be passed to a program",
            Reason::NotAbsolute => "a program is named by a path that begins with /",
        };
        write!(formatter, "line {}: {reason}", self.line)
    }
}

/// Reads a list.
///
/// # Errors
///
/// The first line that is no program.
pub fn programs(list: &[u8]) -> Result<Vec<Program>, LineError> {
    let lines = list.split(|byte| *byte == b'\n').enumerate();
    lines
        .map(|(index, line)| (index + 1, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"))
        .map(|(number, line)| {
            program(line).map_err(|reason| LineError {
                line: number,
                reason,
            })
        })
        .collect()
}

fn program(line: &[u8]) -> Result<Program, Reason> {
    let tokens = line
        .split(|byte| *byte == b' ')
        .filter(|token| !token.is_empty());
    let arguments = tokens
        .map(|token| CString::new(decode(token)?).map_err(|_| Reason::Nul))
        .collect::<Result<Vec<_>, _>>()?;
    match arguments.first() {
        Some(path) if path.as_bytes().starts_with(b"/") => Ok(Program { arguments }),
        _ => Err(Reason::NotAbsolute),
    }
}

/// Takes the percent-encoding off a token.
fn decode(token: &[u8]) -> Result<Vec<u8>, Reason> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::new();
    let mut rest = token.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(Reason::BadEscape);
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| Reason::BadEscape)?);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(list: &str) -> Vec<Vec<&'static str>> {
        let programs = programs(list.as_bytes()).expect("a list");
        let leaked: &'static [Program] = Vec::leak(programs);
        let texts = |program: &'static Program| {
            program
                .arguments
                .iter()
                .map(|text| text.to_str().expect("UTF-8"))
                .collect()
        };
        leaked.iter().map(texts).collect()
    }

    #[test]
    fn tokens_are_split_and_decoded() {
        let list = "# comment\n\n/bin/hello\n  /bin/echo a%20b %2d-x  c%25 \r\n/bin/x";
        let expected = [
            ["/bin/hello"].as_slice(),
            &["/bin/echo", "a b", "--x", "c%"],
            &["/bin/x"],
        ];
        assert_eq!(arguments(list), expected);
    }

    #[test]
    fn empty_list_has_no_programs() {
        assert_eq!(programs(b""), Ok(Vec::new()));
        assert_eq!(programs(b"# nothing\n"), Ok(Vec::new()));
    }

    #[test]
    fn bad_lines_are_named() {
        for (line, reason) in [
            ("/bin/x %4", Reason::BadEscape),
            ("/bin/x %", Reason::BadEscape),
            ("/bin/x %zz", Reason::BadEscape),
            ("/bin/x %00", Reason::Nul),
            ("bin/x", Reason::NotAbsolute),
        ] {
            let list = alloc::format!("/bin/ok\n\n{line}\n");
            assert_eq!(
                programs(list.as_bytes()),
                Err(LineError { line: 3, reason }),
                "{line}"
            );
        }
    }

    #[test]
    fn options_are_read_in_any_order() {
        assert_eq!(
            Options::parse([]),
            Ok(Options {
                holds: false,
                list: DEFAULT_LIST
            })
        );
        let expected = Options {
            holds: true,
            list: "/x",
        };
        assert_eq!(Options::parse(["--hold", "--list", "/x"]), Ok(expected));
        assert_eq!(Options::parse(["--list", "/x", "--hold"]), Ok(expected));
    }

    #[test]
    fn unknown_and_incomplete_options_are_refused() {
        assert_eq!(Options::parse(["--hodl"]), Err(UsageError("--hodl")));
        assert_eq!(Options::parse(["--list"]), Err(UsageError("--list")));
    }
}
