//! Tasks: a kernel stack and the point where its code goes on. The mechanism below threads.
//!
//! Safety by construction: a task's stack is entered only by [`switch_to`], which refuses a task
//! that is running; the outgoing task is kept alive until its stack is no longer in use.

use crate::cpu;
use crate::fpu::FpuState;
use crate::paging::{map_fresh, map_guarded, unmap_fresh};
use crate::sync::{Lock, Rank};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::arch::naked_asm;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};
use kpio_abi::memory::{KERNEL_STACK_SIZE, KERNEL_VMAP_BASE, KERNEL_VMAP_SIZE, PAGE_SIZE};

/// Where stacks of tasks that have ended are, for new ones.
struct Pool {
    /// Those that stay mapped, [`MAX_MAPPED`] at most.
    mapped: Vec<u64>,
    /// Those whose frames were given back.
    unmapped: Vec<u64>,
    /// Stacks there are, of tasks and here.
    nr_stacks: usize,
}

/// Stacks that stay mapped, so that starting one task after the other is fast.
const MAX_MAPPED: usize = 32;

static POOL: Lock<Pool> = Lock::new(
    Rank::KernelMap,
    Pool {
        mapped: Vec::new(),
        unmapped: Vec::new(),
        nr_stacks: 0,
    },
);

impl Pool {
    /// Take room for one stack more to come back: that must not need memory.
    fn grow(&mut self) -> Option<()> {
        let nr_stacks = self.nr_stacks + 1;
        for (list, most) in [
            (&mut self.mapped, nr_stacks.min(MAX_MAPPED)),
            (&mut self.unmapped, nr_stacks),
        ] {
            list.try_reserve(most - list.len()).ok()?;
        }
        self.nr_stacks = nr_stacks;
        Some(())
    }
}

const STACK_PAGES: usize = KERNEL_STACK_SIZE / PAGE_SIZE;

/// A mapped kernel stack with a guard page below; back to the pool when dropped.
#[derive(Debug)]
struct KernelStack {
    bottom: u64,
}

impl KernelStack {
    fn new() -> Option<Self> {
        let (mapped, unmapped) = {
            let mut pool = POOL.lock();
            let mapped = pool.mapped.pop();
            let unmapped = if mapped.is_none() {
                pool.unmapped.pop()
            } else {
                None
            };
            (mapped, unmapped)
        };
        if let Some(bottom) = mapped {
            return Some(Self { bottom });
        }
        if let Some(bottom) = unmapped {
            if map_fresh(bottom, STACK_PAGES).is_none() {
                POOL.lock().unmapped.push(bottom);
                return None;
            }
            return Some(Self { bottom });
        }
        let bottom = map_guarded(STACK_PAGES)?;
        if POOL.lock().grow().is_none() {
            // Its addresses are lost: the next ones are as good.
            unmap_fresh(bottom, STACK_PAGES);
            return None;
        }
        Some(Self { bottom })
    }

    fn top(&self) -> u64 {
        self.bottom + KERNEL_STACK_SIZE as u64
    }
}

impl Drop for KernelStack {
    fn drop(&mut self) {
        {
            let mut pool = POOL.lock();
            if pool.mapped.len() < MAX_MAPPED {
                pool.mapped.push(self.bottom);
                return;
            }
        }
        unmap_fresh(self.bottom, STACK_PAGES);
        POOL.lock().unmapped.push(self.bottom);
    }
}

/// Whether `address` is in the unmapped page below a kernel stack.
pub(crate) fn is_stack_guard(address: u64) -> bool {
    let area = KERNEL_VMAP_BASE as u64..(KERNEL_VMAP_BASE + KERNEL_VMAP_SIZE) as u64;
    let is_below_stack = area.contains(&address) && !crate::paging::is_kernel_mapped(address);
    is_below_stack || crate::boot::is_boot_stack_guard(address)
}

/// The work of a task.
type Work = Box<dyn FnOnce() + Send>;

/// A flow of kernel code with its own stack.
pub struct Task {
    stack: Option<KernelStack>,
    saved_rsp: UnsafeCell<u64>,
    fpu: UnsafeCell<Option<Box<FpuState>>>,
    work: Lock<Option<Work>>,
    is_running: AtomicBool,
}

// SAFETY: the cells are touched only by `switch_to`, on the CPU that runs the task or is about to,
// with interrupts disabled; `is_running` makes sure that this is one CPU at a time.
unsafe impl Sync for Task {}
// SAFETY: as above; nothing in it is bound to a CPU.
unsafe impl Send for Task {}

impl core::fmt::Debug for Task {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Task")
            .field("stack", &self.stack)
            .field("is_running", &self.is_running)
            .finish_non_exhaustive()
    }
}

struct CurrentTask(UnsafeCell<Current>);

struct Current {
    task: Option<Arc<Task>>,
    /// The task before, kept until the switch away from its stack is complete.
    previous: Option<Arc<Task>>,
    /// What a task calls when its work is done: the scheduler's choice of the next one.
    on_exit: Option<fn() -> !>,
}

// SAFETY: one CPU, interrupts disabled wherever it is touched; no reference to it outlives a
// statement of this module.
unsafe impl Sync for CurrentTask {}

