//! THREAD_CREATE: one more thread in the process.

use super::Caller;
use crate::memory::check_budget;
use crate::memory::user::{UserIn, UserOut};
use crate::process::scheduler;
use crate::process::thread::Thread;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::memory::{KERNEL_STACK_SIZE, PAGE_SIZE, USER_END};
use kpio_abi::types::ThreadCreateArgs;
use kpio_hal::fpu::FpuState;
use kpio_hal::user::UserContext;

/// Start a thread as `start` says; its number.
pub fn thread_create(caller: &Caller, start: UserIn<ThreadCreateArgs>) -> Result<u64, Errno> {
    let process = &caller.process;
    let args = start.get(&process.space)?;
    let limit = USER_END as u64;
    let is_outside =
        args.entry >= limit || args.stack_pointer >= limit || args.thread_pointer >= limit;
    if is_outside || !args.parent_tid.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    check_budget((KERNEL_STACK_SIZE / PAGE_SIZE) as u64 + 4)?;
    let mut context = UserContext::new(args.entry, args.stack_pointer);
    context.registers.rdi = args.argument;
    context.thread_pointer = args.thread_pointer;
    let mask = caller.thread.signals.lock().mask;
    let tid = process.next_thread_id();
    if args.parent_tid != 0 {
        // Before it starts: the thread may look there.
        UserOut::<i32>::new(args.parent_tid)?.set(&process.space, &tid)?;
    }
    let thread = Thread::new_user(tid, Arc::clone(process), context, FpuState::new(), mask)
        .map_err(|_| Errno::ENOMEM)?;
    process.add_thread(Arc::clone(&thread))?;
    scheduler::start(&thread);
    Ok(u64::from(tid.cast_unsigned()))
}
