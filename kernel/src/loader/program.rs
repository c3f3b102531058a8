//! What a checked file becomes: segments, their final bytes, and the facts that libc asks for.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use bitflags::bitflags;

use super::limits::PAGE_SIZE;

bitflags! {
    /// What user code may do with a page. Never both `WRITE` and `EXECUTE`; empty means no access
    /// at all.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Permissions: u8 {
        /// Loads. A page that is writable or executable is readable too on x86-64, whatever this
        /// says.
        const READ = 1;
        /// Stores.
        const WRITE = 2;
        /// Instruction fetches.
        const EXECUTE = 4;
    }
}

/// One PT_LOAD: `memory_len` bytes at `address`, of which the first `file_len` come from the file.
///
/// Addresses are final ones (the bias is added) and lie within `USER_MIN..USER_MMAP_TOP`, rounded
/// to whole pages too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where the first byte goes; not page aligned in general.
    pub address: u64,
    /// Bytes in memory, never 0. What the file does not give is zero.
    pub memory_len: u64,
    /// Where the bytes begin in the file.
    pub file_offset: usize,
    /// How many bytes the file gives; at most `memory_len`.
    pub file_len: usize,
    /// What the pages may be used for.
    pub permissions: Permissions,
}

impl Segment {
    /// The bytes of memory that the segment names.
    pub fn range(&self) -> Range<u64> {
        self.address..self.address.saturating_add(self.memory_len)
    }

    /// The whole pages that hold them.
    pub fn pages(&self) -> Range<u64> {
        let Range { start, end } = self.range();
        align_down(start)..align_up(end)
    }

    /// The pages of memory that the file gives bytes of, and the page of the file that is the first of
    /// them. Both places have the same distance from a page's start.
    pub fn file_pages(&self) -> (Range<u64>, u64) {
        let start = align_down(self.address);
        let file_len = u64::try_from(self.file_len).unwrap_or(u64::MAX);
        let end = if file_len == 0 {
            start
        } else {
            align_up(self.address.saturating_add(file_len))
        };
        let offset = u64::try_from(self.file_offset).unwrap_or(u64::MAX);
        (start..end, offset / PAGE_SIZE)
    }

    /// The first byte that the file does not give, if memory goes on there.
    pub fn zeros_from(&self) -> Option<u64> {
        let file_len = u64::try_from(self.file_len).unwrap_or(u64::MAX);
        (file_len < self.memory_len).then(|| self.address.saturating_add(file_len))
    }

    /// Whether all of `len` bytes at `address` are bytes of this segment.
    pub(super) fn holds(&self, address: u64, len: u64) -> bool {
        let range = self.range();
        address >= range.start && address.checked_add(len).is_some_and(|end| end <= range.end)
    }

    /// Where in the file the `len` bytes at `address` come from; `None` unless all of them do.
    pub(super) fn file_range(&self, address: u64, len: u64) -> Option<Range<usize>> {
        let from = usize::try_from(address.checked_sub(self.address)?).ok()?;
        let to = from.checked_add(usize::try_from(len).ok()?)?;
        if to > self.file_len {
            return None;
        }
        Some(self.file_offset.checked_add(from)?..self.file_offset.checked_add(to)?)
    }
}

/// A run of pages with one set of permissions, as the kernel maps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// First address, page aligned.
    pub start: u64,
    /// Length in bytes, a multiple of the page size, never 0.
    pub len: u64,
    /// Final permissions: RELRO has lost `WRITE` already.
    pub permissions: Permissions,
}

impl Mapping {
    /// The first address after it.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.len)
    }

    /// The address of each page.
    pub fn pages(&self) -> impl Iterator<Item = u64> + use<> {
        let start = self.start;
        (0..self.len / PAGE_SIZE)
            .map(move |page| start.saturating_add(page.saturating_mul(PAGE_SIZE)))
    }
}

/// The initial image of each thread's thread-local block (PT_TLS). libc copies it; the kernel only
/// needs `offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsTemplate {
    /// Where the initialised part lies in memory.
    pub address: u64,
    /// Bytes of the initialised part.
    pub file_len: u64,
    /// Bytes of the block; what is not initialised is zero.
    pub memory_len: u64,
    /// Alignment of the block, a power of two.
    pub align: u64,
    /// How far below the thread pointer the block begins (psABI "Thread-Local Storage", variant
    /// II).
    pub offset: u64,
}

/// A word that relocation puts into memory. Need not be aligned, nor within one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patch {
    /// Where its 8 bytes go.
    pub address: u64,
    /// What they hold, little-endian.
    pub value: u64,
}

impl Patch {
    /// Bytes of a patch: every relocation type that is supported writes a word of 64 bits.
    pub const LEN: u64 = 8;
}

