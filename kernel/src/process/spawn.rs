//! A file becomes a program: in a new process, or in place of the one that ran. A process becomes two.
//!
//! A program's pages are those of its file: segments are private mappings of it, so that what is in
//! memory once is there for all who run it. Pages that relocation writes to, and the one in which zeros
//! follow the file's bytes, are copied when the program starts. What was found out about a file is kept
//! with it until it is written.

use super::handles::HandleTable;
use super::process::Process;
use super::scheduler;
use super::signal::send::ProcessSignals;
use super::signal::{Pending, SignalSet};
use super::thread::Thread;
use crate::fs::node::Node;
use crate::fs::walk::{Base, LastLink};
use crate::fs::{FsError, namespace};
use crate::loader::start_stack::{StartFacts, StartStack, StartStackError};
use crate::loader::{Elf64Loader, ElfError, LoadedProgram, Permissions};
use crate::memory::address_space::{AddressSpace, Content, NewRegion, Place};
use crate::memory::vmo::Vmo;
use crate::memory::{OutOfMemory, check_budget};
use crate::object::ObjectRef;
use crate::{log, percent, random, system};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use kpio_abi::errors::Errno;
use kpio_abi::events::{EXEC_REFUSED, PROCESS_STARTED};
use kpio_abi::memory::{PAGE_SIZE, USER_CLOCK_PAGE, USER_STACK_SIZE, USER_STACK_TOP};
use kpio_abi::rights::Rights;
use kpio_hal::cpu::cpuid;
use kpio_hal::fpu::FpuState;
use kpio_hal::paging::Access;
use kpio_hal::time;
use kpio_hal::user::UserContext;
use zerocopy::IntoBytes;

/// The least alternate stack for signal handlers: a frame with the vector registers, and some room.
pub const MIN_SIGNAL_STACK_BYTES: u64 = 4096;

/// The largest file that is taken for a program.
const MAX_FILE_BYTES: usize = 256 << 20;

const PAGE: u64 = PAGE_SIZE as u64;

/// Why a program does not start.
#[derive(Debug)]
enum Refusal {
    File(FsError),
    NotExecutable,
    Elf(ElfError),
    Arguments(StartStackError),
    Memory,
    Other(Errno),
}

impl Refusal {
    fn errno(&self) -> Errno {
        match self {
            Self::File(error) => error.errno,
            Self::NotExecutable => Errno::EACCES,
            Self::Elf(error) => error.errno(),
            Self::Arguments(error) => error.errno(),
            Self::Memory => Errno::ENOMEM,
            Self::Other(errno) => *errno,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => write!(out, "{error}"),
            Self::NotExecutable => out.write_str("it is no file with permission to execute"),
            Self::Elf(error) => write!(out, "{}: {error}", error.name()),
            Self::Arguments(error) => write!(out, "{error:?}"),
            Self::Memory => out.write_str("memory is used up"),
            Self::Other(errno) => write!(out, "{}", errno.message()),
        }
    }
}

impl From<OutOfMemory> for Refusal {
    fn from(_: OutOfMemory) -> Self {
        Self::Memory
    }
}

/// A program that could run: its memory, and the registers it begins with.
pub struct Image {
    /// Its memory.
    pub space: AddressSpace,
    /// Its first registers.
    pub context: UserContext,
}

/// Load the program at `path`, which begins at `base`.
///
/// # Errors
/// As in the contract of EXEC; the reason goes to the log and to event `exec.refused`.
pub fn load(base: &Base, path: &[u8], argv: &[Vec<u8>], envp: &[Vec<u8>]) -> Result<Image, Errno> {
    try_load(base, path, argv, envp).map_err(|refusal| {
        let shown = percent::Encoded(path);
        log::info(format_args!("{shown} does not start: {refusal}"));
        system::emit(EXEC_REFUSED, &[&system::Text(path), &refusal]);
        refusal.errno()
    })
}

