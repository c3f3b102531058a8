//! `getopt.h`, and `getopt` of `unistd.h`. Source: POSIX, `getopt`; musl for long options.

use core::ffi::{c_char, c_int};
use core::ptr;

use crate::header::stdio::file::{stderr, with};
use crate::string::{byte_at, c_bytes};

/// `char *optarg`: the argument of the option found last.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut optarg: *mut c_char = ptr::null_mut();

/// `int optind`: which argument is looked at next; 0 begins anew.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut optind: c_int = 1;

/// `int opterr`: whether errors are told.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut opterr: c_int = 1;

/// `int optopt`: the option that was wrong.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut optopt: c_int = 0;

/// `int optreset`: not 0 begins anew.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut optreset: c_int = 0;

/// Where in an argument of several options the next one is; 0: in a new argument.
static mut POSITION: usize = 0;

/// `struct option`
#[repr(C)]
pub struct LongOption {
    name: *const c_char,
    has_argument: c_int,
    flag: *mut c_int,
    value: c_int,
}

const REQUIRED: c_int = 1;
const WRONG: c_int = b'?' as c_int;
const MISSING: c_int = b':' as c_int;
const NO_MORE: c_int = -1;

/// The state of the scan; programs change it between calls, so it is loaded and stored by each.
struct Scan {
    argv: *const *mut c_char,
    count: usize,
    index: usize,
    position: usize,
    argument: *mut c_char,
    tells: bool,
}

impl Scan {
    /// # Safety
    ///
    /// `argv` has so many strings; nobody else changes C's variables meanwhile.
    unsafe fn load(argc: c_int, argv: *const *mut c_char) -> Self {
        // SAFETY: the caller's promise.
        let begins = unsafe { optind } == 0 || unsafe { optreset } != 0;
        if begins {
            // SAFETY: as above.
            unsafe { optreset = 0 };
            // SAFETY: as above.
            unsafe { optind = 1 };
            // SAFETY: as above.
            unsafe { POSITION = 0 };
        }
        // SAFETY: as above.
        let index = unsafe { optind };
        // SAFETY: as above.
        let tells = unsafe { opterr } != 0;
        Self {
            argv,
            count: usize::try_from(argc).unwrap_or(0),
            index: usize::try_from(index).unwrap_or(usize::MAX),
            // SAFETY: as above.
            position: unsafe { POSITION },
            argument: ptr::null_mut(),
            tells,
        }
    }

    /// # Safety
    ///
    /// As for [`Self::load`].
    unsafe fn store(&self) {
        // SAFETY: the caller's promise.
        unsafe { optind = c_int::try_from(self.index).unwrap_or(c_int::MAX) };
        // SAFETY: as above.
        unsafe { POSITION = self.position };
        // SAFETY: as above.
        unsafe { optarg = self.argument };
    }

    /// An argument; null behind the last.
    fn at(&self, index: usize) -> *mut c_char {
        if index >= self.count {
            return ptr::null_mut();
        }
        // SAFETY: `argv` has so many.
        unsafe { self.argv.wrapping_add(index).read() }
    }

