//! One process: what it holds, and its way from running to ended.
//!
//! Its states and what leads from one to the other are the contract's (`kernel_py/abi/states.py`).
//! `end` only sets the status and wakes every thread; each thread leaves at its next step out of
//! user mode or out of a wait. The last one closes the handles, frees the memory and tells the
//! parent. `stop` lets every thread stand still at its next step, until `go_on`.

use super::family::{self, Membership, News};
use super::handles::{Handle, HandleTable, Number};
use super::scheduler::{self, Wake};
use super::signal::send::ProcessSignals;
use super::status::ExitStatus;
use super::surroundings::Surroundings;
use super::thread::Thread;
use super::timer::Schedule;
use super::timer::alarm::Alarm;
use super::wait_queue::WaitQueue;
use crate::capability::Capability;
use crate::fs::lock;
use crate::ipc::channel::Account;
use crate::memory::address_space::AddressSpace;
use crate::memory::check_budget;
use crate::object::{ObjectRef, OpenFile};
use crate::{percent, system};
use alloc::string::{String, ToString};
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use kpio_abi::boot::INIT_PID;
use kpio_abi::errors::Errno;
use kpio_abi::events::{PROCESS_EXITED, PROCESS_OUTPUT};
use kpio_abi::rights::Rights;
use kpio_abi::states::{ProcessEvent, ProcessState};
use kpio_hal::sync::{Lock, Rank};

/// Threads a process may have at once.
const MAX_THREADS: usize = 4096;
/// Frames that a table full of handles may take, with what knows their descent.
const HANDLES_BUDGET: u64 = 64;
/// A process.
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// What it may do without a handle.
    pub rights: Rights,
    /// Its memory.
    pub space: AddressSpace,
    /// Where its paths begin.
    pub surroundings: Surroundings,
    /// Its handles in messages.
    pub in_flight: Account,
    /// Serial number of the thread that wants to be the only one, counted from 1; 0 for none.
    only_thread: AtomicU64,
    /// For the thread that wants to be the only one: another left.
    threads_changed: WaitQueue,
    /// For WAIT: something happened to a child.
    pub(super) children_changed: WaitQueue,
    /// Its signals.
    pub signals: Lock<ProcessSignals>,
    /// What sends it SIGALRM.
    pub alarm: Alarm,
    is_ending: AtomicBool,
    is_stopped: AtomicBool,
    /// For its threads that stand still: it goes on, or ends.
    went_on: WaitQueue,
    has_written: AtomicBool,
    /// It has had a lock of FCNTL.
    has_locks: AtomicBool,
    /// How long the children have run that it has waited for, and theirs.
    children_ran_ns: AtomicU64,
    pub(super) state: Lock<State>,
}

/// What changes about a process.
pub(super) struct State {
    /// The path of its program, as text.
    name: String,
    pub parent: i32,
    pub family: Membership,
    /// It has called EXEC.
    pub has_new_program: bool,
    handles: HandleTable<ObjectRef>,
    threads: Vec<Arc<Thread>>,
    /// How long those of its threads have run that have ended.
    ended_ns: u64,
    pub life: ProcessState,
    pub status: Option<ExitStatus>,
    /// What its parent was not told yet.
    pub news: Option<News>,
}

impl State {
    /// Let `event` change the state.
    ///
    /// # Panics
    /// When it cannot happen in this state.
    pub fn advance(&mut self, event: ProcessEvent) {
        let after = self.life.after(event);
        self.life =
            after.unwrap_or_else(|| panic!("{event:?} of a process that is {:?}", self.life));
    }
}

fn text_of(path: &[u8]) -> String {
    String::from_utf8(path.to_vec()).unwrap_or_else(|_| percent::Encoded(path).to_string())
}

impl Process {
    /// A process without threads, in the table. The first one becomes process 1.
    ///
    /// # Errors
    /// EAGAIN when there are too many, ENOMEM.
    pub fn new(
        name: &[u8],
        parent: Option<&Arc<Self>>,
        space: AddressSpace,
        handles: HandleTable<ObjectRef>,
        signals: ProcessSignals,
        rights: Rights,
    ) -> Result<Arc<Self>, Errno> {
        check_budget(16)?;
        let family = parent.map_or_else(Membership::default, |parent| parent.state.lock().family);
        family::join(|pid| {
            let family = family.or_own(pid);
            Arc::new_cyclic(|this| Self {
                pid,
                rights,
                space,
                surroundings: parent.map_or_else(Surroundings::of_kernel, |parent| {
                    parent.surroundings.inherited()
                }),
                in_flight: Account::default(),
                only_thread: AtomicU64::new(0),
                threads_changed: WaitQueue::new(),
                children_changed: WaitQueue::new(),
                signals: Lock::new(Rank::ProcessSignals, signals),
                alarm: Alarm::new(Weak::clone(this)),
                is_ending: AtomicBool::new(false),
                is_stopped: AtomicBool::new(false),
                went_on: WaitQueue::new(),
                has_written: AtomicBool::new(false),
                has_locks: AtomicBool::new(false),
                children_ran_ns: AtomicU64::new(0),
                state: Lock::new(
                    Rank::Process,
                    State {
                        name: text_of(name),
                        parent: parent.map_or(0, |p| p.pid),
                        family,
                        has_new_program: false,
                        handles,
                        threads: Vec::new(),
                        ended_ns: 0,
                        life: ProcessState::FIRST,
                        status: None,
                        news: None,
                    },
                ),
            })
        })
    }

