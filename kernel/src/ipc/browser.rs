//! The kernel's end of a browser's channel: what it answers, and when it gives up.
//!
//! The region and its messages are stated in `kernel_py/abi/messages.py`; who waits and wakes is in
//! `object/browser_channel.rs`. Here is what happens between two waits, a message at a time.
//!
//! **What the browser can do to it.** Everything that is read from the region is read once, into
//! memory of the kernel's, and judged there. A message that is wrong is answered with the reason. A
//! ring that is damaged closes this channel with a reason, and nothing else. One answer at most
//! waits for room: until it is sent, nothing more is read, of services neither, so that a browser
//! which does not read fills its own region and no memory of the kernel. The browser and services
//! are heard in turn. Of levels of memory pressure the last one
//! counts. States of tabs are kept up to a number.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use kpio_abi::messages::{
    CHANNEL_TABS, CLOSED_BY_BROWSER, CLOSED_HEADER, CLOSED_LENGTH, CLOSED_POSITION,
    GpuPriorityChanged, MemoryPressure, PRESSURE_NONE, PRIORITY_HIGH, PRIORITY_LOW,
    PRIORITY_MEDIUM, REFUSED_TOO_MANY_TABS, REFUSED_UNKNOWN_TAB, RequestRefused,
    TAB_BACKGROUND_PLAYING, TAB_FOREGROUND, TAB_HIBERNATED, TabStateChanged,
};
use kpio_messages::{Receiver, Sender, TO_BROWSER_RING, TO_KERNEL_RING, ToBrowser, ToKernel};
use kpio_ring::{AttachError, Damage, Memory, PopError, PushError};

use super::service::{Desk, Line, missing};

/// What was done at the kernel's end, for others to look at.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages taken out of the ring.
    pub received: AtomicU64,
    /// Those of them that were refused.
    pub refused: AtomicU64,
    /// Messages put into the ring to the browser.
    pub sent: AtomicU64,
    /// The level of memory pressure that the browser was told of.
    pub pressure: AtomicU32,
}

/// The kernel's end is closed: CLOSED_* says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed(pub u32);

/// What tabs do, as far as the browser said.
#[derive(Debug, Default)]
struct Tabs {
    /// The states of those that are not hibernated.
    states: BTreeMap<u32, u32>,
}

impl Tabs {
    /// Note the state of a tab; the priority that its GPU work has from now on.
    fn note(&mut self, message: &TabStateChanged) -> Result<u32, u32> {
        if message.state == TAB_HIBERNATED {
            self.states.remove(&message.tab);
            return Ok(PRIORITY_LOW);
        }
        let is_new = !self.states.contains_key(&message.tab);
        if is_new && self.states.len() >= CHANNEL_TABS {
            return Err(REFUSED_TOO_MANY_TABS);
        }
        self.states.insert(message.tab, message.state);
        Ok(match message.state {
            TAB_FOREGROUND => PRIORITY_HIGH,
            TAB_BACKGROUND_PLAYING => PRIORITY_MEDIUM,
            _ => PRIORITY_LOW,
        })
    }

    /// Fail if nothing is known of a tab that asks for something.
    fn require(&self, tab: u32) -> Result<(), u32> {
        if self.states.contains_key(&tab) {
            Ok(())
        } else {
            Err(REFUSED_UNKNOWN_TAB)
        }
    }
}

/// The kernel's end of a channel.
#[derive(Debug)]
pub struct Server<M: Memory, L> {
    to_browser: Sender<ToBrowser, M>,
    from_browser: Receiver<ToKernel, M>,
    tabs: Tabs,
    services: Vec<Desk<L>>,
    /// Services were heard last.
    heard_services: bool,
    /// What has no room yet.
    pending: Option<ToBrowser>,
    told_level: u32,
    counts: Arc<Counts>,
}

impl<M: Memory + Clone, L: Line> Server<M, L> {
    /// Become the kernel's end of a region with new rings.
    ///
    /// # Errors
    /// When there are no such rings.
    pub fn new(memory: M, counts: Arc<Counts>) -> Result<Self, AttachError> {
        Ok(Self {
            to_browser: Sender::attach(memory.clone(), TO_BROWSER_RING)?,
            from_browser: Receiver::attach(memory, TO_KERNEL_RING)?,
            tabs: Tabs::default(),
            services: Vec::new(),
            heard_services: false,
            pending: None,
            told_level: PRESSURE_NONE,
            counts,
        })
    }

