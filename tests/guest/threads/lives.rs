//! How threads start, run beside each other, and end.

use alloc::ffi::CString;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use core::time::Duration;

use harness::{Cases, Verdict, context, ensure, expect};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::memory::USER_END;
use kpio_rt::abi::syscalls::{SYS_GETPID, SYS_THREAD_CREATE, SYS_THREAD_EXIT};
use kpio_rt::abi::types::ThreadCreateArgs;
use kpio_rt::fs::File;
use kpio_rt::thread::{self, JoinHandle};
use kpio_rt::{Error, args, process, syscall, system, time};

/// A process with threads: its name, what it runs, the status it must end with.
type End = (&'static str, fn() -> i32, i32);

/// The processes whose end is looked at.
pub const ENDS: &[End] = &[
    ("exit-in-thread", exit_in_thread, 7),
    ("main-ends-first", main_ends_first, 9),
    ("all-end", all_end, 0),
];

/// Runs the cases.
pub fn run(cases: &mut Cases) {
    cases.run("200 threads count together", count_together);
    cases.run("2000 threads, one after the other", one_after_the_other);
    cases.run(
        "numbers of threads are distinct, the first is the process's",
        numbers_are_distinct,
    );
    cases.run("a spinning thread is preempted", spinner_is_preempted);
    cases.run("two spinning threads both get on", both_spinners_get_on);
    cases.run("errno is each thread's own", errno_is_own);
    cases.run(
        "sleepers wake in the order of their times",
        sleepers_wake_in_order,
    );
    cases.run(
        "starts that make no sense are refused",
        bad_starts_are_refused,
    );
    for (name, _, status) in ENDS {
        cases.run(format!("process ends: {name}"), || {
            let own = args::args().next().ok_or("no name of its own")?;
            let name = context(CString::new(*name), "argument")?;
            let ended = context(process::run(own, &[own, &name]), "run")?;
            expect("its status", ended.code(), Some(*status))
        });
    }
}

fn spawn_all<T: Send + 'static>(
    count: usize,
    body: impl Fn(usize) -> T + Clone + Send + 'static,
) -> Result<Vec<JoinHandle<T>>, Error> {
    (0..count)
        .map(|index| {
            let body = body.clone();
            thread::spawn(move || body(index))
        })
        .collect()
}

fn count_together() -> Verdict {
    let sum = Arc::new(AtomicU64::new(0));
    let shared = Arc::clone(&sum);
    let threads = spawn_all(200, move |index| {
        for _ in 0..100 {
            shared.fetch_add(1, Ordering::Relaxed);
            if index % 3 == 0 {
                system::yield_now();
            }
        }
        index
    });
    for (index, thread) in context(threads, "spawn")?.into_iter().enumerate() {
        expect("result", thread.join(), index)?;
    }
    expect("sum", sum.load(Ordering::Relaxed), 20_000)
}

fn one_after_the_other() -> Verdict {
    for round in 0..2000_u32 {
        let thread = context(thread::spawn(move || round ^ 0x5555), "spawn")?;
        expect("result", thread.join(), round ^ 0x5555)?;
    }
    Ok(())
}

fn numbers_are_distinct() -> Verdict {
    expect(
        "the first thread's number",
        process::thread_id(),
        process::id(),
    )?;
    let threads = context(spawn_all(20, |_| process::thread_id()), "spawn")?;
    let mut seen = Vec::from([process::id()]);
    for thread in threads {
        let id = thread.id();
        expect("the number it sees", thread.join(), id)?;
        ensure(!seen.contains(&id), format_args!("{id} was given twice"))?;
        seen.push(id);
    }
    Ok(())
}

fn spinner_is_preempted() -> Verdict {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let spinner = thread::spawn(move || {
        let mut turns = 0_u64;
        while !seen.load(Ordering::Relaxed) {
            turns += 1;
            core::hint::spin_loop();
        }
        turns
    });
    let spinner = context(spinner, "spawn")?;
    // Only the timer can take the processor from the spinner once it has it.
    for _ in 0..3 {
        context(time::sleep(Duration::from_millis(20)), "sleep")?;
    }
    stop.store(true, Ordering::Relaxed);
    ensure(spinner.join() > 0, "the spinner has not run")
}

fn both_spinners_get_on() -> Verdict {
    let turns: Arc<[AtomicU64; 2]> = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let stop = Arc::new(AtomicBool::new(false));
    let (shared, seen) = (Arc::clone(&turns), Arc::clone(&stop));
    let threads = spawn_all(2, move |index| {
        while !seen.load(Ordering::Relaxed) {
            shared[index].fetch_add(1, Ordering::Relaxed);
        }
    });
    let threads = context(threads, "spawn")?;
    // Until both have moved in several slices; a kernel that starves one never gets there.
    for _ in 0..4 {
        let before = [0, 1].map(|index: usize| turns[index].load(Ordering::Relaxed));
        while [0, 1]
            .iter()
            .any(|index| turns[*index].load(Ordering::Relaxed) == before[*index])
        {
            context(time::sleep(Duration::from_millis(1)), "sleep")?;
        }
    }
    stop.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(JoinHandle::join);
    Ok(())
}

