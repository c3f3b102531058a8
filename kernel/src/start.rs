//! The kernel's boot order, and its end by panic.
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};
use kernel::command_line::CommandLine;
use kernel::fs::mount::Mount;
use kernel::object::{Console, ObjectRef};
use kernel::process::handles::{Handle, HandleTable};
use kernel::process::signal::SignalSet;
use kernel::process::{scheduler, spawn, thread::Thread};
use kernel::{devices, log, random, system, terminal};
use kpio_abi::boot::{EXIT_NO_INIT, EXIT_PANIC, FRONT_UEFI, INIT_ENVIRONMENT};
use kpio_abi::events::{BOOT_READY, BOOT_STARTED, KERNEL_PANIC};
use kpio_abi::rights::Rights;
use kpio_hal::boot::Boot;
use kpio_hal::sync::begin_panic;
use kpio_hal::{backtrace, frame, power, serial, time};

/// The layer below hands over here: memory, traps and clock work, interrupts are off.
#[expect(
    unsafe_code,
    reason = "the one symbol that the machine layer looks for"
)]
#[unsafe(no_mangle)]
fn kpio_kernel_main(boot: Boot) -> ! {
    let front = if boot.front == FRONT_UEFI {
        "uefi"
    } else {
        "pvh"
    };
    system::emit(BOOT_STARTED, &[&front, &env!("CARGO_PKG_VERSION")]);
    let command_line = match CommandLine::parse(&boot.command_line) {
        Ok(command_line) => command_line,
        Err(error) => no_init(&error),
    };
    if command_line.is_quiet {
        log::set_quiet();
    }
    log::info(format_args!("KPIO {} ({front})", env!("CARGO_PKG_VERSION")));
    for remark in &boot.remarks {
        log::warn(format_args!("{remark}"));
    }
    for word in &command_line.unknown {
        log::warn(format_args!(
            "the command line's '{word}' means nothing here"
        ));
    }
    if !random::init() {
        log::warn(format_args!(
            "this CPU has no random generator: random bytes are predictable"
        ));
    }
    if command_line.is_tracing {
        system::start_tracing();
    }
    scheduler::init();
    let frames = frame::counts();
    system::emit(BOOT_READY, &[&frames.free, &frames.total]);

    start_kernel_thread(move |_| {
        run_selftest(&command_line);
        devices::find_screen();
        start_kernel_thread(|thread| terminal::update_screen(&thread));
        if let Err(error) = devices::mount_disks() {
            no_init(&error);
        }
        if let Some(data) = system::data() {
            start_kernel_thread(move |thread| commit_regularly(&thread, data));
        }
        start_init(&command_line);
    });
    scheduler::idle()
}

/// What programs wrote and did not ask to be safe is safe after this time.
const COMMIT_EVERY_NS: u64 = 5_000_000_000;

/// Commit `data` every few seconds, for ever.
fn commit_regularly(thread: &Arc<Thread>, data: &Mount) {
    loop {
        scheduler::arm(thread);
        scheduler::wait(thread, Some(time::now_ns() + COMMIT_EVERY_NS));
        if let Err(error) = data.commit_changes() {
            log::warn(format_args!("the data partition is not written: {error}"));
        }
    }
}

/// Run `work` in a thread of the kernel.
fn start_kernel_thread(work: impl FnOnce(Arc<Thread>) + Send + 'static) {
    match Thread::new_kernel(work) {
        Ok(thread) => scheduler::start(&thread),
        Err(_) => panic!("no memory for a thread of the kernel"),
    }
}

#[cfg(feature = "selftest")]
fn run_selftest(command_line: &CommandLine) {
    if let Some(name) = &command_line.selftest {
        kernel::selftest::run(name);
    }
}

#[cfg(not(feature = "selftest"))]
fn run_selftest(command_line: &CommandLine) {
    if command_line.selftest.is_some() {
        no_init(&"this kernel is built without the feature 'selftest'");
    }
}

/// Start process 1.
fn start_init(command_line: &CommandLine) {
    let console: ObjectRef = Arc::new(Console::new());
    let console = Handle {
        object: console,
        rights: Rights::READ.union(Rights::WRITE).union(Rights::INSPECT),
        is_close_on_exec: false,
    };
    let mut handles = HandleTable::new();
    for _ in 0..3 {
        // An empty table has room for three.
        let _ = handles.insert(console.clone());
    }
    let mut argv: Vec<Vec<u8>> = alloc::vec![command_line.init.clone()];
    argv.extend(command_line.init_arguments.iter().cloned());
    let envp: Vec<Vec<u8>> = INIT_ENVIRONMENT
        .iter()
        .map(|word| word.as_bytes().to_vec())
        .collect();
    if let Err(errno) = spawn::spawn(
        &command_line.init,
        &argv,
        &envp,
        None,
        handles,
        SignalSet::EMPTY,
        Rights::POWER.union(Rights::SIGNAL),
    ) {
        let path = system::Text(&command_line.init);
        no_init(&format_args!(
            "init {path} does not start: {}",
            errno.message()
        ));
    }
}

/// There is nothing to run.
fn no_init(reason: &dyn fmt::Display) -> ! {
    log::warn(format_args!("no init: {reason}"));
    terminal::flush_screen();
    power::exit(EXIT_NO_INIT)
}

/// COM1 past every lock.
struct PanicConsole;

impl Write for PanicConsole {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        serial::write_for_panic(text.as_bytes());
        Ok(())
    }
}

static IS_PANICKING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if IS_PANICKING.swap(true, Ordering::Relaxed) {
        // A panic in what follows: what could be said is said.
        power::exit(EXIT_PANIC)
    }
    let has_events = begin_panic();
    let mut console = PanicConsole;
    // Writing to the port does not fail.
    let _ = writeln!(console, "\nkernel panic: {}", info.message());
    if let Some(location) = info.location() {
        let _ = writeln!(console, "  at {location}");
    }
    let _ = backtrace::write(&mut console);
    if has_events {
        system::emit(KERNEL_PANIC, &[&info.message()]);
    }
    power::exit(EXIT_PANIC)
}
