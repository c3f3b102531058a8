//! Taking signals, on a thread's way back to user mode.

use super::frame::{self, FaultWords};
use super::{ByDefault, SignalSet, default_of, number_of};
use crate::memory::user::{UserIn, UserOut, UserWrite};
use crate::process::status::ExitStatus;
use crate::syscall::Caller;
use kpio_abi::boot::INIT_PID;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    SA_NODEFER, SA_ONSTACK, SA_RESETHAND, SA_RESTART, SIGALRM, SIGSEGV, SS_DISABLE, SS_ONSTACK,
};
use kpio_abi::types::{SignalAction, SignalFrame, SignalInfo, SignalStack};
use kpio_hal::fpu::{FpuState, STATE_BYTES};
use zerocopy::FromZeros;

/// Bytes below the stack pointer that belong to the code that runs. System V ABI for x86-64 "The
/// Stack Frame".
const RED_ZONE_BYTES: u64 = 128;
/// Bytes of the instruction SYSCALL, to run it once more.
const SYSCALL_BYTES: u64 = 2;
const DIRECTION_AND_TRAP_FLAGS: u64 = 1 << 10 | 1 << 8;

/// A call that a signal broke off.
#[derive(Clone, Copy, Debug)]
pub struct BrokenOff {
    /// Its number.
    pub number: u64,
    /// Whether it may begin again after a handler with SA_RESTART.
    pub is_restarted: bool,
}

/// The alternate stack of the caller, as SIGALTSTACK tells it.
#[must_use]
pub fn stack_of(caller: &Caller) -> SignalStack {
    let sp = caller.context().registers.rsp;
    let signals = caller.thread.signals.lock();
    let (ss_sp, ss_size) = signals.stack;
    let flags = if ss_size == 0 {
        SS_DISABLE
    } else if signals.is_on_stack(sp) {
        SS_ONSTACK
    } else {
        0
    };
    SignalStack {
        ss_sp,
        ss_flags: flags.cast_signed(),
        ss_size,
        ..SignalStack::new_zeroed()
    }
}

/// Take what waits for the thread until nothing does: run handlers, stop, or end. `broken_off` is the
/// call that ended with EINTR.
pub fn deliver(caller: &Caller, mut broken_off: Option<BrokenOff>) {
    let (thread, process) = (&caller.thread, &caller.process);
    while !thread.is_killed() {
        process.stand_still(thread);
        let Some((info, action)) = take(caller) else {
            if let Some(call) = broken_off {
                begin_again(caller, call);
                caller.keep_deadline();
            }
            return;
        };
        let signal = number_of(&info);
        if signal == SIGALRM {
            process.alarm.go_on();
        }
        match action.handler {
            super::IGNORE => {}
            // The defaults of process 1 are to do nothing: it may have blocked the signal when it
            // was sent.
            super::DEFAULT if process.pid == INIT_PID => {}
            super::DEFAULT => match default_of(signal) {
                ByDefault::Ignore => {}
                ByDefault::Stop => process.stop(signal),
                ByDefault::Terminate => process.end(ExitStatus::killed(signal)),
            },
            _ => {
                let restarted = broken_off
                    .take()
                    .filter(|call| call.is_restarted && action.flags & SA_RESTART != 0);
                if let Some(call) = restarted {
                    begin_again(caller, call);
                }
                if enter_handler(caller, &action, info, [0; 3]).is_err() {
                    process.end(ExitStatus::killed(SIGSEGV));
                }
            }
        }
    }
}

/// The next signal that waits for the thread and is not blocked, and what is done about it. If there
/// is none, a mask that was for the time of a call is taken back.
fn take(caller: &Caller) -> Option<(SignalInfo, SignalAction)> {
    let mut signals = caller.process.signals.lock();
    let mut own = caller.thread.signals.lock();
    loop {
        let unblocked = SignalSet::from_bits(u64::MAX).without(own.mask);
        let taken = own
            .pending
            .take(unblocked)
            .or_else(|| signals.pending.take(unblocked));
        if let Some(info) = taken {
            let signal = number_of(&info);
            let action = *signals.actions.get(signal);
            if action.flags & SA_RESETHAND != 0 {
                signals.actions.set(signal, SignalAction::new_zeroed());
            }
            return Some((info, action));
        }
        match own.saved_mask.take() {
            Some(mask) => own.mask = mask,
            None => {
                caller.thread.set_attention(false);
                return None;
            }
        }
    }
}

