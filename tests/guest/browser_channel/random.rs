//! Regions that are written at random, from seeds, while the kernel serves them.
//!
//! Nothing is expected of such a channel but that it is closed, if it is, for one of the reasons there
//! are. The one beside it is answered as if nothing happened.

use alloc::format;
use alloc::string::String;
use core::mem::offset_of;
use core::sync::atomic::Ordering::Relaxed;

use harness::numbers::Numbers;
use harness::{Cases, ensure, expect};
use kpio_ring::Memory;
use kpio_rt::abi::messages::{
    CHANNEL_BYTES, CLOSED_HEADER, CLOSED_NOT, CONTROL_BYTES, PRIORITY_HIGH, TAB_FOREGROUND,
    TO_BROWSER_CONTROL, TO_BROWSER_START, TO_KERNEL_CONTROL, TO_KERNEL_START,
};
use kpio_rt::abi::ring::RingControl;
use kpio_rt::{println, system};

use super::{Channel, hostile, tab_state};

pub fn check_seeds(first: u64, count: u64, writes: u64) -> i32 {
    let mut cases = Cases::new();
    match Channel::new() {
        Ok(mut honest) => {
            for seed in first..first.saturating_add(count) {
                cases.run(format!("seed {seed}"), || {
                    println!("       seed {seed}: {}", run_seed(seed, writes)?);
                    expect(
                        "the one beside",
                        honest.say(1, TAB_FOREGROUND)?,
                        PRIORITY_HIGH,
                    )
                });
            }
        }
        Err(reason) => cases.run("a channel", || Err(reason)),
    }
    cases.finish()
}

/// Writes to a region; says how it ended.
fn run_seed(seed: u64, writes: u64) -> Result<String, String> {
    let mut numbers = Numbers::from_seed(seed);
    let mut channel = Channel::new()?;
    // What a seed does is what it does often: else nearly every channel ended with its first write.
    let actions: [usize; 4] = core::array::from_fn(|_| numbers.below(10));
    let mut nr_done = 0;
    while nr_done < writes && channel.status()?.closed == CLOSED_NOT {
        for _ in 0..8 {
            act(&mut channel, &mut numbers, &actions);
            nr_done += 1;
        }
        hostile::wake(&channel);
        system::yield_now();
    }
    let status = channel.status()?;
    ensure(
        status.closed <= CLOSED_HEADER,
        format!("closed for {}", status.closed),
    )?;
    ensure(
        status.refused <= status.received,
        "it refused more than came",
    )?;
    Ok(format!(
        "closed {} after {nr_done} writes; {} received, {} refused, {} sent",
        status.closed, status.received, status.refused, status.sent
    ))
}

fn act(channel: &mut Channel, numbers: &mut Numbers, actions: &[usize; 4]) {
    let positions = [
        TO_KERNEL_CONTROL + offset_of!(RingControl, tail),
        TO_KERNEL_CONTROL + offset_of!(RingControl, head),
        TO_BROWSER_CONTROL + offset_of!(RingControl, tail),
        TO_BROWSER_CONTROL + offset_of!(RingControl, head),
    ];
    let action = if numbers.below(4) == 0 {
        numbers.below(10)
    } else {
        numbers.pick(actions)
    };
    let value = value(numbers);
    match action {
        // A message, good or not; the ring may be full or closed.
        0..=2 => {
            let _ = channel.end.to_kernel().try_send(tab_state(
                low_word(numbers.below(300) as u64),
                TAB_FOREGROUND,
            ));
        }
        3 | 4 => {
            let mut bytes = [0; 80];
            for byte in &mut bytes {
                *byte = numbers.draw().to_le_bytes()[0];
            }
            // Often with a good beginning.
            let kind = [1, 0, numbers.draw().to_le_bytes()[0] % 6, 1];
            if numbers.below(4) > 0 {
                bytes[..4].copy_from_slice(&kind);
                bytes[4..8].copy_from_slice(&channel.end.to_kernel().sequence().to_le_bytes());
            }
            let len = numbers.below(bytes.len() + 1);
            let _ = channel.end.to_kernel().producer().try_push(&bytes[..len]);
        }
        // Answers are read now and then.
        5 => while channel.end.from_kernel().try_receive().is_ok() {},
        // A position, near where it is or anywhere.
        6 => channel.end.with_memory(|memory| {
            let at = numbers.pick(&positions);
            let near = memory
                .load64(at, Relaxed)
                .wrapping_add(8 * numbers.below(32) as u64);
            let is_near = numbers.below(2) == 0;
            memory.store64(at, if is_near { near } else { value }, Relaxed);
        }),
        // A word of the control blocks.
        7 => channel.end.with_memory(|memory| {
            memory.store32(
                4 * numbers.below(CONTROL_BYTES / 4),
                low_word(value),
                Relaxed,
            );
        }),
        // A header, or bytes of a message.
        8 => channel.end.with_memory(|memory| {
            let start = numbers.pick(&[TO_KERNEL_START, TO_BROWSER_START]);
            memory.store64(start + 8 * numbers.below(1024), value, Relaxed);
        }),
        // Anything anywhere.
        _ => channel.end.with_memory(|memory| {
            memory.store64(8 * numbers.below(CHANNEL_BYTES / 8), value, Relaxed);
        }),
    }
}

fn low_word(value: u64) -> u32 {
    u32::try_from(value & 0xFFFF_FFFF).unwrap_or(0)
}

fn value(numbers: &mut Numbers) -> u64 {
    match numbers.below(5) {
        0 => numbers.below(64) as u64,
        1 => 8 * numbers.below(1024) as u64,
        2 => 1 << numbers.below(64),
        3 => u64::MAX - numbers.below(64) as u64,
        _ => numbers.draw(),
    }
}
