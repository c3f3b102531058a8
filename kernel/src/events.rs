//! Events: numbered, checksummed lines on a port of their own, for whoever watches from outside.
//! The form of a line is stated in `kpio_abi::events`.

use crate::percent::Encoder;
use alloc::string::String;
use core::fmt::{Display, Write};
use crc::{CRC_32_ISO_HDLC, Crc};
use kpio_abi::events::{EVENT_PREFIX, EventKind};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Counts the lines, and keeps the memory of the last one for the next.
#[derive(Debug, Default)]
pub struct EventWriter {
    next: u64,
    text: String,
    line: String,
}

impl EventWriter {
    /// A writer whose first line has number 0.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            next: 0,
            text: String::new(),
            line: String::new(),
        }
    }

    /// The next line. `values` are those of `kind.fields` after the first, which is the time.
    ///
    /// # Panics
    /// If the number of values is not that of the fields: the event is not what its kind says.
    pub fn line(&mut self, t_ns: u64, kind: EventKind, values: &[&dyn Display]) -> &str {
        assert_eq!(
            values.len() + 1,
            kind.fields.len(),
            "fields of event {}",
            kind.name
        );
        let Self { next, text, line } = self;
        text.clear();
        line.clear();
        // Writing to a String does not fail.
        let _ = write!(text, "{} {}={t_ns}", kind.name, kind.fields[0]);
        for (key, value) in kind.fields[1..].iter().zip(values) {
            let _ = write!(text, " {key}=");
            let _ = write!(Encoder(text), "{value}");
        }
        let _ = write!(line, "{next} ");
        let mut checksum = CRC.digest();
        checksum.update(line.as_bytes());
        checksum.update(text.as_bytes());
        line.clear();
        let checksum = checksum.finalize();
        let _ = writeln!(line, "{EVENT_PREFIX} {next} {checksum:08x} {text}");
        *next += 1;
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kpio_abi::events::{PROCESS_EXITED, ROOT_MOUNTED};
    use std::string::ToString;

    #[test]
    fn lines_are_numbered_and_checksummed() {
        let mut writer = EventWriter::new();
        let first = writer.line(12, ROOT_MOUNTED, &[&"virtio-blk0 partition 2", &"ext4"]);
        let first = first.to_string();
        // zlib.crc32 of Python over the text behind the checksum, with the number before it.
        assert_eq!(
            first,
            "KPIO1 0 0574d477 root.mounted t_ns=12 device=virtio-blk0%20partition%202 kind=ext4\n"
        );
        let second = writer.line(13, PROCESS_EXITED, &[&1, &"/bin/init", &0, &11]);
        assert!(second.starts_with("KPIO1 1 "), "{second}");
    }

    #[test]
    #[should_panic(expected = "fields of event root.mounted")]
    fn a_missing_value_is_a_defect() {
        let _ = EventWriter::new().line(0, ROOT_MOUNTED, &[&"disk"]);
    }
}