fn errno_is_own() -> Verdict {
    let failures = [
        (c"/no/such/file", Errno::ENOENT),
        (c"", Errno::ENOENT),
        (c"/bin/init/x", Errno::ENOTDIR),
    ];
    let threads = spawn_all(12, move |index| {
        let (path, errno) = failures[index % failures.len()];
        (0..50).all(|_| {
            let is_right = matches!(File::open(path), Err(error) if error == errno);
            system::yield_now();
            // Other threads have failed differently meanwhile.
            is_right && Error::last() == errno
        })
    });
    for thread in context(threads, "spawn")? {
        ensure(thread.join(), "a thread has seen another one's errno")?;
    }
    Ok(())
}

fn sleepers_wake_in_order() -> Verdict {
    let order = Arc::new(AtomicU32::new(0));
    let shared = Arc::clone(&order);
    let threads = spawn_all(4, move |index| {
        let span = Duration::from_millis(40 * (4 - index as u64));
        let start = time::monotonic();
        let slept = time::sleep(span);
        let turn = shared.fetch_add(1, Ordering::SeqCst);
        (slept, time::monotonic() - start >= span, turn)
    });
    for (index, thread) in context(threads, "spawn")?.into_iter().enumerate() {
        let (slept, is_long_enough, turn) = thread.join();
        context(slept, "sleep")?;
        ensure(is_long_enough, "a sleep was too short")?;
        expect("turn", turn, 3 - u32::try_from(index).unwrap_or(u32::MAX))?;
    }
    Ok(())
}

fn bad_starts_are_refused() -> Verdict {
    let good = ThreadCreateArgs {
        entry: bad_starts_are_refused as *const () as u64,
        stack_pointer: &raw const good_stack as u64,
        argument: 0,
        thread_pointer: harness::machine::thread_pointer() as u64,
        parent_tid: 0,
    };
    let outside = USER_END as u64;
    let bad = [
        ThreadCreateArgs {
            entry: outside,
            ..good
        },
        ThreadCreateArgs {
            entry: 1 << 63,
            ..good
        },
        ThreadCreateArgs {
            stack_pointer: 1 << 47,
            ..good
        },
        ThreadCreateArgs {
            thread_pointer: u64::MAX,
            ..good
        },
        ThreadCreateArgs {
            parent_tid: &raw const good_stack as u64 | 1,
            ..good
        },
    ];
    for start in &bad {
        // SAFETY: the kernel refuses, or the test fails.
        let outcome = unsafe { thread::create(start) };
        expect("thread_create", outcome, Err(Errno::EINVAL.into()))?;
    }
    let unwritable = ThreadCreateArgs {
        parent_tid: 8,
        ..good
    };
    // SAFETY: as above.
    let outcome = unsafe { thread::create(&unwritable) };
    expect("parent_tid", outcome, Err(Errno::EFAULT.into()))?;
    let address = core::ptr::from_ref(&good) as usize;
    // SAFETY: as above.
    let result = unsafe { syscall::call(SYS_THREAD_CREATE, [address, 39, 0, 0, 0, 0]) };
    expect("another size", result, Err(Errno::EINVAL.into()))
}

#[expect(non_upper_case_globals, reason = "stands for a stack's first byte")]
static good_stack: u64 = 0;

/// A thread ends the process while the first one sleeps.
fn exit_in_thread() -> i32 {
    let thread = thread::spawn(|| process::exit_now(7));
    if thread.is_err() {
        return 1;
    }
    match time::sleep(Duration::from_secs(3600)) {
        Ok(()) => 2,
        Err(_) => 3,
    }
}

/// The first thread ends; the process goes on until another one ends it.
fn main_ends_first() -> i32 {
    let thread = thread::spawn(|| {
        for _ in 0..5 {
            system::yield_now();
        }
        // SAFETY: GETPID changes nothing.
        let pid = unsafe { syscall::raw(SYS_GETPID, [0; 6]) };
        process::exit_now(if pid > 0 { 9 } else { 1 })
    });
    if thread.is_err() {
        return 1;
    }
    end_this_thread()
}

/// All threads end by themselves; the process ends with 0.
fn all_end() -> i32 {
    for _ in 0..3 {
        if thread::spawn(system::yield_now).is_err() {
            return 1;
        }
    }
    end_this_thread()
}

fn end_this_thread() -> i32 {
    // SAFETY: nothing of this thread is needed any more; address 8 cannot be written, which does
    // not matter.
    unsafe { syscall::raw(SYS_THREAD_EXIT, [8, 0, 0, 0, 0, 0]) };
    1
}