fn try_load(
    base: &Base,
    path: &[u8],
    argv: &[Vec<u8>],
    envp: &[Vec<u8>],
) -> Result<Image, Refusal> {
    let node = namespace::lookup(base, path, LastLink::Follow).map_err(Refusal::File)?;
    if !node.is_executable().map_err(Refusal::File)? {
        return Err(Refusal::NotExecutable);
    }
    let program = program_of(&node)?;
    node.note_access();

    let space = AddressSpace::new()?;
    let pages = node.content().map_err(Refusal::File)?.pages();
    map_image(&space, &program, pages)?;
    let facts = StartFacts {
        path,
        random: random::array(),
        hwcap: u64::from(cpuid(1, 0).3),
        hwcap2: 0,
        min_signal_stack_len: MIN_SIGNAL_STACK_BYTES,
        stack_top: USER_STACK_TOP as u64,
    };
    let stack = StartStack::build(&program, argv, envp, &facts).map_err(Refusal::Arguments)?;
    map_stack(&space, &stack)?;
    map_clock(&space)?;
    let context = UserContext::new(program.entry(), stack.stack_pointer());
    Ok(Image { space, context })
}

/// What the file of a program says, and what its relocations write.
fn program_of(node: &Node) -> Result<Arc<LoadedProgram<'static>>, Refusal> {
    if let Some(known) = node.derived().and_then(|known| known.downcast().ok()) {
        return Ok(known);
    }
    let size = node.attributes().map_err(Refusal::File)?.size;
    check_budget(size.div_ceil(PAGE) * 2)?;
    let file = node.read_whole(MAX_FILE_BYTES).map_err(Refusal::File)?;
    let mut program = Elf64Loader::load(&file).map_err(Refusal::Elf)?;
    Elf64Loader::relocate(&mut program).map_err(Refusal::Elf)?;
    let program = Arc::new(program.without_file());
    let kept: Arc<LoadedProgram<'static>> = Arc::clone(&program);
    node.set_derived(kept);
    Ok(program)
}

/// Start the program at `path` as a child of `parent`.
///
/// # Errors
/// As in the contract of SPAWN; as [`load`].
pub fn spawn(
    path: &[u8],
    argv: &[Vec<u8>],
    envp: &[Vec<u8>],
    parent: Option<&Arc<Process>>,
    handles: HandleTable<ObjectRef>,
    mask: SignalSet,
    rights: Rights,
) -> Result<Arc<Process>, Errno> {
    let base = parent.map_or_else(Base::of_kernel, |parent| parent.surroundings.base());
    let Image { space, context } = load(&base, path, argv, envp)?;
    // As after FORK and EXEC: ignored signals stay so, and the thread's mask is inherited.
    let actions = parent.map(|parent| parent.signals.lock().actions.after_exec());
    let signals = ProcessSignals {
        actions: actions.unwrap_or_default(),
        pending: Pending::default(),
    };
    let process = Process::new(path, parent, space, handles, signals, rights)?;
    start(&process, context, FpuState::new(), mask)?;
    Ok(process)
}

/// Make a child of `parent` that is a copy of it, with one thread that begins with `context`, the
/// vector registers of the thread that runs, and the signals of `thread`.
///
/// # Errors
/// As in the contract of FORK.
pub fn fork(
    parent: &Arc<Process>,
    thread: &Thread,
    context: UserContext,
) -> Result<Arc<Process>, Errno> {
    let space = parent.space.fork()?;
    let handles = parent.forked_handles()?;
    let name = parent.name();
    // A child has no more rights than programs it could have started.
    let signals = ProcessSignals {
        actions: parent.signals.lock().actions.clone(),
        pending: Pending::default(),
    };
    let process = Process::new(
        name.as_bytes(),
        Some(parent),
        space,
        handles,
        signals,
        Rights::NONE,
    )?;
    let (mask, stack) = {
        let own = thread.signals.lock();
        (own.mask, own.stack)
    };
    let child = start(&process, context, FpuState::of_current(), mask)?;
    child.signals.lock().stack = stack;
    Ok(process)
}

/// Start the first thread of a new process; forget the process if that fails.
fn start(
    process: &Arc<Process>,
    context: UserContext,
    vectors: Box<FpuState>,
    mask: SignalSet,
) -> Result<Arc<Thread>, Errno> {
    let started = Thread::new_user(
        process.next_thread_id(),
        Arc::clone(process),
        context,
        vectors,
        mask,
    )
    .map_err(|_| Errno::ENOMEM)
    .and_then(|thread| process.add_thread(Arc::clone(&thread)).map(|()| thread));
    let thread = started.inspect_err(|_| process.abandon())?;
    let ppid = process.parent();
    system::emit(PROCESS_STARTED, &[&process.pid, &ppid, &process.name()]);
    scheduler::start(&thread);
    Ok(thread)
}

