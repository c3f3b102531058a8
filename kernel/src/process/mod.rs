//! Processes and threads: who they are, what they hold, when they run.
//!
//! ```text
//! spawn       a file becomes a process, a process becomes two
//! process     one process: space, handles, threads, children, its end
//! thread      one thread: its loop between user mode and the kernel
//! scheduler   which thread runs; sleeping and waking
//! fair        who of those that are ready runs next
//! wait_queue  waiting for a condition
//! futex       waiting for a word of user memory
//! timer       what is done at a time
//! handles     what a process may use
//! family      processes among each other: numbers, children, groups, sessions, waiting
//! signal      what interrupts a process
//! status      how a process ended
//! surroundings  working directory and umask
//! ```

pub mod fair;
pub mod handles;
pub mod signal;
pub mod status;
pub mod timer;

#[cfg(target_os = "none")]
pub mod family;
#[cfg(target_os = "none")]
pub mod futex;
#[cfg(target_os = "none")]
#[expect(
    clippy::module_inception,
    reason = "the noun of the folder has its own module"
)]
pub mod process;
#[cfg(target_os = "none")]
pub mod scheduler;
#[cfg(target_os = "none")]
pub mod spawn;
#[cfg(target_os = "none")]
pub mod surroundings;
#[cfg(target_os = "none")]
pub mod thread;
#[cfg(target_os = "none")]
pub mod wait_queue;
