//! Shares of the CPU: how much threads of different nice values get, and who is how nice.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;

use harness::{Cases, FAILED, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{CLOCK_THREAD_CPUTIME_ID, PRIO_PGRP, PRIO_PROCESS, PRIO_USER};
use kpio_rt::abi::syscalls::{SYS_FORK, SYS_GETTID, SYS_SETPGID, SYS_YIELD};
use kpio_rt::{Error, priority, process, syscall, thread, time};

kpio_rt::main!(run);

fn run() -> i32 {
    let mut cases = Cases::new();
    cases.run("nice values are set, kept in bounds and told", values);
    cases.run(
        "threads and children are as nice as their makers",
        inherited,
    );
    cases.run("groups and everybody are as nice as is said", many);
    cases.run("who is not there is not nice", refused);
    cases.run("equal threads get equal shares", equal);
    cases.run("shares are as the weights of the nice values", weighted);
    cases.run("the nicest still gets on, and often", nicest);
    cases.run("a share changes when the nice value does", changed);
    cases.run("who yields lets the nicest run", yielding);
    cases.finish()
}

/// The longest that a thread runs while others want to.
const SLICE: Duration = Duration::from_millis(10);

fn own_nice() -> Result<i32, Error> {
    priority::get(PRIO_PROCESS, 0)
}

fn set_own(nice: i32) -> Verdict {
    context(priority::set(PRIO_PROCESS, 0, nice), "setpriority")
}

fn ran() -> Duration {
    time::now(CLOCK_THREAD_CPUTIME_ID).unwrap_or_default()
}

fn number_of(number: usize, words: [usize; 6]) -> Result<u32, String> {
    // SAFETY: the calls that this is for touch no memory; a forked child has one thread.
    let told = context(unsafe { syscall::call(number, words) }, "call")?;
    u32::try_from(told).map_err(|_| format!("{told}"))
}

fn values() -> Verdict {
    expect("at first", own_nice(), Ok(0))?;
    for nice in [-20, -7, 1, 19] {
        set_own(nice)?;
        expect("as set", own_nice(), Ok(nice))?;
    }
    set_own(100)?;
    expect("the nicest", own_nice(), Ok(19))?;
    set_own(-100)?;
    expect("the least nice", own_nice(), Ok(-20))?;
    set_own(-1)?;
    expect("nice by 4 more", priority::add(4), 3)?;
    expect("nice by 40 more", priority::add(40), 19)?;
    set_own(0)?;
    let tid = number_of(SYS_GETTID, [0; 6])?;
    expect("by number", priority::get(PRIO_PROCESS, tid), Ok(0))
}

fn inherited() -> Verdict {
    set_own(7)?;
    let is_nice = || if own_nice() == Ok(7) { PASSED } else { FAILED };
    let other = context(thread::spawn(is_nice), "thread")?;
    expect("a thread", other.join(), PASSED)?;
    let child = number_of(SYS_FORK, [0; 6])?;
    if child == 0 {
        process::exit_now(is_nice());
    }
    let (_, status) = context(process::wait(child.cast_signed(), 0), "wait")?;
    expect("a child", status.code(), Some(PASSED))?;
    set_own(0)
}

fn many() -> Verdict {
    let child = number_of(SYS_FORK, [0; 6])?;
    if child == 0 {
        // Until it is killed by its parent's end or told below.
        while own_nice() != Ok(9) {
            let _ = time::sleep(Duration::from_millis(1));
        }
        while own_nice() != Ok(2) {
            let _ = time::sleep(Duration::from_millis(1));
        }
        process::exit_now(PASSED);
    }
    let own = process::id().cast_unsigned();
    number_of(SYS_SETPGID, [child as usize, child as usize, 0, 0, 0, 0])?;
    context(priority::set(PRIO_PGRP, child, 9), "its group")?;
    expect("the child", priority::get(PRIO_PROCESS, child), Ok(9))?;
    expect("its group", priority::get(PRIO_PGRP, child), Ok(9))?;
    expect("not this one", priority::get(PRIO_PROCESS, own), Ok(0))?;
    expect("the least of all", priority::get(PRIO_USER, 0), Ok(0))?;
    context(time::sleep(Duration::from_millis(20)), "sleep")?;
    context(priority::set(PRIO_USER, 0, 2), "everybody")?;
    let (_, status) = context(process::wait(child.cast_signed(), 0), "wait")?;
    expect("the child", status.code(), Some(PASSED))?;
    set_own(0)
}

fn refused() -> Verdict {
    let nobody = || Err(Error::from(Errno::ESRCH));
    let get = |which, who| priority::get(which, who);
    expect("no thread", get(PRIO_PROCESS, 4_000_000), nobody())?;
    expect("no group", get(PRIO_PGRP, 4_000_000), nobody())?;
    expect("no user", get(PRIO_USER, 1), nobody())?;
    let outcome = priority::set(PRIO_PROCESS, 4_000_000, 1);
    expect("no thread", outcome, Err(Errno::ESRCH.into()))?;
    expect("no kind", get(3, 0), Err(Errno::EINVAL.into()))
}

/// What a thread that always wants to run has to tell while it runs.
#[derive(Default)]
struct Worker {
    ran_ns: AtomicU64,
    /// The longest it ran between two looks at the clock: what a slow machine may add to a slice.
    longest_ns: AtomicU64,
    /// How often it ran.
    nr_runs: AtomicU64,
    nice: AtomicU64,
}

impl Worker {
    fn ran(&self) -> Duration {
        Duration::from_nanos(self.ran_ns.load(Ordering::SeqCst))
    }

    fn work(&self, stop: &AtomicBool) -> Verdict {
        // As its maker.
        let mut nice = i64::from(own_nice().unwrap_or(0));
        let start = ran();
        let (mut last, mut last_real) = (start, time::monotonic());
        while !stop.load(Ordering::SeqCst) {
            // The bits of the nice value, which may be negative.
            let wanted = self.nice.load(Ordering::SeqCst).cast_signed();
            if wanted != nice {
                nice = wanted;
                set_own(i32::try_from(nice).unwrap_or(0))?;
            }
            let (now, real) = (ran(), time::monotonic());
            let step = now - last;
            self.longest_ns
                .fetch_max(nanoseconds(step), Ordering::SeqCst);
            // Others have run if more time has passed than it ran itself.
            if real.saturating_sub(last_real) > step + Duration::from_micros(500) {
                self.nr_runs.fetch_add(1, Ordering::SeqCst);
            }
            (last, last_real) = (now, real);
            self.ran_ns
                .store(nanoseconds(now - start), Ordering::SeqCst);
        }
        Ok(())
    }
}

fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// Threads of these nice values work, until `body` is through.
fn while_working(
    nices: &[i32],
    body: impl FnOnce(&[Arc<Worker>]) -> Verdict,
) -> Result<Vec<Arc<Worker>>, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let (mut workers, mut handles) = (Vec::new(), Vec::new());
    // They begin together, at this thread's nice value, and this thread comes before them.
    set_own(-20)?;
    for &nice in nices {
        let worker = Arc::new(Worker::default());
        worker
            .nice
            .store(i64::from(nice).cast_unsigned(), Ordering::SeqCst);
        workers.push(Arc::clone(&worker));
        let stop = Arc::clone(&stop);
        let body = move || match worker.work(&stop) {
            Ok(()) => PASSED,
            Err(_) => FAILED,
        };
        handles.push(context(thread::spawn(body), "thread")?);
    }
    let outcome = body(&workers);
    stop.store(true, Ordering::SeqCst);
    for handle in handles {
        expect("a worker", handle.join(), PASSED)?;
    }
    set_own(0)?;
    outcome.map(|()| workers)
}