fn access_of(permissions: Permissions) -> Access {
    let mut access = Access::empty();
    access.set(Access::READ, !permissions.is_empty());
    access.set(Access::WRITE, permissions.contains(Permissions::WRITE));
    access.set(Access::EXECUTE, permissions.contains(Permissions::EXECUTE));
    access
}

/// Map the program's image: what the file gives from `pages`, its content; the rest is zeros when it
/// is touched.
fn map_image(
    space: &AddressSpace,
    program: &LoadedProgram<'_>,
    pages: &Arc<Vmo>,
) -> Result<(), Refusal> {
    for mapping in program.mappings() {
        let Some(segment) = program.segment_at(mapping.start) else {
            continue;
        };
        let access = access_of(mapping.permissions);
        let (of_file, first) = segment.file_pages();
        let middle = of_file.end.clamp(mapping.start, mapping.end());
        let from_file = mapping.start..middle;
        if !from_file.is_empty() {
            let first = first + (from_file.start - of_file.start) / PAGE;
            let vmo = Vmo::child_of(Arc::clone(pages), first);
            let mut bytes = [0_u8; PAGE_SIZE];
            let mut copy = |page: u64| -> Result<(), Refusal> {
                let index = (page - from_file.start) / PAGE;
                let frame = pages.bring(first + index).map_err(Refusal::Other)?;
                frame.read(0, &mut bytes);
                if let Some(zeros) = segment.zeros_from()
                    && let Some(zeros) = zeros.checked_sub(page)
                    && let Some(rest) = usize::try_from(zeros)
                        .ok()
                        .and_then(|zeros| bytes.get_mut(zeros..))
                {
                    rest.fill(0);
                }
                program.relocate_bytes(page, &mut bytes);
                Ok(vmo.write(page - from_file.start, &bytes)?)
            };
            let last = middle - PAGE;
            let ends_in_zeros = segment
                .zeros_from()
                .is_some_and(|zeros| (last..middle).contains(&zeros));
            let mut next = program.next_patched_page(&from_file, from_file.start);
            while let Some(page) = next {
                copy(page)?;
                next = program.next_patched_page(&from_file, page + PAGE);
            }
            if ends_in_zeros && program.next_patched_page(&from_file, last) != Some(last) {
                copy(last)?;
            }
            space
                .map_object(from_file, access, vmo, 0)
                .map_err(Refusal::Other)?;
        }
        let zeros = middle..mapping.end();
        if !zeros.is_empty() {
            let vmo = Vmo::new();
            let mut next = program.next_patched_page(&zeros, zeros.start);
            while let Some(page) = next {
                let mut bytes = [0_u8; PAGE_SIZE];
                program.relocate_bytes(page, &mut bytes);
                vmo.write(page - zeros.start, &bytes)?;
                next = program.next_patched_page(&zeros, page + PAGE);
            }
            space
                .map_object(zeros, access, vmo, 0)
                .map_err(Refusal::Other)?;
        }
    }
    Ok(())
}

fn map_stack(space: &AddressSpace, stack: &StartStack) -> Result<(), Refusal> {
    let top = USER_STACK_TOP as u64;
    let bottom = top - USER_STACK_SIZE as u64;
    let vmo = Vmo::new();
    vmo.write(stack.stack_pointer() - bottom, stack.bytes())?;
    space
        .map_object(bottom..top, Access::READ | Access::WRITE, vmo, 0)
        .map_err(Refusal::Other)
}

/// Map the page that tells how to read the clock: one for all, only to be read.
fn map_clock(space: &AddressSpace) -> Result<(), Refusal> {
    static CLOCK: spin::Once<Arc<Vmo>> = spin::Once::new();
    let vmo = CLOCK.try_call_once(|| {
        let vmo = Vmo::new();
        vmo.write(0, time::clock_page().as_bytes()).map(|()| vmo)
    })?;
    let region = NewRegion {
        place: Place::Fixed(USER_CLOCK_PAGE as u64),
        len: PAGE,
        access: Access::READ,
        limit: Access::READ,
        content: Content::Shared(Arc::clone(vmo), 0),
        is_reserve_only: false,
    };
    space.map(region).map(|_| ()).map_err(Refusal::Other)
}
