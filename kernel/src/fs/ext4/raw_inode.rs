//! An inode's own bytes, for what `rsext4` does not give: nanoseconds, and a symbolic link's length
//! before it is believed. (The crate takes all 64 bits of that length for an amount of memory to
//! ask for, and panics when there is none.)
//!
//! Source: Linux "ext4 Data Structures and Algorithms", "The Super Block", "Block Group
//! Descriptors", "Index Nodes".

use super::super::block::{BlockDevice, BlockError, SECTOR_SIZE};
use kpio_abi::types::Timespec;

/// Bytes of the superblock.
pub const SUPERBLOCK_BYTES: usize = 1024;
/// Largest block, inode and group descriptor that ext4 has.
const MAX_BLOCK_BYTES: u64 = 65_536;
/// Bytes of an inode up to the last field read here.
const INODE_BYTES: usize = 0x90;
const NS_PER_S: u32 = 1_000_000_000;

/// Where inodes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InodeTable {
    block_bytes: u64,
    descriptors_start: u64,
    descriptor_bytes: u64,
    has_high_halves: bool,
    inodes_per_group: u32,
    inode_bytes: u64,
    nr_inodes: u32,
}

/// The fields of an inode that are read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawInode {
    /// Both halves of its length, whatever it is.
    pub size: u64,
    /// When its content was last read.
    pub accessed: Timespec,
    /// When its content was last changed.
    pub modified: Timespec,
    /// When it was last changed itself.
    pub changed: Timespec,
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

impl InodeTable {
    /// Read the places from a superblock; `None` if they are impossible.
    #[must_use]
    pub fn parse(superblock: &[u8; SUPERBLOCK_BYTES]) -> Option<Self> {
        const FEATURE_64BIT: u32 = 0x80;
        let block_bytes = 1024_u64.checked_shl(u32_at(superblock, 0x18)?)?;
        let has_64bit = u32_at(superblock, 0x60)? & FEATURE_64BIT != 0;
        let descriptor_bytes = if has_64bit {
            u64::from(u16_at(superblock, 0xFE)?)
        } else {
            32
        };
        let is_old = u32_at(superblock, 0x4C)? == 0;
        let inode_bytes = if is_old {
            128
        } else {
            u64::from(u16_at(superblock, 0x58)?)
        };
        let table = Self {
            block_bytes,
            descriptors_start: (u64::from(u32_at(superblock, 0x14)?) + 1) * block_bytes,
            descriptor_bytes,
            has_high_halves: has_64bit && descriptor_bytes >= 64,
            inodes_per_group: u32_at(superblock, 0x28)?,
            inode_bytes,
            nr_inodes: u32_at(superblock, 0)?,
        };
        let is_sane = (1024..=MAX_BLOCK_BYTES).contains(&block_bytes)
            && (32..=MAX_BLOCK_BYTES).contains(&descriptor_bytes)
            && (128..=MAX_BLOCK_BYTES).contains(&inode_bytes)
            && table.inodes_per_group != 0;
        is_sane.then_some(table)
    }

    /// Read inode `number`.
    ///
    /// # Errors
    /// [`BlockError::OutOfRange`] for a number or a place that cannot be; those of the device.
    pub fn read(&self, device: &mut impl BlockDevice, number: u32) -> Result<RawInode, BlockError> {
        let impossible = BlockError::OutOfRange {
            first: u64::from(number),
            count: 1,
            capacity: u64::from(self.nr_inodes),
        };
        let index = number
            .checked_sub(1)
            .filter(|_| number <= self.nr_inodes)
            .ok_or(impossible)?;
        let group = u64::from(index / self.inodes_per_group);
        let within = u64::from(index % self.inodes_per_group);
        let mut descriptor = [0; 0x30];
        let place = self.descriptors_start + group * self.descriptor_bytes;
        let len = if self.has_high_halves { 0x30 } else { 0x10 };
        read_bytes(device, place, &mut descriptor[..len])?;
        let low = u32_at(&descriptor, 0x08).ok_or(impossible)?;
        let high = u32_at(&descriptor, 0x28).ok_or(impossible)?;
        let first_block = u64::from(high) << 32 | u64::from(low);
        let place = first_block
            .checked_mul(self.block_bytes)
            .and_then(|start| start.checked_add(within * self.inode_bytes))
            .ok_or(impossible)?;
        let mut inode = [0; INODE_BYTES];
        let len = INODE_BYTES.min(usize::try_from(self.inode_bytes).unwrap_or(INODE_BYTES));
        read_bytes(device, place, &mut inode[..len])?;
        parse_inode(&inode).ok_or(impossible)
    }
}