/// A program ready to be mapped. It borrows the file, which must stay in memory until the pages are
/// filled.
#[derive(Clone)]
pub struct LoadedProgram<'a> {
    pub(super) binary: &'a [u8],
    pub(super) bias: u64,
    pub(super) entry: u64,
    pub(super) segments: Vec<Segment>,
    pub(super) tls: Option<TlsTemplate>,
    pub(super) relro: Option<Range<u64>>,
    pub(super) phdr_address: Option<u64>,
    pub(super) phdr_count: u16,
    pub(super) requested_stack_len: u64,
    /// Where in the file the dynamic table lies.
    pub(super) dynamic: Option<Range<usize>>,
    /// Sorted by address, disjoint.
    pub(super) patches: Vec<Patch>,
}

/// What a log wants to know; not the bytes of the file.
impl fmt::Debug for LoadedProgram<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoadedProgram")
            .field("bias", &self.bias)
            .field("entry", &self.entry)
            .field("segments", &self.segments)
            .field("tls", &self.tls)
            .field("relro", &self.relro)
            .field("patches", &self.patches.len())
            .finish_non_exhaustive()
    }
}

impl LoadedProgram<'_> {
    /// The address of the first instruction (AT_ENTRY).
    pub fn entry(&self) -> u64 {
        self.entry
    }

    /// What was added to every address of the file: 0 for ET_EXEC.
    pub fn bias(&self) -> u64 {
        self.bias
    }

    /// The segments that occupy memory, by ascending address; no two share a page.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The thread-local template, if there is one.
    pub fn tls(&self) -> Option<TlsTemplate> {
        self.tls.clone()
    }

    /// The whole pages that become read-only after relocation: both ends rounded down, as musl and
    /// glibc do.
    pub fn relro(&self) -> Option<Range<u64>> {
        self.relro.clone()
    }

    /// Where the program headers lie in memory (AT_PHDR), if a segment loads them.
    pub fn phdr_address(&self) -> Option<u64> {
        self.phdr_address
    }

    /// How many program headers there are (AT_PHNUM).
    pub fn phdr_count(&self) -> u16 {
        self.phdr_count
    }

    /// The size of one (AT_PHENT).
    pub fn phdr_entry_len(&self) -> u16 {
        super::file_header::PROGRAM_HEADER_LEN
    }

    /// The stack size that PT_GNU_STACK asks for; 0 when it does not say.
    pub fn requested_stack_len(&self) -> u64 {
        self.requested_stack_len
    }

    /// What relocation writes, by ascending address, disjoint. [`Self::fill`] has them in already.
    pub fn patches(&self) -> &[Patch] {
        &self.patches
    }

    /// The first page-aligned address above the image.
    pub fn end(&self) -> u64 {
        self.segments
            .last()
            .map_or(0, |segment| segment.pages().end)
    }

    /// How many pages the mappings have together.
    pub fn image_pages(&self) -> u64 {
        self.mappings().fold(0, |sum, mapping| {
            sum.saturating_add(mapping.len / PAGE_SIZE)
        })
    }

    /// What the kernel maps: whole pages with their final permissions, ascending, disjoint.
    ///
    /// A segment with RELRO pages comes as up to three mappings.
    pub fn mappings(&self) -> impl Iterator<Item = Mapping> + '_ {
        self.segments.iter().flat_map(|segment| {
            let pages = segment.pages();
            let relro = match &self.relro {
                Some(relro) if pages.contains(&relro.start) => relro.clone(),
                _ => pages.start..pages.start,
            };
            let sealed = segment.permissions.difference(Permissions::WRITE);
            [
                (pages.start..relro.start, segment.permissions),
                (relro.start..relro.end, sealed),
                (relro.end..pages.end, segment.permissions),
            ]
            .into_iter()
            .filter(|(range, _)| !range.is_empty())
            .map(|(range, permissions)| Mapping {
                start: range.start,
                len: range.end.saturating_sub(range.start),
                permissions,
            })
        })
    }

    /// Writes what memory from `address` on holds when the program starts: file bytes, zeros,
    /// relocated words.
    ///
    /// Addresses that no segment names read as zero. Called once for each page of a mapping.
    pub fn fill(&self, address: u64, bytes: &mut [u8]) {
        self.fill_unrelocated(address, bytes);
        self.relocate_bytes(address, bytes);
    }

    /// The program without its file, to be kept: [`Self::fill`] gives zeros where the file gave bytes.
    pub fn without_file(self) -> LoadedProgram<'static> {
        LoadedProgram {
            binary: &[],
            ..self
        }
    }

    /// The segment that the mapping at `address` is of.
    pub fn segment_at(&self, address: u64) -> Option<&Segment> {
        let is_home = |segment: &&Segment| segment.pages().contains(&address);
        self.segments.iter().find(is_home)
    }

    /// The first page of `pages` that a relocation writes to, at or behind `from`.
    pub fn next_patched_page(&self, pages: &Range<u64>, from: u64) -> Option<u64> {
        let from = from.max(pages.start);
        let patch = self.patches.get(self.first_patch(from))?;
        let page = align_down(patch.address).max(from);
        (page < pages.end).then_some(page)
    }

    /// Put what relocation writes into `bytes`, which are those at `address`.
    pub fn relocate_bytes(&self, address: u64, bytes: &mut [u8]) {
        for patch in self.patches.iter().skip(self.first_patch(address)) {
            if !copy_overlap(patch.address, &patch.value.to_le_bytes(), address, bytes) {
                break;
            }
        }
    }

    /// The first patch that ends after `address`.
    fn first_patch(&self, address: u64) -> usize {
        self.patches
            .partition_point(|patch| patch.address.saturating_add(Patch::LEN) <= address)
    }

    /// What [`Self::fill`] writes, without relocations.
    pub(super) fn fill_unrelocated(&self, address: u64, bytes: &mut [u8]) {
        bytes.fill(0);
        let first = self
            .segments
            .partition_point(|segment| segment.range().end <= address);
        for segment in self.segments.iter().skip(first) {
            let file = segment.file_offset..segment.file_offset.saturating_add(segment.file_len);
            let source = self.binary.get(file).unwrap_or_default();
            if !copy_overlap(segment.address, source, address, bytes) {
                break;
            }
        }
    }

    /// Where in the file the `len` bytes at `address` come from; `None` unless one segment gives
    /// all of them.
    pub(super) fn file_range(&self, address: u64, len: u64) -> Option<Range<usize>> {
        self.segments
            .iter()
            .find_map(|segment| segment.file_range(address, len))
    }
}

