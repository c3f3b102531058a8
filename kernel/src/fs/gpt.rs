//! The partition table of a disk, read strictly.
//!
//! A table is used only if its checksums match and everything it says fits the disk and itself. The
//! backup at the end of the disk is used when the primary is damaged, and the caller is told so.
//! Source: UEFI Specification, "GUID Partition Table (GPT) Disk Layout".

use super::block::{BlockDevice, BlockError, SECTOR_SIZE};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use crc::{CRC_32_ISO_HDLC, Crc, Table};
use gpt_disk_types::{
    GptHeader, GptHeaderRevision, GptPartitionEntry, GptPartitionType, Guid, MasterBootRecord,
};

/// Type of the partition with the root file system.
pub const ROOT_PARTITION_TYPE: Guid = Guid::parse_or_panic(kpio_abi::boot::ROOT_PARTITION_TYPE);

/// Type of the partition that keeps what programs write.
pub const DATA_PARTITION_TYPE: Guid = Guid::parse_or_panic(kpio_abi::boot::DATA_PARTITION_TYPE);

const CRC32: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);
const HEADER_BYTES: usize = size_of::<GptHeader>();
const ENTRY_BYTES: usize = size_of::<GptPartitionEntry>();
/// Place of the checksum in a header.
const HEADER_CRC: core::ops::Range<usize> = 16..20;
/// Largest table read into memory: 1 MiB, 64 times the usual one.
const MAX_TABLE_BYTES: u64 = 1 << 20;
/// "GPT protective" in the type byte of an MBR record.
const MBR_TYPE_PROTECTIVE: u8 = 0xEE;

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionEntry {
    /// What it is for.
    pub kind: Guid,
    /// Which one it is.
    pub id: Guid,
    /// Its first sector.
    pub first: u64,
    /// Its length in sectors.
    pub count: u64,
    /// Its label.
    pub name: String,
}

/// Which of the two copies a table was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// At the beginning of the disk.
    Primary,
    /// At its end: the primary is damaged, in the way given.
    Backup(TableError),
}

/// A valid partition table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionTable {
    /// Where it was read.
    pub copy: Copy,
    /// Its partitions, in the table's order.
    pub entries: Vec<PartitionEntry>,
}

/// What is wrong with one copy of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// Its sectors cannot be read.
    Unreadable(BlockError),
    /// "EFI PART" is missing.
    NoSignature,
    /// A revision other than 1.0.
    UnknownRevision,
    /// A field of the header says something impossible.
    Header(&'static str),
    /// The header's checksum does not match.
    HeaderChecksum,
    /// The entries' checksum does not match.
    EntriesChecksum,
    /// Entry `index` says something impossible.
    Entry {
        /// Place in the table, from 0.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
}

/// Why there is no table, or no root in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GptError {
    /// The disk is too small to hold one.
    TooSmall {
        /// Its length in sectors.
        sectors: u64,
    },
    /// The first sector is not a protective MBR, so the disk belongs to another scheme.
    NoProtectiveMbr,
    /// Both copies are damaged.
    NoValidTable {
        /// What is wrong at the beginning of the disk.
        primary: TableError,
        /// What is wrong at its end.
        backup: TableError,
    },
    /// No partition has the type asked for.
    NoSuchPartition(Guid),
    /// More than one partition has the type asked for.
    AmbiguousPartition(Guid),
}

impl fmt::Display for TableError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(out, "unreadable: {error}"),
            Self::NoSignature => out.write_str("no signature"),
            Self::UnknownRevision => out.write_str("its revision is not 1.0"),
            Self::Header(reason) => write!(out, "header: {reason}"),
            Self::HeaderChecksum => out.write_str("the header's checksum does not match"),
            Self::EntriesChecksum => out.write_str("the entries' checksum does not match"),
            Self::Entry { index, reason } => write!(out, "entry {index}: {reason}"),
        }
    }
}

