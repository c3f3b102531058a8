//! The layout and the limits of `kpio_abi::memory` in the width of an ELF64 field.

use kpio_abi::memory;

macro_rules! as_field_width {
    ($($name:ident)*) => {
        $(pub(super) const $name: u64 = memory::$name as u64;)*
    };
}

as_field_width! {
    PAGE_SIZE USER_MIN USER_TEXT_BASE USER_MMAP_TOP
    ELF_MAX_PROGRAM_HEADERS ELF_MAX_IMAGE_BYTES ELF_MAX_SEGMENT_ALIGN ELF_MAX_TLS_ALIGN
    ELF_MAX_DYNAMIC_ENTRIES ELF_MAX_RELOCATIONS
    START_MAX_BYTES START_MAX_STRING_BYTES
}
