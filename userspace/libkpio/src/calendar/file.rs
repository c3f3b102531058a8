//! What a file of the time zone database says. Source: RFC 8536, "The Time Zone Information Format".

use super::Offset;
use super::zone::Zone;

const MAGIC: &[u8] = b"TZif";
const HEADER_BYTES: usize = 44;
const TYPE_BYTES: usize = 6;

/// The parts of a file, which is kept somewhere else.
#[derive(Clone, Copy, Debug)]
pub struct ZoneFile<'a> {
    /// Moments, each in `time_bytes` bytes, in their order.
    moments: &'a [u8],
    time_bytes: usize,
    /// Which type begins at each.
    kinds: &'a [u8],
    /// Types: offset, whether daylight, where the name is.
    types: &'a [u8],
    names: &'a [u8],
    /// What holds after the last.
    rest: Option<Zone>,
}

/// The counts of a header.
struct Counts {
    version: u8,
    is_utc: usize,
    is_standard: usize,
    leaps: usize,
    moments: usize,
    types: usize,
    name_bytes: usize,
}

fn big_endian(bytes: &[u8]) -> i64 {
    let is_negative = bytes.first().is_some_and(|byte| byte >> 7 != 0);
    let start = if is_negative { -1_i64 } else { 0 };
    bytes
        .iter()
        .fold(start, |value, byte| value << 8 | i64::from(*byte))
}

impl Counts {
    fn read(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..HEADER_BYTES)?;
        if !header.starts_with(MAGIC) {
            return None;
        }
        let count = |index: usize| {
            let field = header.get(20 + 4 * index..24 + 4 * index)?;
            usize::try_from(big_endian(field)).ok()
        };
        Some(Self {
            version: *header.get(4)?,
            is_utc: count(0)?,
            is_standard: count(1)?,
            leaps: count(2)?,
            moments: count(3)?,
            types: count(4)?,
            name_bytes: count(5)?,
        })
    }

    /// How long the data behind the header is.
    fn data_bytes(&self, time_bytes: usize) -> Option<usize> {
        let times = self.moments.checked_mul(time_bytes + 1)?;
        let types = self.types.checked_mul(TYPE_BYTES)?;
        let leaps = self.leaps.checked_mul(time_bytes + 4)?;
        [types, self.name_bytes, leaps, self.is_standard, self.is_utc]
            .into_iter()
            .try_fold(times, usize::checked_add)
    }
}

impl<'a> ZoneFile<'a> {
    /// Takes a file apart; none if it is no such file, or damaged.
    #[must_use]
    pub fn parse(file: &'a [u8]) -> Option<Self> {
        let mut counts = Counts::read(file)?;
        let mut data = file.get(HEADER_BYTES..)?;
        let mut time_bytes = 4;
        if counts.version >= b'2' {
            let second = data.get(counts.data_bytes(4)?..)?;
            counts = Counts::read(second)?;
            data = second.get(HEADER_BYTES..)?;
            time_bytes = 8;
        }
        let footer = data.get(counts.data_bytes(time_bytes)?..)?;
        let (moments, data) = data.split_at_checked(counts.moments * time_bytes)?;
        let (kinds, data) = data.split_at_checked(counts.moments)?;
        let (types, data) = data.split_at_checked(counts.types * TYPE_BYTES)?;
        let names = data.get(..counts.name_bytes)?;
        let is_sound = counts.types > 0
            && kinds.iter().all(|kind| usize::from(*kind) < counts.types)
            && names.last() == Some(&0)
            && types
                .chunks_exact(TYPE_BYTES)
                .all(|kind| kind.last().is_some_and(|at| usize::from(*at) < names.len()));
        if !is_sound {
            return None;
        }
        let rest = footer
            .strip_prefix(b"\n")
            .and_then(|footer| footer.split(|byte| *byte == b'\n').next())
            .and_then(Zone::parse);
        Some(Self {
            moments,
            time_bytes,
            kinds,
            types,
            names,
            rest,
        })
    }

    fn moment(&self, index: usize) -> i64 {
        let start = index * self.time_bytes;
        self.moments
            .get(start..start + self.time_bytes)
            .map_or(i64::MAX, big_endian)
    }