impl fmt::Display for GptError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall { sectors } => {
                write!(out, "a disk of {sectors} sectors holds no partition table")
            }
            Self::NoProtectiveMbr => out.write_str("the disk has no protective MBR"),
            Self::NoValidTable { primary, backup } => {
                write!(
                    out,
                    "no valid partition table (primary: {primary}; backup: {backup})"
                )
            }
            Self::NoSuchPartition(kind) => write!(out, "no partition has type {kind}"),
            Self::AmbiguousPartition(kind) => {
                write!(out, "more than one partition has type {kind}")
            }
        }
    }
}

impl core::error::Error for GptError {}

impl PartitionTable {
    /// Read the table of `disk`.
    ///
    /// # Errors
    /// Every [`GptError`] but those about a certain partition.
    pub fn read(disk: &mut impl BlockDevice) -> Result<Self, GptError> {
        let sectors = disk.sector_count();
        // MBR, two headers, and one sector each for entries.
        if sectors < 5 {
            return Err(GptError::TooSmall { sectors });
        }
        if !has_protective_mbr(disk) {
            return Err(GptError::NoProtectiveMbr);
        }
        match read_copy(disk, 1) {
            Ok(entries) => Ok(Self {
                copy: Copy::Primary,
                entries,
            }),
            Err(primary) => match read_copy(disk, sectors - 1) {
                Ok(entries) => Ok(Self {
                    copy: Copy::Backup(primary),
                    entries,
                }),
                Err(backup) => Err(GptError::NoValidTable { primary, backup }),
            },
        }
    }

    /// The one partition of type `kind`.
    ///
    /// # Errors
    /// [`GptError::NoSuchPartition`], [`GptError::AmbiguousPartition`].
    pub fn only(&self, kind: Guid) -> Result<&PartitionEntry, GptError> {
        let mut found = self.entries.iter().filter(|entry| entry.kind == kind);
        match (found.next(), found.next()) {
            (Some(entry), None) => Ok(entry),
            (None, _) => Err(GptError::NoSuchPartition(kind)),
            (Some(_), Some(_)) => Err(GptError::AmbiguousPartition(kind)),
        }
    }
}

fn has_protective_mbr(disk: &mut impl BlockDevice) -> bool {
    let mut sector = [0; SECTOR_SIZE];
    if disk.read(0, &mut sector).is_err() {
        return false;
    }
    let mbr: MasterBootRecord = bytemuck::pod_read_unaligned(&sector);
    mbr.signature == [0x55, 0xAA]
        && mbr
            .partitions
            .iter()
            .any(|record| record.os_indicator == MBR_TYPE_PROTECTIVE)
}

/// Read and check the header at `lba` and the entries that it points to.
fn read_copy(disk: &mut impl BlockDevice, lba: u64) -> Result<Vec<PartitionEntry>, TableError> {
    let header = read_header(disk, lba)?;
    let usable = Usable::check(&header, lba, disk.sector_count())?;
    let mut bytes = vec![0; usable.entries_sectors * SECTOR_SIZE];
    disk.read(usable.entries_first, &mut bytes)
        .map_err(TableError::Unreadable)?;
    bytes.truncate(usable.entries_bytes);
    if CRC32.checksum(&bytes) != header.partition_entry_array_crc32.0.to_u32() {
        return Err(TableError::EntriesChecksum);
    }
    let mut entries: Vec<PartitionEntry> = Vec::new();
    for (index, bytes) in bytes.chunks_exact(usable.entry_bytes).enumerate() {
        let raw: GptPartitionEntry = bytemuck::pod_read_unaligned(&bytes[..ENTRY_BYTES]);
        if raw.is_used() {
            let entry = usable.check_entry(&raw, &entries);
            entries.push(entry.map_err(|reason| TableError::Entry { index, reason })?);
        }
    }
    Ok(entries)
}

