//! Steps with futexes: of nine threads in three processes.
//!
//! Process 1 directs: each thread reads its steps from a pipe of its own, all answer through one. A
//! thread that may sleep is waited for until it has answered or the kernel counts one sleeper more,
//! which it does when the thread is sure to hear of a wake. After every other step as many threads as
//! are no longer counted have to answer. So no step begins before the one before is settled, however
//! the threads are scheduled.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use harness::machine::restorer;
use harness::{FAILED, context};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    CLOCK_MONOTONIC, CLOCK_REALTIME, FUTEX_CLOCK_REALTIME, FUTEX_CMP_REQUEUE, FUTEX_PRIVATE_FLAG,
    FUTEX_REQUEUE, FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_WAKE, FUTEX_WAKE_BITSET, MAP_SHARED,
    POLLIN, PROT_NONE, PROT_READ, PROT_WRITE, SA_RESTORER, SIGKILL, SIGUSR1,
};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::syscalls::{
    SYS_FORK, SYS_FTRUNCATE, SYS_FUTEX, SYS_SHM_CREATE, SYS_SIGACTION, SYS_TGKILL, SYS_YIELD,
};
use kpio_rt::abi::types::{PollFd, SignalAction, Timespec};
use kpio_rt::fs::File;
use kpio_rt::memory::Mapping;
use kpio_rt::{descriptor, io, process, system, thread, time, wait};

use super::{Answer, call, result};

/// The length of a step's record.
pub const STEP_BYTES: usize = 20;

const NR_PROCESSES: usize = 3;
const NR_THREADS: usize = 3;
const NR_ACTORS: usize = NR_PROCESSES * NR_THREADS;
/// Places of words: own ones, shared ones, the shared ones elsewhere.
const NR_OWN: usize = 2;
const NR_SHARED: usize = 2;

/// The result of a step that sleeps.
const ASLEEP: u64 = 1 << 32;
/// How long an answer may take, on a host that is busy.
const ANSWERED_WITHIN_MS: i32 = 30_000;
/// What a step answers that was not answered in time, and every one after it.
const SILENCE: Answer = [u64::MAX; 3];

const WAIT: u8 = 1;
const WAIT_BITSET: u8 = 2;
const INTERRUPT: u8 = 7;
const KILL: u8 = 8;

const NO_TIMEOUT: u8 = 0;
const PASSED: u8 = 1;
const SOON: u8 = 2;
const FAR: u8 = 3;
const BAD_NANOSECONDS: u8 = 4;
const NEGATIVE: u8 = 5;

/// A step, as its record has it.
#[derive(Clone, Copy)]
struct Step {
    operation: u8,
    actor: usize,
    place: usize,
    other: usize,
    is_private: bool,
    is_realtime: bool,
    timeout: u8,
    value: usize,
    limit: usize,
    third: usize,
}

impl Step {
    fn unpack(bytes: &[u8]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize
        };
        Self {
            operation: bytes[0],
            actor: usize::from(bytes[1]) % NR_ACTORS,
            place: bytes[2].into(),
            other: bytes[3].into(),
            is_private: bytes[4] != 0,
            is_realtime: bytes[5] != 0,
            timeout: bytes[6],
            value: word(8),
            limit: word(12),
            third: word(16),
        }
    }

    /// Whether it sleeps until it is woken, if the word is as it should be.
    const fn may_sleep(&self) -> bool {
        matches!(self.operation, WAIT | WAIT_BITSET) && matches!(self.timeout, NO_TIMEOUT | FAR)
    }
}

/// What a process has to do steps with.
struct Stage {
    orders: Vec<(File, File)>,
    answers: (File, File),
    own: Mapping,
    shared: [Mapping; 2],
    nothing: Mapping,
}

/// What an actor says: who it is, and a number.
const SAID_BYTES: usize = 9;

/// The processes and their threads.
pub struct Cast {
    stage: Arc<Stage>,
    pids: [i32; NR_PROCESSES],
    tids: [i32; NR_ACTORS],
    is_lost: bool,
}

