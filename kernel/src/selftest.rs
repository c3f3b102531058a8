//! Self-tests of the hardening: the kernel tries what must not work, and says whether it was stopped.

use crate::system;
use kpio_abi::boot::{EXIT_SELFTEST_FAILED, EXIT_SUCCESS};
use kpio_abi::events::{SELFTEST_FAILED, SELFTEST_PASSED};
use kpio_hal::{power, probe};

/// Attempts by name; each answers whether the machine stopped it.
const ATTEMPTS: &[(&str, fn() -> bool, &str)] = &[
    (
        "smep",
        probe::is_user_code_stopped,
        "the kernel executed a user page",
    ),
    (
        "smap",
        probe::is_user_data_stopped,
        "the kernel read a user page outside of a user copy",
    ),
    (
        "nx",
        probe::is_data_execution_stopped,
        "the kernel executed data",
    ),
    (
        "wx",
        probe::is_text_write_stopped,
        "the kernel wrote to its own text",
    ),
    (
        "wx-direct-map",
        probe::is_text_alias_write_stopped,
        "the kernel wrote to its text's alias",
    ),
    (
        "guard-page",
        probe::is_guard_page_stopped,
        "the page below a kernel stack is there",
    ),
];

/// The name of the test that ends by a kernel panic: running over the end of the stack.
const STACK_OVERFLOW: &str = "stack-overflow";
/// The name of the test that panics.
const PANIC: &str = "panic";
/// The name of the test that stands still.
const HANG: &str = "hang";

/// Run the self-test `name` and end the machine with its result.
pub fn run(name: &str) -> ! {
    match name {
        STACK_OVERFLOW => probe::overflow_stack(),
        PANIC => panic!("asked for by selftest=panic"),
        HANG => kpio_hal::cpu::halt(),
        _ => {}
    }
    let Some(&(_, is_stopped, otherwise)) = ATTEMPTS.iter().find(|attempt| attempt.0 == name)
    else {
        fail(name, "there is no such self-test")
    };
    if !is_stopped() {
        fail(name, otherwise);
    }
    system::emit(SELFTEST_PASSED, &[&name]);
    power::exit(EXIT_SUCCESS)
}

fn fail(name: &str, reason: &str) -> ! {
    system::emit(SELFTEST_FAILED, &[&name, &reason]);
    power::exit(EXIT_SELFTEST_FAILED)
}
