//! A thread: a kernel task that runs user code, or kernel work.

use super::process::Process;
use super::scheduler::{self, WaitState};
use super::status::{ExitStatus, signal_of_exception};
use crate::memory::address_space::{Fault, Touch};
use crate::syscall::{self, Caller};
use crate::{log, system};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt::{Arguments, Display};
use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use kpio_abi::events::PROCESS_FAULT;
use kpio_abi::flags::{SIGBUS, SIGKILL, SIGSEGV};
use kpio_hal::fpu::FpuState;
use kpio_hal::sync::{Lock, Rank};
use kpio_hal::task::{OutOfStacks, Task};
use kpio_hal::user::{UserContext, UserExit};

/// A thread. Threads of programs belong to a process; the kernel's own do not.
pub struct Thread {
    /// Its number, unique among processes and threads alike; 0 for a kernel thread. EXEC gives the
    /// thread that calls it the number of its process.
    tid: AtomicI32,
    /// Distinguishes threads in ordered sets.
    pub serial: u64,
    /// The process whose code it runs.
    pub process: Option<Arc<Process>>,
    /// Where it stands with the scheduler.
    pub wait_state: Lock<WaitState>,
    /// Made after the thread, because its work holds the thread.
    task: spin::Once<Arc<Task>>,
}

static NEXT_SERIAL: AtomicU64 = AtomicU64::new(0);

impl Thread {
    fn with_task(
        tid: i32,
        process: Option<Arc<Process>>,
        vectors: Option<Box<FpuState>>,
        work: impl FnOnce(Arc<Self>) + Send + 'static,
    ) -> Result<Arc<Self>, OutOfStacks> {
        let thread = Arc::new(Self {
            tid: AtomicI32::new(tid),
            serial: NEXT_SERIAL.fetch_add(1, Ordering::Relaxed),
            process,
            wait_state: Lock::new(Rank::SchedulerEntry, WaitState::default()),
            task: spin::Once::new(),
        });
        let of_work = Arc::clone(&thread);
        let task = Task::new(Box::new(move || work(of_work)), vectors)?;
        thread.task.call_once(|| task);
        Ok(thread)
    }

    /// A thread of `process` that begins with the registers of `context` and these vector registers.
    /// It is not started yet.
    ///
    /// # Errors
    /// [`OutOfStacks`].
    pub fn new_user(
        tid: i32,
        process: Arc<Process>,
        context: UserContext,
        vectors: Box<FpuState>,
    ) -> Result<Arc<Self>, OutOfStacks> {
        Self::with_task(tid, Some(process), Some(vectors), move |thread| {
            run_user(&thread, context);
        })
    }

    /// A thread of the kernel. It is not started yet.
    ///
    /// # Errors
    /// [`OutOfStacks`].
    pub fn new_kernel(
        work: impl FnOnce(Arc<Self>) + Send + 'static,
    ) -> Result<Arc<Self>, OutOfStacks> {
        Self::with_task(0, None, None, work)
    }

    /// Its kernel task.
    #[must_use]
    pub fn task(&self) -> Arc<Task> {
        Arc::clone(
            self.task
                .get()
                .expect("a thread gets its task when it is made"),
        )
    }

    /// Its number.
    #[must_use]
    pub fn tid(&self) -> i32 {
        self.tid.load(Ordering::Relaxed)
    }

    /// Give it another number.
    pub fn set_tid(&self, tid: i32) {
        self.tid.store(tid, Ordering::Relaxed);
    }

    /// Whether it is to leave: its process ends, or another thread of it wants to be the only one.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.process
            .as_ref()
            .is_some_and(|process| process.is_ending() || process.is_left_to_another(self))
    }
}

/// The life of a user thread: run, serve what it asks for, until it or its process ends.
fn run_user(thread: &Arc<Thread>, context: UserContext) {
    let process = Arc::clone(
        thread
            .process
            .as_ref()
            .expect("a user thread has a process"),
    );
    let caller = Caller::new(Arc::clone(thread), Arc::clone(&process), context);
    process.space.activate();
    while !thread.is_killed() && !caller.is_thread_ending() {
        let exit = caller.context().run();
        match exit {
            UserExit::Syscall => {
                let r = caller.context().registers;
                let args = [r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9];
                let result = syscall::table::dispatch(&caller, r.rax, args);
                if system::is_tracing() {
                    syscall::trace::report(&caller, r.rax, args, result);
                }
                caller.context().registers.rax = match result {
                    Ok(value) => value,
                    Err(errno) => i64::from(-errno.raw()).cast_unsigned(),
                };
            }
            UserExit::PageFault {
                address,
                is_write,
                is_fetch,
            } => {
                let touch = match (is_fetch, is_write) {
                    (true, _) => Touch::Fetch,
                    (false, true) => Touch::Write,
                    (false, false) => Touch::Read,
                };
                if let Err(fault) = process.space.fault(address, touch) {
                    end_by_fault(
                        &process,
                        &caller.context(),
                        fault_word(touch),
                        address,
                        fault,
                    );
                }
            }
            UserExit::Exception { vector, error } => {
                end_by_exception(&process, &caller.context(), vector, error);
            }
            UserExit::Interrupt => scheduler::handle_interrupts(),
        }
    }
    drop(caller);
    process.thread_ended(thread);
}

/// The error code of a page fault, as an event shows it. Intel SDM vol. 3 "Page-Fault Exceptions".
const fn fault_word(touch: Touch) -> u64 {
    match touch {
        Touch::Read => 4,
        Touch::Write => 6,
        Touch::Fetch => 20,
    }
}

fn end_by_fault(
    process: &Arc<Process>,
    context: &UserContext,
    error: u64,
    address: u64,
    fault: Fault,
) {
    let (signal, why) = match fault {
        Fault::NotMapped => (SIGSEGV, "nothing is mapped there"),
        Fault::Denied => (SIGSEGV, "the page does not allow it"),
        Fault::OutOfMemory => (SIGKILL, "memory is used up"),
        Fault::NoContent => (SIGBUS, "the file that is mapped has nothing there"),
    };
    let what = match error {
        20 => "execution",
        6 => "write",
        _ => "read",
    };
    report_fault(
        process,
        context,
        14,
        error,
        address,
        format_args!("{what} at {address:#x}: {why}"),
    );
    process.end(ExitStatus::killed(signal));
}

fn end_by_exception(process: &Arc<Process>, context: &UserContext, vector: u8, error: u64) {
    let what = format_args!("exception {vector}, error {error:#x}");
    report_fault(process, context, vector, error, 0, what);
    process.end(ExitStatus::killed(signal_of_exception(vector)));
}

fn report_fault(
    process: &Arc<Process>,
    context: &UserContext,
    vector: u8,
    error: u64,
    address: u64,
    what: Arguments<'_>,
) {
    let ip = context.registers.rip;
    let hex = |value| alloc::format!("{value:#x}");
    let name = process.name();
    let values: [&dyn Display; 5] = [&process.pid, &vector, &hex(error), &hex(address), &hex(ip)];
    system::emit(PROCESS_FAULT, &values);
    log::warn(format_args!(
        "process {} ({}) at {ip:#x}: {what}",
        process.pid, name
    ));
}

impl From<OutOfStacks> for crate::memory::OutOfMemory {
    fn from(_: OutOfStacks) -> Self {
        Self
    }
}
