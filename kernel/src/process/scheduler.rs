//! Which thread runs: `fair` says which of the ready ones, and how long; sleeping and waking.
//!
//! A thread sleeps in three steps, so that no wake-up is lost: it *arms* itself, registers where
//! the waker will look, checks once more that it must wait, and then calls [`wait`]. A wake-up
//! between arming and `wait` makes `wait` return at once. Who wakes: the holder of what is waited
//! for (`Notified`), the timer (`TimedOut`), a signal (`Interrupted`), the end of the process (`Killed`). The first one wins;
//! later ones find the thread awake and do nothing. If the waker dies, the deadline or the end of
//! the process still ends the wait.

use super::fair::{ReadyQueue, Running};
use super::thread::Thread;
use super::timer::armed::OnTime;
use super::timer::deadlines::{self, Deadlines};
use crate::memory::pressure;
use alloc::sync::{Arc, Weak};
use kpio_hal::sync::{Lock, Rank};
use kpio_hal::task::{self, Task};
use kpio_hal::trap::{self, VECTOR_SERIAL, VECTOR_TIMER};
use kpio_hal::{apic, time};

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// What was waited for may have happened.
    Notified,
    /// The deadline passed.
    TimedOut,
    /// A signal came.
    Interrupted,
    /// The thread's process ends.
    Killed,
}

/// A thread's place in the scheduler; kept in the thread, used under the scheduler's lock.
#[derive(Debug, Default)]
pub struct WaitState {
    is_armed: bool,
    is_asleep: bool,
    wake: Option<Wake>,
    deadline_ns: Option<u64>,
}

/// What a deadline ends.
enum Due {
    /// The sleep of this thread.
    Thread(Arc<Thread>),
    /// The time until this timer goes off.
    Timer(Weak<dyn OnTime>),
}

/// What becomes of the thread that ran when another is chosen.
#[derive(Clone, Copy)]
enum Place {
    /// It sleeps, or has ended.
    Nowhere,
    /// It could go on.
    Back,
    /// It lets the others run first.
    Last,
}

struct Scheduler {
    ready: ReadyQueue<Arc<Thread>>,
    deadlines: Deadlines<Due>,
    current: Option<Arc<Thread>>,
    idle: Option<Arc<Task>>,
    slice_end_ns: u64,
    /// Until when the time of the current thread was counted.
    charged_ns: u64,
}

static SCHEDULER: Lock<Scheduler> = Lock::new(
    Rank::Scheduler,
    Scheduler {
        ready: ReadyQueue::new(),
        deadlines: Deadlines::new(),
        current: None,
        idle: None,
        slice_end_ns: 0,
        charged_ns: 0,
    },
);

impl Scheduler {
    fn wake(&mut self, thread: &Arc<Thread>, wake: Wake) {
        let mut state = thread.wait_state.lock();
        if !state.is_armed || state.wake.is_some() {
            return;
        }
        state.wake = Some(wake);
        if let Some(deadline_ns) = state.deadline_ns.take() {
            self.deadlines.remove(place_of(thread, deadline_ns));
        }
        if state.is_asleep {
            state.is_asleep = false;
            self.make_ready(thread);
        }
    }

    /// Put a thread among the ready ones that slept or is new. If it is to run at once, the slice of
    /// the current one ends.
    fn make_ready(&mut self, thread: &Arc<Thread>) {
        let now_ns = time::now_ns();
        let running = self.current.as_ref().map(|current| Running {
            share: &current.share,
            uncharged_ns: now_ns.saturating_sub(self.charged_ns),
        });
        let is_urgent = self.ready.wake(&thread.share, Arc::clone(thread), running);
        if is_urgent && now_ns < self.slice_end_ns {
            self.slice_end_ns = now_ns;
            self.set_timer(now_ns);
        }
    }

    /// Count the time that the current thread has run.
    fn charge(&mut self, now_ns: u64) {
        if let Some(current) = &self.current {
            current.share.charge(now_ns.saturating_sub(self.charged_ns));
        }
        self.charged_ns = now_ns;
    }

    /// Wake the threads whose deadlines have come, up to the first timer among them.
    fn wake_expired(&mut self, now_ns: u64) -> Option<Weak<dyn OnTime>> {
        loop {
            match self.deadlines.take_due(now_ns)? {
                Due::Thread(thread) => self.wake(&thread, Wake::TimedOut),
                Due::Timer(owner) => return Some(owner),
            }
        }
    }

    /// When the timer is wanted next, seen from `now_ns`.
    fn set_timer(&self, now_ns: u64) {
        let slice = self.current.as_ref().map(|_| self.slice_end_ns);
        match slice.into_iter().chain(self.deadlines.first_ns()).min() {
            Some(at) => apic::set_timer(at.saturating_sub(now_ns)),
            None => apic::stop_timer(),
        }
    }

