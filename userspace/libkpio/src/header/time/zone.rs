//! The process's time zone: `tzset` and its variables.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_long};
use core::ptr;

use kpio_abi::flags::{MAP_PRIVATE, O_CLOEXEC, O_RDONLY, PROT_READ};
use kpio_abi::syscalls::SYS_MMAP;

use crate::calendar::Offset;
use crate::calendar::file::ZoneFile;
use crate::calendar::zone::{NAME_MAX, Name, Zone};
use crate::header::errno;
use crate::header::fcntl::open;
use crate::header::stdlib::environment;
use crate::header::sys_stat::fstat;
use crate::header::unistd::close;
use crate::io::FixedText;
use crate::syscall;
use crate::thread::lock::Lock;

/// Where the database is. Source: musl, tzset.
const DIRECTORIES: [&[u8]; 3] = [
    b"/usr/share/zoneinfo/",
    b"/share/zoneinfo/",
    b"/etc/zoneinfo/",
];
/// What holds without TZ.
const LOCAL_TIME: &CStr = c"/etc/localtime";
/// The longest TZ that is remembered; a longer one is read anew every time.
const TZ_BYTES: usize = 256;

/// What TZ said last, and what it means.
struct Current {
    /// TZ; none: not looked at yet.
    text: Option<FixedText<TZ_BYTES>>,
    is_set: bool,
    rule: Zone,
    file: Option<ZoneFile<'static>>,
}

static CURRENT: Lock<Option<Current>> = Lock::new(None);

/// A variable of C's that `tzset` sets.
#[repr(transparent)]
pub struct Variable<T>(UnsafeCell<T>);

// SAFETY: it is written under the lock of `CURRENT`; programs read it after `tzset`, as POSIX has it.
unsafe impl<T> Sync for Variable<T> {}

/// The names that `tzname` points at. They are kept for ever: what `tm_zone` points at must be.
struct KeptName {
    name: Name,
    next: *const KeptName,
}

/// The kept names.
struct KeptNames(*const KeptName);

// SAFETY: kept names are never changed.
unsafe impl Send for KeptNames {}

static NAMES: Lock<KeptNames> = Lock::new(KeptNames(ptr::null()));

/// `char *tzname[2]`
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static tzname: Variable<[*const c_char; 2]> =
    Variable(UnsafeCell::new([c"".as_ptr(), c"".as_ptr()]));

/// `long timezone`: seconds west of UTC.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static timezone: Variable<c_long> = Variable(UnsafeCell::new(0));

/// `int daylight`: whether there is ever daylight saving time.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static daylight: Variable<c_int> = Variable(UnsafeCell::new(0));

/// The name as a string that stays for ever; an empty one without memory.
fn kept(bytes: &[u8]) -> *const c_char {
    let wanted = Name::new(bytes);
    let mut names = NAMES.lock();
    let mut next = names.0;
    // SAFETY: null, or a kept name.
    while let Some(known) = unsafe { next.as_ref() } {
        if known.name == wanted {
            return known.name.text.as_ptr().cast();
        }
        next = known.next;
    }
    let place = crate::header::stdlib::memory::malloc(size_of::<KeptName>()).cast::<KeptName>();
    if place.is_null() {
        return c"".as_ptr();
    }
    let name = KeptName {
        name: wanted,
        next: names.0,
    };
    // SAFETY: so much was allocated.
    unsafe { place.write(name) };
    names.0 = place;
    // SAFETY: written just now, and never changed.
    let name = unsafe { &(*place).name };
    name.text.as_ptr().cast()
}

/// Maps a file for ever; none if it cannot be.
fn map(path: &CStr) -> Option<&'static [u8]> {
    let flags = (O_RDONLY | O_CLOEXEC).cast_signed();
    // SAFETY: a string.
    let fd = unsafe { open(path.as_ptr(), flags, 0) };
    if fd < 0 {
        return None;
    }
    let mut stat = kpio_abi::types::Stat::default();
    // SAFETY: the struct is on this stack.
    let is_known = unsafe { fstat(fd, &raw mut stat) } == 0;
    let length = usize::try_from(stat.st_size)
        .ok()
        .filter(|length| is_known && *length > 0);
    let mapped = length.and_then(|length| {
        let (protection, kind) = (PROT_READ as usize, MAP_PRIVATE as usize);
        let arguments = [0, length, protection, kind, syscall::int(fd), 0];
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing.
        let address = unsafe { syscall::call(SYS_MMAP, arguments) }.ok()?;
        // SAFETY: so much is mapped, for ever.
        Some(unsafe { crate::string::bytes(ptr::with_exposed_provenance(address), length) })
    });
    close(fd);
    mapped
}

