//! The kernel's command line: percent-encoded words separated by spaces, then `--` and init's own.

use crate::percent::{BadEscape, decode};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use kpio_abi::boot::{
    COMMAND_LINE_SEPARATOR, INIT_DEFAULT, KEY_INIT, KEY_QUIET, KEY_SELFTEST, KEY_TRACE,
};

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program that becomes process 1.
    pub init: Vec<u8>,
    /// Its arguments, without the program's name.
    pub init_arguments: Vec<Vec<u8>>,
    /// Only warnings go to the console.
    pub is_quiet: bool,
    /// Every system call is told in the log.
    pub is_tracing: bool,
    /// A self-test to run instead of init.
    pub selftest: Option<String>,
    /// Words that mean nothing to this kernel.
    pub unknown: Vec<String>,
}

/// A word that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadWord {
    /// As it stands on the line.
    pub word: String,
    /// What is wrong.
    pub reason: BadEscape,
}

impl fmt::Display for BadWord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "command line word '{}': {}", self.word, self.reason)
    }
}

impl CommandLine {
    /// Read a line.
    ///
    /// # Errors
    /// [`BadWord`] for a damaged percent escape.
    pub fn parse(line: &[u8]) -> Result<Self, BadWord> {
        let mut parsed = Self {
            init: INIT_DEFAULT.as_bytes().to_vec(),
            init_arguments: Vec::new(),
            is_quiet: false,
            is_tracing: false,
            selftest: None,
            unknown: Vec::new(),
        };
        // Single spaces separate, so that an argument of init can be empty. A file may end in a line
        // feed, a firmware's string in a zero.
        let is_end = |b: &u8| matches!(b, b'\n' | b'\r' | 0);
        let len = line.len() - line.iter().rev().take_while(|b| is_end(b)).count();
        let mut words = line[..len].split(|&b| b == b' ');
        let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        let decoded = |word: &[u8]| {
            decode(word).map_err(|reason| BadWord {
                word: text(word),
                reason,
            })
        };
        for word in words.by_ref() {
            if word.is_empty() {
                continue;
            }
            if word == COMMAND_LINE_SEPARATOR.as_bytes() {
                break;
            }
            let mut halves = word.splitn(2, |&b| b == b'=');
            let key = text(&decoded(halves.next().unwrap_or_default())?);
            let value = halves.next().map(decoded).transpose()?;
            match (key.as_str(), value) {
                (KEY_INIT, Some(path)) if !path.is_empty() => parsed.init = path,
                (KEY_QUIET, None) => parsed.is_quiet = true,
                (KEY_TRACE, None) => parsed.is_tracing = true,
                (KEY_SELFTEST, Some(name)) => parsed.selftest = Some(text(&name)),
                _ => parsed.unknown.push(text(word)),
            }
        }
        parsed.init_arguments = words.map(decoded).collect::<Result<_, _>>()?;
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> CommandLine {
        CommandLine::parse(line.as_bytes()).expect("well formed")
    }

    #[test]
    fn an_empty_line_starts_the_default_init() {
        let line = parse("");
        assert_eq!(
            (line.init.as_slice(), line.init_arguments.len()),
            (&b"/bin/init"[..], 0)
        );
    }

    #[test]
    fn init_takes_what_follows_the_separator() {
        let line = parse("quiet init=/run/a%20b -- --hold x=1 %2D%2D quiet%0A");
        assert_eq!(
            (line.init.as_slice(), line.is_quiet),
            (&b"/run/a b"[..], true)
        );
        let wanted: [&[u8]; 4] = [b"--hold", b"x=1", b"--", b"quiet\n"];
        assert_eq!(line.init_arguments, wanted);
        assert!(line.unknown.is_empty());
    }

    #[test]
    fn an_argument_of_init_may_be_empty() {
        assert_eq!(
            parse("  quiet --  a ").init_arguments,
            [&b""[..], b"a", b""]
        );
        assert_eq!(parse("--\n").init_arguments.len(), 0);
        assert_eq!(parse("-- \r\n").init_arguments, [b""]);
    }

    #[test]
    fn words_it_does_not_know_are_kept_for_the_log() {
        assert_eq!(
            parse("quiet=1 colour init= trace").unknown,
            ["quiet=1", "colour", "init="]
        );
    }

    #[test]
    fn a_damaged_word_is_named() {
        let error = CommandLine::parse(b"init=/bin/%4").expect_err("damaged");
        assert_eq!(error.word, "/bin/%4");
    }
}
