//! `ctype.h`: classes of bytes, which are those of ASCII in every locale there is.

use core::ffi::{c_int, c_void};

/// The byte that C means: none for EOF and what else is no byte of ASCII.
fn ascii(value: c_int) -> Option<u8> {
    u8::try_from(value).ok().filter(u8::is_ascii)
}

macro_rules! classes {
    ($($name:ident $name_l:ident: $what:literal, $holds:expr;)*) => {$(
        #[doc = concat!("`int ", stringify!($name), "(int byte)`: ", $what)]
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub extern "C" fn $name(byte: c_int) -> c_int {
            let holds: fn(u8) -> bool = $holds;
            c_int::from(ascii(byte).is_some_and(holds))
        }

        #[doc = concat!("`int ", stringify!($name_l), "(int byte, locale_t locale)`")]
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub extern "C" fn $name_l(byte: c_int, _locale: *mut c_void) -> c_int {
            $name(byte)
        }
    )*};
}

classes! {
    isalnum isalnum_l: "a letter or a digit", |byte| byte.is_ascii_alphanumeric();
    isalpha isalpha_l: "a letter", |byte| byte.is_ascii_alphabetic();
    isblank isblank_l: "a space or a tab", |byte| matches!(byte, b' ' | b'\t');
    iscntrl iscntrl_l: "a control character", |byte| byte.is_ascii_control();
    isdigit isdigit_l: "a digit", |byte| byte.is_ascii_digit();
    isgraph isgraph_l: "something that is seen", |byte| byte.is_ascii_graphic();
    islower islower_l: "a small letter", |byte| byte.is_ascii_lowercase();
    isprint isprint_l: "something that takes room", |byte| !byte.is_ascii_control();
    ispunct ispunct_l: "punctuation", |byte| byte.is_ascii_punctuation();
    isspace isspace_l: "white space", crate::number::scan::is_space;
    isupper isupper_l: "a capital letter", |byte| byte.is_ascii_uppercase();
    isxdigit isxdigit_l: "a hexadecimal digit", |byte| byte.is_ascii_hexdigit();
}

/// `int isascii(int byte)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn isascii(byte: c_int) -> c_int {
    c_int::from(ascii(byte).is_some())
}

/// `int toascii(int byte)`: its low seven bits.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn toascii(byte: c_int) -> c_int {
    byte & 0x7F
}

/// `int tolower(int byte)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn tolower(byte: c_int) -> c_int {
    ascii(byte).map_or(byte, |byte| byte.to_ascii_lowercase().into())
}

/// `int tolower_l(int byte, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn tolower_l(byte: c_int, _locale: *mut c_void) -> c_int {
    tolower(byte)
}

/// `int toupper(int byte)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn toupper(byte: c_int) -> c_int {
    ascii(byte).map_or(byte, |byte| byte.to_ascii_uppercase().into())
}

/// `int toupper_l(int byte, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn toupper_l(byte: c_int, _locale: *mut c_void) -> c_int {
    toupper(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_the_host() {
        type Class = (
            extern "C" fn(c_int) -> c_int,
            unsafe extern "C" fn(c_int) -> c_int,
        );
        let all: [Class; 12] = [
            (isalnum, libc::isalnum),
            (isalpha, libc::isalpha),
            (isblank, libc::isblank),
            (iscntrl, libc::iscntrl),
            (isdigit, libc::isdigit),
            (isgraph, libc::isgraph),
            (islower, libc::islower),
            (isprint, libc::isprint),
            (ispunct, libc::ispunct),
            (isspace, libc::isspace),
            (isupper, libc::isupper),
            (isxdigit, libc::isxdigit),
        ];
        for value in -1..256 {
            for (index, (ours, theirs)) in all.into_iter().enumerate() {
                // SAFETY: the value is a byte or EOF.
                let theirs = unsafe { theirs(value) } != 0;
                assert_eq!(ours(value) != 0, theirs, "class {index} of {value}");
            }
            // SAFETY: as above.
            assert_eq!(tolower(value), unsafe { libc::tolower(value) });
            // SAFETY: as above.
            assert_eq!(toupper(value), unsafe { libc::toupper(value) });
        }
    }
}
