//! EPOLL_CTL: what an epoll watches.

use super::{Caller, Fd};
use crate::ipc::watch_list::Interest;
use crate::memory::user::UserIn;
use crate::object::{Epoll, ObjectRef};
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLMSG,
    EPOLLONESHOT, EPOLLOUT, EPOLLPRI, EPOLLRDBAND, EPOLLRDHUP, EPOLLRDNORM, EPOLLWAKEUP,
    EPOLLWRBAND, EPOLLWRNORM,
};
use kpio_abi::rights::Rights;
use kpio_abi::types::EpollEvent;

const EVENTS: u32 = EPOLLIN
    | EPOLLPRI
    | EPOLLOUT
    | EPOLLERR
    | EPOLLHUP
    | EPOLLRDNORM
    | EPOLLRDBAND
    | EPOLLWRNORM
    | EPOLLWRBAND
    | EPOLLMSG
    | EPOLLRDHUP;
const OPTIONS: u32 = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET;

/// Do `operation` with the watch of `epfd` over `fd`.
pub fn epoll_ctl(
    caller: &Caller,
    epfd: Fd,
    operation: u32,
    fd: Fd,
    event: u64,
) -> Result<u64, Errno> {
    let interest = match operation {
        EPOLL_CTL_ADD | EPOLL_CTL_MOD => Some(interest(caller, event)?),
        EPOLL_CTL_DEL => None,
        _ => return Err(Errno::EINVAL),
    };
    let object: ObjectRef = caller.process.object(epfd.number(), Rights::WRITE)?;
    // Every handle can be waited for, whatever else it allows.
    let target = caller.process.object(fd.number(), Rights::NONE)?;
    if Arc::ptr_eq(&object, &target) {
        return Err(Errno::EINVAL);
    }
    let epoll: Arc<Epoll> = object.downcast().ok_or(Errno::EINVAL)?;
    let number = fd.number();
    match interest {
        Some(interest) if operation == EPOLL_CTL_ADD => epoll.add(number, &target, interest)?,
        Some(interest) => epoll.modify(number, &target, interest)?,
        None => epoll.remove(number, &target)?,
    }
    Ok(0)
}

/// What `event` waits for.
fn interest(caller: &Caller, event: u64) -> Result<Interest, Errno> {
    let event = UserIn::<EpollEvent>::new(event)?.get(&caller.process.space)?;
    let events = event.events;
    if events & !(EVENTS | OPTIONS) != 0 {
        return Err(Errno::EINVAL);
    }
    Ok(Interest {
        events,
        data: event.data,
    })
}