    /// Send what waits for room, or the level of memory pressure if it is another one than before, or
    /// the answer to the next message, or what a service says: one of them. Whether there was anything that could be done.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn step(
        &mut self,
        level: u32,
        available_bytes: impl FnOnce() -> u64,
    ) -> Result<bool, Closed> {
        if let Some(message) = self.pending.take() {
            return self.send(message);
        }
        if level != self.told_level {
            self.told_level = level;
            self.counts.pressure.store(level, Ordering::Relaxed);
            return self.send(
                MemoryPressure {
                    level,
                    available_bytes: available_bytes(),
                    ..MemoryPressure::default()
                }
                .into(),
            );
        }
        self.heard_services = !self.heard_services;
        for are_services in [self.heard_services, !self.heard_services] {
            let is_done = if are_services {
                self.hear_services()?
            } else {
                self.hear_browser()?
            };
            if is_done {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Answer the next message of the browser; whether there was one.
    fn hear_browser(&mut self) -> Result<bool, Closed> {
        // The number that the message must have, and has if it is taken.
        let sequence = self.from_browser.sequence();
        let judged = match self.from_browser.try_receive() {
            Ok(judged) => judged,
            Err(PopError::Empty) => return Ok(false),
            Err(error) => return Err(why_no_message(error)),
        };
        self.counts.received.fetch_add(1, Ordering::Relaxed);
        let answer = judged
            .map_err(|refusal| refusal.reason())
            .and_then(|message| self.answer(sequence, message));
        match answer {
            Ok(None) => {}
            Ok(Some(answer)) => self.say(answer)?,
            Err(reason) => self.say(RequestRefused {
                sequence,
                reason,
                ..RequestRefused::default()
            })?,
        }
        Ok(true)
    }

    /// The answer to a message, if it is not a service's to give, or the reason for refusing it.
    fn answer(&mut self, sequence: u32, message: ToKernel) -> Result<Option<ToBrowser>, u32> {
        let tab = match message {
            ToKernel::TabStateChanged(message) => {
                let changed = GpuPriorityChanged {
                    tab: message.tab,
                    priority: self.tabs.note(&message)?,
                    ..GpuPriorityChanged::default()
                };
                return Ok(Some(changed.into()));
            }
            ToKernel::SubmitGpuWork(message) => message.tab,
            ToKernel::NetworkRequest(message) => message.tab,
            ToKernel::WasmCompileRequest(message) => message.tab,
        };
        self.tabs.require(tab)?;
        let service = self.services.iter_mut().find(|desk| desk.serves(&message));
        let service = service.ok_or(missing(&message))?;
        service.ask(sequence, message).map(|()| None)
    }

    /// Pass on what a service says; whether there was anything.
    fn hear_services(&mut self) -> Result<bool, Closed> {
        let news = self.services.iter_mut().find_map(Desk::news);
        self.services.retain(|desk| !desk.is_done());
        match news {
            None => Ok(false),
            Some(news) => self.say(news).map(|()| true),
        }
    }

    /// From now on a service answers in the kernel's name.
    pub fn add_service(&mut self, desk: Desk<L>) {
        self.services.push(desk);
    }

    /// The lines to services.
    pub fn lines(&self) -> impl Iterator<Item = &L> {
        self.services.iter().filter_map(Desk::line)
    }

    /// Send a message, or keep it if there is no room.
    fn say(&mut self, message: impl Into<ToBrowser>) -> Result<(), Closed> {
        let message = message.into();
        if matches!(message, ToBrowser::RequestRefused(_)) {
            self.counts.refused.fetch_add(1, Ordering::Relaxed);
        }
        self.send(message).map(|_| ())
    }

    /// Send a message, or keep it if there is no room; whether it was sent.
    fn send(&mut self, message: ToBrowser) -> Result<bool, Closed> {
        match self.to_browser.try_send(message) {
            Ok(()) => {
                self.counts.sent.fetch_add(1, Ordering::Relaxed);
                Ok(true)
            }
            Err(PushError::Full) => {
                self.pending = Some(message);
                Ok(false)
            }
            Err(error) => Err(why_no_room(error)),
        }
    }

    /// Whether [`Self::step`] could do anything. If not, the browser has been told that the kernel is
    /// about to sleep: it wakes it when it has changed that.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn announce_sleep(&mut self, level: u32) -> Result<bool, Closed> {
        if self.pending.is_some() {
            return self.to_browser.announce_sleep().map_err(why_no_room);
        }
        if level != self.told_level || self.services.iter().any(Desk::has_news) {
            return Ok(true);
        }
        self.from_browser.announce_sleep().map_err(why_no_message)
    }

    /// Take [`Self::announce_sleep`] back.
    pub fn end_sleep(&self) {
        self.to_browser.end_sleep();
        self.from_browser.end_sleep();
    }
}

const fn why(damage: Damage) -> Closed {
    Closed(match damage {
        Damage::Position => CLOSED_POSITION,
        Damage::Length => CLOSED_LENGTH,
        // The states are those of an MPSC ring.
        Damage::Header | Damage::State => CLOSED_HEADER,
    })
}

const fn why_no_message(error: PopError) -> Closed {
    match error {
        PopError::Corrupt(damage) => why(damage),
        // The others do not come from what is used here.
        PopError::Closed
        | PopError::PeerDead
        | PopError::Empty
        | PopError::BufferTooSmall(_)
        | PopError::Stopped(_) => Closed(CLOSED_BY_BROWSER),
    }
}

const fn why_no_room(error: PushError) -> Closed {
    match error {
        PushError::Corrupt(damage) => why(damage),
        // The others do not come from what is used here.
        PushError::Closed
        | PushError::PeerDead
        | PushError::Full
        | PushError::TooLong
        | PushError::Contended
        | PushError::Expelled
        | PushError::Stopped(_) => Closed(CLOSED_BY_BROWSER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipc::service::tests::Scripted;
    use core::mem::offset_of;
    use kpio_abi::flags::SERVE_NETWORK;
    use kpio_abi::memory::PAGE_SIZE;
    use kpio_abi::messages::{
        CHANNEL_VERSION, MESSAGE_MAX_BYTES, NETWORK_START, NetworkDataReady, NetworkRequest,
        PRESSURE_CRITICAL, REFUSED_BAD_FIELD, REFUSED_NO_COMPILER, REFUSED_NO_GPU,
        REFUSED_NO_NETWORK, REFUSED_OUT_OF_ORDER, REFUSED_OVERSIZED, SubmitGpuWork, TAB_BACKGROUND,
        TO_BROWSER_CONTROL, TO_KERNEL_CONTROL, TO_KERNEL_START, WasmCompileRequest,
    };
    use kpio_abi::ring::RingControl;
    use kpio_hal::frame::Frame;
    use kpio_hal::shared::SharedFrames;
    use kpio_messages::create_rings;

    type Region = SharedFrames<fn(usize, u32)>;

    /// Both ends of a channel.
    struct Both {
        region: Region,
        server: Server<Region, Scripted>,
        browser: Sender<ToKernel, Region>,
        answers: Receiver<ToBrowser, Region>,
        counts: Arc<Counts>,
    }

    impl Both {
        fn new() -> Self {
            kpio_hal::frame::init_host();
            let frames: Vec<Frame> = (0..NETWORK_START / PAGE_SIZE)
                .map(|_| Frame::zeroed().expect("memory"))
                .collect();
            let region: Region = SharedFrames::new(frames, |_, _| {});
            create_rings(&region).expect("a region");
            let counts = Arc::new(Counts::default());
            Self {
                server: Server::new(region.clone(), Arc::clone(&counts)).expect("rings"),
                browser: Sender::attach(region.clone(), TO_KERNEL_RING).expect("rings"),
                answers: Receiver::attach(region.clone(), TO_BROWSER_RING).expect("rings"),
                region,
                counts,
            }
        }

        fn serve(&mut self) -> Result<(), Closed> {
            while self.server.step(PRESSURE_NONE, || 0)? {}
            Ok(())
        }

        fn ask(&mut self, message: impl Into<ToKernel>) -> ToBrowser {
            self.browser.try_send(message).expect("room");
            self.serve().expect("open");
            self.answers
                .try_receive()
                .expect("an answer")
                .expect("good")
        }

        fn say(&mut self, tab: u32, state: u32) -> ToBrowser {
            self.ask(TabStateChanged {
                tab,
                state,
                ..TabStateChanged::default()
            })
        }
    }

    fn reason(answer: ToBrowser) -> u32 {
        match answer {
            ToBrowser::RequestRefused(refused) => refused.reason,
            other => panic!("{other:?} is no refusal"),
        }
    }

    #[test]
    fn the_state_of_a_tab_gives_its_priority() {
        let mut both = Both::new();
        for (state, priority) in [
            (TAB_FOREGROUND, PRIORITY_HIGH),
            (TAB_BACKGROUND, PRIORITY_LOW),
            (TAB_BACKGROUND_PLAYING, PRIORITY_MEDIUM),
            (TAB_HIBERNATED, PRIORITY_LOW),
        ] {
            let ToBrowser::GpuPriorityChanged(changed) = both.say(7, state) else {
                panic!("not a priority");
            };
            assert_eq!((changed.tab, changed.priority), (7, priority));
        }
        assert_eq!(both.counts.received.load(Ordering::Relaxed), 4);
        assert_eq!(both.counts.sent.load(Ordering::Relaxed), 4);
        assert_eq!(both.counts.refused.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        let mut both = Both::new();
        let gpu = SubmitGpuWork {
            tab: 1,
            ..SubmitGpuWork::default()
        };
        assert_eq!(reason(both.ask(gpu)), REFUSED_UNKNOWN_TAB);
        both.say(1, TAB_BACKGROUND);
        assert_eq!(reason(both.ask(gpu)), REFUSED_NO_GPU);
        let network = NetworkRequest {
            tab: 1,
            ..NetworkRequest::default()
        };
        assert_eq!(reason(both.ask(network)), REFUSED_NO_NETWORK);
        let module = WasmCompileRequest {
            tab: 1,
            ..WasmCompileRequest::default()
        };
        assert_eq!(reason(both.ask(module)), REFUSED_NO_COMPILER);
        both.say(1, TAB_HIBERNATED);
        assert_eq!(reason(both.ask(gpu)), REFUSED_UNKNOWN_TAB);
    }

    #[test]
    fn services_are_asked_and_heard_in_turn_with_the_browser() {
        let mut both = Both::new();
        let line = Scripted::default();
        both.server
            .add_service(Desk::new(SERVE_NETWORK, line.clone()));
        both.say(1, TAB_BACKGROUND);
        let fetch = NetworkRequest {
            tab: 1,
            request: 5,
            ..NetworkRequest::default()
        };
        both.browser.try_send(fetch).expect("room");
        both.serve().expect("open");
        // A service that never ends a response does not keep the browser from being heard.
        let piece = NetworkDataReady {
            request: 5,
            len: 1,
            ..NetworkDataReady::default()
        };
        for _ in 0..10 {
            line.say(1, piece);
        }
        both.browser
            .try_send(TabStateChanged::default())
            .expect("room");
        both.serve().expect("open");
        let heard: Vec<ToBrowser> = (0..11)
            .map(|_| both.answers.try_receive().expect("one").expect("good"))
            .collect();
        let is_answer = |answer: &ToBrowser| matches!(answer, ToBrowser::GpuPriorityChanged(_));
        assert!(heard[..2].iter().any(is_answer), "{heard:?}");
        line.is_gone.set(true);
        both.serve().expect("open");
        let last = both.answers.try_receive().expect("one").expect("good");
        assert_eq!(reason(last), REFUSED_NO_NETWORK);
        assert_eq!(both.server.lines().count(), 0);
    }

    #[test]
    fn only_so_many_tabs_are_kept() {
        let mut both = Both::new();
        let most = u32::try_from(CHANNEL_TABS).expect("few");
        for tab in 0..most {
            both.say(tab, TAB_BACKGROUND);
        }
        assert_eq!(
            reason(both.say(most, TAB_BACKGROUND)),
            REFUSED_TOO_MANY_TABS
        );
        both.say(0, TAB_HIBERNATED);
        both.say(most, TAB_BACKGROUND);
    }

    #[test]
    fn a_wrong_message_is_refused_and_the_next_one_taken() {
        let mut both = Both::new();
        let mut refused = Vec::new();
        let mut push = |both: &mut Both, bytes: &[u8]| {
            both.browser.producer().try_push(bytes).expect("room");
            both.serve().expect("open");
            let answer = both
                .answers
                .try_receive()
                .expect("an answer")
                .expect("good");
            refused.push(reason(answer));
        };
        push(&mut both, &[0; MESSAGE_MAX_BYTES + 1]);
        push(&mut both, &[1, 0, 1, 1, 1, 0, 0, 0]);
        let mut state = [0; 16];
        state[..8].copy_from_slice(&[1, 0, 1, 1, 0, 0, 0, 0]);
        state[12] = 4;
        assert_eq!(CHANNEL_VERSION, 1);
        push(&mut both, &state);
        assert_eq!(
            refused,
            [REFUSED_OVERSIZED, REFUSED_OUT_OF_ORDER, REFUSED_BAD_FIELD]
        );
        both.say(1, TAB_FOREGROUND);
    }

    #[test]
    fn a_full_ring_holds_the_kernel_back() {
        let mut both = Both::new();
        let message = TabStateChanged::default();
        let mut asked = 0_u64;
        // More than either ring has room for: what is not answered stays in the browser's ring.
        while asked < 100_000 {
            if both.browser.try_send(message).is_ok() {
                asked += 1;
                continue;
            }
            both.serve().expect("open");
            if both.browser.try_send(message).is_err() {
                break;
            }
            asked += 1;
        }
        assert!(both.server.pending.is_some(), "one answer waits");
        assert_eq!(both.server.announce_sleep(PRESSURE_NONE), Ok(false));
        let sent = both.counts.sent.load(Ordering::Relaxed);
        assert_eq!(both.counts.received.load(Ordering::Relaxed), sent + 1);
        assert!(asked > sent + 1000);
        let mut answered = 0;
        while answered < asked {
            match both.answers.try_receive() {
                Ok(answer) => {
                    assert!(matches!(answer, Ok(ToBrowser::GpuPriorityChanged(_))));
                    answered += 1;
                }
                Err(error) => {
                    assert_eq!(error, PopError::Empty);
                    both.serve().expect("open");
                }
            }
        }
        assert_eq!(both.counts.sent.load(Ordering::Relaxed), asked);
    }

    #[test]
    fn a_new_level_is_told_once() {
        let mut both = Both::new();
        assert_eq!(both.server.announce_sleep(PRESSURE_CRITICAL), Ok(true));
        assert_eq!(both.server.step(PRESSURE_CRITICAL, || 4096), Ok(true));
        assert_eq!(both.server.step(PRESSURE_CRITICAL, || 4096), Ok(false));
        let told = both.answers.try_receive().expect("told").expect("good");
        let ToBrowser::MemoryPressure(told) = told else {
            panic!("{told:?} is no level");
        };
        assert_eq!(
            (told.level, told.available_bytes),
            (PRESSURE_CRITICAL, 4096)
        );
        assert_eq!(
            both.server.step(PRESSURE_NONE, || 8192),
            Ok(true),
            "back again"
        );
        assert_eq!(both.counts.pressure.load(Ordering::Relaxed), PRESSURE_NONE);
    }

    #[test]
    fn a_damaged_or_closed_ring_ends_it_with_a_reason() {
        let tail = TO_KERNEL_CONTROL + offset_of!(RingControl, tail);
        let head = TO_BROWSER_CONTROL + offset_of!(RingControl, head);
        let producer = TO_KERNEL_CONTROL + offset_of!(RingControl, producer_state);
        let consumer = TO_BROWSER_CONTROL + offset_of!(RingControl, consumer_state);
        let cases: [(&[(usize, u32)], u32); 7] = [
            (&[(tail, 3)], CLOSED_POSITION),
            (&[(tail + 4, 1)], CLOSED_POSITION),
            (&[(tail, 16), (TO_KERNEL_START + 4, 1)], CLOSED_HEADER),
            (&[(tail, 16), (TO_KERNEL_START, 0xFFFF)], CLOSED_LENGTH),
            (&[(producer, 1)], CLOSED_BY_BROWSER),
            (&[(producer, 2)], CLOSED_BY_BROWSER),
            (
                &[(consumer, 77), (tail, 16), (TO_KERNEL_START, 8)],
                CLOSED_BY_BROWSER,
            ),
        ];
        for (words, why) in cases {
            let mut both = Both::new();
            for &(at, value) in words {
                both.region.store32(at, value, Ordering::Relaxed);
            }
            assert_eq!(both.serve(), Err(Closed(why)), "{words:?}");
        }
        let mut both = Both::new();
        both.region.store64(head, 1 << 20, Ordering::Relaxed);
        for _ in 0..CHANNEL_TABS {
            both.browser
                .try_send(TabStateChanged::default())
                .expect("room");
        }
        both.serve()
            .expect("nobody looks at the head while there is room");
    }
}