    /// The bytes of an argument; empty behind the last.
    fn text(&self, index: usize) -> &'static [u8] {
        let argument = self.at(index);
        if argument.is_null() {
            return b"";
        }
        // SAFETY: a string of the program's, which lives as long as it.
        unsafe { c_bytes(argument.cast()) }
    }

    /// Says what is wrong, to standard error, and which option.
    fn tell(&self, options: &[u8], message: &[u8], option: &[u8]) {
        let is_quiet = options.first() == Some(&b':');
        if !self.tells || is_quiet {
            return;
        }
        let parts: [&[u8]; 4] = [self.text(0), message, option, b"\n"];
        // SAFETY: it is open.
        unsafe {
            with(stderr.get(), |stream| {
                for part in parts {
                    stream.write(part);
                }
            });
        }
    }

    /// The next short option. `options` has no sign in front any more; `takes_all` is what a `-` there
    /// has asked for: arguments that are no options are returned as those of option 1.
    fn short(&mut self, options: &[u8], takes_all: bool) -> c_int {
        let text = self.text(self.index);
        if self.at(self.index).is_null() {
            return NO_MORE;
        }
        if text.first() != Some(&b'-') {
            if takes_all {
                self.argument = self.at(self.index);
                self.index += 1;
                return 1;
            }
            return NO_MORE;
        }
        match text {
            [_] => return NO_MORE,
            b"--" => {
                self.index += 1;
                return NO_MORE;
            }
            _ => {}
        }
        let place = self.position.max(1);
        let option = text.get(place).copied().unwrap_or(0);
        self.position = place + 1;
        if self.position >= text.len() {
            self.index += 1;
            self.position = 0;
        }
        let found = options
            .iter()
            .position(|known| *known == option && option != b':');
        let Some(found) = found else {
            // SAFETY: nobody else changes C's variables meanwhile, the caller promises.
            unsafe { optopt = option.into() };
            self.tell(options, b": unrecognized option: ", &[option]);
            return WRONG;
        };
        let wants = options.get(found + 1) == Some(&b':');
        let may_lack = wants && options.get(found + 2) == Some(&b':');
        if wants && (!may_lack || self.position != 0) {
            let rest = self.position;
            self.argument = self.at(self.index).wrapping_add(rest);
            self.position = 0;
            self.index += 1;
            if self.index > self.count {
                self.argument = ptr::null_mut();
                // SAFETY: as above.
                unsafe { optopt = option.into() };
                if options.first() == Some(&b':') {
                    return MISSING;
                }
                self.tell(options, b": option requires an argument: ", &[option]);
                return WRONG;
            }
        }
        option.into()
    }

    /// The next long option, if the argument is one; `only` says that one hyphen is enough.
    ///
    /// # Safety
    ///
    /// `long` are options that end with one without a name, `index_place` is null or writable.
    unsafe fn long(
        &mut self,
        options: &[u8],
        long: *const LongOption,
        index_place: *mut c_int,
        only: bool,
    ) -> Option<c_int> {
        let text = self.text(self.index);
        let is_double = text.len() > 2 && text.starts_with(b"--");
        let is_single = only && text.len() > 1 && !text.starts_with(b"--");
        if long.is_null() || text.first() != Some(&b'-') || !(is_double || is_single) {
            return None;
        }
        let body = text
            .get(if is_double { 2 } else { 1 }..)
            .unwrap_or_default();
        let end = body.iter().position(|byte| *byte == b'=');
        let name = body.get(..end.unwrap_or(body.len())).unwrap_or_default();
        // SAFETY: handed on to the caller.
        let (mut matches, found) = unsafe { find(long, name) };
        // With one hyphen a letter that is a short option too is not clear.
        if matches == 1 && is_single && name.len() == 1 && options.contains(&name[0]) {
            matches = 2;
        }
        if matches != 1 {
            if !is_double {
                return None;
            }
            // SAFETY: nobody else changes C's variables meanwhile, the caller promises.
            unsafe { optopt = 0 };
            let message: &[u8] = if matches == 0 {
                b": unrecognized option: "
            } else {
                b": option is ambiguous: "
            };
            self.tell(options, message, body);
            self.index += 1;
            return Some(WRONG);
        }
        // SAFETY: `find` has found it.
        let option = unsafe { &*long.wrapping_add(found) };
        // SAFETY: the name that was found.
        let full_name = unsafe { c_bytes(option.name.cast()) };
        self.index += 1;
        if let Some(end) = end {
            if option.has_argument == 0 {
                // SAFETY: as above.
                unsafe { optopt = option.value };
                self.tell(options, b": option does not take an argument: ", full_name);
                return Some(WRONG);
            }
            let skipped = text.len() - body.len() + end + 1;
            self.argument = self.at(self.index - 1).wrapping_add(skipped);
        } else if option.has_argument == REQUIRED {
            self.argument = self.at(self.index);
            if self.argument.is_null() {
                // SAFETY: as above.
                unsafe { optopt = option.value };
                if options.first() == Some(&b':') {
                    return Some(MISSING);
                }
                self.tell(options, b": option requires an argument: ", full_name);
                return Some(WRONG);
            }
            self.index += 1;
        }
        if !index_place.is_null() {
            let found = c_int::try_from(found).unwrap_or(c_int::MAX);
            // SAFETY: the caller's promise.
            unsafe { index_place.write(found) };
        }
        if option.flag.is_null() {
            return Some(option.value);
        }
        // SAFETY: the program has put it there to be written.
        unsafe { option.flag.write(option.value) };
        Some(0)
    }
}