impl Cast {
    /// Makes the processes, and waits for their threads.
    pub fn new() -> Result<Self, String> {
        catch_signals()?;
        let object = context(call(SYS_SHM_CREATE, [0; 6]), "shm_create")?;
        context(
            call(SYS_FTRUNCATE, [object, PAGE_SIZE, 0, 0, 0, 0]),
            "ftruncate",
        )?;
        let object = File::from_descriptor(i32::try_from(object).map_err(|_| "a descriptor")?);
        let mut orders = Vec::new();
        for _ in 0..NR_ACTORS {
            orders.push(context(descriptor::pipe(0), "pipe")?);
        }
        let answers = context(descriptor::pipe(0), "pipe")?;
        let own = context(Mapping::new(PAGE_SIZE, PROT_READ | PROT_WRITE), "map")?;
        let show = || {
            let access = PROT_READ | PROT_WRITE;
            context(
                Mapping::of(&object, PAGE_SIZE, access, MAP_SHARED),
                "map the object",
            )
        };
        let mut pids = [process::id(); NR_PROCESSES];
        let mut number = 0;
        let mut displaced = Vec::new();
        for (at, pid) in pids.iter_mut().enumerate().skip(1) {
            let child = context(call(SYS_FORK, [0; 6]), "fork")?;
            if child == 0 {
                number = at;
                // Its object's addresses are others than its parent's.
                for _ in 0..at {
                    displaced.push(show()?);
                }
                break;
            }
            *pid = i32::try_from(child).map_err(|_| "a process's number")?;
        }
        let stage = Arc::new(Stage {
            orders,
            answers,
            own,
            shared: [show()?, show()?],
            nothing: context(Mapping::new(PAGE_SIZE, PROT_NONE), "map")?,
        });
        for at in 0..NR_THREADS {
            let stage = Arc::clone(&stage);
            let actor = number * NR_THREADS + at;
            context(thread::spawn(move || stage.follow(actor)), "spawn")?;
        }
        if number != 0 {
            let (never, _writer) = context(descriptor::pipe(0), "pipe")?;
            while io::read(never.descriptor(), &mut [0]).is_err() {}
            process::exit_now(FAILED);
        }
        let mut tids = [0; NR_ACTORS];
        for _ in 0..NR_ACTORS {
            let (actor, tid) = stage
                .hear(ANSWERED_WITHIN_MS)
                .ok_or("a thread does not begin")?;
            tids[actor] = i32::try_from(tid).map_err(|_| "a thread's number")?;
        }
        Ok(Self {
            stage,
            pids,
            tids,
            is_lost: false,
        })
    }

    /// Plays a step: its result, who went on, and how many sleep.
    pub fn play(&mut self, step: &[u8]) -> Answer {
        if !self.is_lost
            && let Some(answer) = self.try_play(step)
        {
            return answer;
        }
        self.is_lost = true;
        SILENCE
    }

    fn try_play(&self, record: &[u8]) -> Option<Answer> {
        let step = Step::unpack(record);
        let before = nr_waiting();
        let mut told = 0;
        let outcome = match step.operation {
            INTERRUPT => {
                let actor = step.other % NR_ACTORS;
                let pid = self.pids[actor / NR_THREADS].cast_unsigned() as usize;
                let tid = self.tids[actor].cast_unsigned() as usize;
                let done = call(SYS_TGKILL, [pid, tid, SIGUSR1 as usize, 0, 0, 0]);
                told |= self.hear_of_one()?;
                result(done)
            }
            KILL => {
                let pid = self.pids[step.other % NR_PROCESSES];
                process::kill(pid, SIGKILL).ok()?;
                process::wait(pid, 0).ok()?;
                0
            }
            _ => {
                let orders = &self.stage.orders[step.actor].1;
                io::write_all(orders.descriptor(), record).ok()?;
                if step.may_sleep() {
                    self.settle(step.actor, before)?
                } else {
                    let (outcome, others) = self.hear_all(step.actor, before)?;
                    told |= others;
                    outcome
                }
            }
        };
        Some([outcome, told, nr_waiting()])
    }

    /// Waits until `actor` has answered or sleeps, when `before` threads slept.
    fn settle(&self, actor: usize, before: u64) -> Option<u64> {
        let patience = Duration::from_millis(ANSWERED_WITHIN_MS.cast_unsigned().into());
        let end = time::monotonic() + patience;
        while time::monotonic() < end {
            if let Some((who, outcome)) = self.stage.hear(0) {
                return (who == actor).then_some(outcome);
            }
            if nr_waiting() == before + 1 {
                return Some(ASLEEP);
            }
            call(SYS_YIELD, [0; 6]).ok()?;
        }
        None
    }

    /// Hears what `actor` says, and as many others as sleep no more of the `before` that did.
    fn hear_all(&self, actor: usize, before: u64) -> Option<(u64, u64)> {
        let mut outcome = None;
        let mut told: u64 = 0;
        // What was woken is no longer counted when who woke it answers.
        while outcome.is_none()
            || u64::from(told.count_ones()) < before.saturating_sub(nr_waiting())
        {
            let (who, said) = self.stage.hear(ANSWERED_WITHIN_MS)?;
            if who == actor {
                outcome = Some(said);
            } else {
                told |= went_on(who, said);
            }
        }
        Some((outcome?, told))
    }

    fn hear_of_one(&self) -> Option<u64> {
        let (who, said) = self.stage.hear(ANSWERED_WITHIN_MS)?;
        Some(went_on(who, said))
    }
}

/// The bit of a thread that sleeps no more: woken, interrupted, anything else.
fn went_on(actor: usize, outcome: u64) -> u64 {
    let interrupted = result(Err(Errno::EINTR.into()));
    let kind = match outcome {
        0 => 0,
        other if other == interrupted => 1,
        _ => 2,
    };
    1 << (kind * NR_ACTORS + actor)
}

