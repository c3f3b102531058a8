//! What a channel costs, what holds it back, and that nothing of it stays.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use harness::{Cases, Verdict, context, ensure, expect};
use kpio_ring::{PopError, PushError, Stopped};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{PROT_READ, PROT_WRITE, SIGKILL};
use kpio_rt::abi::memory::PAGE_SIZE;
use kpio_rt::abi::messages::{
    CHANNEL_TABS, PRESSURE_CRITICAL, PRESSURE_MODERATE, PRESSURE_NONE, PRIORITY_HIGH,
    REFUSED_TOO_MANY_TABS, TAB_BACKGROUND, TAB_FOREGROUND, TAB_HIBERNATED, TO_BROWSER_BYTES,
};
use kpio_rt::abi::syscalls::SYS_KILL;
use kpio_rt::abi::types::SystemInfo;
use kpio_rt::browser;
use kpio_rt::fs::File;
use kpio_rt::memory::Mapping;
use kpio_rt::messages::ToBrowser;
use kpio_rt::{process, system, time};

use super::{Channel, PATIENCE, call, fork, refusal, tab_state, word};

pub fn run(cases: &mut Cases) {
    cases.run("only so many tabs are kept", tabs);
    cases.run("a browser that does not read is held back", held_back);
    cases.run("scarce memory is told, and its end", pressure);
    cases.run("channels end with the memory for them", too_many);
    cases.run("nothing is left behind", leaves_nothing);
}

fn figures() -> Result<SystemInfo, String> {
    context(system::info(), "system_info")
}

fn tabs() -> Verdict {
    let mut channel = Channel::new()?;
    let most = u32::try_from(CHANNEL_TABS).unwrap_or(u32::MAX);
    for tab in 0..most {
        channel.say(tab, TAB_BACKGROUND)?;
    }
    let (reason, _) = refusal(channel.ask(tab_state(most, TAB_BACKGROUND))?)?;
    expect("one more", reason, REFUSED_TOO_MANY_TABS)?;
    channel.say(0, TAB_HIBERNATED)?;
    channel.say(most, TAB_BACKGROUND).map(|_| ())
}

fn held_back() -> Verdict {
    let mut channel = Channel::new()?;
    let most = u32::try_from(CHANNEL_TABS).unwrap_or(u32::MAX);
    // The kernel's own structures have their room after this.
    for tab in 0..most {
        channel.say(tab, TAB_FOREGROUND)?;
    }
    let before = figures()?;
    let mut nr_sent = u64::from(most);
    let mut seen = 0;
    loop {
        let tab = u32::try_from(nr_sent).unwrap_or(0) % most;
        match channel
            .end
            .to_kernel()
            .try_send(tab_state(tab, TAB_FOREGROUND))
        {
            Ok(()) => nr_sent += 1,
            Err(PushError::Full) => {
                let received = channel.status()?.received;
                if received == seen {
                    break;
                }
                seen = received;
                system::yield_now();
            }
            Err(error) => return Err(alloc::format!("try_send: {error}")),
        }
    }
    let status = channel.status()?;
    // An answer has 16 bytes and a header of 8.
    let room = (TO_BROWSER_BYTES / 24) as u64;
    expect("answers", status.sent, u64::from(most) + room)?;
    expect("messages read", status.received, status.sent + 1)?;
    ensure(nr_sent > status.received + room - 1, "it read more")?;
    expect("free frames", figures()?.free_frames, before.free_frames)?;
    for number in u64::from(most)..nr_sent {
        let ToBrowser::GpuPriorityChanged(answer) = channel.answer()? else {
            return Err("another answer than a priority".into());
        };
        let tab = u32::try_from(number).unwrap_or(0) % most;
        expect("its tab", answer.tab, tab)?;
    }
    expect("answers in the end", channel.status()?.sent, nr_sent)
}

/// Waits for what the kernel says of memory, and passes over nothing else.
fn level(channel: &mut Channel) -> Result<Option<(u32, u64)>, String> {
    match channel.end.from_kernel().receive() {
        Ok(Ok(ToBrowser::MemoryPressure(told))) => Ok(Some((told.level, told.available_bytes))),
        Err(PopError::Stopped(Stopped::TimedOut)) => Ok(None),
        other => Err(alloc::format!("instead of a level: {other:?}")),
    }
}

