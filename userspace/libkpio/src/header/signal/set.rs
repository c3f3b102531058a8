//! `signal.h`: sets of signals.

use core::ffi::c_int;

use kpio_abi::errors::Errno;

use crate::header::errno;

/// The greatest signal. Source: musl, `_NSIG`.
pub const SIGNAL_MAX: c_int = 64;
/// What musl keeps for itself of the real-time signals, and so do programs that count on it.
pub const SIGRTMIN: c_int = 35;

const WORDS: usize = 16;

/// `sigset_t`, in musl's layout; only the first word is used.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignalSet {
    words: [u64; WORDS],
}

const _: () = assert!(size_of::<SignalSet>() == 128);

impl SignalSet {
    /// No signal.
    pub const EMPTY: Self = Self::of_word(0);

    /// The set the kernel means by a word: bit 0 is signal 1.
    #[must_use]
    pub const fn of_word(word: u64) -> Self {
        let mut words = [0; WORDS];
        words[0] = word;
        Self { words }
    }

    /// The word for the kernel.
    #[must_use]
    pub const fn word(&self) -> u64 {
        self.words[0]
    }
}

/// The bit of a signal; EINVAL for none.
fn bit(signal: c_int) -> Option<u64> {
    if (1..=SIGNAL_MAX).contains(&signal) {
        return Some(1 << (signal - 1));
    }
    errno::set(Errno::EINVAL.into());
    None
}

/// `int sigemptyset(sigset_t *set)`
///
/// # Safety
///
/// `set` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigemptyset(set: *mut SignalSet) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { set.write(SignalSet::EMPTY) };
    0
}

/// `int sigfillset(sigset_t *set)`
///
/// # Safety
///
/// `set` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigfillset(set: *mut SignalSet) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { set.write(SignalSet::of_word(u64::MAX)) };
    0
}

/// `int sigaddset(sigset_t *set, int signal)`
///
/// # Safety
///
/// `set` holds a set.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigaddset(set: *mut SignalSet, signal: c_int) -> c_int {
    let Some(bit) = bit(signal) else { return -1 };
    // SAFETY: the caller's promise.
    let set = unsafe { &mut *set };
    set.words[0] |= bit;
    0
}

/// `int sigdelset(sigset_t *set, int signal)`
///
/// # Safety
///
/// `set` holds a set.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigdelset(set: *mut SignalSet, signal: c_int) -> c_int {
    let Some(bit) = bit(signal) else { return -1 };
    // SAFETY: the caller's promise.
    let set = unsafe { &mut *set };
    set.words[0] &= !bit;
    0
}

/// `int sigismember(const sigset_t *set, int signal)`
///
/// # Safety
///
/// `set` holds a set.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigismember(set: *const SignalSet, signal: c_int) -> c_int {
    let Some(bit) = bit(signal) else { return -1 };
    // SAFETY: the caller's promise.
    c_int::from(unsafe { &*set }.word() & bit != 0)
}

/// `int __libc_current_sigrtmin(void)`: what SIGRTMIN stands for.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn __libc_current_sigrtmin() -> c_int {
    SIGRTMIN
}

/// `int __libc_current_sigrtmax(void)`: what SIGRTMAX stands for.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn __libc_current_sigrtmax() -> c_int {
    SIGNAL_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_added_and_taken_out() {
        let mut set = SignalSet::EMPTY;
        let place = &raw mut set;
        for signal in [1, 2, 33, SIGNAL_MAX] {
            // SAFETY: the set is here.
            let is_member = || unsafe { sigismember(place, signal) };
            assert_eq!(is_member(), 0);
            // SAFETY: as above.
            assert_eq!(unsafe { sigaddset(place, signal) }, 0);
            assert_eq!(is_member(), 1);
        }
        assert_eq!(set.word(), 1 | 1 << 1 | 1 << 32 | 1 << 63);
        // SAFETY: as above.
        assert_eq!(unsafe { sigdelset(place, 33) }, 0);
        assert_eq!(set.word(), 1 | 1 << 1 | 1 << 63);
    }

    #[test]
    fn what_is_no_signal_is_refused() {
        let mut set = SignalSet::EMPTY;
        for signal in [0, -1, SIGNAL_MAX + 1, c_int::MAX] {
            // SAFETY: the set is here.
            assert_eq!(unsafe { sigaddset(&raw mut set, signal) }, -1);
            assert_eq!(errno::get(), Errno::EINVAL as c_int);
        }
        assert_eq!(set, SignalSet::EMPTY);
    }
}
