//! `signal.h`: what a process does about signals.

pub mod mask;
pub mod send;
pub mod set;

use core::ffi::c_int;
use core::mem::offset_of;
use core::ptr;

use kpio_abi::flags::{SA_RESTART, SA_RESTORER};
use kpio_abi::syscalls::{SYS_SIGACTION, SYS_SIGALTSTACK, SYS_SIGRETURN};
use kpio_abi::types::{SignalAction, SignalStack};

use crate::header::errno;
use crate::syscall::{self, ErrorNumber};
use set::SignalSet;

#[expect(clippy::cast_possible_truncation, reason = "SA_* flags are an int")]
const RESTART: c_int = SA_RESTART as c_int;
/// `SIG_ERR`
const ERROR: usize = usize::MAX;

/// `struct sigaction`, in musl's layout.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Action {
    handler: usize,
    mask: SignalSet,
    flags: c_int,
    restorer: usize,
}

impl Action {
    /// What ignores a signal, SIG_IGN; or, with 0, leaves it to the kernel, SIG_DFL.
    pub(crate) const fn plain(handler: usize) -> Self {
        Self {
            handler,
            mask: SignalSet::EMPTY,
            flags: 0,
            restorer: 0,
        }
    }
}

const _: () = assert!(size_of::<Action>() == 152 && offset_of!(Action, restorer) == 144);

/// Where a handler returns to: SIGRETURN finds the frame at the stack pointer.
#[cfg(target_vendor = "kpio")]
#[unsafe(naked)]
unsafe extern "C" fn restorer() {
    core::arch::naked_asm!("mov eax, {number}", "syscall", "ud2", number = const SYS_SIGRETURN)
}

#[cfg(not(target_vendor = "kpio"))]
unsafe extern "C" fn restorer() {
    let _ = SYS_SIGRETURN;
}

/// `int sigaction(int signal, const struct sigaction *action, struct sigaction *old)`
///
/// # Safety
///
/// `action` is null or readable, `old` null or writable; a handler may be called at any moment.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigaction(
    signal: c_int,
    action: *const Action,
    old: *mut Action,
) -> c_int {
    let new = if action.is_null() {
        None
    } else {
        // SAFETY: the caller's promise.
        let action = unsafe { action.read() };
        Some(SignalAction {
            handler: action.handler as u64,
            flags: u64::from(action.flags.cast_unsigned()) | SA_RESTORER,
            restorer: restorer as *const () as u64,
            mask: action.mask.word(),
        })
    };
    match change(signal, new.as_ref()) {
        Ok(before) => {
            if !old.is_null() {
                #[expect(clippy::cast_possible_truncation, reason = "SA_* flags are an int")]
                let flags = (before.flags & !SA_RESTORER) as c_int;
                let before = Action {
                    handler: usize_of(before.handler),
                    mask: SignalSet::of_word(before.mask),
                    flags,
                    restorer: usize_of(before.restorer),
                };
                // SAFETY: the caller's promise.
                unsafe { old.write(before) };
            }
            0
        }
        Err(error) => errno::result(Err(error)),
    }
}

/// An address as the kernel states it.
#[expect(clippy::cast_possible_truncation, reason = "an address has 64 bits")]
const fn usize_of(address: u64) -> usize {
    address as usize
}

/// SIGACTION; what the process did until now.
fn change(signal: c_int, new: Option<&SignalAction>) -> Result<SignalAction, ErrorNumber> {
    let mut old = SignalAction::default();
    let new = new.map_or(0, |new| ptr::from_ref(new) as usize);
    let arguments = [syscall::int(signal), new, (&raw mut old) as usize, 0, 0, 0];
    // SAFETY: the kernel reads one struct and writes the other. What the handler does is the
    // caller's duty.
    unsafe { syscall::call(SYS_SIGACTION, arguments) }.map(|_| old)
}

/// `void (*signal(int signal, void (*handler)(int)))(int)`: as musl has it, with SA_RESTART.
///
/// # Safety
///
/// `handler` is SIG_DFL, SIG_IGN or a function that may be called at any moment.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn signal(signal: c_int, handler: usize) -> usize {
    let action = Action {
        handler,
        mask: SignalSet::EMPTY,
        flags: RESTART,
        restorer: 0,
    };
    let mut old = action;
    // SAFETY: both structs are here; the handler is the caller's duty.
    if unsafe { sigaction(signal, &raw const action, &raw mut old) } < 0 {
        return ERROR;
    }
    old.handler
}

/// `int siginterrupt(int signal, int is_interrupting)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn siginterrupt(signal: c_int, is_interrupting: c_int) -> c_int {
    let changed = change(signal, None).and_then(|mut action| {
        action.flags = if is_interrupting == 0 {
            action.flags | SA_RESTART
        } else {
            action.flags & !SA_RESTART
        };
        action.flags |= SA_RESTORER;
        action.restorer = restorer as *const () as u64;
        change(signal, Some(&action))
    });
    errno::status(changed.map(|_| 0))
}

/// `int sigaltstack(const stack_t *stack, stack_t *old)`
///
/// # Safety
///
/// `stack` is null or readable and names memory that handlers may use, `old` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigaltstack(stack: *const SignalStack, old: *mut SignalStack) -> c_int {
    let arguments = [stack as usize, old as usize, 0, 0, 0, 0];
    // SAFETY: handed on to the caller.
    errno::status(unsafe { syscall::call(SYS_SIGALTSTACK, arguments) })
}

/// Sets a signal to what it does by default.
#[cfg(target_vendor = "kpio")]
pub(crate) fn reset(signal: u32) {
    let default = SignalAction::default();
    // SIGKILL and SIGSTOP alone are refused, and need no resetting.
    let _ = change(signal.cast_signed(), Some(&default));
}