static CURRENT: CurrentTask = CurrentTask(UnsafeCell::new(Current {
    task: None,
    previous: None,
    on_exit: None,
}));

fn with_current<R>(f: impl FnOnce(&mut Current) -> R) -> R {
    // SAFETY: see `CurrentTask`; `f` is a closure of this module that does not switch or recurse.
    f(unsafe { &mut *CURRENT.0.get() })
}

/// Memory for the task's stack is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfStacks;

impl Task {
    /// A task that will do `work` when it is first switched to. Vector registers are saved and
    /// restored with it if it is given some to begin with.
    ///
    /// # Errors
    /// [`OutOfStacks`].
    pub fn new(work: Work, fpu: Option<Box<FpuState>>) -> Result<Arc<Self>, OutOfStacks> {
        let stack = KernelStack::new().ok_or(OutOfStacks)?;
        // What `switch` pops: six registers, then the address of `begin`; above them a zero as the
        // return address of `begin`, where backtraces end.
        let first_rsp = stack.top() - 16 - 7 * 8;
        let frame =
            core::ptr::with_exposed_provenance_mut::<[u64; 9]>(crate::memory::to_usize(first_rsp));
        let begin_address = (begin as *const ()).addr() as u64;
        // SAFETY: the stack is mapped, writable and unused; the frame lies below its top.
        unsafe { frame.write([0, 0, 0, 0, 0, 0, begin_address, 0, 0]) };
        Ok(Arc::new(Self {
            stack: Some(stack),
            saved_rsp: UnsafeCell::new(first_rsp),
            fpu: UnsafeCell::new(fpu),
            work: Lock::new(Rank::WaitQueue, Some(work)),
            is_running: AtomicBool::new(false),
        }))
    }
}

/// Make the boot flow a task (it becomes the idle task) and say what follows a task that ended.
///
/// # Panics
/// When called twice.
pub fn init(on_exit: fn() -> !) -> Arc<Task> {
    let task = Arc::new(Task {
        stack: None,
        saved_rsp: UnsafeCell::new(0),
        fpu: UnsafeCell::new(None),
        work: Lock::new(Rank::WaitQueue, None),
        is_running: AtomicBool::new(true),
    });
    with_current(|c| {
        assert!(c.task.is_none(), "task::init runs once");
        c.task = Some(Arc::clone(&task));
        c.on_exit = Some(on_exit);
    });
    task
}

/// The task that is running.
#[must_use]
pub fn current() -> Arc<Task> {
    with_current(|c| Arc::clone(c.task.as_ref().expect("task::init comes first")))
}

/// Run `next` on this CPU; returns when something switches back to the caller.
///
/// # Panics
/// If a lock is held, or `next` is running already.
pub fn switch_to(next: Arc<Task>) {
    assert!(
        crate::sync::holds_no_lock(),
        "a task switch with a lock held"
    );
    let next_rsp_cell = next.saved_rsp.get();
    let was_running = next.is_running.swap(true, Ordering::Acquire);
    assert!(!was_running, "a task is switched to while it runs");
    // SAFETY: `next` was not running, so its state is not in the CPU and nobody else touches it.
    if let Some(fpu) = unsafe { &*next.fpu.get() } {
        save_current_fpu();
        fpu.restore();
    } else {
        save_current_fpu();
    }
    let previous_rsp_cell = with_current(|c| {
        let previous = c.task.replace(next).expect("task::init comes first");
        let cell = previous.saved_rsp.get();
        assert!(c.previous.is_none(), "the switch before was not completed");
        c.previous = Some(previous);
        cell
    });
    // SAFETY: `next_rsp_cell` belongs to a task that `CURRENT` keeps alive; its value is the one
    // that `switch` or `Task::new` stored.
    let next_rsp = unsafe { *next_rsp_cell };
    // SAFETY: interrupts are disabled, both stacks are mapped, and `previous` lives until
    // `complete_switch` runs on the other stack.
    unsafe { switch(previous_rsp_cell, next_rsp) };
    complete_switch();
}

fn save_current_fpu() {
    with_current(|c| {
        let task = c.task.as_ref().expect("task::init comes first");
        // SAFETY: the running task's state is touched by its own CPU only.
        if let Some(fpu) = unsafe { &mut *task.fpu.get() } {
            fpu.save();
        }
    });
}

/// The first thing on the new stack: the old one is at rest now, so its task may run elsewhere or go.
fn complete_switch() {
    let previous = with_current(|c| c.previous.take()).expect("a switch sets it");
    previous.is_running.store(false, Ordering::Release);
}

/// Save callee-saved registers on this stack, go on with those of the other.
///
/// # Safety
/// `previous_rsp` is writable, `next_rsp` was stored by this function or `Task::new`.
#[unsafe(naked)]
unsafe extern "sysv64" fn switch(previous_rsp: *mut u64, next_rsp: u64) {
    naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    );
}

/// Where a new task begins.
extern "sysv64" fn begin() -> ! {
    complete_switch();
    let task = current();
    let work = task.work.lock().take().expect("a task begins once");
    drop(task);
    work();
    let on_exit = with_current(|c| c.on_exit).expect("task::init comes first");
    on_exit()
}

/// Wait for the next interrupt; for the idle task.
pub fn idle_once() {
    cpu::wait_for_interrupt();
}