    /// The path of its program, as text.
    #[must_use]
    pub fn name(&self) -> String {
        self.state.lock().name.clone()
    }

    /// Forget a process that never got a thread.
    pub fn abandon(&self) {
        family::forget(self.pid);
    }

    /// A number for a new thread: the process's own for the first.
    pub fn next_thread_id(&self) -> i32 {
        let is_first = self.state.lock().threads.is_empty();
        if is_first {
            self.pid
        } else {
            family::next_id()
        }
    }

    /// Take in a thread that is about to start.
    ///
    /// # Errors
    /// EAGAIN when there are too many, or the process is ending.
    pub fn add_thread(&self, thread: Arc<Thread>) -> Result<(), Errno> {
        let mut state = self.state.lock();
        if state.threads.len() >= MAX_THREADS || state.status.is_some() {
            return Err(Errno::EAGAIN);
        }
        state.threads.push(thread);
        Ok(())
    }

    /// How many threads it has.
    pub(super) fn nr_threads(&self) -> u64 {
        self.state.lock().threads.len() as u64
    }

    /// How long its threads have run.
    #[must_use]
    pub fn ran_ns(&self) -> u64 {
        let state = self.state.lock();
        let running = state.threads.iter().map(scheduler::ran_ns);
        state.ended_ns + running.sum::<u64>()
    }

    /// How long the children have run that it has waited for, and theirs.
    #[must_use]
    pub fn children_ran_ns(&self) -> u64 {
        self.children_ran_ns.load(Ordering::Relaxed)
    }

    /// A child that was waited for has run for so long.
    pub(super) fn note_child_ran(&self, ran_ns: u64) {
        self.children_ran_ns.fetch_add(ran_ns, Ordering::Relaxed);
    }

    /// Whether one of its threads has the number `tid`.
    pub(super) fn has_thread(&self, tid: i32) -> bool {
        self.thread(tid).is_some()
    }

    /// Its thread of the number `tid`.
    #[must_use]
    pub fn thread(&self, tid: i32) -> Option<Arc<Thread>> {
        let state = self.state.lock();
        let found = state.threads.iter().find(|thread| thread.tid() == tid);
        found.cloned()
    }

    /// The parent's number; 0 for process 1.
    #[must_use]
    pub fn parent(&self) -> i32 {
        self.state.lock().parent
    }

