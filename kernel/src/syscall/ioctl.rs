//! IOCTL: what only some objects have.

use super::{Caller, Fd};
use crate::memory::user::{UserIn, UserOut};
use crate::object::{Console, ObjectRef};
use crate::terminal;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    B115200, CLOCAL, CREAD, CS8, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, O_NONBLOCK, TCGETS, TCSETS,
    TCSETSF, TCSETSW, TIOCGWINSZ, VMIN,
};
use kpio_abi::rights::Rights;
use kpio_abi::types::{Termios, WinSize};

/// Do `request` to `fd`, with the value at `argument`.
pub fn ioctl(caller: &Caller, fd: Fd, request: u32, argument: u64) -> Result<u64, Errno> {
    let process = &caller.process;
    let object = process.object(fd.number(), Rights::NONE)?;
    match request {
        FIOCLEX => process.set_close_on_exec(fd.number(), true)?,
        FIONCLEX => process.set_close_on_exec(fd.number(), false)?,
        FIONBIO => {
            let flags = object.status_flags().ok_or(Errno::ENOTTY)?;
            let is_set = UserIn::<i32>::new(argument)?.get(&process.space)? != 0;
            let others = flags.get() & !O_NONBLOCK;
            flags.set(if is_set { others | O_NONBLOCK } else { others });
        }
        FIONREAD => {
            let available = i32::try_from(object.available()?).unwrap_or(i32::MAX);
            UserOut::new(argument)?.set(&process.space, &available)?;
        }
        TIOCGWINSZ => {
            require_console(&object)?;
            UserOut::new(argument)?.set(&process.space, &window())?;
        }
        TCGETS => {
            require_console(&object)?;
            UserOut::new(argument)?.set(&process.space, &line())?;
        }
        TCSETS | TCSETSW => {
            require_console(&object)?;
            let wanted = UserIn::<Termios>::new(argument)?.get(&process.space)?;
            // Bytes pass as they are. What is asked for beyond that would not happen.
            if wanted.c_iflag | wanted.c_oflag | wanted.c_lflag != 0 {
                return Err(Errno::EINVAL);
            }
        }
        TCSETSF => {
            require_console(&object)?;
            return Err(Errno::EINVAL);
        }
        _ => return Err(Errno::ENOTTY),
    }
    Ok(0)
}

fn require_console(object: &ObjectRef) -> Result<(), Errno> {
    let console = object.downcast_ref::<Console>();
    console.map(|_| ()).ok_or(Errno::ENOTTY)
}

/// The size of the console's screen.
fn window() -> WinSize {
    let (columns, rows) = terminal::size_cells();
    let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    WinSize {
        ws_row: narrow(rows),
        ws_col: narrow(columns),
        ..WinSize::default()
    }
}

/// How the console treats its bytes.
fn line() -> Termios {
    let mut line = Termios {
        c_cflag: CS8 | CREAD | CLOCAL | B115200,
        ..Termios::default()
    };
    line.c_cc[VMIN as usize] = 1;
    line
}
