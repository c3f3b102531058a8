// Generated from kernel_py/abi/states.py; edit that and run `kpio abi`.

//! The states of a process, and what leads from one to the other.

/// Where a process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessState {
    /// Its threads run, or wait for something.
    Running,
    /// Its threads stand still at their next step, until it goes on.
    Stopped,
    /// How it ends is settled; its threads leave at their next step.
    Ending,
    /// No thread is left, its memory is given back; its parent may ask how it ended.
    Ended,
    /// Its parent knows; the number is free.
    Forgotten,
}

/// What may change the state of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessEvent {
    /// A stop signal took effect.
    Stop,
    /// SIGCONT was sent.
    Continue,
    /// It ended itself, or a signal ended it.
    End,
    /// The last of its threads left.
    LastThread,
    /// Its parent asked, or wants to hear nothing of it.
    Reap,
}

impl ProcessState {
    /// The state a process begins in.
    pub const FIRST: Self = Self::Running;

    /// The state after `event`; `None` where it cannot happen.
    #[must_use]
    pub const fn after(self, event: ProcessEvent) -> Option<Self> {
        match (self, event) {
            (Self::Running, ProcessEvent::Stop) => Some(Self::Stopped),
            (Self::Running, ProcessEvent::Continue) => Some(Self::Running),
            (Self::Running, ProcessEvent::End) => Some(Self::Ending),
            (Self::Stopped, ProcessEvent::Stop) => Some(Self::Stopped),
            (Self::Stopped, ProcessEvent::Continue) => Some(Self::Running),
            (Self::Stopped, ProcessEvent::End) => Some(Self::Ending),
            (Self::Ending, ProcessEvent::Stop) => Some(Self::Ending),
            (Self::Ending, ProcessEvent::Continue) => Some(Self::Ending),
            (Self::Ending, ProcessEvent::End) => Some(Self::Ending),
            (Self::Ending, ProcessEvent::LastThread) => Some(Self::Ended),
            (Self::Ended, ProcessEvent::Stop) => Some(Self::Ended),
            (Self::Ended, ProcessEvent::Continue) => Some(Self::Ended),
            (Self::Ended, ProcessEvent::End) => Some(Self::Ended),
            (Self::Ended, ProcessEvent::Reap) => Some(Self::Forgotten),
            _ => None,
        }
    }
}
