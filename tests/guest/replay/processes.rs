//! Steps of processes: this one, process 1, and up to eight that descend from it.
//!
//! Each has a place with a pipe of its own, from which it reads what to do; all answer through one
//! pipe. All pipes are made before the first fork. A step that ends or stops who does it is not
//! answered. That it took effect is told by the parent, in a step of its own that the script has:
//! WAITID, blocking, with WNOWAIT. So no step begins before the one before is settled.
//!
//! Scripts name processes by their order: process 1 is 1, the first fork makes 2.

use alloc::string::String;
use alloc::vec::Vec;

use harness::context;
use kpio_rt::abi::flags::{POLLIN, SIG_BLOCK, SIG_UNBLOCK};
use kpio_rt::abi::syscalls::{
    SYS_FORK, SYS_GETPGID, SYS_GETPPID, SYS_GETSID, SYS_KILL, SYS_SETPGID, SYS_SETSID,
    SYS_SIGACTION, SYS_SIGPENDING, SYS_SIGPROCMASK, SYS_WAIT4, SYS_WAITID,
};
use kpio_rt::abi::types::{PollFd, SignalAction, SignalInfo};
use kpio_rt::fs::File;
use kpio_rt::{Error, descriptor, io, process, wait};

use super::{Answer, call, result};

/// The length of a step's record.
pub const STEP_BYTES: usize = 12;
/// Processes at once; place 0 is process 1's.
const NR_PLACES: usize = 9;
/// How long an answer may take, on a host that is busy.
const ANSWERED_WITHIN_MS: i32 = 30_000;
/// What a step answers that was not answered in time, and every one after it.
const SILENCE: Answer = [u64::MAX; 3];
/// The number of a process that was never made.
const NOBODY: i32 = 4_000_000;
/// What stands for a process that no step has made.
const UNKNOWN: u64 = 0xFFFF;

const FORK: u8 = 0;
const EXIT: u8 = 1;
const SET_GROUP: u8 = 5;

/// What one process is to do: operation, a child's place, and three numbers.
#[derive(Clone, Copy)]
struct Order {
    operation: u8,
    child: u8,
    is_silent: bool,
    numbers: [i32; 3],
}

const ORDER_BYTES: usize = 15;