/// Copies to `target`, the memory from `target_address` on, what `source` at `source_address` has
/// in common with it.
///
/// Returns false if the source begins after the target ends, so that a walk in ascending order can
/// stop.
fn copy_overlap(
    source_address: u64,
    source: &[u8],
    target_address: u64,
    target: &mut [u8],
) -> bool {
    // One of the two distances is 0; a distance that no slice has yields an empty tail.
    let skip_source =
        usize::try_from(target_address.saturating_sub(source_address)).unwrap_or(usize::MAX);
    let skip_target =
        usize::try_from(source_address.saturating_sub(target_address)).unwrap_or(usize::MAX);
    let source = source.get(skip_source..).unwrap_or_default();
    let Some(target) = target.get_mut(skip_target..) else {
        return false;
    };
    let common = source.len().min(target.len());
    if let (Some(to), Some(from)) = (target.get_mut(..common), source.get(..common)) {
        to.copy_from_slice(from);
    }
    true
}

/// `address` rounded down to a page.
pub(super) fn align_down(address: u64) -> u64 {
    address & !(PAGE_SIZE.wrapping_sub(1))
}

/// `address` rounded up to a page. The loader has refused addresses for which that would overflow.
fn align_up(address: u64) -> u64 {
    align_down(address.saturating_add(PAGE_SIZE.wrapping_sub(1)))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use elf::abi;

    use super::super::test_file::{CODE, R, TestFile, W, header, load, start};
    use super::*;

    const BASE: u64 = super::super::limits::USER_TEXT_BASE;

    #[test]
    fn page_has_file_bytes_then_zeros() {
        let mut file = TestFile::exec();
        file.headers[1].p_vaddr = CODE + 0x20;
        file.headers[1].p_offset = 0x1020;
        file.entry = CODE + 0x20;
        file.contents = vec![
            (0x1010, vec![0x11; 0x10]),
            (0x1020, vec![0x22; 16]),
            (0x1030, vec![0x33]),
        ];
        let bytes = file.bytes();
        let program = start(&bytes).expect("a correct file");
        let mut page = [0xAA; 4096];
        program.fill(CODE, &mut page);
        // Not what the file has before and after the segment.
        assert_eq!(page[..0x20], [0; 0x20]);
        assert_eq!(page[0x20..0x30], [0x22; 16]);
        assert!(page[0x30..].iter().all(|&byte| byte == 0));
    }

    #[test]
    fn fill_takes_any_address_and_length() {
        let bytes = TestFile::pie().bytes();
        let program = start(&bytes).expect("a correct file");
        for address in [
            0,
            1,
            BASE - 1,
            BASE + 0x1FFF,
            BASE + 0x37FF,
            1 << 63,
            u64::MAX,
        ] {
            let mut buffer = vec![0xAA; 0x3001];
            program.fill(address, &mut buffer);
            program.fill(address, &mut []);
        }
        let mut buffer = [0xAA; 4];
        program.fill(BASE + 0x1FFE, &mut buffer);
        assert_eq!(buffer, [0, 0, 0xDA, 0xDA]);
    }

    #[test]
    fn mappings_split_off_relro() {
        let relro = |address, len| header(abi::PT_GNU_RELRO, R, address, address, 0, len, 1);
        let write = Permissions::READ | Permissions::WRITE;
        let read = Permissions::READ;
        let map = |start, len, permissions| Mapping {
            start: BASE + start,
            len,
            permissions,
        };
        for (from, len, expected) in [
            (
                0x4000,
                0x1000,
                vec![map(0x4000, 0x1000, read), map(0x5000, 0x2000, write)],
            ),
            (
                0x5000,
                0x1000,
                vec![
                    map(0x4000, 0x1000, write),
                    map(0x5000, 0x1000, read),
                    map(0x6000, 0x1000, write),
                ],
            ),
            (0x4000, 0x3000, vec![map(0x4000, 0x3000, read)]),
            (0x4000, 0, vec![map(0x4000, 0x3000, write)]),
        ] {
            let file = TestFile::pie()
                .with(load(R | W, 0x2000, 0x4000, 0x10, 0x2800))
                .with(relro(from, len));
            let bytes = file.bytes();
            let program = start(&bytes).expect("a correct file");
            let mappings: Vec<Mapping> = program.mappings().collect();
            assert_eq!(mappings[3..], expected, "{from:#x} {len:#x}");
            assert_eq!(
                mappings
                    .iter()
                    .map(|mapping| mapping.pages().count())
                    .sum::<usize>(),
                7
            );
            assert_eq!(program.image_pages(), 7);
        }
    }

    #[test]
    fn mapping_lists_its_pages() {
        let mapping = Mapping {
            start: 0x5000,
            len: 0x2000,
            permissions: Permissions::empty(),
        };
        assert_eq!(mapping.pages().collect::<Vec<_>>(), [0x5000, 0x6000]);
        assert_eq!(mapping.end(), 0x7000);
    }

    #[test]
    fn patch_across_two_pages_is_in_both() {
        let rela = [
            0x2FFD,
            u64::from(abi::R_X86_64_RELATIVE),
            0x1122_3344_0000_0000,
        ];
        let file = TestFile::dynamic(&[(abi::DT_RELA, 0x2100), (abi::DT_RELASZ, 24)])
            .with_words(0x2100, &rela);
        let bytes = file.bytes();
        let program = start(&bytes).expect("a correct file");
        let (mut first, mut second) = ([0; 4096], [0; 4096]);
        program.fill(BASE + 0x2000, &mut first);
        program.fill(BASE + 0x3000, &mut second);
        let value = (BASE + 0x1122_3344_0000_0000).to_le_bytes();
        assert_eq!(first[0xFFD..], value[..3]);
        assert_eq!(second[..5], value[3..]);
        assert_eq!(first[0xFFC], 0xDA);
        // The patch begins on one page and ends on the next; the third has nothing.
        let pages = BASE + 0x1000..BASE + 0x5000;
        let patched = |from| program.next_patched_page(&pages, BASE + from);
        assert_eq!(patched(0), Some(BASE + 0x2000));
        assert_eq!(patched(0x3000), Some(BASE + 0x3000));
        assert_eq!(patched(0x4000), None);
        assert_eq!(
            program.next_patched_page(&(BASE..BASE + 0x2000), BASE),
            None
        );
        assert_eq!(second[5], 0);
    }

    #[test]
    fn a_segment_says_which_pages_of_the_file_it_has() {
        let segment = |address, memory_len, file_offset, file_len| Segment {
            address,
            memory_len,
            file_offset,
            file_len,
            permissions: Permissions::READ,
        };
        let plain = segment(0x40_1010, 0x2000, 0x3010, 0x2000);
        assert_eq!(plain.file_pages(), (0x40_1000..0x40_4000, 3));
        assert_eq!(plain.zeros_from(), None);
        let zeros = segment(0x40_1010, 0x9000, 0x3010, 0x20);
        assert_eq!(zeros.file_pages(), (0x40_1000..0x40_2000, 3));
        assert_eq!(zeros.zeros_from(), Some(0x40_1030));
        let no_file = segment(0x40_1010, 0x10, 0x3010, 0);
        assert!(no_file.file_pages().0.is_empty());
        assert_eq!(no_file.zeros_from(), Some(0x40_1010));
    }
}