fn pressure() -> Verdict {
    const MIB: usize = 1 << 20;
    // While it sleeps this long, the processor is idle and the level is looked at.
    let mut channel = Channel::patient(Duration::from_millis(2))?;
    let mut taken: Vec<Mapping> = Vec::new();
    let mut told = Vec::new();
    while told.len() < 2 {
        let free = figures()?.free_frames;
        ensure(free > 256, "memory is used up and nothing is said")?;
        let mapping = context(Mapping::new(MIB / 2, PROT_READ | PROT_WRITE), "mmap")?;
        for offset in (0..MIB / 2).step_by(PAGE_SIZE) {
            // SAFETY: it was mapped just now.
            unsafe { harness::machine::write(mapping.address() + offset, 1) };
        }
        taken.push(mapping);
        if let Some((level, available)) = level(&mut channel)? {
            let most = figures()?.total_frames * PAGE_SIZE as u64;
            ensure(available < most / 8, "much is available")?;
            told.push(level);
        }
    }
    expect(
        "levels",
        &told[..],
        &[PRESSURE_MODERATE, PRESSURE_CRITICAL][..],
    )?;
    expect("the status", channel.status()?.pressure, PRESSURE_CRITICAL)?;
    // One that comes late is told at once.
    let mut late = Channel::patient(PATIENCE)?;
    let told = level(&mut late)?.map(|(level, _)| level);
    expect("told late", told, Some(PRESSURE_CRITICAL))?;
    drop(taken);
    let deadline = time::monotonic() + PATIENCE;
    let mut last = PRESSURE_CRITICAL;
    while last != PRESSURE_NONE && time::monotonic() < deadline {
        if let Some((level, _)) = level(&mut channel)? {
            ensure(level < last, "the level rises again")?;
            last = level;
        }
    }
    expect("the level afterwards", last, PRESSURE_NONE)
}

fn too_many() -> Verdict {
    let mut honest = Channel::new()?;
    let mut all: Vec<File> = Vec::new();
    let error = loop {
        match browser::create(0) {
            Ok(channel) => all.push(channel),
            Err(error) => break error,
        }
        ensure(all.len() < 64, "there is no end of them")?;
    };
    let is_said = error == Errno::ENFILE || error == Errno::ENOMEM;
    ensure(is_said, alloc::format!("the error is {error}"))?;
    ensure(all.len() > 4, alloc::format!("only {} channels", all.len()))?;
    expect("asking", honest.say(1, TAB_FOREGROUND)?, PRIORITY_HIGH)?;
    drop(all);
    let again = settle(&mut || browser::create(0).map(|_| ()).ok());
    ensure(again.is_some(), "no channel after the others went")
}

/// Lets the threads of channels leave, until `ask` is answered.
fn settle<R>(ask: &mut dyn FnMut() -> Option<R>) -> Option<R> {
    let deadline = time::monotonic() + PATIENCE;
    loop {
        let answer = ask();
        if answer.is_some() || time::monotonic() > deadline {
            return answer;
        }
        system::yield_now();
    }
}

/// A child that is killed while the kernel answers it.
fn killed() -> Verdict {
    let child = fork(|| {
        let mut channel = Channel::new()?;
        loop {
            channel.send(tab_state(1, TAB_FOREGROUND))?;
        }
    })?;
    context(time::sleep(Duration::from_millis(30)), "sleep")?;
    let arguments = [word(child), SIGKILL as usize, 0, 0, 0, 0];
    context(call(SYS_KILL, arguments), "kill")?;
    let (_, status) = context(process::wait(child, 0), "wait")?;
    expect("the signal", status.signal(), Some(SIGKILL as i32))
}

fn leaves_nothing() -> Verdict {
    let round = || -> Verdict {
        for _ in 0..3 {
            let mut channel = Channel::new()?;
            channel.say(1, TAB_FOREGROUND)?;
            drop(channel);
            killed()?;
        }
        super::services::killed()?;
        super::hostile::damages()
    };
    // Threads leave their stacks to the next ones.
    round()?;
    round()?;
    // What the rounds before have not given back yet.
    let rest = settle(&mut || {
        let before = system::info().ok()?.free_frames;
        for _ in 0..20 {
            system::yield_now();
        }
        (system::info().ok()?.free_frames == before).then_some(before)
    });
    ensure(
        rest.is_some(),
        "the count of free frames does not stand still",
    )?;
    let before = figures()?;
    round()?;
    let after = settle(&mut || {
        let after = system::info().ok()?;
        (after.free_frames >= before.free_frames).then_some(after)
    });
    let after = after.map_or_else(figures, Ok)?;
    expect("free frames", after.free_frames, before.free_frames)?;
    expect("handles", after.handles, before.handles)?;
    expect("threads", after.threads, before.threads)
}
