//! How a process ended.

use kpio_abi::flags::{
    BUS_ADRALN, BUS_ADRERR, FPE_FLTINV, FPE_INTDIV, ILL_ILLOPN, SI_KERNEL, SIGBUS, SIGFPE, SIGILL,
    SIGSEGV, SIGTRAP, TRAP_BRKPT, TRAP_TRACE,
};

/// The end of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It ended itself with this status.
    Exited(u8),
    /// It was ended, by the signal of this number.
    Killed(u8),
}

impl ExitStatus {
    /// The status that EXIT(`status`) gives: its low 8 bits. POSIX `_exit`.
    #[must_use]
    pub fn exited(status: i32) -> Self {
        Self::Exited(status.to_le_bytes()[0])
    }

    /// An end by signal `number`.
    ///
    /// # Panics
    /// For a number that is no signal.
    #[must_use]
    pub fn killed(number: u32) -> Self {
        Self::Killed(u8::try_from(number).expect("signals are numbered 1 to 64"))
    }

    /// The word that WAIT stores. POSIX `wait`, in Linux's encoding.
    #[must_use]
    pub const fn wait_word(self) -> i32 {
        match self {
            Self::Exited(status) => (status as i32) << 8,
            Self::Killed(signal) => signal as i32,
        }
    }

    /// Exit status, 0 if it was killed.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Killed(_) => 0,
        }
    }

    /// Signal, 0 if it ended itself.
    #[must_use]
    pub const fn signal(self) -> u8 {
        match self {
            Self::Exited(_) => 0,
            Self::Killed(signal) => signal,
        }
    }

    /// What a shell would show: the status, or 128 and the signal.
    #[must_use]
    pub const fn shell_status(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Killed(signal) => 128 | signal,
        }
    }
}

/// The signal that an exception of user code amounts to. POSIX `<signal.h>`; vectors of Intel SDM
/// vol. 3 "Exception and Interrupt Reference".
#[must_use]
pub const fn signal_of_exception(vector: u8) -> u32 {
    match vector {
        0 | 16 | 19 => SIGFPE,
        1 | 3 => SIGTRAP,
        6 => SIGILL,
        12 | 17 => SIGBUS,
        _ => SIGSEGV,
    }
}

/// What kind of fault an exception of user code is. POSIX `<signal.h>`, "Signal codes".
#[must_use]
pub const fn code_of_exception(vector: u8) -> i32 {
    match vector {
        0 => FPE_INTDIV,
        16 | 19 => FPE_FLTINV,
        1 => TRAP_TRACE,
        3 => TRAP_BRKPT,
        6 => ILL_ILLOPN,
        17 => BUS_ADRALN,
        12 => BUS_ADRERR,
        _ => SI_KERNEL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_wait() {
        assert_eq!(ExitStatus::exited(3).wait_word(), 0x300);
        assert_eq!(ExitStatus::exited(-1).wait_word(), 0xff00);
        assert_eq!(ExitStatus::exited(0x1_05).wait_word(), 0x500);
        assert_eq!(ExitStatus::killed(SIGSEGV).wait_word(), 11);
        assert_eq!(ExitStatus::killed(SIGSEGV).shell_status(), 139);
    }
}
