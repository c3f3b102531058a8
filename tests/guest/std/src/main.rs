//! An ordinary Rust program: std as it is, and nothing of KPIO. Ends with 42 if every case holds.

mod files;
mod threads;

use std::error::Error;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};
use std::{env, thread};

const PASSED: u8 = 42;

type Verdict = Result<(), Box<dyn Error>>;
/// What is tried, and how.
type Case = (&'static str, fn() -> Verdict);

fn main() -> ExitCode {
    let cases: &[Case] = &[
        (
            "panics unwind, and values are dropped on the way",
            unwinding,
        ),
        ("a panic of a thread is its joiner's error", threads::panics),
        ("a mutex counts, and is poisoned", threads::mutexes),
        (
            "a condition variable, with and without time",
            threads::conditions,
        ),
        ("readers and writers", threads::rwlocks),
        ("channels of std", threads::channels),
        ("scoped threads, thread-local values", threads::scopes),
        ("once and lazily", threads::once),
        ("parking", threads::parking),
        ("files are written, read, sought, shortened", files::content),
        ("files have facts", files::metadata),
        ("directories are made, listed, removed", files::directories),
        ("links and renaming", files::names),
        ("errors have their kinds", files::errors),
        ("locks of files", files::locks),
        ("time goes on", time),
        ("environment and arguments", environment),
        ("large allocations are given back", allocations),
    ];
    let mut nr_failed = 0;
    for (name, case) in cases {
        let outcome = panic::catch_unwind(AssertUnwindSafe(case));
        let error = match outcome {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it panicked".into(),
        };
        println!("std_program: {name}: {error}");
        nr_failed += 1;
    }
    if nr_failed == 0 {
        ExitCode::from(PASSED)
    } else {
        ExitCode::FAILURE
    }
}

/// Fails with both values unless they are equal.
fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Verdict {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {expected:?}").into())
}

fn unwinding() -> Verdict {
    struct Note<'a>(&'a std::cell::RefCell<Vec<u32>>, u32);
    impl Drop for Note<'_> {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }
    fn deep(notes: &std::cell::RefCell<Vec<u32>>, depth: u32) {
        let _note = Note(notes, depth);
        assert!(depth < 3, "depth {depth}");
        deep(notes, depth + 1);
    }
    let notes = std::cell::RefCell::new(Vec::new());
    panic::set_hook(Box::new(|_| {}));
    let caught = panic::catch_unwind(AssertUnwindSafe(|| deep(&notes, 0)));
    let _ = panic::take_hook();
    let Err(payload) = caught else {
        return Err("it did not panic".into());
    };
    let text = payload.downcast_ref::<String>().map(String::as_str);
    expect("payload", text, Some("depth 3"))?;
    expect("drops", notes.into_inner(), vec![3, 2, 1, 0])
}

fn time() -> Verdict {
    let (start, system) = (Instant::now(), SystemTime::now());
    let span = Duration::from_millis(20);
    thread::sleep(span);
    if start.elapsed() < span {
        return Err(format!("slept only {:?}", start.elapsed()).into());
    }
    if system.elapsed()? < span {
        return Err("the system's time goes slower".into());
    }
    let since_1970 = system.duration_since(SystemTime::UNIX_EPOCH)?;
    // Later than 2020.
    expect("year", since_1970.as_secs() > 1_577_836_800, true)
}

fn environment() -> Verdict {
    expect("a missing one", env::var("NO_SUCH").is_err(), true)?;
    expect("PATH", env::var("PATH").is_ok(), true)?;
    let own = env::args().next().unwrap_or_default();
    expect("own name", own.ends_with("std_program"), true)?;
    let threads = thread::available_parallelism()?;
    expect("processors", threads.get() >= 1, true)
}

fn allocations() -> Verdict {
    for round in 0..64_u8 {
        let mut large = vec![0_u8; 8 << 20];
        large[round as usize * 4096] = round;
        expect("a byte", large[round as usize * 4096], round)?;
        large.resize(12 << 20, 1);
        expect("it is still there", large[round as usize * 4096], round)?;
        expect("the last one", large.last().copied(), Some(1))?;
    }
    let mut small: Vec<Box<u64>> = (0..10_000).map(Box::new).collect();
    small.retain(|number| **number % 3 == 0);
    expect("sum", small.iter().map(|n| **n).sum::<u64>(), 16_668_333)
}
