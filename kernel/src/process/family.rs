//! Processes among each other: numbers, parents and children, groups and sessions, waiting.

use super::process::Process;
use super::signal::{self, send};
use super::status::ExitStatus;
use super::thread::Thread;
use crate::capability;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::boot::INIT_PID;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    CLD_CONTINUED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SA_NOCLDSTOP, SA_NOCLDWAIT, SIGCHLD,
    SIGCONT,
};
use kpio_abi::rights::Rights;
use kpio_abi::states::{ProcessEvent, ProcessState};
use kpio_abi::types::SignalInfo;
use kpio_hal::sync::{Lock, Rank};

/// Processes the system may have at once.
const MAX_PROCESSES: usize = 32_768;
/// The largest number of a process or thread; then counting begins again. Linux's `PID_MAX_LIMIT`.
const MAX_ID: i32 = 1 << 22;

struct Table {
    processes: BTreeMap<i32, Arc<Process>>,
    last_id: i32,
    /// Numbers have been given out once around: from here on one may be taken.
    has_wrapped: bool,
}

static TABLE: Lock<Table> = Lock::new(
    Rank::Processes,
    Table {
        processes: BTreeMap::new(),
        last_id: 0,
        has_wrapped: false,
    },
);

impl Table {
    /// Whether a process, thread, group or session has the number.
    fn is_taken(&self, id: i32) -> bool {
        self.processes.values().any(|process| {
            let family = process.state.lock().family;
            process.pid == id || family.group == id || family.session == id
        }) || self
            .processes
            .values()
            .any(|process| process.has_thread(id))
    }

    /// A number that nobody has. Numbers come again only after all others were given.
    fn next_id(&mut self) -> i32 {
        loop {
            if self.last_id == MAX_ID {
                self.last_id = INIT_PID;
                self.has_wrapped = true;
            }
            self.last_id += 1;
            let id = self.last_id;
            if !self.has_wrapped || !self.is_taken(id) {
                return id;
            }
        }
    }

    fn members(&self, group: i32) -> impl Iterator<Item = &Arc<Process>> {
        self.processes
            .values()
            .filter(move |process| process.state.lock().family.group == group)
    }
}

/// The process group and the session of a process; both 0 for nobody's child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// The number of its process group.
    pub group: i32,
    /// The number of its session.
    pub session: i32,
}

impl Membership {
    /// That of `pid` itself, for a process that inherits none.
    #[must_use]
    pub const fn or_own(self, pid: i32) -> Self {
        if self.group == 0 {
            Self {
                group: pid,
                session: pid,
            }
        } else {
            self
        }
    }
}

/// What a parent is told about a child that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// This signal stopped it.
    Stopped(u32),
    /// It goes on.
    Continued,
}

/// What WAIT tells about a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// It ended.
    Ended(ExitStatus),
    /// It stopped or goes on.
    News(News),
}

impl Report {
    /// The word that WAIT stores. POSIX `wait`, in Linux's encoding.
    #[must_use]
    pub const fn wait_word(self) -> i32 {
        match self {
            Self::Ended(status) => status.wait_word(),
            Self::News(News::Stopped(signal)) => (signal << 8 | 0x7F).cast_signed(),
            Self::News(News::Continued) => 0xFFFF,
        }
    }

    /// What SIGCHLD and WAITID tell: code and status.
    #[must_use]
    pub const fn code_and_status(self) -> (i32, i32) {
        match self {
            Self::Ended(ExitStatus::Exited(status)) => (CLD_EXITED, status as i32),
            Self::Ended(ExitStatus::Killed(signal)) => (CLD_KILLED, signal as i32),
            Self::News(News::Stopped(signal)) => (CLD_STOPPED, signal.cast_signed()),
            Self::News(News::Continued) => (CLD_CONTINUED, SIGCONT.cast_signed()),
        }
    }

    /// What SIGCHLD and WAITID tell about child `pid`.
    #[must_use]
    pub fn info(self, pid: i32) -> SignalInfo {
        let (code, status) = self.code_and_status();
        SignalInfo {
            value: u64::from(status.cast_unsigned()),
            ..send::info(SIGCHLD, code, pid)
        }
    }
}

/// What WAIT tells, and about which child.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The child.
    pub pid: i32,
    /// What happened.
    pub report: Report,
    /// How long it and the children it has waited for have run.
    pub ran_ns: u64,
}

/// Which children WAIT is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// Any child.
    Any,
    /// The child of this number.
    Child(i32),
    /// The children of this process group.
    Group(i32),
}

/// What WAIT is about, besides which children.
#[derive(Clone, Copy, Debug)]
pub struct WaitOptions {
    /// Children that ended.
    pub ended: bool,
    /// Children that stopped.
    pub stopped: bool,
    /// Children that go on.
    pub continued: bool,
    /// The child can be waited for again.
    pub is_kept: bool,
    /// Wait until there is something.
    pub is_blocking: bool,
}

