//! Parses an HTML page with html5ever and the style sheets in it with cssparser, and writes what it
//! found to standard output.
//!
//! `domdump [--digest] FILE`: with `--digest` only counts and the SHA-256 of the dump, and it tells
//! them to whoever watches the machine.

mod dom;
mod style;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use sha2::{Digest, Sha256};

const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_digest = arguments.first().is_some_and(|first| first == "--digest");
    if is_digest {
        arguments.remove(0);
    }
    let [path] = arguments.as_slice() else {
        eprintln!("usage: domdump [--digest] FILE");
        return ExitCode::from(USAGE);
    };
    match run(path, is_digest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("domdump: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &str, is_digest: bool) -> io::Result<()> {
    let page = fs::read(path)?;
    let dump = dom::dump(&page);
    if !is_digest {
        return io::stdout().write_all(dump.text.as_bytes());
    }
    let told = format!(
        "domdump page_bytes={} elements={} css_tokens={} dump_bytes={} sha256={}",
        page.len(),
        dump.nr_elements,
        dump.nr_css_tokens,
        dump.text.len(),
        hex(&Sha256::digest(dump.text.as_bytes())),
    );
    println!("{told}");
    kpio::report(&told)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
