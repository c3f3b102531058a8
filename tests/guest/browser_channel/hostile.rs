//! A browser that writes what it should not: it loses its channel, with a reason, and nothing else
//! happens.

use core::mem::offset_of;
use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;

use alloc::format;
use harness::{Cases, Verdict, expect};
use kpio_ring::{Memory, PopError, PushError};
use kpio_rt::abi::flags::{POLLHUP, POLLIN};
use kpio_rt::abi::messages::{
    CHANNEL_HEADER, CLOSED_BY_BROWSER, CLOSED_HEADER, CLOSED_LENGTH, CLOSED_NOT, CLOSED_POSITION,
    PRIORITY_HIGH, TAB_FOREGROUND, TO_BROWSER_CONTROL, TO_KERNEL_CONTROL, TO_KERNEL_START,
};
use kpio_rt::abi::ring::{RING_STATE_CLOSED, RingControl};
use kpio_rt::abi::types::PollFd;
use kpio_rt::wait;

use super::{Channel, PATIENCE, tab_state};

pub fn run(cases: &mut Cases) {
    cases.run("a browser that leaves is let go", leaves);
    cases.run("a damaged ring closes the channel with a reason", damages);
    cases.run(
        "a position beyond what was sent closes it too",
        answers_read,
    );
    cases.run(
        "what the kernel does not read again changes nothing",
        no_effect,
    );
}

/// A word of the ring to the kernel.
const fn to_kernel(field: usize) -> usize {
    TO_KERNEL_CONTROL + field
}

/// A word of the ring to the browser.
const fn to_browser(field: usize) -> usize {
    TO_BROWSER_CONTROL + field
}

/// Wakes the kernel, whether or not it says that it sleeps.
pub fn wake(channel: &Channel) {
    channel.end.with_memory(|memory| {
        memory.wake(to_kernel(offset_of!(RingControl, consumer_sleeps)), 1);
    });
}

/// Events as `poll` takes them.
fn bits(events: u32) -> i16 {
    i16::try_from(events).unwrap_or(0)
}

/// Waits until the kernel has closed, for the reason `why`.
fn expect_closed(channel: &mut Channel, why: u32) -> Verdict {
    let mut fds = [PollFd {
        fd: channel.handle.descriptor(),
        events: bits(POLLIN),
        revents: 0,
    }];
    expect("poll", wait::poll(&mut fds, Some(PATIENCE)), Ok(1))?;
    expect("what it says", fds[0].revents, bits(POLLHUP))?;
    expect("the reason", channel.status()?.closed, why)?;
    let state = to_kernel(offset_of!(RingControl, consumer_state));
    let state = channel
        .end
        .with_memory(|memory| memory.load32(state, Relaxed));
    expect("the kernel's end", state, RING_STATE_CLOSED)?;
    let sent = channel.end.to_kernel().try_send(tab_state(1, 0));
    expect("sending", sent, Err(PushError::Closed))
}

fn leaves() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(1, TAB_FOREGROUND)?;
    let mut fds = [PollFd {
        fd: channel.handle.descriptor(),
        events: bits(POLLIN),
        revents: 0,
    }];
    let nothing = wait::poll(&mut fds, Some(Duration::ZERO));
    expect("poll while it is served", nothing, Ok(0))?;
    channel.end.with_memory(|memory| {
        let state = to_kernel(offset_of!(RingControl, producer_state));
        memory.store32(state, RING_STATE_CLOSED, Relaxed);
    });
    wake(&channel);
    expect_closed(&mut channel, CLOSED_BY_BROWSER)?;
    let received = channel.end.from_kernel().try_receive().map(|_| ());
    expect("receiving", received, Err(PopError::Closed))
}

pub fn damages() -> Verdict {
    let mut honest = Channel::new()?;
    let tail = to_kernel(offset_of!(RingControl, tail));
    let producer = to_kernel(offset_of!(RingControl, producer_state));
    // After one message of 16 bytes the next one begins at byte 24.
    let next = TO_KERNEL_START + 24;
    let cases: [(&[(usize, u32)], u32); 8] = [
        (&[(tail, 27)], CLOSED_POSITION),
        (&[(tail, 16)], CLOSED_POSITION),
        (&[(tail + 4, 1)], CLOSED_POSITION),
        (
            &[(tail, u32::MAX - 7), (tail + 4, u32::MAX)],
            CLOSED_POSITION,
        ),
        (&[(tail, 48)], CLOSED_HEADER),
        (&[(tail, 48), (next + 4, 3), (next, 17)], CLOSED_LENGTH),
        (
            &[(tail, 48), (next + 4, 3), (next, u32::MAX)],
            CLOSED_LENGTH,
        ),
        (&[(producer, 0xFFFF_FFFF)], CLOSED_BY_BROWSER),
    ];
    for (words, why) in cases {
        let mut channel = Channel::new()?;
        channel.say(1, TAB_FOREGROUND)?;
        channel.end.with_memory(|memory| {
            for &(at, value) in words {
                memory.store32(at, value, Relaxed);
            }
        });
        wake(&channel);
        expect_closed(&mut channel, why).map_err(|reason| format!("{words:x?}: {reason}"))?;
        expect(
            "another channel",
            honest.say(1, TAB_FOREGROUND)?,
            PRIORITY_HIGH,
        )?;
    }
    Ok(())
}

fn answers_read() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(1, TAB_FOREGROUND)?;
    // The kernel looks at this position when it has no room for an answer.
    channel.end.with_memory(|memory| {
        let head = to_browser(offset_of!(RingControl, head));
        memory.store64(head, 1 << 30, Relaxed);
    });
    let outcome = loop {
        match channel.end.to_kernel().send(tab_state(1, TAB_FOREGROUND)) {
            Ok(()) => {}
            Err(error) => break error,
        }
    };
    expect("sending", outcome, PushError::Closed)?;
    expect_closed(&mut channel, CLOSED_POSITION)
}

fn no_effect() -> Verdict {
    let mut channel = Channel::new()?;
    channel.say(1, TAB_FOREGROUND)?;
    let constant = [
        offset_of!(RingControl, magic),
        offset_of!(RingControl, version),
        offset_of!(RingControl, kind),
        offset_of!(RingControl, capacity),
    ];
    channel.end.with_memory(|memory| {
        for field in constant {
            memory.store32(to_kernel(field), 0x55AA_55AA, Relaxed);
            memory.store32(to_browser(field), 0x55AA_55AA, Relaxed);
        }
        memory.store64(CHANNEL_HEADER, 0, Relaxed);
        // The kernel's own positions and states: it writes them and never reads them back.
        memory.store64(
            to_kernel(offset_of!(RingControl, head)),
            0x1234_5678,
            Relaxed,
        );
        memory.store32(
            to_kernel(offset_of!(RingControl, consumer_state)),
            0,
            Relaxed,
        );
    });
    for round in 0..3 {
        // It always says that it sleeps.
        channel.end.with_memory(|memory| {
            for control in [TO_BROWSER_CONTROL, TO_KERNEL_CONTROL] {
                let sleeps = [
                    offset_of!(RingControl, producer_sleeps),
                    offset_of!(RingControl, consumer_sleeps),
                ];
                for field in sleeps {
                    memory.store32(control + field, u32::MAX - round, Relaxed);
                }
            }
        });
        wake(&channel);
        expect("asking", channel.say(1, TAB_FOREGROUND)?, PRIORITY_HIGH)?;
    }
    expect("closed", channel.status()?.closed, CLOSED_NOT)
}
