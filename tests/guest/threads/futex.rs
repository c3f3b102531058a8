//! Sleeping on words, and being woken.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    CLOCK_MONOTONIC, CLOCK_REALTIME, FUTEX_CLOCK_REALTIME, FUTEX_CMP_REQUEUE, FUTEX_REQUEUE,
    FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_WAKE, FUTEX_WAKE_BITSET,
};
use kpio_rt::abi::syscalls::SYS_FUTEX;
use kpio_rt::abi::types::Timespec;
use kpio_rt::sync::{futex_wait, futex_wake};
use kpio_rt::{Error, syscall, thread, time};

/// Runs the cases.
pub fn run(cases: &mut Cases) {
    cases.run("2000 rounds of ping-pong", ping_pong);
    cases.run("a word that has changed is not waited for", changed_word);
    cases.run("a wait ends when its time is over", timeout);
    cases.run(
        "a wait with a bitset ends at a point in time",
        absolute_timeout,
    );
    cases.run("as many wake as are to", wake_counts);
    cases.run("only sleepers whose mask fits wake", bitsets);
    cases.run("a deadline is of either clock", deadlines);
    cases.run("sleepers are moved to another word", moved);
    cases.run("nobody is moved once the word has changed", not_moved);
    cases.run("a sleeper that was moved still has its time", moved_timeout);
    cases.run("a lock of many threads excludes", lock);
    cases.run("operations that make no sense are refused", refused);
}

fn futex(word: &AtomicU32, operation: u32, value: u32, rest: [usize; 3]) -> Result<usize, Error> {
    let [timeout, second, mask] = rest;
    let address = word.as_ptr().addr();
    // SAFETY: FUTEX changes no memory.
    unsafe {
        syscall::call(
            SYS_FUTEX,
            [
                address,
                operation as usize,
                value as usize,
                timeout,
                second,
                mask,
            ],
        )
    }
}

fn wait_for(word: &AtomicU32, wanted: u32) -> Result<(), Error> {
    loop {
        let seen = word.load(Ordering::Acquire);
        if seen == wanted {
            return Ok(());
        }
        futex_wait(word, seen, None)?;
    }
}

fn ping_pong() -> Verdict {
    const ROUNDS: u32 = 2000;
    let ball = Arc::new(AtomicU32::new(0));
    let other = Arc::clone(&ball);
    let player = thread::spawn(move || -> Result<(), Error> {
        for round in 0..ROUNDS {
            wait_for(&other, 2 * round + 1)?;
            other.store(2 * round + 2, Ordering::Release);
            futex_wake(&other, 1)?;
        }
        Ok(())
    });
    let player = context(player, "spawn")?;
    for round in 0..ROUNDS {
        ball.store(2 * round + 1, Ordering::Release);
        context(futex_wake(&ball, 1), "wake")?;
        context(wait_for(&ball, 2 * round + 2), "wait")?;
    }
    context(player.join(), "the other player")
}

fn changed_word() -> Verdict {
    let word = AtomicU32::new(5);
    let outcome = futex(&word, FUTEX_WAIT, 4, [0; 3]);
    expect("wait", outcome, Err(Errno::EAGAIN.into()))
}

fn timeout() -> Verdict {
    let word = AtomicU32::new(0);
    let span = Duration::from_millis(30);
    let start = time::monotonic();
    let outcome = futex_wait(&word, 0, Some(&time::timespec(span)));
    expect("wait", outcome, Err(Errno::ETIMEDOUT.into()))?;
    ensure(time::monotonic() - start >= span, "the wait was too short")?;
    let nothing = time::timespec(Duration::ZERO);
    expect(
        "no time",
        futex_wait(&word, 0, Some(&nothing)),
        Err(Errno::ETIMEDOUT.into()),
    )
}

fn absolute_timeout() -> Verdict {
    let word = AtomicU32::new(0);
    let start = context(time::now(CLOCK_MONOTONIC), "clock")?;
    let point = time::timespec(start + Duration::from_millis(30));
    let address = &raw const point as usize;
    let outcome = futex(&word, FUTEX_WAIT_BITSET, 0, [address, 0, u32::MAX as usize]);
    expect("wait", outcome, Err(Errno::ETIMEDOUT.into()))?;
    let span = context(time::now(CLOCK_MONOTONIC), "clock")? - start;
    ensure(span >= Duration::from_millis(30), "the wait was too short")
}

/// Starts threads that sleep on `word` once each with a mask, and waits until they all sleep: each
/// says so before, and the last step is checked by waking none of them too early.
fn sleepers(
    word: &Arc<AtomicU32>,
    masks: &[u32],
) -> Result<Vec<thread::JoinHandle<Result<usize, Error>>>, Error> {
    let ready = Arc::new(AtomicU32::new(0));
    let mut threads = Vec::new();
    for mask in masks.iter().copied() {
        let (word, ready) = (Arc::clone(word), Arc::clone(&ready));
        threads.push(thread::spawn(move || {
            ready.fetch_add(1, Ordering::SeqCst);
            futex(&word, FUTEX_WAIT_BITSET, 0, [0, 0, mask as usize])
        })?);
    }
    while ready.load(Ordering::SeqCst) as usize != masks.len() {
        time::sleep(Duration::from_millis(1))?;
    }
    Ok(threads)
}

