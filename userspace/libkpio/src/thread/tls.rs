//! Static thread-local storage: where the image of it is, and how a thread's copy is laid out.
//!
//! x86-64 uses "variant II": variables lie below the thread pointer. Source: Drepper, "ELF Handling
//! For Thread-Local Storage"; the offset is what ld.lld computes for R_X86_64_TPOFF32.

use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// The TLS image of the program (its PT_TLS segment).
#[derive(Clone, Copy)]
pub struct TlsTemplate {
    /// The initialised part in memory.
    pub image: *const u8,
    /// Length of the initialised part.
    pub file_bytes: usize,
    /// Length of all variables; the rest after the image is zero.
    pub memory_bytes: usize,
    /// `p_align`, at least 1; at most the page size (the kernel's loader refuses more).
    pub align: usize,
    /// `p_vaddr`: variables keep its remainder modulo `align`.
    pub virtual_address: usize,
}

// Written once, by the thread that starts the program, before there is another.
static IMAGE: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static FILE_BYTES: AtomicUsize = AtomicUsize::new(0);
static MEMORY_BYTES: AtomicUsize = AtomicUsize::new(0);
static ALIGN: AtomicUsize = AtomicUsize::new(1);
static VIRTUAL_ADDRESS: AtomicUsize = AtomicUsize::new(0);

/// Records the program's TLS image. To be called before the first other thread starts.
pub fn set_template(template: &TlsTemplate) {
    IMAGE.store(template.image.cast_mut(), Ordering::Relaxed);
    FILE_BYTES.store(template.file_bytes, Ordering::Relaxed);
    MEMORY_BYTES.store(template.memory_bytes, Ordering::Relaxed);
    ALIGN.store(template.align.max(1), Ordering::Relaxed);
    VIRTUAL_ADDRESS.store(template.virtual_address, Ordering::Relaxed);
}

/// The program's TLS image; an empty one for a program without thread-local variables.
pub fn template() -> TlsTemplate {
    TlsTemplate {
        image: IMAGE.load(Ordering::Relaxed),
        file_bytes: FILE_BYTES.load(Ordering::Relaxed),
        memory_bytes: MEMORY_BYTES.load(Ordering::Relaxed),
        align: ALIGN.load(Ordering::Relaxed),
        virtual_address: VIRTUAL_ADDRESS.load(Ordering::Relaxed),
    }
}

/// Offsets within the memory of one thread, whose start is page-aligned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockLayout {
    /// Where the variables start.
    pub variables_offset: usize,
    /// Where the control block starts; the thread pointer points there.
    pub control_offset: usize,
    /// Length of the whole.
    pub total_bytes: usize,
}

/// Alignment of the control block: a cache line.
const CONTROL_ALIGN: usize = 64;

impl BlockLayout {
    /// Lays out a thread's memory with a control block of `control_bytes`.
    pub const fn new(template: &TlsTemplate, control_bytes: usize) -> Self {
        let align_mask = template.align - 1;
        let end = template.virtual_address.wrapping_add(template.memory_bytes);
        let below_pointer = template.memory_bytes + (end.wrapping_neg() & align_mask);
        let align = if template.align > CONTROL_ALIGN {
            template.align
        } else {
            CONTROL_ALIGN
        };
        let control_offset = below_pointer.next_multiple_of(align);
        Self {
            variables_offset: control_offset - below_pointer,
            control_offset,
            total_bytes: control_offset + control_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(memory_bytes: usize, align: usize, virtual_address: usize) -> TlsTemplate {
        TlsTemplate {
            image: ptr::null(),
            file_bytes: 0,
            memory_bytes,
            align,
            virtual_address,
        }
    }

    #[test]
    fn without_variables_the_block_starts_the_memory() {
        let layout = BlockLayout::new(&template(0, 1, 0), 80);
        assert_eq!(
            layout,
            BlockLayout {
                variables_offset: 0,
                control_offset: 0,
                total_bytes: 80
            }
        );
    }

    /// What R_X86_64_TPOFF32 of ld.lld means: start = tp - memsz - ((-vaddr - memsz) & (align -
    /// 1)).
    #[test]
    fn variables_end_where_the_linker_expects_them() {
        for align in [1, 2, 8, 16, 64, 256, 4096] {
            for memory_bytes in [1, 7, 8, 63, 64, 65, 4095, 5000] {
                for virtual_address in [0x1000, 0x1008, 0x40_1237, 0x2_3FF0] {
                    let layout =
                        BlockLayout::new(&template(memory_bytes, align, virtual_address), 80);
                    let below = layout.control_offset - layout.variables_offset;
                    let gap = 0_usize
                        .wrapping_sub(virtual_address)
                        .wrapping_sub(memory_bytes)
                        & (align - 1);
                    assert_eq!(below, memory_bytes + gap);
                    assert_eq!(layout.control_offset % align, 0);
                    assert_eq!(layout.control_offset % 64, 0);
                    assert_eq!(layout.variables_offset % align, virtual_address % align);
                }
            }
        }
    }
}
