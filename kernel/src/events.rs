//! Events: numbered, checksummed lines on a port of their own, for whoever watches from outside.
//! The form of a line is stated in `kpio_abi::events`.

use crate::percent::Encoded;
use alloc::string::{String, ToString};
use core::fmt::{Display, Write};
use crc::{CRC_32_ISO_HDLC, Crc};
use kpio_abi::events::{EVENT_PREFIX, EventKind};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Counts the lines.
#[derive(Debug, Default)]
pub struct EventWriter {
    next: u64,
}

impl EventWriter {
    /// A writer whose first line has number 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { next: 0 }
    }

    /// The next line. `values` are those of `kind.fields` after the first, which is the time.
    ///
    /// # Panics
    /// If the number of values is not that of the fields: the event is not what its kind says.
    pub fn line(&mut self, t_ns: u64, kind: EventKind, values: &[&dyn Display]) -> String {
        assert_eq!(
            values.len() + 1,
            kind.fields.len(),
            "fields of event {}",
            kind.name
        );
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "{} {} {}={t_ns}",
            self.next, kind.name, kind.fields[0]
        );
        for (key, value) in kind.fields[1..].iter().zip(values) {
            let _ = write!(text, " {key}={}", Encoded(value.to_string().as_bytes()));
        }
        self.next += 1;
        let checksum = CRC.checksum(text.as_bytes());
        let (number, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let mut line = String::new();
        let _ = writeln!(line, "{EVENT_PREFIX} {number} {checksum:08x} {rest}");
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kpio_abi::events::{PROCESS_EXITED, ROOT_MOUNTED};

    #[test]
    fn lines_are_numbered_and_checksummed() {
        let mut writer = EventWriter::new();
        let first = writer.line(12, ROOT_MOUNTED, &[&"virtio-blk0 partition 2", &"ext4"]);
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
