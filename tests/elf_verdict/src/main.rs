//! Says for each file on standard input what the kernel's loader makes of it.
//!
//! Input: for each file its length (32 bits, little-endian) and its bytes. Output: one line of JSON
//! for each, written before the next file is read. `tests/kernel_py/model/test_elf.py` compares the
//! lines with the model. With `--errors`: the name of every error, one a line.

#![forbid(unsafe_code)]

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind, Read, Write as _};

use crc::{CRC_32_ISO_HDLC, Crc};
use elf_verdict::loader::{Elf64Loader, ElfError, LoadedProgram, Permissions};
use kpio_abi::memory::PAGE_SIZE;

/// The checksum of Python's `zlib.crc32`.
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Images up to this size are compared byte by byte, of larger ones the ends of each mapping.
const MAX_PAGES_COMPARED: u64 = 512;

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    if std::env::args().nth(1).as_deref() == Some("--errors") {
        return writeln!(output, "{}", ElfError::NAMES.join("\n"));
    }
    let mut input = io::stdin().lock();
    while let Some(file) = read_file(&mut input)? {
        let line = match load(&file) {
            Ok(program) => describe(&program),
            Err(error) => refuse(&error),
        };
        writeln!(output, "{line}")?;
        output.flush()?;
    }
    Ok(())
}

/// The next file; `None` at the end of the input.
fn read_file(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 4];
    match input.read_exact(&mut len) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let len = usize::try_from(u32::from_le_bytes(len)).map_err(io::Error::other)?;
    let mut file = vec![0; len];
    input.read_exact(&mut file)?;
    Ok(Some(file))
}

fn load(file: &[u8]) -> Result<LoadedProgram<'_>, ElfError> {
    let mut program = Elf64Loader::load(file)?;
    Elf64Loader::relocate(&mut program)?;
    Ok(program)
}

fn refuse(error: &ElfError) -> String {
    format!(
        r#"{{"verdict":"refused","name":"{}","field":"{}","reason":"{error}"}}"#,
        error.name(),
        error.field()
    )
}

fn describe(program: &LoadedProgram<'_>) -> String {
    let segments = program.segments().iter().map(|segment| {
        let start = segment.address;
        let letters = Letters(segment.permissions);
        format!(
            r#"[{start},{},{},{},"{letters}"]"#,
            segment.memory_len, segment.file_offset, segment.file_len
        )
    });
    let mappings = program.mappings().map(|mapping| {
        format!(
            r#"[{},{},"{}"]"#,
            mapping.start,
            mapping.len,
            Letters(mapping.permissions)
        )
    });
    let tls = program.tls().map(|tls| {
        let template = (
            tls.address,
            tls.file_len,
            tls.memory_len,
            tls.align,
            tls.offset,
        );
        format!(
            "[{},{},{},{},{}]",
            template.0, template.1, template.2, template.3, template.4
        )
    });
    let relro = program
        .relro()
        .map(|relro| format!("[{},{}]", relro.start, relro.end));
    let fields = [
        ("verdict", r#""loaded""#.to_owned()),
        ("bias", program.bias().to_string()),
        ("entry", program.entry().to_string()),
        ("segments", list(segments)),
        ("mappings", list(mappings)),
        ("tls", or_null(tls)),
        ("relro", or_null(relro)),
        (
            "phdr_address",
            or_null(program.phdr_address().map(|address| address.to_string())),
        ),
        ("phdr_count", program.phdr_count().to_string()),
        (
            "requested_stack_len",
            program.requested_stack_len().to_string(),
        ),
        ("patches", program.patches().len().to_string()),
        ("patches_crc", patches_crc(program).to_string()),
        ("image_pages", program.image_pages().to_string()),
        ("image_crc", image_crc(program).to_string()),
    ];
    let mut line = String::from("{");
    for (index, (name, value)) in fields.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(line, r#"{comma}"{name}":{value}"#);
    }
    line.push('}');
    line
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn or_null(value: Option<String>) -> String {
    value.unwrap_or_else(|| "null".to_owned())
}

/// Addresses and values of all relocated words.
fn patches_crc(program: &LoadedProgram<'_>) -> u32 {
    let mut digest = CRC.digest();
    for patch in program.patches() {
        digest.update(&patch.address.to_le_bytes());
        digest.update(&patch.value.to_le_bytes());
    }
    digest.finalize()
}

/// What the pages hold in the end.
fn image_crc(program: &LoadedProgram<'_>) -> u32 {
    let is_small = program.image_pages() <= MAX_PAGES_COMPARED;
    let mut digest = CRC.digest();
    let mut page = [0xAA; PAGE_SIZE];
    for mapping in program.mappings() {
        let last = mapping.pages().last();
        for address in mapping.pages() {
            if is_small || address == mapping.start || Some(address) == last {
                program.fill(address, &mut page);
                digest.update(&page);
            }
        }
    }
    digest.finalize()
}

/// Permissions as the model writes them: letters of `rwx`.
struct Letters(Permissions);

impl fmt::Display for Letters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (flag, letter) in [
            (Permissions::READ, 'r'),
            (Permissions::WRITE, 'w'),
            (Permissions::EXECUTE, 'x'),
        ] {
            if self.0.contains(flag) {
                formatter.write_char(letter)?;
            }
        }
        Ok(())
    }
}
