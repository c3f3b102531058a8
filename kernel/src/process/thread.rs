//! A thread: a kernel task that runs user code, or kernel work.

use super::fair::Share;
use super::family;
use super::process::Process;
use super::scheduler::{self, WaitState};
use super::signal::SignalSet;
use super::signal::deliver::{self, BrokenOff};
use super::signal::send::{self, ThreadSignals};
use super::status::{ExitStatus, code_of_exception, signal_of_exception};
use crate::memory::address_space::{Fault, Touch};
use crate::syscall::{self, Caller};
use crate::{log, system};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt::{Arguments, Display};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::events::PROCESS_FAULT;
use kpio_abi::flags::{BUS_ADRERR, SEGV_ACCERR, SEGV_MAPERR, SI_KERNEL, SIGBUS, SIGKILL, SIGSEGV};
use kpio_abi::syscalls::SYSCALLS;
use kpio_abi::types::SignalInfo;
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
    /// Its signals.
    pub signals: Lock<ThreadSignals>,
    /// A signal waits that it does not block, or the process is to stand still: it must look before
    /// it goes on in user mode.
    attention: AtomicBool,
    /// Its share of the CPU.
    pub share: Share,
    /// Where it stands with the scheduler.
    pub wait_state: Lock<WaitState>,
    /// Made after the thread, because its work holds the thread.
    task: spin::Once<Arc<Task>>,
}

static NEXT_SERIAL: AtomicU64 = AtomicU64::new(0);

/// A number that no thread and no timer has or had.
pub fn next_serial() -> u64 {
    NEXT_SERIAL.fetch_add(1, Ordering::Relaxed)
}

impl Thread {
    fn with_task(
        tid: i32,
        process: Option<Arc<Process>>,
        mask: SignalSet,
        vectors: Option<Box<FpuState>>,
        work: impl FnOnce(Arc<Self>) + Send + 'static,
    ) -> Result<Arc<Self>, OutOfStacks> {
        let thread = Arc::new(Self {
            tid: AtomicI32::new(tid),
            serial: next_serial(),
            process,
            signals: Lock::new(
                Rank::ThreadSignals,
                ThreadSignals {
                    mask,
                    ..ThreadSignals::default()
                },
            ),
            attention: AtomicBool::new(false),
            share: Share::new(),
            wait_state: Lock::new(Rank::SchedulerEntry, WaitState::default()),
            task: spin::Once::new(),
        });
        let of_work = Arc::clone(&thread);
        let task = Task::new(Box::new(move || work(of_work)), vectors)?;
        thread.task.call_once(|| task);
        Ok(thread)
    }

    /// A thread of `process` that begins with the registers of `context`, these vector registers and
    /// these signals blocked. It is not started yet.
    ///
    /// # Errors
    /// [`OutOfStacks`].
    pub fn new_user(
        tid: i32,
        process: Arc<Process>,
        context: UserContext,
        vectors: Box<FpuState>,
        mask: SignalSet,
    ) -> Result<Arc<Self>, OutOfStacks> {
        Self::with_task(tid, Some(process), mask, Some(vectors), move |thread| {
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
        Self::with_task(0, None, SignalSet::EMPTY, None, work)
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

    /// Whether it must look at its signals.
    #[must_use]
    pub fn has_attention(&self) -> bool {
        self.attention.load(Ordering::Acquire)
    }

    /// Say whether it must look at its signals.
    pub fn set_attention(&self, has_attention: bool) {
        self.attention.store(has_attention, Ordering::Release);
    }

    /// Block the signals of `mask` and no others; it looks at those that are blocked no longer.
    pub fn set_mask(&self, process: &Process, mask: SignalSet) {
        let signals = process.signals.lock();
        let mut own = self.signals.lock();
        own.mask = mask.without(SignalSet::UNBLOCKABLE);
        let waiting = signals.pending.set().union(own.pending.set());
        if !waiting.without(own.mask).is_empty() {
            self.set_attention(true);
        }
    }

    /// Whether it is to leave: its process ends, or another thread of it wants to be the only one.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.process
            .as_ref()
            .is_some_and(|process| process.is_ending() || process.is_left_to_another(self))
    }
}

/// The vector of a page fault.
const PAGE_FAULT: u8 = 14;

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
    let mut broken_off = None;
    while !caller.is_thread_ending() {
        if thread.has_attention() || broken_off.is_some() {
            deliver::deliver(&caller, broken_off.take());
        }
        if thread.is_killed() {
            break;
        }
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
                if result == Err(Errno::EINTR) {
                    broken_off = Some(BrokenOff {
                        number: r.rax,
                        is_restarted: usize::try_from(r.rax)
                            .ok()
                            .and_then(|number| SYSCALLS.get(number))
                            .is_some_and(|call| call.is_restarted),
                    });
                }
                caller.call_is_through();
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
                if let Err(fault) = process.space.fault(address, touch)
                    && !(fault == Fault::OutOfMemory && make_way(&process))
                {
                    serve_fault(&caller, touch, address, fault);
                }
            }
            UserExit::Exception { vector, error } => serve_exception(&caller, vector, error),
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

/// Memory is used up, and `process` needs some: end the process that has most. Whether there is one and it
/// is another; then the access is to be tried again, now that memory comes back.
fn make_way(process: &Process) -> bool {
    let Some(largest) = family::largest().filter(|largest| largest.pid != process.pid) else {
        return false;
    };
    if !largest.is_ending() {
        log::warn(format_args!(
            "process {} ({}) is ended: memory is used up",
            largest.pid,
            largest.name()
        ));
        largest.end(ExitStatus::killed(SIGKILL));
    }
    scheduler::yield_now();
    true
}

/// A page fault that memory cannot mend: the handler's, or the end.
fn serve_fault(caller: &Caller, touch: Touch, address: u64, fault: Fault) {
    let (signal, code, why) = match fault {
        Fault::NotMapped => (SIGSEGV, SEGV_MAPERR, "nothing is mapped there"),
        Fault::Denied => (SIGSEGV, SEGV_ACCERR, "the page does not allow it"),
        Fault::OutOfMemory => (SIGKILL, SI_KERNEL, "memory is used up"),
        Fault::NoContent => (
            SIGBUS,
            BUS_ADRERR,
            "the file that is mapped has nothing there",
        ),
    };
    let error = fault_word(touch);
    let info = SignalInfo {
        pid_uid: address,
        ..send::info(signal, code, 0)
    };
    if deliver::deliver_fault(caller, info, [PAGE_FAULT.into(), error, address]) {
        return;
    }
    let what = match touch {
        Touch::Fetch => "execution",
        Touch::Write => "write",
        Touch::Read => "read",
    };
    report_fault(
        caller,
        PAGE_FAULT,
        error,
        address,
        format_args!("{what} at {address:#x}: {why}"),
    );
    caller.process.end(ExitStatus::killed(signal));
}

/// Another exception: the handler's, or the end.
fn serve_exception(caller: &Caller, vector: u8, error: u64) {
    let signal = signal_of_exception(vector);
    let ip = caller.context().registers.rip;
    let info = SignalInfo {
        pid_uid: ip,
        ..send::info(signal, code_of_exception(vector), 0)
    };
    if deliver::deliver_fault(caller, info, [vector.into(), error, 0]) {
        return;
    }
    let what = format_args!("exception {vector}, error {error:#x}");
    report_fault(caller, vector, error, 0, what);
    caller.process.end(ExitStatus::killed(signal));
}

fn report_fault(caller: &Caller, vector: u8, error: u64, address: u64, what: Arguments<'_>) {
    let process = &caller.process;
    let ip = caller.context().registers.rip;
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