    /// Offset, whether daylight, and name of a type.
    fn kind(&self, kind: usize) -> (i64, bool, &'a [u8]) {
        let start = kind * TYPE_BYTES;
        let entry = self.types.get(start..start + TYPE_BYTES).unwrap_or(&[0; 6]);
        let (offset, flags) = entry.split_at(4);
        let name_at = usize::from(flags.last().copied().unwrap_or(0));
        let name = self.names.get(name_at..).unwrap_or_default();
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(0);
        (
            big_endian(offset),
            flags.first().is_some_and(|flag| *flag != 0),
            name.get(..end).unwrap_or_default(),
        )
    }

    /// The type that begins with a change.
    fn kind_at(&self, index: usize) -> usize {
        self.kinds.get(index).copied().map_or(0, usize::from)
    }

    /// The type before the first change: the first that is standard time.
    fn first_kind(&self) -> usize {
        let count = self.types.len() / TYPE_BYTES;
        (0..count).find(|kind| !self.kind(*kind).1).unwrap_or(0)
    }

    /// As [`Zone::at`].
    #[must_use]
    pub fn at(&'a self, moment_s: i64, is_local: bool) -> Offset<'a> {
        let count = self.kinds.len();
        let before = |index: usize| match index.checked_sub(1) {
            Some(previous) => self.kind_at(previous),
            None => self.first_kind(),
        };
        // A local moment is one in the time that was before the change.
        let begins = |index: usize| {
            let east_s = if is_local {
                self.kind(before(index)).0
            } else {
                0
            };
            self.moment(index).saturating_add(east_s)
        };
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if moment_s < begins(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        if low == count
            && let Some(rest) = &self.rest
        {
            return rest.at(moment_s, is_local);
        }
        let (east_s, is_daylight, name) = self.kind(before(low));
        // The other kind: of the change before, or of the one to come.
        let neighbours = [
            low.checked_sub(1).map(before),
            (low < count).then(|| self.kind_at(low)),
        ];
        let other = neighbours
            .into_iter()
            .flatten()
            .map(|kind| self.kind(kind))
            .find(|kind| kind.1 != is_daylight);
        Offset {
            east_s,
            is_daylight,
            name,
            other_east_s: other.map_or(east_s, |kind| kind.0),
        }
    }

    /// The names of standard and daylight saving time that are used last, and the offset of the first.
    #[must_use]
    pub fn summary(&self) -> Zone {
        use super::zone::Name;

        if let Some(rest) = &self.rest {
            return *rest;
        }
        let last = |is_daylight: bool| {
            (0..self.kinds.len())
                .rev()
                .map(|index| self.kind(self.kind_at(index)))
                .find(|kind| kind.1 == is_daylight)
        };
        let (east_s, _, name) = last(false).unwrap_or_else(|| self.kind(self.first_kind()));
        Zone {
            standard: Name::new(name),
            west_s: -east_s,
            daylight: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Version 1: standard time, daylight saving time from 100 to 200.
    fn file() -> Vec<u8> {
        let mut bytes = b"TZif\0".to_vec();
        bytes.extend([0; 15]);
        for count in [0_u32, 0, 0, 2, 2, 8] {
            bytes.extend(count.to_be_bytes());
        }
        bytes.extend(100_u32.to_be_bytes());
        bytes.extend(200_u32.to_be_bytes());
        bytes.extend([1, 0]);
        bytes.extend(3600_u32.to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(7200_u32.to_be_bytes());
        bytes.extend([1, 4]);
        bytes.extend(b"STD\0DST\0");
        bytes
    }

    #[test]
    fn the_change_before_a_moment_says_what_holds() {
        let bytes = file();
        let zone = ZoneFile::parse(&bytes).expect("a file");
        for (moment, name) in [(99, b"STD"), (100, b"DST"), (199, b"DST"), (200, b"STD")] {
            assert_eq!(zone.at(moment, false).name, name, "{moment}");
        }
        assert_eq!(zone.at(3699, true).name, b"STD");
        assert_eq!(zone.at(3700, true).name, b"DST");
        assert_eq!(zone.at(150, false).other_east_s, 3600);
    }

    #[test]
    fn a_file_that_is_cut_is_none() {
        let bytes = file();
        for length in 0..bytes.len() {
            assert!(ZoneFile::parse(&bytes[..length]).is_none(), "{length}");
        }
        let mut wrong = bytes;
        wrong[52] = 9;
        assert!(ZoneFile::parse(&wrong).is_none());
    }
}