/// Waits until the workers together have run for `span` more.
fn until_they_ran(workers: &[Arc<Worker>], span: Duration) -> Verdict {
    let total = || workers.iter().map(|worker| worker.ran()).sum::<Duration>();
    let end = total() + span;
    while total() < end {
        context(time::sleep(Duration::from_millis(20)), "sleep")?;
    }
    Ok(())
}

/// Fails unless each has run as long as its weight says, of what all have run together since `since`.
/// Off may be a slice of each, however long the machine made that.
fn expect_shares(workers: &[Arc<Worker>], nices: &[i32], since: &[Duration]) -> Verdict {
    let ran: Vec<f64> = workers
        .iter()
        .zip(since)
        .map(|(worker, &since)| (worker.ran() - since).as_secs_f64())
        .collect();
    let weights: Vec<f64> = nices.iter().map(|&nice| weight(nice)).collect();
    let (all, weight_of_all) = (ran.iter().sum::<f64>(), weights.iter().sum::<f64>());
    let steps = workers.iter().map(|w| w.longest_ns.load(Ordering::SeqCst));
    let slowest = Duration::from_nanos(steps.max().unwrap_or(0));
    let tolerance = (SLICE + slowest).as_secs_f64() * workers.len() as f64;
    for ((ran, weight), nice) in ran.iter().zip(&weights).zip(nices) {
        let fair = all * weight / weight_of_all;
        let off = if *ran > fair { ran - fair } else { fair - ran };
        ensure(
            off <= tolerance,
            format!("nice {nice} ran {ran:.3} s of {all:.3} s, fair {fair:.3} ± {tolerance:.3}"),
        )?;
    }
    Ok(())
}