/// Wakes with a mask until `count` have woken: a sleeper may not have fallen asleep yet.
fn wake_with(word: &AtomicU32, count: u32, mask: u32) -> Result<(), Error> {
    let mut woken = 0;
    while woken < count as usize {
        woken += futex(word, FUTEX_WAKE_BITSET, count, [0, 0, mask as usize])?;
        time::sleep(Duration::from_millis(1))?;
    }
    Ok(())
}

fn wake_counts() -> Verdict {
    let word = Arc::new(AtomicU32::new(0));
    let threads = context(sleepers(&word, &[u32::MAX; 6]), "spawn")?;
    context(wake_with(&word, 6, u32::MAX), "wake")?;
    for thread in threads {
        expect("wait", thread.join(), Ok(0))?;
    }
    expect(
        "wake without sleepers",
        futex(&word, FUTEX_WAKE, 9, [0; 3]),
        Ok(0),
    )
}

fn bitsets() -> Verdict {
    let word = Arc::new(AtomicU32::new(0));
    let threads = context(sleepers(&word, &[1, 2, 1, 2]), "spawn")?;
    context(wake_with(&word, 2, 2), "wake")?;
    let outcome = futex(&word, FUTEX_WAKE_BITSET, 9, [0, 0, 4]);
    expect("wake of a mask nobody has", outcome, Ok(0))?;
    context(wake_with(&word, 2, 1), "wake")?;
    for thread in threads {
        expect("wait", thread.join(), Ok(0))?;
    }
    Ok(())
}

fn deadlines() -> Verdict {
    let word = AtomicU32::new(0);
    let span = Duration::from_millis(15);
    for (clock, flag) in [(CLOCK_MONOTONIC, 0), (CLOCK_REALTIME, FUTEX_CLOCK_REALTIME)] {
        let end = context(time::now(clock), "clock")? + span;
        let point = time::timespec(end);
        let rest = [&raw const point as usize, 0, u32::MAX as usize];
        let outcome = futex(&word, FUTEX_WAIT_BITSET | flag, 0, rest);
        expect("until a point", outcome, Err(Errno::ETIMEDOUT.into()))?;
        let now = context(time::now(clock), "clock")?;
        ensure(now >= end, "it ended too early")?;
        let start = time::monotonic();
        let length = time::timespec(span);
        let rest = [&raw const length as usize, 0, 0];
        let outcome = futex(&word, FUTEX_WAIT | flag, 0, rest);
        expect("for a span", outcome, Err(Errno::ETIMEDOUT.into()))?;
        ensure(time::monotonic() - start >= span, "it was too short")?;
    }
    let outcome = futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, [0; 3]);
    expect("a wake of a clock", outcome, Err(Errno::ENOSYS.into()))
}

/// FUTEX_CMP_REQUEUE of a word that is 0: how many were woken and moved.
fn requeue(from: &AtomicU32, to: &AtomicU32, wake: u32, most: usize) -> Result<usize, Error> {
    futex(from, FUTEX_CMP_REQUEUE, wake, [most, to.as_ptr().addr(), 0])
}

/// Moves `count` sleepers, once they sleep.
fn move_all(from: &AtomicU32, to: &AtomicU32, count: usize) -> Result<(), Error> {
    let mut nr_moved = 0;
    while nr_moved < count {
        nr_moved += requeue(from, to, 0, count)?;
        time::sleep(Duration::from_millis(1))?;
    }
    Ok(())
}

fn moved() -> Verdict {
    let (word, other) = (Arc::new(AtomicU32::new(0)), AtomicU32::new(0));
    let threads = context(sleepers(&word, &[1, 1, 2, 2, 2]), "spawn")?;
    context(move_all(&word, &other, 5), "requeue")?;
    expect("nobody here", futex(&word, FUTEX_WAKE, 9, [0; 3]), Ok(0))?;
    // Their masks go with them, and so does their order.
    let by_mask = futex(&other, FUTEX_WAKE_BITSET, 1, [0, 0, 2]);
    expect("one by its mask", by_mask, Ok(1))?;
    // One wakes, two go back; REQUEUE tells only of the first.
    let rest = [2, word.as_ptr().addr(), 0];
    expect("back", futex(&other, FUTEX_REQUEUE, 1, rest), Ok(1))?;
    expect("there", futex(&other, FUTEX_WAKE, 9, [0; 3]), Ok(1))?;
    expect("onto itself", requeue(&word, &word, 0, 9), Ok(2))?;
    expect("here", futex(&word, FUTEX_WAKE, 9, [0; 3]), Ok(2))?;
    for thread in threads {
        expect("wait", thread.join(), Ok(0))?;
    }
    expect("nobody", requeue(&word, &other, 5, 5), Ok(0))
}