impl Order {
    fn pack(self) -> [u8; ORDER_BYTES] {
        let mut bytes = [0; ORDER_BYTES];
        bytes[..3].copy_from_slice(&[self.operation, self.child, u8::from(self.is_silent)]);
        for (place, number) in bytes[3..].chunks_exact_mut(4).zip(self.numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    fn unpack(bytes: [u8; ORDER_BYTES]) -> Self {
        let number = |at: usize| {
            i32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        Self {
            operation: bytes[0],
            child: bytes[1],
            is_silent: bytes[2] != 0,
            numbers: [number(3), number(7), number(11)],
        }
    }
}

/// The pipes, and the numbers of the processes in the order in which they were made.
pub struct Cast {
    orders: Vec<(File, File)>,
    answers: (File, File),
    pids: Vec<i32>,
    is_lost: bool,
}

impl Cast {
    /// Process 1 alone.
    pub fn new() -> Result<Self, String> {
        let mut orders = Vec::new();
        for _ in 0..NR_PLACES {
            orders.push(context(descriptor::pipe(0), "pipe")?);
        }
        Ok(Self {
            orders,
            answers: context(descriptor::pipe(0), "pipe")?,
            pids: [process::id()].into(),
            is_lost: false,
        })
    }

    /// The number of the process that a script names; below 0 that of a group.
    fn pid(&self, name: i16) -> i32 {
        let place = usize::from(name.unsigned_abs());
        let pid = match place.checked_sub(1) {
            None => 0,
            Some(place) => self.pids.get(place).copied().unwrap_or(NOBODY),
        };
        if name < 0 { -pid } else { pid }
    }

    fn name(&self, pid: u64) -> u64 {
        if pid == 0 {
            return 0;
        }
        let is_it = |&known: &i32| u64::from(known.cast_unsigned()) == pid;
        let place = self.pids.iter().position(is_it);
        place.map_or(UNKNOWN, |place| place as u64 + 1)
    }

    /// Plays a step: its result, what else it tells, and a process that it is about.
    pub fn play(&mut self, step: &[u8]) -> Answer {
        if self.is_lost {
            return SILENCE;
        }
        let half = |at: usize| i16::from_le_bytes([step[at], step[at + 1]]);
        let (operation, place) = (step[0], usize::from(step[1]) % NR_PLACES);
        let second = if operation == SET_GROUP {
            self.pid(half(6))
        } else {
            i32::from(half(6))
        };
        let order = Order {
            operation,
            child: step[2],
            is_silent: step[3] != 0,
            numbers: [
                self.pid(half(4)),
                second,
                i32::from_le_bytes([step[8], step[9], step[10], step[11]]),
            ],
        };
        let answer = if place == 0 {
            Some(self.act(order))
        } else {
            self.ask(place, order)
        };
        let Some([outcome, told, pid]) = answer else {
            self.is_lost = true;
            return SILENCE;
        };
        if operation == FORK && outcome == 0 {
            self.pids.push(i32::try_from(pid).unwrap_or(NOBODY));
        }
        [outcome, told, self.name(pid)]
    }

    /// Lets the process at `place` do something; its answer, if it comes.
    fn ask(&self, place: usize, order: Order) -> Option<Answer> {
        io::write_all(self.orders[place].1.descriptor(), &order.pack()).ok()?;
        if order.is_silent {
            return Some([0; 3]);
        }
        let fd = self.answers.0.descriptor();
        let mut fds = [PollFd {
            fd,
            events: i16::try_from(POLLIN).unwrap_or_default(),
            revents: 0,
        }];
        if wait::poll_ms(&mut fds, ANSWERED_WITHIN_MS) != Ok(1) {
            return None;
        }
        let mut bytes = [0; size_of::<Answer>()];
        if io::read(fd, &mut bytes) != Ok(bytes.len()) {
            return None;
        }
        let mut answer = [0; 3];
        for (word, bytes) in answer.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Some(answer)
    }

    /// Does what is ordered, in whichever process this is.
    fn act(&self, order: Order) -> Answer {
        let [first, second, third] = order.numbers.map(|number| number as isize as usize);
        match order.operation {
            FORK => match call(SYS_FORK, [0; 6]) {
                Ok(0) => self.follow(usize::from(order.child) % NR_PLACES),
                outcome => process_of(outcome),
            },
            EXIT => process::exit_now(order.numbers[2]),
            2 => [result(call(SYS_KILL, [first, second, 0, 0, 0, 0])), 0, 0],
            3 => wait_info(second, first, third),
            4 => wait_status(first, third),
            SET_GROUP => [result(call(SYS_SETPGID, [first, second, 0, 0, 0, 0])), 0, 0],
            6 => process_of(call(SYS_GETPGID, [first, 0, 0, 0, 0, 0])),
            7 => process_of(call(SYS_SETSID, [0; 6])),
            8 => process_of(call(SYS_GETSID, [first, 0, 0, 0, 0, 0])),
            9 => process_of(call(SYS_GETPPID, [0; 6])),
            10 => set_action(second, third),
            11 => set_mask(second, third != 0),
            _ => pending(),
        }
    }

    /// What a new process does: what it is told to, until it ends.
    fn follow(&self, place: usize) -> ! {
        let (orders, answers) = (&self.orders[place].0, &self.answers.1);
        loop {
            let mut bytes = [0; ORDER_BYTES];
            // A stop in between ends a read: nothing was read then.
            if io::read(orders.descriptor(), &mut bytes) != Ok(ORDER_BYTES) {
                continue;
            }
            let order = Order::unpack(bytes);
            let answer = self.act(order);
            if !order.is_silent {
                let bytes: Vec<u8> = answer.iter().flat_map(|word| word.to_le_bytes()).collect();
                if io::write_all(answers.descriptor(), &bytes).is_err() {
                    process::exit_now(harness::FAILED);
                }
            }
        }
    }
}

/// The answer of a call whose result is a process.
fn process_of(outcome: Result<usize, Error>) -> Answer {
    match outcome {
        Ok(pid) => [0, 0, pid as u64],
        Err(_) => [result(outcome), 0, 0],
    }
}

/// WAITID: the child, and the code and status of what happened.
fn wait_info(id_type: usize, id: usize, options: usize) -> Answer {
    let mut info = SignalInfo::default();
    let at = (&raw mut info).addr();
    let outcome = call(SYS_WAITID, [id_type, id, at, options, 0, 0]);
    let code = u64::from(info.si_code.cast_unsigned());
    let child = info.pid_uid & 0xFFFF_FFFF;
    [
        result(outcome),
        code << 32 | info.value & 0xFFFF_FFFF,
        child,
    ]
}

/// WAIT4: the child and its status.
fn wait_status(id: usize, options: usize) -> Answer {
    let mut status = 0_i32;
    let at = (&raw mut status).addr();
    let [outcome, _, child] = process_of(call(SYS_WAIT4, [id, at, options, 0, 0, 0]));
    [outcome, u64::from(status.cast_unsigned()), child]
}

/// SIGACTION: default (0) or ignored (1), and flags.
fn set_action(signal: usize, how: usize) -> Answer {
    let action = SignalAction {
        handler: how as u64 & 1,
        flags: how as u64 & !1,
        ..SignalAction::default()
    };
    let at = (&raw const action).addr();
    [result(call(SYS_SIGACTION, [signal, at, 0, 0, 0, 0])), 0, 0]
}

/// SIGPROCMASK of one signal.
fn set_mask(signal: usize, is_blocked: bool) -> Answer {
    let how = if is_blocked { SIG_BLOCK } else { SIG_UNBLOCK };
    let set = 1_u64 << (signal - 1);
    let at = (&raw const set).addr();
    let outcome = call(SYS_SIGPROCMASK, [how as usize, at, 0, 0, 0, 0]);
    [result(outcome), 0, 0]
}

/// SIGPENDING.
fn pending() -> Answer {
    let mut set = 0_u64;
    let outcome = call(SYS_SIGPENDING, [(&raw mut set).addr(), 0, 0, 0, 0, 0]);
    [result(outcome), set, 0]
}
