//! Processes: this one, and children.

use alloc::vec::Vec;
use core::ffi::CStr;
use core::fmt;
use core::ptr;

use kpio_abi::syscalls::SYS_KILL;
use kpio_abi::types::ResourceUsage;

use crate::c;
use crate::error::{Error, number};
use crate::syscall;

/// The number of this process.
#[must_use]
pub fn id() -> i32 {
    c::getpid()
}

/// The number of this process's parent; 0 if it has none.
#[must_use]
pub fn parent_id() -> i32 {
    c::getppid()
}

/// The number of the calling thread.
#[must_use]
pub fn thread_id() -> i32 {
    c::gettid()
}

/// Ends the process after the handlers of `atexit` and the destructors.
pub fn exit(status: i32) -> ! {
    c::exit(status)
}

/// Ends the process at once.
pub fn exit_now(status: i32) -> ! {
    c::_exit(status)
}

/// How a process has ended, in Linux's encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ExitStatus(i32);

impl ExitStatus {
    /// The status as `waitpid` gives it.
    #[must_use]
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// The status the program has ended itself with.
    #[must_use]
    pub const fn code(self) -> Option<i32> {
        if self.0 & 0x7F == 0 {
            Some((self.0 >> 8) & 0xFF)
        } else {
            None
        }
    }

    /// The number of the signal that has ended it.
    #[must_use]
    pub const fn signal(self) -> Option<i32> {
        match self.0 & 0x7F {
            0 => None,
            signal => Some(signal),
        }
    }

    /// Whether the program has ended itself with 0.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code(), self.signal()) {
            (Some(code), _) => write!(formatter, "exit status {code}"),
            (None, Some(signal)) => write!(formatter, "killed by signal {signal}"),
            (None, None) => write!(formatter, "wait status {:#x}", self.0),
        }
    }
}

impl fmt::Debug for ExitStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A process that was started; nobody waits for it by itself.
#[derive(Debug)]
pub struct Child {
    id: i32,
}

impl Child {
    /// Its number.
    #[must_use]
    pub const fn id(&self) -> i32 {
        self.id
    }

    /// Sends it a signal.
    pub fn kill(&self, signal: u32) -> Result<(), Error> {
        kill(self.id, signal)
    }

    /// Waits until it has ended.
    pub fn wait(self) -> Result<ExitStatus, Error> {
        let (_, status) = wait(self.id, 0)?;
        Ok(status)
    }
}

/// Starts the program `path` with `arguments` (its own name among them) and this process's
/// environment.
pub fn spawn(path: &CStr, arguments: &[&CStr]) -> Result<Child, Error> {
    // SAFETY: libkpio sets it before `main`, and no program of this crate changes it.
    let environment = unsafe { c::environ };
    let mut list: Vec<*const core::ffi::c_char> =
        arguments.iter().map(|argument| argument.as_ptr()).collect();
    list.push(ptr::null());
    let mut id = 0;
    // SAFETY: the path is a string; both lists are strings that end with a null; no file actions
    // and no attributes.
    let error = unsafe {
        c::posix_spawn(
            &raw mut id,
            path.as_ptr(),
            ptr::null(),
            ptr::null(),
            list.as_ptr(),
            environment,
        )
    };
    if error == 0 {
        Ok(Child { id })
    } else {
        Err(Error::from_raw(error))
    }
}

/// Starts a program and waits until it has ended.
pub fn run(path: &CStr, arguments: &[&CStr]) -> Result<ExitStatus, Error> {
    spawn(path, arguments)?.wait()
}

/// `waitpid` with `W*` options: which child, and how it has ended.
pub fn wait(id: i32, options: u32) -> Result<(i32, ExitStatus), Error> {
    let mut status = 0;
    // SAFETY: the status is writable.
    let id = number(unsafe { c::waitpid(id, &raw mut status, options.cast_signed()) })?;
    Ok((id, ExitStatus(status)))
}

/// `wait4`: which child, how it has ended, and what it has used.
pub fn wait_usage(id: i32, options: u32) -> Result<(i32, ExitStatus, ResourceUsage), Error> {
    let (mut status, mut usage) = (0, ResourceUsage::default());
    let options = options.cast_signed();
    // SAFETY: the status and the usage are writable.
    let id = number(unsafe { c::wait4(id, &raw mut status, options, &raw mut usage) })?;
    Ok((id, ExitStatus(status), usage))
}

/// KILL: sends a signal to a process; a number below 1 stands for several.
pub fn kill(id: i32, signal: u32) -> Result<(), Error> {
    let arguments = [id.cast_unsigned() as usize, signal as usize, 0, 0, 0, 0];
    // SAFETY: the kernel touches no memory for it.
    unsafe { syscall::call(SYS_KILL, arguments) }.map(|_| ())
}