/// Counts for SYSTEM_INFO.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Processes, ended ones that nobody waited for included.
    pub processes: u64,
    /// Threads of programs.
    pub threads: u64,
    /// Handles of all processes, and those in messages.
    pub handles: u64,
}

/// How many there are.
#[must_use]
pub fn counts() -> Counts {
    let table = TABLE.lock();
    Counts {
        processes: table.processes.len() as u64,
        threads: table.processes.values().map(|p| p.nr_threads()).sum(),
        handles: capability::count(),
    }
}

/// Take a process in, which `make` makes for its number.
///
/// # Errors
/// EAGAIN when there are too many.
pub fn join(make: impl FnOnce(i32) -> Arc<Process>) -> Result<Arc<Process>, Errno> {
    let mut table = TABLE.lock();
    if table.processes.len() >= MAX_PROCESSES {
        return Err(Errno::EAGAIN);
    }
    let pid = table.next_id();
    let process = make(pid);
    table.processes.insert(pid, Arc::clone(&process));
    Ok(process)
}

/// Forget a process.
pub fn forget(pid: i32) {
    let forgotten = TABLE.lock().processes.remove(&pid);
    drop(forgotten);
}

/// A number for a thread.
pub fn next_id() -> i32 {
    TABLE.lock().next_id()
}

/// The process of this number, if there is one that was not forgotten.
#[must_use]
pub fn find(pid: i32) -> Option<Arc<Process>> {
    TABLE.lock().processes.get(&pid).cloned()
}

/// The processes of a group.
#[must_use]
pub fn group(group: i32) -> Vec<Arc<Process>> {
    TABLE.lock().members(group).cloned().collect()
}

/// All processes.
#[must_use]
pub fn all() -> Vec<Arc<Process>> {
    TABLE.lock().processes.values().cloned().collect()
}

/// The process that has most pages mapped, process 1 excepted: whom to end when memory is used up.
#[must_use]
pub fn largest() -> Option<Arc<Process>> {
    let table = TABLE.lock();
    let others = table.processes.values().filter(|p| p.pid != INIT_PID);
    let sized = others.map(|process| (process.space.nr_resident_pages(), process));
    let largest = sized.max_by_key(|(nr_pages, _)| *nr_pages)?;
    (largest.0 > 0).then(|| Arc::clone(largest.1))
}

/// The thread of this number, if it has not ended.
#[must_use]
pub fn find_thread(tid: i32) -> Option<Arc<Thread>> {
    let table = TABLE.lock();
    // Most are asked for by the number of their process.
    let likely = table.processes.get(&tid);
    let mut processes = likely.into_iter().chain(table.processes.values());
    processes.find_map(|process| process.thread(tid))
}

/// Whether `sender` may send signals to `target`: to itself, to its session, to those that descend from
/// it, and with the right SIGNAL to everybody. `docs/decisions/0002-who-may-signal-whom.md`.
#[must_use]
pub fn may_signal(sender: &Process, target: &Process) -> bool {
    sender.pid == target.pid
        || sender.rights.contains(Rights::SIGNAL)
        || sender.family().session == target.family().session
        || descends_from(target, sender.pid)
}

fn descends_from(process: &Process, ancestor: i32) -> bool {
    let table = TABLE.lock();
    let mut pid = process.parent();
    // Process 1 has no parent, and everybody descends from it.
    while pid != ancestor {
        match table.processes.get(&pid) {
            Some(parent) => pid = parent.parent(),
            None => return false,
        }
    }
    true
}

/// All processes but process 1 and `except`.
#[must_use]
pub fn others(except: i32) -> Vec<Arc<Process>> {
    let table = TABLE.lock();
    let is_meant = |process: &&Arc<Process>| process.pid != INIT_PID && process.pid != except;
    table.processes.values().filter(is_meant).cloned().collect()
}

/// Give the children of `process`, which has no thread left, to process 1, and tell its parent.
pub fn tell_end(process: &Arc<Process>, status: ExitStatus) {
    let parent = {
        let table = TABLE.lock();
        for child in table.processes.values() {
            // Rank order: one process's lock at a time.
            let mut state = child.state.lock();
            if state.parent == process.pid {
                state.parent = INIT_PID;
            }
        }
        let mut state = process.state.lock();
        state.advance(ProcessEvent::LastThread);
        state.news = None;
        table.processes.get(&state.parent).cloned()
    };
    let is_wanted = parent.as_ref().is_some_and(|parent| {
        let signals = parent.signals.lock();
        let action = signals.actions.get(SIGCHLD);
        action.handler != signal::IGNORE && action.flags & SA_NOCLDWAIT == 0
    });
    if !is_wanted {
        // A parent that wants to hear nothing of it: POSIX `_exit`.
        process.state.lock().advance(ProcessEvent::Reap);
        forget(process.pid);
    }
    if let Some(parent) = parent {
        // A standard signal that waits already says enough.
        let _ = send::to_process(&parent, Report::Ended(status).info(process.pid));
        parent.children_changed.notify_all();
    }
    // One of the orphans may have ended before.
    if let Some(init) = find(INIT_PID) {
        init.children_changed.notify_all();
    }
}