fn read_header(disk: &mut impl BlockDevice, lba: u64) -> Result<GptHeader, TableError> {
    let mut sector = [0; SECTOR_SIZE];
    disk.read(lba, &mut sector)
        .map_err(TableError::Unreadable)?;
    let header: GptHeader = bytemuck::pod_read_unaligned(&sector[..HEADER_BYTES]);
    if !header.is_signature_valid() {
        return Err(TableError::NoSignature);
    }
    let revision = header.revision;
    if revision != GptHeaderRevision::VERSION_1_0 {
        return Err(TableError::UnknownRevision);
    }
    let header_bytes = usize::try_from(header.header_size.to_u32()).unwrap_or(usize::MAX);
    if !(HEADER_BYTES..=SECTOR_SIZE).contains(&header_bytes) {
        return Err(TableError::Header(
            "its size is not between 92 and 512 bytes",
        ));
    }
    sector[HEADER_CRC].fill(0);
    if CRC32.checksum(&sector[..header_bytes]) != header.header_crc32.0.to_u32() {
        return Err(TableError::HeaderChecksum);
    }
    Ok(header)
}

/// What a checked header allows.
struct Usable {
    /// First and last sector that a partition may have.
    first: u64,
    last: u64,
    entries_first: u64,
    entries_sectors: usize,
    entries_bytes: usize,
    entry_bytes: usize,
}

impl Usable {
    fn check(header: &GptHeader, lba: u64, sectors: u64) -> Result<Self, TableError> {
        let layout = header
            .get_partition_entry_array_layout()
            .map_err(|_| TableError::Header("its entry size is not 128 times a power of two"))?;
        let (first, last) = (
            header.first_usable_lba.to_u64(),
            header.last_usable_lba.to_u64(),
        );
        let entry_bytes = layout.entry_size.to_u64();
        let entries_bytes = entry_bytes.saturating_mul(u64::from(layout.num_entries));
        if header.my_lba.to_u64() != lba {
            return Err(TableError::Header(
                "it belongs to another place of the disk",
            ));
        }
        if header.alternate_lba.to_u64() >= sectors {
            return Err(TableError::Header("the other copy lies beyond the disk"));
        }
        if entries_bytes == 0 || entries_bytes > MAX_TABLE_BYTES {
            return Err(TableError::Header(
                "its table has no entries, or more than 1 MiB of them",
            ));
        }
        if first > last || last >= sectors {
            return Err(TableError::Header("the usable sectors do not fit the disk"));
        }
        let entries_first = layout.start_lba.to_u64();
        let entries_sectors = entries_bytes.div_ceil(SECTOR_SIZE as u64);
        let entries_end = entries_first.saturating_add(entries_sectors);
        // Behind the MBR and the header, outside the usable sectors and the header's own.
        let is_outside = entries_end <= first || entries_first > last;
        let holds_header = (entries_first..entries_end).contains(&lba);
        if entries_first < 2 || entries_end > sectors || !is_outside || holds_header {
            return Err(TableError::Header("its entries overlap something else"));
        }
        if first < 2 || (first..=last).contains(&lba) {
            return Err(TableError::Header("the usable sectors contain a header"));
        }
        let to_usize = |value| {
            usize::try_from(value).map_err(|_| TableError::Header("its table is too large"))
        };
        Ok(Self {
            first,
            last,
            entries_first,
            entries_sectors: to_usize(entries_sectors)?,
            entries_bytes: to_usize(entries_bytes)?,
            entry_bytes: to_usize(entry_bytes)?,
        })
    }

