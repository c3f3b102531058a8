//! Who may send signals to whom.
//!
//! This program may be process 1, which may send to all: what is tried here is tried by children.

use alloc::format;
use alloc::string::String;

use harness::{Cases, PASSED, Verdict, context, ensure, expect};
use kpio_rt::abi::flags::{PRIO_PROCESS, SIGKILL, SIGTERM, SIGUSR1, SIGUSR2};
use kpio_rt::fs::File;
use kpio_rt::{descriptor, io, priority, process, time};

use super::own;
use super::raw::{fork, getpgid, kill, queue, setsid, tgkill};

pub fn run(cases: &mut Cases) {
    cases.run("a session keeps its own from others", sessions_apart);
    cases.run("a process reaches its session", same_session);
    cases.run("a process reaches those that descend from it", descendants);
    cases.run("of many, those are meant that can be reached", of_many);
}

/// A process that does `body`: the number of the process.
fn child(body: impl FnOnce() -> Verdict) -> Result<i32, String> {
    let pid = fork()?;
    if pid == 0 {
        process::exit_now(match body() {
            Ok(()) => PASSED,
            Err(why) => {
                kpio_rt::eprintln!("in the child: {why}");
                harness::FAILED
            }
        });
    }
    Ok(pid)
}

fn passes(body: impl FnOnce() -> Verdict) -> Verdict {
    let pid = child(body)?;
    let (_, status) = context(process::wait(pid, 0), "wait")?;
    expect("the child's end", status.code(), Some(PASSED))
}

fn expect_ended(pid: i32, signal: u32) -> Verdict {
    let (_, status) = context(process::wait(pid, 0), "wait")?;
    expect("its end", status.signal(), Some(signal.cast_signed()))
}

/// A process that waits to be killed, in a session of its own if it is to be.
fn sleeper(is_apart: bool) -> Result<i32, String> {
    let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
    let pid = child(|| {
        if is_apart {
            setsid()?;
        }
        tell(&writer)?;
        context(time::sleep(core::time::Duration::from_secs(600)), "sleep")
    })?;
    expect(
        "it is ready",
        io::read(reader.descriptor(), &mut [0]),
        Ok(1),
    )?;
    Ok(pid)
}

fn tell(writer: &File) -> Verdict {
    context(io::write(writer.descriptor(), b"x"), "write").map(|_| ())
}

fn expect_refused(what: &str, outcome: Verdict) -> Verdict {
    let text = outcome.err().unwrap_or_default();
    ensure(text.contains("EPERM"), format!("{what}: {text:?}"))
}

fn sessions_apart() -> Verdict {
    passes(|| {
        let (parent, group) = (own(), getpgid(0)?);
        passes(|| {
            expect("the parent, still", kill(parent, 0), Ok(()))?;
            setsid()?;
            for signal in [0, SIGUSR1, SIGKILL] {
                expect_refused("KILL", kill(parent, signal))?;
                expect_refused("KILL of a group", kill(-group, signal))?;
                expect_refused("KILL of process 1", kill(1, signal))?;
                expect_refused("TGKILL", tgkill(parent, parent, signal))?;
                expect_refused("SIGQUEUE", queue(parent, signal, 0))?;
            }
            let nice = priority::set(PRIO_PROCESS, parent.cast_unsigned(), 5);
            expect_refused("SETPRIORITY", context(nice, "setpriority"))?;
            // Itself, alone or as all of its group, it reaches.
            kill(own(), 0)?;
            kill(0, 0)?;
            context(priority::set(PRIO_PROCESS, 0, 5), "setpriority")
        })
    })
}

fn same_session() -> Verdict {
    passes(|| {
        setsid()?;
        let sibling = sleeper(false)?;
        passes(|| {
            kill(sibling, 0)?;
            queue(sibling, SIGTERM, 0)
        })?;
        expect_ended(sibling, SIGTERM)
    })
}

fn descendants() -> Verdict {
    passes(|| {
        setsid()?;
        let apart = sleeper(true)?;
        // A sibling in this session is no ancestor of it.
        passes(|| expect_refused("a sibling", kill(apart, SIGKILL)))?;
        kill(apart, SIGKILL)?;
        expect_ended(apart, SIGKILL)?;
        // Through one in between.
        let (reader, writer) = context(descriptor::pipe(0), "pipe")?;
        let between = child(|| {
            setsid()?;
            let apart = sleeper(true)?;
            let told = io::write(writer.descriptor(), &apart.to_ne_bytes());
            expect("told", told, Ok(4))?;
            expect_ended(apart, SIGUSR2)
        })?;
        let mut bytes = [0; 4];
        let told = io::read(reader.descriptor(), &mut bytes);
        expect("whom", told, Ok(4))?;
        kill(i32::from_ne_bytes(bytes), SIGUSR2)?;
        let (_, status) = context(process::wait(between, 0), "wait")?;
        expect("the one in between", status.code(), Some(PASSED))
    })
}

fn of_many() -> Verdict {
    passes(|| {
        setsid()?;
        let left_alone = sleeper(true)?;
        passes(|| {
            setsid()?;
            expect_refused("nobody", kill(-1, SIGTERM))?;
            let (one, other) = (sleeper(false)?, sleeper(true)?);
            kill(-1, SIGTERM)?;
            expect_ended(one, SIGTERM)?;
            expect_ended(other, SIGTERM)
        })?;
        // It and this one have lived on.
        kill(left_alone, SIGKILL)?;
        expect_ended(left_alone, SIGKILL)
    })
}