/// Tell the parent that `process` stopped or goes on.
pub fn tell_news(process: &Arc<Process>, news: News) {
    let parent = process.state.lock().parent;
    let Some(parent) = find(parent) else {
        return;
    };
    let wants_signal = {
        let signals = parent.signals.lock();
        signals.actions.get(SIGCHLD).flags & SA_NOCLDSTOP == 0
    };
    if wants_signal {
        // As in `tell_end`.
        let _ = send::to_process(&parent, Report::News(news).info(process.pid));
    }
    parent.children_changed.notify_all();
}

impl Process {
    /// Something that a child has to tell, if one has. What a child has run that is not kept becomes
    /// this one's.
    fn report(&self, wanted: WaitFor, options: WaitOptions) -> Result<Option<Told>, Errno> {
        let mut table = TABLE.lock();
        let mut has_child = false;
        let mut found = None;
        for child in table.processes.values() {
            let mut state = child.state.lock();
            let is_wanted = state.parent == self.pid
                && match wanted {
                    WaitFor::Any => true,
                    WaitFor::Child(pid) => pid == child.pid,
                    WaitFor::Group(group) => group == state.family.group,
                };
            if !is_wanted {
                continue;
            }
            has_child = true;
            let report = match (state.life, state.news) {
                (ProcessState::Ended, _) if options.ended => {
                    Some(Report::Ended(state.status.unwrap_or(ExitStatus::Exited(0))))
                }
                (_, Some(news @ News::Stopped(_))) if options.stopped => Some(Report::News(news)),
                (_, Some(news @ News::Continued)) if options.continued => Some(Report::News(news)),
                _ => None,
            };
            let Some(report) = report else {
                continue;
            };
            if !options.is_kept {
                match report {
                    Report::Ended(_) => state.advance(ProcessEvent::Reap),
                    Report::News(_) => state.news = None,
                }
            }
            found = Some((Arc::clone(child), report));
            break;
        }
        if !has_child {
            return Err(Errno::ECHILD);
        }
        let Some((child, report)) = found else {
            return Ok(None);
        };
        let is_gone = matches!(report, Report::Ended(_)) && !options.is_kept;
        let forgotten = is_gone.then(|| table.processes.remove(&child.pid));
        drop(table);
        drop(forgotten);
        let ran_ns = child.ran_ns() + child.children_ran_ns();
        if is_gone {
            self.note_child_ran(ran_ns);
        }
        Ok(Some(Told {
            pid: child.pid,
            report,
            ran_ns,
        }))
    }

    /// Wait for something to happen to a child.
    ///
    /// # Errors
    /// ECHILD when there is no such child; EINTR when a signal comes or this process ends.
    pub fn wait_child(
        &self,
        thread: &Arc<Thread>,
        wanted: WaitFor,
        options: WaitOptions,
    ) -> Result<Option<Told>, Errno> {
        if !options.is_blocking {
            return self.report(wanted, options);
        }
        let told = self
            .children_changed
            .wait_until(thread, None, || self.report(wanted, options).transpose());
        told.unwrap_or(Err(Errno::EINTR)).map(Some)
    }

    /// Its process group and its session.
    #[must_use]
    pub fn family(&self) -> Membership {
        self.state.lock().family
    }

    /// Put process `pid`, this one or a child of it, into `group`. POSIX `setpgid`.
    ///
    /// # Errors
    /// ESRCH, EACCES, EPERM as in the contract of SETPGID.
    pub fn set_group(&self, pid: i32, group: i32) -> Result<(), Errno> {
        let table = TABLE.lock();
        let own = self.family();
        let process = table.processes.get(&pid).ok_or(Errno::ESRCH)?;
        let (family, parent, has_new_program) = {
            let state = process.state.lock();
            (state.family, state.parent, state.has_new_program)
        };
        if pid != self.pid {
            if parent != self.pid {
                return Err(Errno::ESRCH);
            }
            if has_new_program {
                return Err(Errno::EACCES);
            }
        }
        let is_there = || {
            let mut members = table.members(group);
            members.any(|member| member.state.lock().family.session == own.session)
        };
        if family.session != own.session || family.session == pid || (group != pid && !is_there()) {
            return Err(Errno::EPERM);
        }
        process.state.lock().family.group = group;
        Ok(())
    }

    /// Begin a session and a group of its own. POSIX `setsid`.
    ///
    /// # Errors
    /// EPERM when there is a group of its number.
    pub fn begin_session(&self) -> Result<i32, Errno> {
        let table = TABLE.lock();
        if table.members(self.pid).next().is_some() {
            return Err(Errno::EPERM);
        }
        self.state.lock().family = Membership::default().or_own(self.pid);
        Ok(self.pid)
    }
}