fn not_moved() -> Verdict {
    let (word, other) = (Arc::new(AtomicU32::new(0)), AtomicU32::new(0));
    let threads = context(sleepers(&word, &[1]), "spawn")?;
    context(move_all(&word, &word, 1), "requeue")?;
    word.store(1, Ordering::SeqCst);
    let outcome = requeue(&word, &other, 1, 1);
    expect("it has changed", outcome, Err(Errno::EAGAIN.into()))?;
    expect("not moved", futex(&other, FUTEX_WAKE, 9, [0; 3]), Ok(0))?;
    expect("still here", futex(&word, FUTEX_WAKE, 9, [0; 3]), Ok(1))?;
    for thread in threads {
        expect("wait", thread.join(), Ok(0))?;
    }
    Ok(())
}

fn moved_timeout() -> Verdict {
    let (word, other) = (Arc::new(AtomicU32::new(0)), AtomicU32::new(0));
    let (theirs, span) = (
        Arc::clone(&word),
        time::timespec(Duration::from_millis(200)),
    );
    let sleeper = thread::spawn(move || futex_wait(&theirs, 0, Some(&span)));
    let sleeper = context(sleeper, "spawn")?;
    // It may have slept already, on a slow machine; then there is nobody to move.
    let mut nr_moved = 0;
    let start = time::monotonic();
    while nr_moved == 0 && time::monotonic() - start < Duration::from_millis(400) {
        nr_moved = context(requeue(&word, &other, 0, 1), "requeue")?;
    }
    let outcome = sleeper.join();
    expect("its time is over", outcome, Err(Errno::ETIMEDOUT.into()))?;
    ensure(nr_moved == 1, "it was not moved in 400 ms")?;
    expect("gone", futex(&other, FUTEX_WAKE, 9, [0; 3]), Ok(0))
}

/// Source: Drepper, "Futexes Are Tricky", the second mutex.
fn lock() -> Verdict {
    struct Shared {
        lock: AtomicU32,
        inside: AtomicU32,
    }
    let shared = Arc::new(Shared {
        lock: AtomicU32::new(0),
        inside: AtomicU32::new(0),
    });
    let mut threads = Vec::new();
    for _ in 0..8 {
        let shared = Arc::clone(&shared);
        let thread = thread::spawn(move || -> Result<bool, Error> {
            let mut was_alone = true;
            for _ in 0..200 {
                if shared
                    .lock
                    .compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst)
                    .is_err()
                {
                    while shared.lock.swap(2, Ordering::SeqCst) != 0 {
                        futex_wait(&shared.lock, 2, None)?;
                    }
                }
                was_alone &= shared.inside.fetch_add(1, Ordering::SeqCst) == 0;
                kpio_rt::system::yield_now();
                shared.inside.fetch_sub(1, Ordering::SeqCst);
                if shared.lock.swap(0, Ordering::SeqCst) == 2 {
                    futex_wake(&shared.lock, 1)?;
                }
            }
            Ok(was_alone)
        });
        threads.push(context(thread, "spawn")?);
    }
    for thread in threads {
        ensure(
            context(thread.join(), "lock")?,
            "two threads were inside at once",
        )?;
    }
    Ok(())
}

fn refused() -> Verdict {
    let word = AtomicU32::new(0);
    let einval = || Err(Errno::EINVAL.into());
    let bad = Timespec {
        tv_sec: 0,
        tv_nsec: 1_000_000_000,
    };
    let negative = Timespec {
        tv_sec: -1,
        tv_nsec: 0,
    };
    for time in [bad, negative] {
        let outcome = futex(&word, FUTEX_WAIT, 0, [&raw const time as usize, 0, 0]);
        expect("a time that is none", outcome, einval())?;
    }
    expect(
        "no bit",
        futex(&word, FUTEX_WAKE_BITSET, 1, [0; 3]),
        einval(),
    )?;
    expect(
        "no bit",
        futex(&word, FUTEX_WAIT_BITSET, 0, [0; 3]),
        einval(),
    )?;
    let address = word.as_ptr().addr() + 2;
    // SAFETY: FUTEX changes no memory.
    let odd = unsafe { syscall::call(SYS_FUTEX, [address, FUTEX_WAKE as usize, 1, 0, 0, 0]) };
    expect("an odd address", odd, einval())?;
    for (wake, most, second) in [
        (u32::MAX, 1, 0),
        (1, 1 << 31, 0),
        (1, 1 << 32, 0),
        (1, 1, 2),
    ] {
        let rest = [most, word.as_ptr().addr() + second, 0];
        for operation in [FUTEX_REQUEUE, FUTEX_CMP_REQUEUE] {
            let outcome = futex(&word, operation, wake, rest);
            expect("moving nonsense", outcome, einval())?;
        }
    }
    for operation in [5, 0x7F] {
        let outcome = futex(&word, operation, 1, [0; 3]);
        expect(
            "an operation that is not served",
            outcome,
            Err(Errno::ENOSYS.into()),
        )?;
    }
    Ok(())
}
