//! `std::thread` and `std::sync`.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, OnceLock, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::{Verdict, expect};

const NR_THREADS: u32 = 8;
const NR_ROUNDS: u32 = 1000;

pub fn panics() -> Verdict {
    let outcome = thread::Builder::new()
        .name("doomed".into())
        .spawn(|| {
            assert_eq!(thread::current().name(), Some("doomed"));
            panic::quietly("as it was asked to");
        })?
        .join();
    expect("error", outcome.is_err(), true)
}

/// A panic that says nothing on the console.
mod panic {
    pub fn quietly(what: &'static str) -> ! {
        std::panic::resume_unwind(Box::new(what))
    }
}

pub fn mutexes() -> Verdict {
    let count = Arc::new(Mutex::new(0));
    let threads: Vec<_> = (0..NR_THREADS)
        .map(|_| {
            let count = Arc::clone(&count);
            thread::spawn(move || {
                for round in 0..NR_ROUNDS {
                    let mut count = count.lock().unwrap_or_else(|error| error.into_inner());
                    if round % 100 == 0 {
                        thread::yield_now();
                    }
                    *count += 1;
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "a counter panicked")?;
    }
    let total = *count.lock().map_err(|_| "poisoned")?;
    expect("count", total, NR_THREADS * NR_ROUNDS)?;
    let poisoner = Arc::clone(&count);
    let outcome = thread::spawn(move || {
        let _guard = poisoner.lock();
        panic::quietly("with the lock held");
    })
    .join();
    expect("the thread's end", outcome.is_err(), true)?;
    expect("poisoned", count.is_poisoned(), true)
}

pub fn conditions() -> Verdict {
    let pair = Arc::new((Mutex::new(0_u32), Condvar::new()));
    let other = Arc::clone(&pair);
    let thread = thread::spawn(move || {
        let (turn, changed) = &*other;
        for _ in 0..NR_ROUNDS {
            let Ok(turn) = turn.lock() else { return };
            if let Ok(mut turn) = changed.wait_while(turn, |turn| *turn % 2 == 0) {
                *turn += 1;
                changed.notify_one();
            }
        }
    });
    let (turn, changed) = &*pair;
    for _ in 0..NR_ROUNDS {
        let turn = turn.lock().map_err(|_| "poisoned")?;
        let mut turn = changed
            .wait_while(turn, |turn| *turn % 2 == 1)
            .map_err(|_| "poisoned")?;
        *turn += 1;
        changed.notify_one();
    }
    thread.join().map_err(|_| "the other one panicked")?;
    let turn = turn.lock().map_err(|_| "poisoned")?;
    expect("turns", *turn, 2 * NR_ROUNDS)?;
    let (start, span) = (Instant::now(), Duration::from_millis(15));
    let waited = changed
        .wait_timeout_while(turn, span, |_| true)
        .map_err(|_| "poisoned")?;
    expect("timed out", waited.1.timed_out(), true)?;
    expect("not too early", start.elapsed() >= span, true)
}

pub fn rwlocks() -> Verdict {
    let pair = RwLock::new((0_u32, 0_u32));
    let nr_torn = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..NR_ROUNDS {
                    if let Ok(pair) = pair.read()
                        && pair.0 != pair.1
                    {
                        nr_torn.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..NR_ROUNDS {
                    if let Ok(mut pair) = pair.write() {
                        pair.0 += 1;
                        if pair.0 % 64 == 0 {
                            thread::yield_now();
                        }
                        pair.1 += 1;
                    }
                }
            });
        }
    });
    expect("torn", nr_torn.into_inner(), 0)?;
    let pair = pair.into_inner().map_err(|_| "poisoned")?;
    expect("written", pair, (2 * NR_ROUNDS, 2 * NR_ROUNDS))
}

pub fn channels() -> Verdict {
    let (sender, receiver) = mpsc::sync_channel(4);
    let senders: Vec<_> = (0..NR_THREADS)
        .map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || (0..NR_ROUNDS).all(|n| sender.send((thread, n)).is_ok()))
        })
        .collect();
    drop(sender);
    let mut next = vec![0; NR_THREADS as usize];
    for (thread, n) in receiver {
        let next = &mut next[thread as usize];
        expect("order", n, *next)?;
        *next += 1;
    }
    expect("all", next, vec![NR_ROUNDS; NR_THREADS as usize])?;
    for sender in senders {
        expect("sent", sender.join().ok(), Some(true))?;
    }
    let (_sender, receiver) = mpsc::channel::<()>();
    let late = receiver.recv_timeout(Duration::from_millis(5));
    expect("late", late, Err(mpsc::RecvTimeoutError::Timeout))
}

pub fn scopes() -> Verdict {
    thread_local! {
        static VALUE: Cell<u32> = const { Cell::new(1) };
    }
    static NR_DROPPED: AtomicU32 = AtomicU32::new(0);
    struct Dropped;
    impl Drop for Dropped {
        fn drop(&mut self) {
            NR_DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    thread_local! {
        static DROPPED: Dropped = const { Dropped };
    }
    let barrier = Barrier::new(4);
    let nr_leaders = AtomicU32::new(0);
    thread::scope(|scope| {
        for n in 0..4 {
            let (barrier, nr_leaders) = (&barrier, &nr_leaders);
            scope.spawn(move || {
                DROPPED.with(|_| {});
                VALUE.set(VALUE.get() + n);
                if barrier.wait().is_leader() {
                    nr_leaders.fetch_add(1, Ordering::Relaxed);
                }
                assert_eq!(VALUE.get(), 1 + n);
            });
        }
    });
    expect("own value", VALUE.get(), 1)?;
    expect("leaders", nr_leaders.into_inner(), 1)?;
    // A scope waits for results, not for the destructors: a join does.
    thread::spawn(|| DROPPED.with(|_| {}))
        .join()
        .map_err(|_| "it panicked")?;
    expect("dropped", NR_DROPPED.load(Ordering::Relaxed) >= 1, true)
}

pub fn once() -> Verdict {
    static NR_RUNS: AtomicU32 = AtomicU32::new(0);
    static LAZY: LazyLock<u32> = LazyLock::new(|| {
        thread::yield_now();
        NR_RUNS.fetch_add(1, Ordering::Relaxed) + 7
    });
    static ONCE: OnceLock<u32> = OnceLock::new();
    let threads: Vec<_> = (0..NR_THREADS)
        .map(|n| thread::spawn(move || (*LAZY, *ONCE.get_or_init(|| n))))
        .collect();
    let mut seen = Vec::new();
    for thread in threads {
        seen.push(thread.join().map_err(|_| "it panicked")?);
    }
    seen.dedup();
    expect("values seen", seen.len(), 1)?;
    expect("runs", NR_RUNS.load(Ordering::Relaxed), 1)
}

pub fn parking() -> Verdict {
    let is_told = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_told);
    let thread = thread::spawn(move || {
        while !flag.load(Ordering::Acquire) {
            thread::park();
        }
    });
    is_told.store(true, Ordering::Release);
    thread.thread().unpark();
    thread.join().map_err(|_| "it panicked")?;
    let (start, span) = (Instant::now(), Duration::from_millis(10));
    thread::park_timeout(span);
    // Waking up earlier is allowed; here nobody unparks.
    expect("not too early", start.elapsed() >= span, true)
}