/// How many long options a name, or its beginning, means, and the last of them; one whose name it is
/// alone counts.
///
/// # Safety
///
/// As for [`Scan::long`].
unsafe fn find(long: *const LongOption, name: &[u8]) -> (usize, usize) {
    let (mut matches, mut found) = (0, 0);
    for index in 0.. {
        // SAFETY: the list goes on until one without a name.
        let option = unsafe { &*long.wrapping_add(index) };
        if option.name.is_null() {
            break;
        }
        // SAFETY: a string.
        let known = unsafe { c_bytes(option.name.cast()) };
        if known == name {
            return (1, index);
        }
        if known.starts_with(name) {
            matches += 1;
            found = index;
        }
    }
    (matches, found)
}

/// The options without the sign in front, and that.
unsafe fn split_options<'a>(options: *const c_char) -> (&'a [u8], u8) {
    // SAFETY: the caller's promise.
    let first = unsafe { byte_at(options.cast(), 0) };
    // SAFETY: the caller's promise.
    let options = unsafe { c_bytes(options.cast()) };
    if matches!(first, b'+' | b'-') {
        (options.get(1..).unwrap_or_default(), first)
    } else {
        (options, 0)
    }
}

/// `int getopt(int argc, char *const argv[], const char *options)`
///
/// # Safety
///
/// `argv` has so many strings, `options` is one; no other thread uses the variables meanwhile.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getopt(
    argc: c_int,
    argv: *const *mut c_char,
    options: *const c_char,
) -> c_int {
    // SAFETY: the caller's promise.
    let mut scan = unsafe { Scan::load(argc, argv) };
    // SAFETY: the caller's promise.
    let (options, sign) = unsafe { split_options(options) };
    let found = scan.short(options, sign == b'-');
    // SAFETY: the caller's promise.
    unsafe { scan.store() };
    found
}

/// Long options, then short ones; arguments that are none are moved behind those that are.
unsafe fn next_long(
    argc: c_int,
    argv: *const *mut c_char,
    options: *const c_char,
    long: *const LongOption,
    index_place: *mut c_int,
    only: bool,
) -> c_int {
    // SAFETY: the caller's promise.
    let mut scan = unsafe { Scan::load(argc, argv) };
    // SAFETY: the caller's promise.
    let (options, sign) = unsafe { split_options(options) };
    let skipped = scan.index;
    if sign == 0 {
        while !scan.at(scan.index).is_null() {
            let text = scan.text(scan.index);
            if text.len() > 1 && text.first() == Some(&b'-') {
                break;
            }
            scan.index += 1;
        }
    }
    if scan.at(scan.index).is_null() {
        return NO_MORE;
    }
    let resumed = scan.index;
    // SAFETY: handed on to the caller.
    let found = match unsafe { scan.long(options, long, index_place, only) } {
        Some(found) => found,
        None => scan.short(options, sign == b'-'),
    };
    if resumed > skipped {
        let taken = scan.index - resumed;
        let start = argv.cast_mut().wrapping_add(skipped);
        // SAFETY: within the arguments; that they may be moved is what `getopt_long` is known for.
        let moved = unsafe { core::slice::from_raw_parts_mut(start, scan.index - skipped) };
        moved.rotate_right(taken);
        scan.index = skipped + taken;
    }
    // SAFETY: the caller's promise.
    unsafe { scan.store() };
    found
}

/// `int getopt_long(int argc, char *const argv[], const char *options, const struct option *long, int
/// *index)`
///
/// # Safety
///
/// As for [`getopt`]; `long` ends with an option without a name, `index` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getopt_long(
    argc: c_int,
    argv: *const *mut c_char,
    options: *const c_char,
    long: *const LongOption,
    index: *mut c_int,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { next_long(argc, argv, options, long, index, false) }
}

/// `int getopt_long_only(int argc, char *const argv[], const char *options, const struct option *long,
/// int *index)`: one hyphen is enough.
///
/// # Safety
///
/// As for [`getopt_long`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getopt_long_only(
    argc: c_int,
    argv: *const *mut c_char,
    options: *const c_char,
    long: *const LongOption,
    index: *mut c_int,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { next_long(argc, argv, options, long, index, true) }
}
