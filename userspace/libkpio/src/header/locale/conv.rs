//! `locale.h`: how numbers and money are written, the same in every locale there is.

use core::ffi::{CStr, c_char};

/// What `localeconv` returns. Source: musl, `struct lconv`.
#[repr(C)]
pub struct Conventions {
    texts: [*const c_char; 10],
    numbers: [c_char; 14],
}

// SAFETY: it is never changed.
unsafe impl Sync for Conventions {}

const NOTHING: *const c_char = c"".as_ptr();
const POINT: &CStr = c".";
/// Not available in this locale. Source: POSIX, `localeconv`.
const CHAR_MAX: c_char = c_char::MAX;

static CONVENTIONS: Conventions = Conventions {
    texts: [
        POINT.as_ptr(),
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
        NOTHING,
    ],
    numbers: [CHAR_MAX; 14],
};

/// `struct lconv *localeconv(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn localeconv() -> *mut Conventions {
    (&raw const CONVENTIONS).cast_mut()
}