impl Stage {
    /// What the next one says to say something: who, and what.
    fn hear(&self, timeout_ms: i32) -> Option<(usize, u64)> {
        let fd = self.answers.0.descriptor();
        let mut fds = [PollFd {
            fd,
            events: i16::try_from(POLLIN).unwrap_or_default(),
            revents: 0,
        }];
        if wait::poll_ms(&mut fds, timeout_ms) != Ok(1) {
            return None;
        }
        let mut said = [0; SAID_BYTES];
        if io::read(fd, &mut said) != Ok(SAID_BYTES) {
            return None;
        }
        let [actor, number @ ..] = said;
        Some((usize::from(actor) % NR_ACTORS, u64::from_le_bytes(number)))
    }

    fn say(&self, actor: usize, number: u64) {
        let mut said = [0; SAID_BYTES];
        said[0] = actor.to_le_bytes()[0];
        said[1..].copy_from_slice(&number.to_le_bytes());
        if io::write_all(self.answers.1.descriptor(), &said).is_err() {
            process::exit_now(FAILED);
        }
    }

    /// What a thread does: what it is told to.
    fn follow(&self, actor: usize) {
        self.say(actor, process::thread_id().cast_unsigned().into());
        let mut record = [0; STEP_BYTES];
        while io::read(self.orders[actor].0.descriptor(), &mut record) == Ok(STEP_BYTES) {
            self.say(actor, self.act(&Step::unpack(&record)));
        }
    }

    fn act(&self, step: &Step) -> u64 {
        let timeout = timeout(step);
        let timeout_at = match step.timeout {
            NO_TIMEOUT => 0,
            PASSED | SOON | FAR | BAD_NANOSECONDS | NEGATIVE => (&raw const timeout).addr(),
            _ => self.nothing.address(),
        };
        let place = self.address(step.place);
        let is_realtime = step.operation == WAIT_BITSET && step.is_realtime;
        let (operation, fourth, other) = match step.operation {
            0 => {
                self.set(step);
                return 0;
            }
            WAIT => (FUTEX_WAIT, timeout_at, 0),
            WAIT_BITSET => (FUTEX_WAIT_BITSET, timeout_at, 0),
            3 => (FUTEX_WAKE, 0, 0),
            4 => (FUTEX_WAKE_BITSET, 0, 0),
            5 => (FUTEX_REQUEUE, step.limit, self.address(step.other)),
            _ => (FUTEX_CMP_REQUEUE, step.limit, self.address(step.other)),
        };
        let options = [
            (step.is_private, FUTEX_PRIVATE_FLAG),
            (is_realtime, FUTEX_CLOCK_REALTIME),
        ];
        let options = options.iter().filter(|(is_set, _)| *is_set);
        let operation = options.fold(operation, |all, (_, option)| all | option);
        let words = [place, operation as usize, step.value, fourth, other];
        let [first, second, third, fourth, fifth] = words;
        let arguments = [first, second, third, fourth, fifth, step.third];
        result(call(SYS_FUTEX, arguments))
    }

    /// Where a place is.
    fn address(&self, place: usize) -> usize {
        let word = size_of::<u32>();
        let shared = place.wrapping_sub(NR_OWN);
        match place {
            0..NR_OWN => self.own.address() + place * word,
            _ if shared < 2 * NR_SHARED => {
                self.shared[shared / NR_SHARED].address() + shared % NR_SHARED * word
            }
            6 => self.own.address() + 2,
            7 => self.nothing.address(),
            _ => 0xFFFF_8000_0000_0000,
        }
    }

    fn set(&self, step: &Step) {
        let at = core::ptr::with_exposed_provenance_mut::<u32>(self.address(step.place));
        // SAFETY: scripts set words only, which are mapped for as long as the process lives.
        let word = unsafe { AtomicU32::from_ptr(at) };
        word.store(u32::try_from(step.value).unwrap_or(0), Ordering::SeqCst);
    }
}

/// How many threads sleep.
fn nr_waiting() -> u64 {
    system::info().map_or(u64::MAX, |info| info.futex_waiters)
}

/// A span for WAIT, a point in time for WAIT_BITSET.
fn timeout(step: &Step) -> Timespec {
    let now = match (step.operation, step.is_realtime) {
        (WAIT_BITSET, true) => time::now(CLOCK_REALTIME),
        (WAIT_BITSET, false) => time::now(CLOCK_MONOTONIC),
        _ => Ok(Duration::ZERO),
    };
    let now = now.unwrap_or_default();
    match step.timeout {
        SOON => time::timespec(now + Duration::from_millis(1)),
        FAR => time::timespec(now + Duration::from_secs(3600)),
        BAD_NANOSECONDS => Timespec {
            tv_sec: 0,
            tv_nsec: 1_000_000_000,
        },
        NEGATIVE => Timespec {
            tv_sec: -1,
            tv_nsec: 0,
        },
        _ => Timespec::default(),
    }
}

const extern "C" fn do_nothing(_signal: u32) {}

/// Has SIGUSR1 interrupt who waits.
fn catch_signals() -> Result<(), String> {
    let action = SignalAction {
        handler: (do_nothing as *const ()).addr() as u64,
        flags: SA_RESTORER,
        restorer: (restorer as *const ()).addr() as u64,
        mask: 0,
    };
    let words = [SIGUSR1 as usize, (&raw const action).addr(), 0, 0, 0, 0];
    context(call(SYS_SIGACTION, words), "sigaction").map(|_| ())
}