/// The file that TZ names.
fn find_file(name: &[u8]) -> Option<ZoneFile<'static>> {
    let open_at = |directory: &[u8]| {
        let mut path = FixedText::<512>::new();
        path.push(directory);
        path.push(name);
        path.push(b"\0");
        let path = CStr::from_bytes_with_nul(path.as_bytes()).ok()?;
        ZoneFile::parse(map(path)?)
    };
    if name.starts_with(b"/") || name.starts_with(b".") {
        return open_at(b"");
    }
    let leaves = name.split(|byte| *byte == b'/').any(|part| part == b"..");
    if leaves {
        return None;
    }
    DIRECTORIES.into_iter().find_map(open_at)
}

/// What TZ means.
fn interpret(text: Option<&[u8]>) -> (Zone, Option<ZoneFile<'static>>) {
    let file = match text {
        None => map(LOCAL_TIME).and_then(ZoneFile::parse),
        Some(b"") => None,
        Some(text) => {
            let is_file = text.starts_with(b":");
            let name = text.strip_prefix(b":").unwrap_or(text);
            if !is_file && let Some(zone) = Zone::parse(name) {
                return (zone, None);
            }
            find_file(name)
        }
    };
    match file {
        Some(file) => (file.summary(), Some(file)),
        None => (Zone::utc(), None),
    }
}

/// Looks at TZ, and does something with what it means.
fn with<R>(action: impl FnOnce(&Current) -> R) -> R {
    // SAFETY: POSIX forbids changing the environment while this looks at it.
    let text = unsafe { environment::value(c"TZ") };
    let mut current = CURRENT.lock();
    let known = current.as_ref().is_some_and(|current| {
        let is_same = current
            .text
            .as_ref()
            .is_some_and(|known| known.as_bytes() == text.unwrap_or_default());
        is_same && current.is_set == text.is_some()
    });
    if !known {
        // A file that is not there is no error of whoever asks for the time.
        let error = errno::last();
        let (rule, file) = interpret(text);
        errno::set(error);
        let mut copy = FixedText::new();
        copy.push(text.unwrap_or_default());
        let is_whole = copy.as_bytes().len() == text.unwrap_or_default().len();
        set_variables(&rule);
        *current = Some(Current {
            text: is_whole.then_some(copy),
            is_set: text.is_some(),
            rule,
            file,
        });
    }
    let unset = Current {
        text: None,
        is_set: false,
        rule: Zone::utc(),
        file: None,
    };
    action(current.as_ref().unwrap_or(&unset))
}

fn set_variables(zone: &Zone) {
    let standard = kept(zone.standard.bytes());
    let other = zone
        .daylight
        .as_ref()
        .map_or(c"".as_ptr(), |saving| kept(saving.name.bytes()));
    // SAFETY: the lock is held.
    unsafe { tzname.0.get().write([standard, other]) };
    // SAFETY: as above.
    unsafe { timezone.0.get().write(zone.west_s) };
    // SAFETY: as above.
    unsafe { daylight.0.get().write(zone.daylight.is_some().into()) };
}

/// `void tzset(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn tzset() {
    with(|_| ());
}

/// What holds at a moment in the process's zone, and its name for C. [`Zone::at`] says the rest.
#[must_use]
pub fn local(moment_s: i64, is_local: bool) -> (i64, bool, i64, *const c_char) {
    let found = |offset: Offset<'_>| {
        (
            offset.east_s,
            offset.is_daylight,
            offset.other_east_s,
            kept(offset.name),
        )
    };
    with(|current| match &current.file {
        Some(file) => found(file.at(moment_s, is_local)),
        None => found(current.rule.at(moment_s, is_local)),
    })
}

const _: () = assert!(NAME_MAX == 6);
