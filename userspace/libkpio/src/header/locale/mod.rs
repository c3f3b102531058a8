//! `locale.h`

use core::sync::atomic::{AtomicBool, Ordering};

/// Whether the process's LC_CTYPE is UTF-8. Before `setlocale` it is "C", in which every byte is a
/// character.
static IS_UTF8: AtomicBool = AtomicBool::new(false);

/// Whether characters of several bytes are read and written.
#[must_use]
pub fn is_utf8() -> bool {
    IS_UTF8.load(Ordering::Relaxed)
}
