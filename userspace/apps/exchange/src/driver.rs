//! Starts exchanges, cuts them off, and counts what is left.

use alloc::format;
use alloc::string::{String, ToString};
use core::ffi::CStr;
use core::time::Duration;

use alloc::ffi::CString;
use kpio_rt::abi::flags::{O_CLOEXEC, POLLIN, SIGKILL};
use kpio_rt::abi::types::{PollFd, SystemInfo};
use kpio_rt::channel::channel;
use kpio_rt::fs::File;
use kpio_rt::process::{self, Child};
use kpio_rt::{Error, args, descriptor, println, system, time, wait};

use crate::SIDE;
use crate::data::Numbers;
use crate::order::{Order, Role};
use crate::talk;

/// An exchange nobody cuts off would take as long as a machine runs.
const ENDLESS: u64 = u64::MAX;
/// What goes through the ring before a side is killed mid-transfer, at most.
const MARK_BYTES: u64 = 1 << 20;
/// A random moment lies within so many microseconds of the start of both sides.
const MOMENT_US: u64 = 20_000;
/// Until a side has told what it has to tell; generous, because hosts are busy.
const TELLS_WITHIN: Duration = Duration::from_secs(20);
/// What fills the kernel's own lists before anything is counted.
const WARM_UP_BYTES: u64 = 1 << 20;

const ROLES: [Role; 2] = [Role::Sender, Role::Receiver];

/// A side that runs, and the channel to it.
struct Started {
    child: Child,
    control: File,
}

/// One exchange of `len_bytes`, then `kills` kills of each side mid-transfer, and as many at random.
pub fn run(seed: u64, len_bytes: u64, kills: u64) -> Result<(), String> {
    let mut numbers = Numbers::new(seed);
    whole(seed, WARM_UP_BYTES, false)?;
    for victim in ROLES {
        cut_off(victim, &mut numbers, true, false)?;
        cut_off(victim, &mut numbers, false, false)?;
    }
    let before = system::info().map_err(text)?;
    println!("exchange: {len_bytes} bytes of seed {seed}");
    whole(seed, len_bytes, true)?;
    for is_marked in [true, false] {
        println!("exchange: {kills} times each side is killed, marked: {is_marked}");
        for _ in 0..kills {
            for victim in ROLES {
                cut_off(victim, &mut numbers, is_marked, true)?;
            }
        }
    }
    let after = system::info().map_err(text)?;
    report_counts(&before, &after)
}

fn text(error: Error) -> String {
    error.to_string()
}

fn report_counts(before: &SystemInfo, after: &SystemInfo) -> Result<(), String> {
    let figures = |info: &SystemInfo| {
        let SystemInfo {
            free_frames,
            processes,
            threads,
            handles,
            ..
        } = *info;
        format!("{free_frames},{processes},{threads},{handles}")
    };
    let (before, after) = (figures(before), figures(after));
    let told = format!("exchange.counts before={before} after={after}");
    system::report(&told).map_err(text)
}

/// An exchange that comes to its end.
fn whole(seed: u64, len_bytes: u64, is_told: bool) -> Result<(), String> {
    let order = |role| Order {
        role,
        seed,
        len_bytes,
        mark: 0,
        is_told,
    };
    for (side, role) in start(order)?.into_iter().zip(ROLES) {
        let status = side.child.wait().map_err(text)?;
        if !status.is_success() {
            return Err(format!("the {} has ended with {status}", role.name()));
        }
        let end = next_text(&side.control)?;
        if end != format!("end Closed {len_bytes}") {
            return Err(format!("the {} says {end:?}", role.name()));
        }
    }
    Ok(())
}

/// An exchange of which one side is killed: mid-transfer, or at a random moment.
fn cut_off(
    victim: Role,
    numbers: &mut Numbers,
    is_marked: bool,
    is_told: bool,
) -> Result<(), String> {
    let mark = 1 + numbers.below(MARK_BYTES);
    let seed = numbers.next();
    let order = |role| Order {
        role,
        seed,
        len_bytes: ENDLESS,
        mark: if is_marked && role != victim { mark } else { 0 },
        is_told,
    };
    let [sender, receiver] = start(order)?;
    let (killed, survivor) = match victim {
        Role::Sender => (sender, receiver),
        Role::Receiver => (receiver, sender),
    };
    if is_marked {
        let said = next_text(&survivor.control)?;
        if said != "mark" {
            return Err(format!("instead of the mark came {said:?}"));
        }
    } else {
        let moment = Duration::from_micros(numbers.below(MOMENT_US));
        time::sleep(moment).map_err(text)?;
    }
    killed.child.kill(SIGKILL).map_err(text)?;
    let end = next_text(&survivor.control)?;
    if !end.starts_with("end ") {
        return Err(format!("instead of its end, the survivor tells {end:?}"));
    }
    let status = killed.child.wait().map_err(text)?;
    if status.signal() != Some(SIGKILL.cast_signed()) {
        return Err(format!("who was to be killed has ended with {status}"));
    }
    let status = survivor.child.wait().map_err(text)?;
    if !status.is_success() {
        return Err(format!("the survivor has ended with {status}"));
    }
    Ok(())
}

/// Starts both sides, with a channel between them.
fn start(order: impl Fn(Role) -> Order) -> Result<[Started; 2], String> {
    let (first, second) = channel(O_CLOEXEC).map_err(text)?;
    let sender = start_side(&order(Role::Sender), first)?;
    let receiver = start_side(&order(Role::Receiver), second)?;
    Ok([sender, receiver])
}

fn start_side(order: &Order, peer: File) -> Result<Started, String> {
    let own = args::args().next().ok_or("no name of its own")?;
    let (control, theirs) = channel(O_CLOEXEC).map_err(text)?;
    // Not closed by starting the program, as opposed to every other descriptor.
    let theirs = descriptor::duplicate(theirs.descriptor()).map_err(text)?;
    let number = words(&theirs.descriptor().to_string())?;
    let side = words(SIDE)?;
    let arguments: [&CStr; 3] = [own, &side, &number];
    let child = process::spawn(own, &arguments).map_err(text)?;
    drop(theirs);
    talk::give(&control, order.text().as_bytes(), peer).map_err(text)?;
    Ok(Started { child, control })
}

fn words(text: &str) -> Result<CString, String> {
    CString::new(text).map_err(|_| String::from("a zero in an argument"))
}

/// The next message of a side, which must come in time.
fn next_text(control: &File) -> Result<String, String> {
    let mut fds = [PollFd {
        fd: control.descriptor(),
        events: i16::try_from(POLLIN).unwrap_or(i16::MAX),
        revents: 0,
    }];
    if wait::poll(&mut fds, Some(TELLS_WITHIN)).map_err(text)? == 0 {
        return Err(String::from("a side does not tell how it has ended"));
    }
    let (told, _) = talk::receive_text(control).map_err(text)?;
    Ok(told)
}