    fn check_entry(
        &self,
        raw: &GptPartitionEntry,
        others: &[PartitionEntry],
    ) -> Result<PartitionEntry, &'static str> {
        let (first, last) = (raw.starting_lba.to_u64(), raw.ending_lba.to_u64());
        if first > last {
            return Err("it ends before it begins");
        }
        if first < self.first || last > self.last {
            return Err("it leaves the usable sectors");
        }
        let (GptPartitionType(kind), id) = (raw.partition_type_guid, raw.unique_partition_guid);
        if id == Guid::ZERO || others.iter().any(|other| other.id == id) {
            return Err("its identifier is zero or another partition's");
        }
        if others
            .iter()
            .any(|other| first < other.first + other.count && other.first <= last)
        {
            return Err("it overlaps another partition");
        }
        let name = raw.name;
        Ok(PartitionEntry {
            kind,
            id,
            first,
            count: last - first + 1,
            name: name.chars().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::memory_disk::MemoryDisk;
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    const NR_SECTORS: usize = 8192;
    const SCRIPT: &str = "label: gpt
label-id: 11111111-2222-3333-4444-555555555555
start=2048, size=1024, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, \
uuid=AAAAAAAA-0000-4000-8000-000000000001, name=\"esp\"
start=4096, size=2048, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, \
uuid=AAAAAAAA-0000-4000-8000-000000000002, name=\"wurzel-é\"
";

    /// A disk partitioned by util-linux, not by code of ours.
    fn disk_by_sfdisk(script: &str) -> MemoryDisk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("disk.img");
        std::fs::write(&path, vec![0; NR_SECTORS * SECTOR_SIZE]).expect("an image");
        let mut sfdisk = Command::new("/sbin/sfdisk")
            .args(["--quiet", "--no-reread", "--no-tell-kernel"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .expect("sfdisk (Debian package fdisk)");
        let mut stdin = sfdisk.stdin.take().expect("piped");
        stdin.write_all(script.as_bytes()).expect("sfdisk reads");
        drop(stdin);
        assert!(sfdisk.wait().expect("it ends").success());
        MemoryDisk::new(std::fs::read(&path).expect("an image"))
    }

    fn write_header(disk: &mut MemoryDisk, lba: usize, change: impl FnOnce(&mut GptHeader)) {
        let place = lba * SECTOR_SIZE..lba * SECTOR_SIZE + HEADER_BYTES;
        let mut header: GptHeader = bytemuck::pod_read_unaligned(&disk.bytes[place.clone()]);
        change(&mut header);
        header.update_header_crc32();
        disk.bytes[place].copy_from_slice(bytemuck::bytes_of(&header));
    }

    /// Change entry `index` of the primary copy and make all its checksums right again.
    fn write_entry(
        disk: &mut MemoryDisk,
        index: usize,
        change: impl FnOnce(&mut GptPartitionEntry),
    ) {
        let start = 2 * SECTOR_SIZE + index * ENTRY_BYTES;
        let place = start..start + ENTRY_BYTES;
        let mut entry: GptPartitionEntry = bytemuck::pod_read_unaligned(&disk.bytes[place.clone()]);
        change(&mut entry);
        disk.bytes[place].copy_from_slice(bytemuck::bytes_of(&entry));
        let table = &disk.bytes[2 * SECTOR_SIZE..34 * SECTOR_SIZE];
        let checksum = gpt_disk_types::U32Le::from_u32(CRC32.checksum(table));
        write_header(disk, 1, |header| {
            header.partition_entry_array_crc32.0 = checksum
        });
    }

    /// Damage the backup, so that what is wrong with the primary decides.
    fn without_backup(mut disk: MemoryDisk) -> MemoryDisk {
        let end = disk.bytes.len();
        disk.bytes[end - SECTOR_SIZE..].fill(0);
        disk
    }

    fn primary_error(disk: MemoryDisk) -> TableError {
        match PartitionTable::read(&mut without_backup(disk)) {
            Err(GptError::NoValidTable {
                primary,
                backup: TableError::NoSignature,
            }) => primary,
            other => panic!("expected a damaged primary, got {other:?}"),
        }
    }

    #[test]
    fn a_table_by_sfdisk_is_read() {
        let table = PartitionTable::read(&mut disk_by_sfdisk(SCRIPT)).expect("valid");
        assert_eq!(table.copy, Copy::Primary);
        assert_eq!(table.entries.len(), 2);
        let root = table.only(ROOT_PARTITION_TYPE).expect("one root");
        assert_eq!(
            (root.first, root.count, root.name.as_str()),
            (4096, 2048, "wurzel-é")
        );
    }

    #[test]
    fn the_backup_serves_when_the_primary_is_damaged() {
        let expected = PartitionTable::read(&mut disk_by_sfdisk(SCRIPT))
            .expect("valid")
            .entries;
        for (place, error) in [
            (SECTOR_SIZE, TableError::NoSignature),
            (SECTOR_SIZE + 60, TableError::HeaderChecksum),
            (2 * SECTOR_SIZE + 40, TableError::EntriesChecksum),
        ] {
            let mut disk = disk_by_sfdisk(SCRIPT);
            disk.bytes[place] ^= 1;
            let table = PartitionTable::read(&mut disk).expect("the backup is whole");
            assert_eq!(
                table,
                PartitionTable {
                    copy: Copy::Backup(error),
                    entries: expected.clone()
                }
            );
        }
    }

    #[test]
    fn an_unreadable_primary_is_not_the_end() {
        let mut disk = disk_by_sfdisk(SCRIPT);
        disk.bad_sector = Some(1);
        let table = PartitionTable::read(&mut disk).expect("the backup is readable");
        let error = TableError::Unreadable(BlockError::Device("bad sector"));
        assert_eq!(table.copy, Copy::Backup(error));
    }

    #[test]
    fn both_copies_damaged_is_an_error_that_names_both() {
        let mut disk = without_backup(disk_by_sfdisk(SCRIPT));
        disk.bytes[SECTOR_SIZE + 60] ^= 1;
        let error = PartitionTable::read(&mut disk).expect_err("nothing valid is left");
        assert_eq!(
            std::format!("{error}"),
            "no valid partition table (primary: the header's checksum does not match; \
             backup: no signature)"
        );
    }

    #[test]
    fn a_disk_without_protective_mbr_is_left_alone() {
        for place in [450, 510] {
            let mut disk = disk_by_sfdisk(SCRIPT);
            disk.bytes[place] = 0x83;
            assert_eq!(
                PartitionTable::read(&mut disk),
                Err(GptError::NoProtectiveMbr)
            );
        }
    }

    #[test]
    fn tiny_and_empty_disks_are_refused() {
        let error = PartitionTable::read(&mut MemoryDisk::new(vec![0; 4 * SECTOR_SIZE]));
        assert_eq!(error, Err(GptError::TooSmall { sectors: 4 }));
        let error = PartitionTable::read(&mut MemoryDisk::new(vec![0; 64 * SECTOR_SIZE]));
        assert_eq!(error, Err(GptError::NoProtectiveMbr));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        use gpt_disk_types::{LbaLe, U32Le};
        type Lie = fn(&mut GptHeader);
        let lies: [(Lie, &str); 14] = [
            (|h| h.header_size = U32Le::from_u32(91), "its size"),
            (|h| h.header_size = U32Le::from_u32(u32::MAX), "its size"),
            (|h| h.my_lba = LbaLe::from_u64(2), "it belongs to another"),
            (
                |h| h.alternate_lba = LbaLe::from_u64(NR_SECTORS as u64),
                "the other copy",
            ),
            (
                |h| h.size_of_partition_entry = U32Le::from_u32(96),
                "its entry size",
            ),
            (
                |h| h.size_of_partition_entry = U32Le::from_u32(1 << 31),
                "its table has no",
            ),
            (
                |h| h.number_of_partition_entries = U32Le::from_u32(0),
                "its table has no",
            ),
            (
                |h| h.number_of_partition_entries = U32Le::from_u32(u32::MAX),
                "its table has no",
            ),
            (
                |h| h.partition_entry_lba = LbaLe::from_u64(1),
                "its entries overlap",
            ),
            (
                |h| h.partition_entry_lba = LbaLe::from_u64(u64::MAX),
                "its entries overlap",
            ),
            (
                |h| h.partition_entry_lba = LbaLe::from_u64(2050),
                "its entries overlap",
            ),
            (
                |h| h.first_usable_lba = LbaLe::from_u64(8160),
                "the usable sectors do not fit",
            ),
            (
                |h| h.last_usable_lba = LbaLe::from_u64(u64::MAX),
                "the usable sectors do not fit",
            ),
            (
                |h| {
                    h.first_usable_lba = LbaLe::from_u64(0);
                    h.partition_entry_lba = LbaLe::from_u64(8160);
                    h.last_usable_lba = LbaLe::from_u64(8159);
                },
                "the usable sectors contain a header",
            ),
        ];
        for (number, (lie, reason)) in lies.into_iter().enumerate() {
            let mut disk = disk_by_sfdisk(SCRIPT);
            write_header(&mut disk, 1, lie);
            match primary_error(disk) {
                TableError::Header(text) if text.starts_with(reason) => {}
                other => panic!("lie {number}: {other:?} instead of {reason:?}"),
            }
        }
        let mut disk = disk_by_sfdisk(SCRIPT);
        write_header(&mut disk, 1, |h| {
            h.revision = GptHeaderRevision(U32Le::from_u32(0x2_0000))
        });
        assert_eq!(primary_error(disk), TableError::UnknownRevision);
    }

    #[test]
    fn entries_that_lie_are_refused() {
        use gpt_disk_types::LbaLe;
        type Lie = fn(&mut GptPartitionEntry);
        let lies: [(Lie, &str); 7] = [
            (
                |e| e.ending_lba = LbaLe::from_u64(4095),
                "it ends before it begins",
            ),
            (
                |e| e.starting_lba = LbaLe::from_u64(1),
                "it leaves the usable sectors",
            ),
            (
                |e| e.ending_lba = LbaLe::from_u64(8191),
                "it leaves the usable sectors",
            ),
            (
                |e| e.ending_lba = LbaLe::from_u64(u64::MAX),
                "it leaves the usable sectors",
            ),
            (
                |e| e.starting_lba = LbaLe::from_u64(3071),
                "it overlaps another partition",
            ),
            (
                |e| {
                    e.starting_lba = LbaLe::from_u64(2100);
                    e.ending_lba = LbaLe::from_u64(2100);
                },
                "it overlaps another partition",
            ),
            (
                |e| e.unique_partition_guid = Guid::ZERO,
                "its identifier is zero or another's",
            ),
        ];
        for (lie, expected) in lies {
            let mut disk = disk_by_sfdisk(SCRIPT);
            write_entry(&mut disk, 1, lie);
            match primary_error(disk) {
                TableError::Entry { index: 1, reason } => {
                    assert_eq!(reason[..20], expected[..20]);
                }
                other => panic!("{other:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn a_root_must_be_there_once() {
        let kind = ROOT_PARTITION_TYPE;
        let none = SCRIPT.replace("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "L");
        let table = PartitionTable::read(&mut disk_by_sfdisk(&none)).expect("valid");
        assert_eq!(table.only(kind), Err(GptError::NoSuchPartition(kind)));
        let two = SCRIPT.replace(
            "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
            "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
        );
        let table = PartitionTable::read(&mut disk_by_sfdisk(&two)).expect("valid");
        assert_eq!(table.only(kind), Err(GptError::AmbiguousPartition(kind)));
    }

    /// Any single damaged byte of the primary copy gives the same partitions or an error.
    #[test]
    fn no_damaged_byte_is_believed() {
        let mut disk = disk_by_sfdisk(SCRIPT);
        let expected = PartitionTable::read(&mut disk).expect("valid");
        let mut nr_backup = 0;
        for place in SECTOR_SIZE..6 * SECTOR_SIZE {
            disk.bytes[place] ^= 0x41;
            let table = PartitionTable::read(&mut disk).expect("the backup is whole");
            disk.bytes[place] ^= 0x41;
            assert_eq!(table.entries, expected.entries, "byte {place:#x}");
            nr_backup += usize::from(table.copy != Copy::Primary);
        }
        // All bytes are under a checksum but the rest of the header's sector.
        assert_eq!(nr_backup, HEADER_BYTES + 4 * SECTOR_SIZE);
    }
}