/// Let the call run once more, with the arguments it had.
fn begin_again(caller: &Caller, call: BrokenOff) {
    let mut context = caller.context();
    context.registers.rax = call.number;
    context.registers.rip = context.registers.rip.wrapping_sub(SYSCALL_BYTES);
    context.restore_all();
}

/// Put a frame on the stack and let the thread go on in the handler.
fn enter_handler(
    caller: &Caller,
    action: &SignalAction,
    info: SignalInfo,
    fault: FaultWords,
) -> Result<(), Errno> {
    let signal = number_of(&info);
    let stack = stack_of(caller);
    let registers = caller.context().registers;
    let before = {
        let own = caller.thread.signals.lock();
        own.saved_mask.unwrap_or(own.mask)
    };
    let is_switching = action.flags & SA_ONSTACK != 0 && stack.ss_flags == 0;
    let top = if is_switching {
        stack.ss_sp + stack.ss_size
    } else {
        registers.rsp.wrapping_sub(RED_ZONE_BYTES)
    };
    let vectors_at = top.wrapping_sub(STATE_BYTES as u64) & !63;
    let frame_at = vectors_at.wrapping_sub(size_of::<SignalFrame>() as u64) & !15;
    let return_at = frame_at.wrapping_sub(8);
    let mut frame = frame::build(&registers, before, info, stack, fault);
    frame.fpregs = vectors_at;
    let space = &caller.process.space;
    UserWrite::new(vectors_at, STATE_BYTES as u64)?.copy(
        space,
        0,
        FpuState::of_current().bytes(),
    )?;
    UserOut::<SignalFrame>::new(frame_at)?.set(space, &frame)?;
    UserOut::<u64>::new(return_at)?.set(space, &action.restorer)?;
    {
        let mut own = caller.thread.signals.lock();
        own.saved_mask = None;
        let mut mask = own.mask.union(SignalSet::from_bits(action.mask));
        if action.flags & SA_NODEFER == 0 {
            mask = mask.union(SignalSet::of(signal));
        }
        own.mask = mask.without(SignalSet::UNBLOCKABLE);
    }
    let mut context = caller.context();
    let r = &mut context.registers;
    r.rip = action.handler;
    r.rsp = return_at;
    r.rdi = u64::from(signal);
    r.rsi = frame_at + core::mem::offset_of!(SignalFrame, info) as u64;
    r.rdx = frame_at;
    r.rax = 0;
    r.rflags &= !DIRECTION_AND_TRAP_FLAGS;
    context.restore_all();
    Ok(())
}

/// Give a thread the signal of its own fault: its handler runs, if it has one that is not blocked.
/// False if not: then the process must end.
#[must_use]
pub fn deliver_fault(caller: &Caller, info: SignalInfo, fault: FaultWords) -> bool {
    let signal = number_of(&info);
    let action = {
        let mut signals = caller.process.signals.lock();
        let is_blocked = caller.thread.signals.lock().mask.contains(signal);
        if is_blocked || !signals.actions.handles(signal) {
            return false;
        }
        let action = *signals.actions.get(signal);
        if action.flags & SA_RESETHAND != 0 {
            signals.actions.set(signal, SignalAction::new_zeroed());
        }
        action
    };
    enter_handler(caller, &action, info, fault).is_ok()
}

/// Go on where the frame at the stack pointer says; what was in rax there.
///
/// # Errors
/// EFAULT when there is no frame.
pub fn leave_handler(caller: &Caller) -> Result<u64, Errno> {
    let space = &caller.process.space;
    let frame_at = caller.context().registers.rsp;
    let frame = UserIn::<SignalFrame>::new(frame_at)?.get(space)?;
    if frame.fpregs != 0 {
        let bytes = UserIn::<[u8; STATE_BYTES]>::new(frame.fpregs)?.get(space)?;
        FpuState::from_user(&bytes).load();
    }
    let mask = SignalSet::from_bits(frame.uc_sigmask).without(SignalSet::UNBLOCKABLE);
    caller.thread.set_mask(&caller.process, mask);
    let mut context = caller.context();
    context.registers = frame::registers_of(&frame);
    context.restore_all();
    Ok(context.registers.rax)
}
