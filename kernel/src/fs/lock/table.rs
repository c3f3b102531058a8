//! The locks of all files, and waiting for them.
//!
//! **Who waits, who wakes.** Who finds a lock in the way waits on the queue of its file and looks again
//! each time locks of that file are given back. They are given back by their owner, by the end of
//! the description, when the process closes a descriptor of the file, and by the end of the process:
//! nobody can die with a lock and leave it. A file has an entry here as long as it has locks or
//! somebody waits for some; the entry holds the file, so that its address stays its own.
//!
//! **Circles.** Before a process waits for a lock of another process, and each time it looks again,
//! the processes that are in its way, those in theirs, and so on are looked at; if it is among them
//! it gets EDEADLK. A process with several threads may get it although another thread of it could
//! give back the lock, as on Linux. Descriptions have no process and are not looked at.

use super::{Held, Locks, Owner, Span};
use crate::fs::node::Node;
use crate::process::wait_queue::WaitQueue;
use crate::syscall::Caller;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_hal::sync::{Lock, Rank};

/// Locks in the whole system: some 400 KiB.
const MAX_LOCKS: usize = 8192;
/// Threads that may wait for locks of processes.
const MAX_WAITING: usize = 1024;
/// Processes that are looked at for a circle.
const MAX_IN_CIRCLE: usize = 64;

/// Which set of locks of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// FCNTL's.
    Records,
    /// FLOCK's.
    Whole,
}

struct File {
    node: Arc<Node>,
    records: Locks,
    whole: Locks,
    /// Locks were given back.
    changed: Arc<WaitQueue>,
    nr_waiting: usize,
}

impl File {
    fn set(&mut self, set: Set) -> &mut Locks {
        match set {
            Set::Records => &mut self.records,
            Set::Whole => &mut self.whole,
        }
    }

    fn nr_locks(&self) -> usize {
        self.records.len() + self.whole.len()
    }

    fn is_idle(&self) -> bool {
        self.nr_locks() == 0 && self.nr_waiting == 0
    }
}

/// A thread that waits for a lock of FCNTL.
struct Waiting {
    /// The thread's own number.
    serial: u64,
    /// The file.
    file: usize,
    wanted: Held,
}

struct Table {
    /// By the address of the node.
    files: BTreeMap<usize, File>,
    waiting: Vec<Waiting>,
    nr_locks: usize,
}

static TABLE: Lock<Table> = Lock::new(
    Rank::FileLocks,
    Table {
        files: BTreeMap::new(),
        waiting: Vec::new(),
        nr_locks: 0,
    },
);

fn key_of(node: &Arc<Node>) -> usize {
    Arc::as_ptr(node).addr()
}

impl Table {
    fn file(&mut self, node: &Arc<Node>) -> &mut File {
        self.files.entry(key_of(node)).or_insert_with(|| File {
            node: Arc::clone(node),
            records: Locks::new(),
            whole: Locks::new(),
            changed: Arc::new(WaitQueue::new()),
            nr_waiting: 0,
        })
    }

    /// Change the locks of a file; the queue to be told, and the entry if it is of no use any more:
    /// to be dropped when the table is not locked.
    fn change<R>(
        &mut self,
        key: usize,
        change: impl FnOnce(&mut File, usize) -> R,
    ) -> Option<(R, Arc<WaitQueue>, Option<File>)> {
        let room = MAX_LOCKS - self.nr_locks;
        let file = self.files.get_mut(&key)?;
        let before = file.nr_locks();
        let result = change(file, room);
        self.nr_locks = self.nr_locks - before + file.nr_locks();
        let changed = Arc::clone(&file.changed);
        let is_idle = file.is_idle();
        let idle = is_idle.then(|| self.files.remove(&key)).flatten();
        Some((result, changed, idle))
    }

    /// The processes that are in the way of `wanted`.
    fn processes_in_the_way(&self, file: usize, wanted: Held) -> impl Iterator<Item = i32> {
        let locks = self.files.get(&file).map(|file| &file.records);
        let held = locks.into_iter().flat_map(move |l| l.in_the_way(wanted));
        held.filter_map(|held| match held.owner {
            Owner::Process(pid) => Some(pid),
            Owner::Description(_) => None,
        })
    }

    /// Whether `pid` would wait for itself, if it waited for what is in the way of `wanted`.
    fn closes_circle(&self, pid: i32, file: usize, wanted: Held) -> bool {
        let mut found = Processes::default();
        found.add_all(self.processes_in_the_way(file, wanted));
        let mut next = 0;
        while let Some(other) = found.get(next) {
            if other == pid {
                return true;
            }
            next += 1;
            let of_other = |w: &&Waiting| w.wanted.owner == Owner::Process(other);
            for waiting in self.waiting.iter().filter(of_other) {
                found.add_all(self.processes_in_the_way(waiting.file, waiting.wanted));
            }
        }
        false
    }