/// 5/4 to the power of a nice value, negated.
fn weight(nice: i32) -> f64 {
    let factor = if nice < 0 { 1.25 } else { 0.8 };
    (0..nice.unsigned_abs()).fold(1.0, |weight, _| weight * factor)
}

fn shares_of(nices: &[i32], span: Duration) -> Verdict {
    let mut since = Vec::new();
    let workers = while_working(nices, |workers| {
        // Until all have taken their nice values.
        until_they_ran(workers, SLICE * 5)?;
        since.extend(workers.iter().map(|worker| worker.ran()));
        until_they_ran(workers, span)?;
        expect_shares(workers, nices, &since)
    })?;
    ensure(workers.len() == nices.len(), "workers")
}

fn equal() -> Verdict {
    shares_of(&[0, 0, 0], Duration::from_millis(600))
}

fn weighted() -> Verdict {
    shares_of(&[0, 5], Duration::from_millis(1200))?;
    shares_of(&[-5, 0, 3], Duration::from_millis(1200))
}

/// How many times as long a thread runs as one that is 19 nicer.
const RATIO_OF_NICEST: u32 = 70;

fn nicest() -> Verdict {
    const NR_RUNS: u64 = 6;
    let workers = while_working(&[0, 19], |workers| {
        // It gets its turns, or this ends with the program's time.
        while workers[1].nr_runs.load(Ordering::SeqCst) < NR_RUNS {
            context(time::sleep(SLICE), "sleep")?;
        }
        Ok(())
    })?;
    // It waits for as long as its own runs were worth, and for a slice, however long that was.
    let [high, low] = [&workers[0], &workers[1]];
    let slowest = Duration::from_nanos(high.longest_ns.load(Ordering::SeqCst));
    let most = low.ran() * RATIO_OF_NICEST + SLICE + slowest;
    ensure(
        high.ran() <= most,
        format!("it ran {:?} beside {:?}", low.ran(), high.ran()),
    )
}

fn changed() -> Verdict {
    let mut since = Vec::new();
    while_working(&[0, 0], |workers| {
        until_they_ran(workers, Duration::from_millis(200))?;
        workers[0].nice.store(6, Ordering::SeqCst);
        until_they_ran(workers, SLICE * 10)?;
        since.extend(workers.iter().map(|worker| worker.ran()));
        until_they_ran(workers, Duration::from_millis(1000))?;
        expect_shares(workers, &[6, 0], &since)
    })?;
    Ok(())
}

fn yielding() -> Verdict {
    let counter = Arc::new(AtomicU64::new(0));
    let (stop, theirs) = (Arc::new(AtomicBool::new(false)), Arc::clone(&counter));
    let stopped = Arc::clone(&stop);
    let body = move || {
        let is_nice = set_own(19).is_ok();
        while !stopped.load(Ordering::SeqCst) {
            theirs.fetch_add(1, Ordering::SeqCst);
            let _ = number_of(SYS_YIELD, [0; 6]);
        }
        if is_nice { PASSED } else { FAILED }
    };
    let other = context(thread::spawn(body), "thread")?;
    set_own(-20)?;
    for _ in 0..2000 {
        number_of(SYS_YIELD, [0; 6])?;
    }
    let count = counter.load(Ordering::SeqCst);
    stop.store(true, Ordering::SeqCst);
    expect("the other", other.join(), PASSED)?;
    set_own(0)?;
    ensure(count >= 1900, format!("it ran {count} times in 2000"))
}
