//! What KPIO has beyond a C library, for programs with std. On another system each function is there and
//! says that it is not supported.

use std::io;

/// Tells whoever watches the machine from outside something, as an event. Standard output must be the
/// console.
///
/// # Errors
/// What the kernel's REPORT says; [`io::ErrorKind::InvalidInput`] for a text with a NUL.
#[cfg(target_vendor = "kpio")]
pub fn report(text: &str) -> io::Result<()> {
    use std::ffi::{CString, c_char, c_int};

    unsafe extern "C" {
        fn kpio_report(text: *const c_char) -> c_int;
    }
    let text = CString::new(text)?;
    // SAFETY: the function reads the string only.
    if unsafe { kpio_report(text.as_ptr()) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Nobody listens here.
///
/// # Errors
/// [`io::ErrorKind::Unsupported`].
#[cfg(not(target_vendor = "kpio"))]
pub fn report(_text: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