    /// Note that a thread waits.
    ///
    /// # Errors
    /// EDEADLK, ENOLCK.
    fn begin_waiting(&mut self, serial: u64, file: usize, wanted: Held) -> Result<(), Errno> {
        if let Owner::Process(pid) = wanted.owner {
            if self.closes_circle(pid, file, wanted) {
                return Err(Errno::EDEADLK);
            }
            if self.waiting.iter().all(|waiting| waiting.serial != serial) {
                let has_room = self.waiting.len() < MAX_WAITING;
                if !has_room || self.waiting.try_reserve(1).is_err() {
                    return Err(Errno::ENOLCK);
                }
                self.waiting.push(Waiting {
                    serial,
                    file,
                    wanted,
                });
            }
        }
        Ok(())
    }
}

/// Processes, each once, as many as there is room for.
struct Processes {
    pids: [i32; MAX_IN_CIRCLE],
    len: usize,
}

impl Default for Processes {
    fn default() -> Self {
        Self {
            pids: [0; MAX_IN_CIRCLE],
            len: 0,
        }
    }
}

impl Processes {
    fn get(&self, index: usize) -> Option<i32> {
        self.pids[..self.len].get(index).copied()
    }

    fn add_all(&mut self, pids: impl Iterator<Item = i32>) {
        for pid in pids {
            if self.len < MAX_IN_CIRCLE && !self.pids[..self.len].contains(&pid) {
                self.pids[self.len] = pid;
                self.len += 1;
            }
        }
    }
}

/// Take `wanted` if nothing is in its way: whether it was taken. Otherwise the thread `serial`, if
/// there is one, is about to wait.
///
/// # Errors
/// ENOLCK, EDEADLK.
fn attempt(node: &Arc<Node>, set: Set, wanted: Held, serial: Option<u64>) -> Result<bool, Errno> {
    let key = key_of(node);
    let changed = {
        let mut table = TABLE.lock();
        let is_free = table.file(node).set(set).first_in_the_way(wanted).is_none();
        if is_free {
            table.change(key, |file, room| file.set(set).take(wanted, room))
        } else {
            if let Some(serial) = serial
                && set == Set::Records
            {
                table.begin_waiting(serial, key, wanted)?;
            }
            None
        }
    };
    let Some((taken, changed, _idle)) = changed else {
        return Ok(false);
    };
    // It may be less than its owner had there.
    changed.notify_all();
    taken.map(|()| true)
}

/// Take `wanted` of `node`, waiting for it or not.
///
/// # Errors
/// EAGAIN when it is taken and not waited for; EDEADLK, ENOLCK; EINTR.
pub fn take(
    caller: &Caller,
    node: &Arc<Node>,
    set: Set,
    wanted: Held,
    is_waiting: bool,
) -> Result<(), Errno> {
    if !is_waiting {
        let is_taken = attempt(node, set, wanted, None)?;
        return is_taken.then_some(()).ok_or(Errno::EAGAIN);
    }
    let changed = {
        let mut table = TABLE.lock();
        let file = table.file(node);
        file.nr_waiting += 1;
        Arc::clone(&file.changed)
    };
    let serial = caller.thread.serial;
    let outcome = changed.wait_until(&caller.thread, None, || {
        let taken = attempt(node, set, wanted, Some(serial));
        taken.map(|is_taken| is_taken.then_some(())).transpose()
    });
    let left = {
        let mut table = TABLE.lock();
        table.waiting.retain(|waiting| waiting.serial != serial);
        table.change(key_of(node), |file, _room| file.nr_waiting -= 1)
    };
    drop(left);
    outcome?
}

/// Give back what `owner` has of `span`.
///
/// # Errors
/// ENOLCK.
pub fn release(node: &Arc<Node>, set: Set, owner: Owner, span: Span) -> Result<(), Errno> {
    let released = TABLE.lock().change(key_of(node), |file, room| {
        file.set(set).release(owner, span, room)
    });
    let Some((result, changed, _idle)) = released else {
        return Ok(());
    };
    changed.notify_all();
    result
}

/// Give back all that `owner` has of `node`.
pub fn release_all(node: &Arc<Node>, owner: Owner) {
    let released = TABLE.lock().change(key_of(node), |file, _room| {
        file.records.release_all(owner);
        file.whole.release_all(owner);
    });
    if let Some(((), changed, _idle)) = released {
        changed.notify_all();
    }
}

/// Give back all that a process has.
pub fn process_ended(pid: i32) {
    let owner = Owner::Process(pid);
    let mut next = 0;
    loop {
        let found = {
            let table = TABLE.lock();
            let mut files = table.files.range(next..);
            let found = files.find(|(_, file)| file.records.has(owner));
            found.map(|(&key, file)| (key, Arc::clone(&file.node)))
        };
        let Some((key, node)) = found else {
            return;
        };
        release_all(&node, owner);
        next = key + 1;
    }
}

/// Whether just `held` is held.
#[must_use]
pub fn holds(node: &Arc<Node>, set: Set, held: Held) -> bool {
    let mut table = TABLE.lock();
    let file = table.files.get_mut(&key_of(node));
    file.is_some_and(|file| file.set(set).contains(held))
}

/// What is in the way of `wanted`.
#[must_use]
pub fn in_the_way(node: &Arc<Node>, wanted: Held) -> Option<Held> {
    let table = TABLE.lock();
    let file = table.files.get(&key_of(node))?;
    file.records.first_in_the_way(wanted)
}