    /// Choose what runs next and make it current; its task, unless it runs already. Who ran until now
    /// goes to `place`.
    fn choose(&mut self, place: Place) -> Option<Arc<Task>> {
        let now_ns = time::now_ns();
        self.charge(now_ns);
        if let Some(current) = &self.current {
            match place {
                Place::Nowhere => {}
                Place::Back => self.ready.put_back(&current.share, Arc::clone(current)),
                Place::Last => self.ready.put_last(&current.share, Arc::clone(current)),
            }
        }
        let next = self.ready.take_next();
        self.slice_end_ns = now_ns + next.as_ref().map_or(0, |next| next.share.slice_ns());
        let is_same = match (&self.current, &next) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        let task = next.as_ref().map_or_else(
            || Arc::clone(self.idle.as_ref().expect("scheduler::init comes first")),
            |thread| thread.task(),
        );
        self.current = next;
        self.set_timer(now_ns);
        (!is_same).then_some(task)
    }
}

/// Where a thread that sleeps until `deadline_ns` stands.
fn place_of(thread: &Thread, deadline_ns: u64) -> deadlines::Place {
    deadlines::Place {
        deadline_ns,
        serial: thread.serial,
    }
}

/// Make the boot flow the idle task.
pub fn init() {
    let idle = task::init(exit_current);
    SCHEDULER.lock().idle = Some(idle);
}

/// Run `next`; when the caller runs again, its process's memory is the one the CPU sees.
fn switch_to(next: Arc<Task>) {
    task::switch_to(next);
    let process = SCHEDULER
        .lock()
        .current
        .as_ref()
        .and_then(|thread| thread.process.clone());
    if let Some(process) = process {
        process.space.activate();
    }
}

/// Put a new thread among the ready ones. It begins as nice as the one that runs.
pub fn start(thread: &Arc<Thread>) {
    let mut scheduler = SCHEDULER.lock();
    scheduler.charge(time::now_ns());
    if let Some(current) = &scheduler.current {
        thread.share.begin_as(&current.share);
    }
    scheduler.make_ready(thread);
}

/// How long `thread` has run.
#[must_use]
pub fn ran_ns(thread: &Arc<Thread>) -> u64 {
    let mut scheduler = SCHEDULER.lock();
    if scheduler
        .current
        .as_ref()
        .is_some_and(|current| Arc::ptr_eq(current, thread))
    {
        scheduler.charge(time::now_ns());
    }
    thread.share.ran_ns()
}

/// Set how nice `thread` is: from now on its time counts by that.
pub fn set_nice(thread: &Arc<Thread>, nice: i32) {
    let mut scheduler = SCHEDULER.lock();
    scheduler.charge(time::now_ns());
    thread.share.set_nice(nice);
}

/// The thread that runs.
///
/// # Panics
/// In the idle task.
#[must_use]
pub fn current() -> Arc<Thread> {
    let scheduler = SCHEDULER.lock();
    Arc::clone(scheduler.current.as_ref().expect("no thread runs"))
}

/// First step of a wait: from here on a wake-up counts.
pub fn arm(thread: &Arc<Thread>) {
    let _scheduler = SCHEDULER.lock();
    let mut state = thread.wait_state.lock();
    *state = WaitState {
        is_armed: true,
        ..WaitState::default()
    };
}

/// Take back [`arm`]: the check found that there is nothing to wait for.
pub fn disarm(thread: &Arc<Thread>) {
    let _scheduler = SCHEDULER.lock();
    *thread.wait_state.lock() = WaitState::default();
}

/// Last step of a wait: sleep until woken, or until the clock shows `deadline_ns`. A signal for the
/// thread ends it too.
pub fn wait(thread: &Arc<Thread>, deadline_ns: Option<u64>) -> Wake {
    sleep(thread, deadline_ns, true)
}

/// Last step of a wait that signals do not end. Being woken for one still counts as notified, so
/// that the caller looks again.
pub fn wait_for_certain(thread: &Arc<Thread>) -> Wake {
    match sleep(thread, None, false) {
        Wake::Interrupted => Wake::Notified,
        wake => wake,
    }
}