    /// Whether its threads are to leave.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Acquire)
    }

    /// Whether a thread other than `thread` wants to be the only one.
    #[must_use]
    pub fn is_left_to_another(&self, thread: &Thread) -> bool {
        let only = self.only_thread.load(Ordering::Acquire);
        only != 0 && only != thread.serial + 1
    }

    /// Let every thread but `thread` leave, and wait until they have.
    ///
    /// # Errors
    /// EAGAIN when another thread is at it; EINTR when the process ends meanwhile.
    pub fn end_other_threads(&self, thread: &Arc<Thread>) -> Result<(), Errno> {
        self.only_thread
            .compare_exchange(0, thread.serial + 1, Ordering::AcqRel, Ordering::Acquire)
            .map_err(|_| Errno::EAGAIN)?;
        let others: Vec<_> = {
            let state = self.state.lock();
            let is_other = |other: &&Arc<Thread>| !Arc::ptr_eq(other, thread);
            state.threads.iter().filter(is_other).cloned().collect()
        };
        for other in &others {
            scheduler::wake(other, Wake::Killed);
        }
        let alone = self.threads_changed.wait_for_certain(thread, || {
            (self.state.lock().threads.len() == 1).then_some(())
        });
        self.only_thread.store(0, Ordering::Release);
        alone.map_err(|_| Errno::EINTR)
    }

    /// Take the program of `path`, whose memory is `space`, in place of the one that ran. The caller
    /// is the only thread.
    pub fn become_program(&self, path: &[u8], space: AddressSpace) {
        self.space.replace(space);
        {
            let mut signals = self.signals.lock();
            signals.actions = signals.actions.after_exec();
        }
        let closed = {
            let mut state = self.state.lock();
            state.name = text_of(path);
            state.has_new_program = true;
            state.handles.take_close_on_exec()
        };
        for capability in closed {
            self.let_go(capability);
        }
    }

    /// Its threads.
    #[must_use]
    pub fn threads(&self) -> Vec<Arc<Thread>> {
        self.state.lock().threads.clone()
    }

    /// Let its threads stand still, because of `signal`, and tell the parent.
    pub fn stop(self: &Arc<Self>, signal: u32) {
        let threads = {
            let mut state = self.state.lock();
            let before = state.life;
            state.advance(ProcessEvent::Stop);
            if state.life != ProcessState::Stopped || before == ProcessState::Stopped {
                return;
            }
            self.is_stopped.store(true, Ordering::Release);
            state.news = Some(News::Stopped(signal));
            state.threads.clone()
        };
        for thread in threads {
            thread.set_attention(true);
            scheduler::wake(&thread, Wake::Interrupted);
        }
        family::tell_news(self, News::Stopped(signal));
    }

    /// Let it go on if it stands still, and tell the parent.
    pub fn go_on(self: &Arc<Self>) {
        {
            let mut state = self.state.lock();
            let was_stopped = state.life == ProcessState::Stopped;
            state.advance(ProcessEvent::Continue);
            if !was_stopped {
                return;
            }
            self.is_stopped.store(false, Ordering::Release);
            state.news = Some(News::Continued);
        }
        self.went_on.notify_all();
        family::tell_news(self, News::Continued);
    }

    /// Wait while the process stands still.
    pub fn stand_still(&self, thread: &Arc<Thread>) {
        if self.is_stopped.load(Ordering::Acquire) {
            // What ends the wait otherwise is the end of the process, which the caller looks at.
            let _ = self.went_on.wait_for_certain(thread, || {
                (!self.is_stopped.load(Ordering::Acquire)).then_some(())
            });
        }
    }

    /// Begin its end with `status`, unless it has begun.
    pub fn end(&self, status: ExitStatus) {
        let threads = {
            let mut state = self.state.lock();
            if state.status.is_some() {
                return;
            }
            state.status = Some(status);
            state.advance(ProcessEvent::End);
            self.is_ending.store(true, Ordering::Release);
            state.threads.clone()
        };
        for thread in threads {
            scheduler::wake(&thread, Wake::Killed);
        }
    }

    /// `thread` is through. The last one ends the process.
    pub fn thread_ended(self: &Arc<Self>, thread: &Arc<Thread>) {
        let last = {
            let mut state = self.state.lock();
            state.threads.retain(|t| !Arc::ptr_eq(t, thread));
            state.ended_ns += scheduler::ran_ns(thread);
            state.threads.is_empty().then(|| {
                // The last thread may leave by THREAD_EXIT: POSIX `pthread_exit` says status 0.
                let status = *state.status.get_or_insert(ExitStatus::Exited(0));
                if !self.is_ending.swap(true, Ordering::AcqRel) {
                    state.advance(ProcessEvent::End);
                }
                (status, state.handles.take_all())
            })
        };
        self.threads_changed.notify_all();
        if let Some((status, handles)) = last {
            if self.has_locks.load(Ordering::Relaxed) {
                lock::table::process_ended(self.pid);
            }
            drop(handles);
            self.space.clear();
            self.finish(status);
        }
    }

    fn finish(self: &Arc<Self>, status: ExitStatus) {
        self.alarm.set(Schedule::NEVER);
        system::emit(
            PROCESS_EXITED,
            &[&self.pid, &self.name(), &status.status(), &status.signal()],
        );
        if self.pid == INIT_PID {
            system::init_ended(status);
        }
        family::tell_end(self, status);
    }

    /// The object of a handle, if it gives the rights `wanted`.
    ///
    /// # Errors
    /// EBADF.
    pub fn object(&self, number: i32, wanted: Rights) -> Result<ObjectRef, Errno> {
        self.state.lock().handles.get(number, wanted)
    }

    /// Add a handle to something new under the lowest free number. No lock is held by the caller.
    ///
    /// # Errors
    /// ENOMEM, EMFILE.
    pub fn add_handle(&self, handle: Handle<ObjectRef>) -> Result<i32, Errno> {
        let capability = Capability::new(handle.object, handle.rights);
        self.add_capability(capability, Number::LOWEST, handle.is_close_on_exec)
    }

    /// Give the process a capability; its number. No lock is held by the caller.
    ///
    /// # Errors
    /// ENOMEM; EMFILE when there is no free number; EBADF for a place, EINVAL for a minimum beyond the
    /// table's end.
    pub fn add_capability(
        &self,
        capability: Capability<ObjectRef>,
        wanted: Number,
        is_close_on_exec: bool,
    ) -> Result<i32, Errno> {
        check_budget(1)?;
        let added = self
            .state
            .lock()
            .handles
            .add(capability, wanted, is_close_on_exec);
        // What was there, or was not taken, goes here: after the lock is released.
        let (number, before) = added.map_err(|(errno, _refused)| errno)?;
        if let Some(before) = before {
            self.let_go(before);
        }
        Ok(number)
    }

    /// Make a handle from handle `number`, with the rights that are also in `kept`; its number.
    ///
    /// # Errors
    /// As in the contract of HANDLE_DUPLICATE; EBADF for a place, EINVAL for a minimum beyond the
    /// table's end.
    pub fn duplicate_handle(
        &self,
        number: i32,
        wanted: Number,
        kept: Rights,
        badge: u64,
        is_close_on_exec: bool,
    ) -> Result<i32, Errno> {
        check_budget(1)?;
        let duplicated =
            self.state
                .lock()
                .handles
                .duplicate(number, wanted, kept, badge, is_close_on_exec);
        // What was there goes here: after the lock is released.
        let (number, before) = duplicated?;
        if let Some(before) = before {
            self.let_go(before);
        }
        Ok(number)
    }

    /// Take back all that descends from handle `number`; how many handles that were.
    ///
    /// # Errors
    /// EBADF when it may not revoke.
    pub fn revoke_handles(&self, number: i32) -> Result<usize, Errno> {
        let revoked = self.state.lock().handles.revoke(number)?;
        // Objects that only these handles held go one by one, after the lock is released. Who waits at
        // one looks at its handle again.
        let tell = |object: ObjectRef| {
            if let Some(waiters) = object.waiters() {
                waiters.notify_all();
            }
        };
        Ok(revoked.map(tell).count())
    }

    /// Whether a handle goes to no other program.
    ///
    /// # Errors
    /// EBADF.
    pub fn is_close_on_exec(&self, number: i32) -> Result<bool, Errno> {
        self.state.lock().handles.is_close_on_exec(number)
    }

    /// Say whether a handle goes to no other program.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_close_on_exec(&self, number: i32, is_set: bool) -> Result<(), Errno> {
        let mut state = self.state.lock();
        state.handles.set_close_on_exec(number, is_set)
    }

    /// Close a handle.
    ///
    /// # Errors
    /// EBADF.
    pub fn close_handle(&self, number: i32) -> Result<(), Errno> {
        // The object may go with its last handle; that happens after the lock is released.
        let closed = self.state.lock().handles.remove(number)?;
        self.let_go(closed);
        Ok(())
    }

    /// It is about to take a lock of FCNTL.
    pub fn note_lock(&self) {
        self.has_locks.store(true, Ordering::Relaxed);
    }

    /// A descriptor is closed.
    fn let_go(&self, capability: Capability<ObjectRef>) {
        if self.has_locks.load(Ordering::Relaxed)
            && let Some(object) = capability.object()
        {
            self.note_gone(&object);
        }
    }

    /// It has a descriptor of `object` no longer: with any of a file's, its locks of the file go.
    /// POSIX `fcntl`.
    pub fn note_gone(&self, object: &ObjectRef) {
        if self.has_locks.load(Ordering::Relaxed)
            && let Some(file) = object.downcast_ref::<OpenFile>()
        {
            lock::table::release_all(&file.node, lock::Owner::Process(self.pid));
        }
    }

    /// Look at the handles, or change them. What is taken out of the table is to be returned, so that
    /// it is dropped after the lock is released.
    pub fn with_handles<R>(&self, look: impl FnOnce(&mut HandleTable<ObjectRef>) -> R) -> R {
        look(&mut self.state.lock().handles)
    }

    /// The handles a child begins with that runs another program.
    ///
    /// # Errors
    /// ENFILE when too many handles stem from the same one, ENOMEM.
    pub fn inherited_handles(&self) -> Result<HandleTable<ObjectRef>, Errno> {
        check_budget(HANDLES_BUDGET)?;
        self.state.lock().handles.inherited()
    }

    /// The handles of a fork.
    ///
    /// # Errors
    /// ENFILE when too many handles stem from the same one, ENOMEM.
    pub fn forked_handles(&self) -> Result<HandleTable<ObjectRef>, Errno> {
        check_budget(HANDLES_BUDGET)?;
        self.state.lock().handles.forked()
    }

    /// Tell the world, the first time only, that the process wrote to the console.
    pub fn note_output(&self) {
        if !self.has_written.swap(true, Ordering::Relaxed) {
            system::emit(PROCESS_OUTPUT, &[&self.pid]);
        }
    }
}