fn parse_inode(inode: &[u8; INODE_BYTES]) -> Option<RawInode> {
    let extra_bytes = usize::from(u16_at(inode, 0x80)?);
    let time = |seconds_place: usize, extra_place: usize| {
        let seconds = u32_at(inode, seconds_place)?;
        // The extra words are there if the inode's own length beyond 128 bytes reaches over them.
        let has_extra = 0x80 + extra_bytes >= extra_place + 4;
        let extra = if has_extra {
            u32_at(inode, extra_place)?
        } else {
            0
        };
        let epoch = i64::from(extra & 3) << 32;
        Some(Timespec {
            tv_sec: i64::from(seconds.cast_signed()) + epoch,
            tv_nsec: i64::from((extra >> 2).min(NS_PER_S - 1)),
        })
    };
    Some(RawInode {
        size: u64::from(u32_at(inode, 0x6C)?) << 32 | u64::from(u32_at(inode, 0x04)?),
        accessed: time(0x08, 0x8C)?,
        modified: time(0x10, 0x88)?,
        changed: time(0x0C, 0x84)?,
    })
}

/// Read bytes from anywhere on the device.
fn read_bytes(
    device: &mut impl BlockDevice,
    place: u64,
    bytes: &mut [u8],
) -> Result<(), BlockError> {
    let sector_bytes = SECTOR_SIZE as u64;
    let mut sector = [0; SECTOR_SIZE];
    let mut place = place;
    let mut rest = bytes;
    while !rest.is_empty() {
        device.read(place / sector_bytes, &mut sector)?;
        let within = usize::try_from(place % sector_bytes).unwrap_or(0);
        let len = rest.len().min(SECTOR_SIZE - within);
        let (now, later) = rest.split_at_mut(len);
        now.copy_from_slice(&sector[within..within + len]);
        place += len as u64;
        rest = later;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::block::memory_disk::MemoryDisk;
    use super::*;
    use std::vec;

    fn superblock(fields: &[(usize, u32)]) -> [u8; SUPERBLOCK_BYTES] {
        let mut bytes = [0; SUPERBLOCK_BYTES];
        for &(place, value) in fields {
            bytes[place..place + 4].copy_from_slice(&value.to_le_bytes());
        }
        bytes
    }

    /// 1 KiB blocks, 32-byte descriptors, 16 inodes a group, 256-byte inodes, 40 inodes.
    const FIELDS: [(usize, u32); 6] = [
        (0, 40),
        (0x14, 1),
        (0x18, 0),
        (0x28, 16),
        (0x4C, 1),
        (0x58, 256),
    ];

    fn disk_with(inode: u32, at_block: u64, fields: &[(usize, u32)]) -> MemoryDisk {
        let mut disk = MemoryDisk::new(vec![0; 64 * 1024]);
        let index = usize::try_from(inode - 1).expect("small");
        let descriptor = 2048 + index / 16 * 32;
        disk.bytes[descriptor + 8..descriptor + 16].copy_from_slice(&at_block.to_le_bytes());
        let start = usize::try_from(at_block).expect("small") * 1024 + index % 16 * 256;
        for &(place, value) in fields {
            disk.bytes[start + place..start + place + 4].copy_from_slice(&value.to_le_bytes());
        }
        disk
    }

    #[test]
    fn an_inode_is_found_in_its_group() {
        let table = InodeTable::parse(&superblock(&FIELDS)).expect("sane");
        let fields = [
            (0x04, 7),
            (0x6C, 1),
            (0x80, 32),
            (0x08, 100),
            (0x10, u32::MAX),
            (0x88, 999_999_999 << 2 | 1),
        ];
        let inode = table
            .read(&mut disk_with(35, 20, &fields), 35)
            .expect("there");
        assert_eq!(inode.size, 1 << 32 | 7);
        assert_eq!(
            inode.accessed,
            Timespec {
                tv_sec: 100,
                tv_nsec: 0
            }
        );
        let modified = Timespec {
            tv_sec: (1 << 32) - 1,
            tv_nsec: 999_999_999,
        };
        assert_eq!(inode.modified, modified);
    }

    #[test]
    fn extra_words_count_only_where_the_inode_has_them() {
        let table = InodeTable::parse(&superblock(&FIELDS)).expect("sane");
        let fields = [(0x80, 8), (0x84, 5 << 2), (0x88, 5 << 2)];
        let inode = table
            .read(&mut disk_with(1, 20, &fields), 1)
            .expect("there");
        assert_eq!((inode.changed.tv_nsec, inode.modified.tv_nsec), (5, 0));
    }

    #[test]
    fn numbers_and_places_that_cannot_be_are_errors() {
        let table = InodeTable::parse(&superblock(&FIELDS)).expect("sane");
        let mut disk = disk_with(1, 20, &[]);
        for number in [0, 41, u32::MAX] {
            assert!(table.read(&mut disk, number).is_err(), "{number}");
        }
        disk.bytes[2048 + 8..2048 + 12].fill(0xFF);
        assert!(table.read(&mut disk, 1).is_err());
    }

    #[test]
    fn superblocks_that_cannot_be_are_refused() {
        for (place, value) in [(0x18, 7), (0x18, 64), (0x28, 0), (0x58, 0), (0x58, 127)] {
            let mut fields = FIELDS.to_vec();
            fields.push((place, value));
            assert_eq!(
                InodeTable::parse(&superblock(&fields)),
                None,
                "{place:#x} = {value}"
            );
        }
        let mut fields = FIELDS.to_vec();
        fields.extend([(0x60, 0x80), (0xFC, 16 << 16)]);
        assert_eq!(InodeTable::parse(&superblock(&fields)), None);
    }
}