fn sleep(thread: &Arc<Thread>, deadline_ns: Option<u64>, is_interruptible: bool) -> Wake {
    loop {
        let mut scheduler = SCHEDULER.lock();
        let now_ns = time::now_ns();
        let mut state = thread.wait_state.lock();
        assert!(state.is_armed, "a wait that was not armed");
        if let Some(wake) = state.wake {
            *state = WaitState::default();
            return wake;
        }
        if thread.is_killed() {
            *state = WaitState::default();
            return Wake::Killed;
        }
        if is_interruptible && thread.has_attention() {
            *state = WaitState::default();
            return Wake::Interrupted;
        }
        if deadline_ns.is_some_and(|at| at <= now_ns) {
            *state = WaitState::default();
            return Wake::TimedOut;
        }
        state.is_asleep = true;
        state.deadline_ns = deadline_ns;
        drop(state);
        if let Some(deadline_ns) = deadline_ns {
            let place = place_of(thread, deadline_ns);
            scheduler
                .deadlines
                .insert(place, Due::Thread(Arc::clone(thread)));
        }
        let next = scheduler.choose(Place::Nowhere);
        drop(scheduler);
        if let Some(next) = next {
            switch_to(next);
        }
    }
}

/// Wake `thread` if it waits or is about to.
pub fn wake(thread: &Arc<Thread>, reason: Wake) {
    SCHEDULER.lock().wake(thread, reason);
}

/// Tell `owner` when the time of `after` has come; and what was to be told at `before` no more.
pub fn set_deadline(
    before: Option<deadlines::Place>,
    after: Option<deadlines::Place>,
    owner: &Weak<dyn OnTime>,
) {
    let mut scheduler = SCHEDULER.lock();
    let first_ns = scheduler.deadlines.first_ns();
    if let Some(before) = before {
        scheduler.deadlines.remove(before);
    }
    if let Some(after) = after {
        let due = Due::Timer(Weak::clone(owner));
        scheduler.deadlines.insert(after, due);
    }
    if scheduler.deadlines.first_ns() != first_ns {
        scheduler.set_timer(time::now_ns());
    }
}

/// Wake and tell everybody whose deadline has come.
fn serve_deadlines() {
    loop {
        let due = SCHEDULER.lock().wake_expired(time::now_ns());
        let Some(owner) = due else {
            return;
        };
        if let Some(owner) = owner.upgrade() {
            owner.on_time();
        }
    }
}

/// Let the other ready threads run first.
pub fn yield_now() {
    give_way(Place::Last);
}

/// Let another thread run, unless the current one is the next as well.
fn give_way(place: Place) {
    let next = {
        let mut scheduler = SCHEDULER.lock();
        if scheduler.ready.is_empty() {
            return;
        }
        scheduler.choose(place)
    };
    if let Some(next) = next {
        switch_to(next);
    }
}

/// The end of a task: run something else, for good.
fn exit_current() -> ! {
    // With the thread may go its process, and with that what takes locks.
    let ended = {
        let mut scheduler = SCHEDULER.lock();
        scheduler.charge(time::now_ns());
        scheduler.current.take()
    };
    drop(ended);
    let next = SCHEDULER.lock().choose(Place::Nowhere);
    task::switch_to(next.expect("an ended thread is not ready"));
    unreachable!("an ended task was switched to")
}

/// Do what arrived interrupts and the clock ask for; another thread may run meanwhile. Called after
/// a thread left user mode by an interrupt, by the idle task, and by calls that take long between
/// two pieces of their work.
pub fn handle_interrupts() {
    pressure::look();
    let pending = trap::take_pending();
    if trap::has_vector(pending, VECTOR_SERIAL) {
        crate::terminal::receive();
    }
    serve_deadlines();
    let is_slice_over = {
        let mut scheduler = SCHEDULER.lock();
        let now_ns = time::now_ns();
        let slice_ns = scheduler.current.as_ref().map(|c| c.share.slice_ns());
        let is_slice_over = slice_ns.is_some() && now_ns >= scheduler.slice_end_ns;
        if let Some(slice_ns) = slice_ns
            && is_slice_over
            && scheduler.ready.is_empty()
        {
            scheduler.slice_end_ns = now_ns + slice_ns;
        }
        if trap::has_vector(pending, VECTOR_TIMER) {
            scheduler.set_timer(now_ns);
        }
        is_slice_over
    };
    if is_slice_over {
        give_way(Place::Back);
    }
}

/// What the boot flow becomes: run ready threads, wait for interrupts when there are none.
pub fn idle() -> ! {
    loop {
        let next = {
            let mut scheduler = SCHEDULER.lock();
            if scheduler.ready.is_empty() {
                None
            } else {
                scheduler.choose(Place::Nowhere)
            }
        };
        if let Some(next) = next {
            task::switch_to(next);
            continue;
        }
        kpio_hal::paging::activate_kernel_only();
        pressure::look();
        task::idle_once();
        handle_interrupts();
    }
}
