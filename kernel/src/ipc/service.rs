//! Services behind the kernel's end of a browser's channel: what they are asked, and which of their
//! answers the browser gets.
//!
//! The messages are stated in `kernel_py/abi/messages.py`. A service is a process that nobody has to
//! trust: what it says is judged as what the browser says is, and must answer something that it was
//! asked. One that says anything else is not heard any more, and what it was asked is refused, as
//! when it goes.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use kpio_abi::flags::{SERVE_COMPILER, SERVE_NETWORK};
use kpio_abi::messages::{
    MESSAGE_MAX_BYTES, MessageHeader, REFUSED_BUSY, REFUSED_FAILED, REFUSED_NO_COMPILER,
    REFUSED_NO_GPU, REFUSED_NO_NETWORK, RequestRefused, SERVICE_REQUESTS,
};
use kpio_messages::{Direction, Reader, ToBrowser, ToKernel};
use zerocopy::FromBytes;

/// The other end of a line is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// The kernel's end of the line to a service. Dropping it closes the line.
pub trait Line {
    /// Send a request; `false` if there is no room for it.
    ///
    /// # Errors
    /// [`Gone`].
    fn ask(&self, request: &[u8]) -> Result<bool, Gone>;

    /// Take the next answer, if there is one.
    ///
    /// # Errors
    /// [`Gone`], when there are no more.
    fn answer(&self) -> Result<Option<Vec<u8>>, Gone>;

    /// Whether [`Self::answer`] would say anything.
    fn has_news(&self) -> bool;
}

/// What one service is asked.
#[derive(Debug)]
pub struct Desk<L> {
    /// SERVE_*.
    services: u32,
    line: Option<L>,
    /// What is under way, by sequence number.
    asked: BTreeMap<u32, ToKernel>,
    /// What a service that is gone has not answered.
    left: VecDeque<RequestRefused>,
}

impl<L: Line> Desk<L> {
    /// A service that was asked nothing.
    #[must_use]
    pub const fn new(services: u32, line: L) -> Self {
        Self {
            services,
            line: Some(line),
            asked: BTreeMap::new(),
            left: VecDeque::new(),
        }
    }

    /// The line, while there is one.
    pub const fn line(&self) -> Option<&L> {
        self.line.as_ref()
    }

    /// Whether nothing will come of it any more.
    pub fn is_done(&self) -> bool {
        self.line.is_none() && self.left.is_empty()
    }

    /// Whether [`Self::news`] would say anything.
    pub fn has_news(&self) -> bool {
        !self.left.is_empty() || self.line.as_ref().is_some_and(Line::has_news)
    }

    /// Whether it answers such requests.
    pub fn serves(&self, request: &ToKernel) -> bool {
        let service = match request {
            ToKernel::NetworkRequest(_) => SERVE_NETWORK,
            ToKernel::WasmCompileRequest(_) => SERVE_COMPILER,
            ToKernel::TabStateChanged(_) | ToKernel::SubmitGpuWork(_) => 0,
        };
        self.line.is_some() && self.services & service != 0
    }

    /// Ask it what the browser asked in the `sequence`th message.
    ///
    /// # Errors
    /// The reason for refusing that.
    pub fn ask(&mut self, sequence: u32, request: ToKernel) -> Result<(), u32> {
        let Some(line) = &self.line else {
            return Err(missing(&request));
        };
        // Numbers come again after 2^32.
        if self.asked.len() >= SERVICE_REQUESTS || self.asked.contains_key(&sequence) {
            return Err(REFUSED_BUSY);
        }
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let len = request.write(sequence, &mut bytes);
        match line.ask(&bytes[..len]) {
            Ok(true) => {
                self.asked.insert(sequence, request);
                Ok(())
            }
            Ok(false) => Err(REFUSED_BUSY),
            Err(Gone) => {
                self.close();
                Err(missing(&request))
            }
        }
    }

    /// The next thing that the browser is to hear of it.
    pub fn news(&mut self) -> Option<ToBrowser> {
        if let Some(line) = &self.line {
            let answer = match line.answer() {
                Ok(None) => return None,
                Ok(Some(bytes)) => self.judge(&bytes),
                Err(Gone) => None,
            };
            if answer.is_some() {
                return answer;
            }
            self.close();
        }
        self.left.pop_front().map(ToBrowser::from)
    }

    fn close(&mut self) {
        self.line = None;
        let asked = core::mem::take(&mut self.asked);
        self.left
            .extend(asked.into_iter().map(|(sequence, request)| RequestRefused {
                sequence,
                reason: missing(&request),
                ..RequestRefused::default()
            }));
    }

    /// The answer that `bytes` are, if they are one.
    fn judge(&mut self, bytes: &[u8]) -> Option<ToBrowser> {
        let (MessageHeader { sequence, .. }, _) = MessageHeader::read_from_prefix(bytes).ok()?;
        let answer = Reader::<ToBrowser>::expecting(sequence).read(bytes).ok()?;
        let is_last = match (self.asked.get(&sequence)?, &answer) {
            (ToKernel::NetworkRequest(asked), ToBrowser::NetworkDataReady(answer))
                if answer.request == asked.request =>
            {
                answer.len == 0
            }
            (ToKernel::WasmCompileRequest(asked), ToBrowser::WasmCacheHit(answer))
                if answer.hash == asked.hash =>
            {
                true
            }
            (_, ToBrowser::RequestRefused(answer))
                if answer.sequence == sequence
                    && matches!(answer.reason, REFUSED_BUSY | REFUSED_FAILED) =>
            {
                true
            }
            _ => return None,
        };
        if is_last {
            self.asked.remove(&sequence);
        }
        Some(answer)
    }
}

/// Why a request is refused that nobody serves.
pub const fn missing(request: &ToKernel) -> u32 {
    match request {
        ToKernel::NetworkRequest(_) => REFUSED_NO_NETWORK,
        ToKernel::WasmCompileRequest(_) => REFUSED_NO_COMPILER,
        // Tabs are the kernel's own; what is left is work for a GPU.
        ToKernel::TabStateChanged(_) | ToKernel::SubmitGpuWork(_) => REFUSED_NO_GPU,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use alloc::rc::Rc;
    use core::cell::{Cell, RefCell};
    use kpio_abi::messages::{NetworkDataReady, NetworkRequest, WasmCacheHit, WasmCompileRequest};
    use std::vec;

    /// A service that says what the test says.
    #[derive(Clone, Default)]
    pub struct Scripted {
        asked: Rc<RefCell<Vec<Vec<u8>>>>,
        answers: Rc<RefCell<VecDeque<Vec<u8>>>>,
        is_full: Rc<Cell<bool>>,
        pub is_gone: Rc<Cell<bool>>,
    }

    impl Scripted {
        pub fn say(&self, sequence: u32, answer: impl Into<ToBrowser>) {
            let mut bytes = [0; MESSAGE_MAX_BYTES];
            let len = answer.into().write(sequence, &mut bytes);
            self.answers.borrow_mut().push_back(bytes[..len].to_vec());
        }
    }

    impl Line for Scripted {
        fn ask(&self, request: &[u8]) -> Result<bool, Gone> {
            if self.is_gone.get() {
                return Err(Gone);
            }
            if !self.is_full.get() {
                self.asked.borrow_mut().push(request.to_vec());
            }
            Ok(!self.is_full.get())
        }

        fn answer(&self) -> Result<Option<Vec<u8>>, Gone> {
            match self.answers.borrow_mut().pop_front() {
                None if self.is_gone.get() => Err(Gone),
                answer => Ok(answer),
            }
        }

        fn has_news(&self) -> bool {
            self.is_gone.get() || !self.answers.borrow().is_empty()
        }
    }

    /// The bytes of a message, whatever its number.
    fn plain(message: ToBrowser) -> [u8; MESSAGE_MAX_BYTES] {
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        message.write(0, &mut bytes);
        bytes
    }

    fn news(desk: &mut Desk<Scripted>) -> Option<[u8; MESSAGE_MAX_BYTES]> {
        desk.news().map(plain)
    }

    fn desk() -> (Scripted, Desk<Scripted>) {
        let line = Scripted::default();
        (line.clone(), Desk::new(SERVE_NETWORK, line))
    }

    fn fetch(request: u64) -> ToKernel {
        NetworkRequest {
            request,
            ..NetworkRequest::default()
        }
        .into()
    }

    fn ready(request: u64, len: u32) -> ToBrowser {
        NetworkDataReady {
            request,
            len,
            ..NetworkDataReady::default()
        }
        .into()
    }

    fn refused(sequence: u32, reason: u32) -> ToBrowser {
        RequestRefused {
            sequence,
            reason,
            ..RequestRefused::default()
        }
        .into()
    }

    #[test]
    fn a_response_comes_in_pieces_and_ends() {
        let (line, mut desk) = desk();
        desk.ask(7, fetch(70)).expect("there");
        desk.ask(9, fetch(90)).expect("there");
        let mut bytes = [0; MESSAGE_MAX_BYTES];
        let len = fetch(70).write(7, &mut bytes);
        assert_eq!(line.asked.borrow()[0], bytes[..len], "as it came");
        assert_eq!(desk.news(), None);
        for (sequence, answer) in [(9, ready(90, 5)), (7, ready(70, 0)), (9, ready(90, 0))] {
            line.say(sequence, answer);
            assert!(desk.has_news());
            assert_eq!(news(&mut desk), Some(plain(answer)));
        }
        assert!(desk.asked.is_empty() && !desk.has_news());
    }

    #[test]
    fn a_module_is_answered_once_and_a_refusal_is_an_answer() {
        let line = Scripted::default();
        let mut desk = Desk::new(SERVE_COMPILER | SERVE_NETWORK, line.clone());
        let (asked, hit) = (WasmCompileRequest::default(), WasmCacheHit::default());
        desk.ask(0, asked.into()).expect("there");
        desk.ask(1, fetch(1)).expect("there");
        line.say(0, hit);
        line.say(1, refused(1, REFUSED_FAILED));
        line.say(0, hit);
        assert_eq!(news(&mut desk), Some(plain(hit.into())));
        assert_eq!(news(&mut desk), Some(plain(refused(1, REFUSED_FAILED))));
        assert_eq!(desk.news(), None, "nobody asked any more");
        assert!(desk.is_done());
    }

    #[test]
    fn what_is_no_answer_ends_the_service() {
        let other_hash = WasmCacheHit {
            hash: [1; 32],
            ..WasmCacheHit::default()
        };
        let outside = NetworkDataReady {
            request: 70,
            offset: u32::MAX,
            len: 1,
            ..NetworkDataReady::default()
        };
        let wrong: [(u32, ToBrowser); 7] = [
            (8, ready(70, 1)),
            (7, ready(71, 1)),
            (7, outside.into()),
            (7, WasmCacheHit::default().into()),
            (7, refused(8, REFUSED_FAILED)),
            (7, refused(7, 1)),
            (9, other_hash.into()),
        ];
        for (sequence, answer) in wrong {
            let line = Scripted::default();
            let mut desk = Desk::new(SERVE_COMPILER | SERVE_NETWORK, line.clone());
            desk.ask(7, fetch(70)).expect("there");
            desk.ask(9, WasmCompileRequest::default().into())
                .expect("there");
            line.say(sequence, answer);
            line.say(7, ready(70, 0));
            assert_eq!(news(&mut desk), Some(plain(refused(7, REFUSED_NO_NETWORK))));
            assert_eq!(
                news(&mut desk),
                Some(plain(refused(9, REFUSED_NO_COMPILER)))
            );
            assert!(desk.is_done(), "{answer:?}");
        }
        for bytes in [vec![], vec![1; 7], vec![0; 70_000]] {
            let (line, mut desk) = desk();
            line.answers.borrow_mut().push_back(bytes);
            assert_eq!(desk.news(), None);
            assert!(desk.is_done());
        }
    }

    #[test]
    fn only_so_much_is_asked() {
        let (line, mut desk) = desk();
        line.is_full.set(true);
        assert_eq!(desk.ask(1, fetch(1)), Err(REFUSED_BUSY));
        line.is_full.set(false);
        let most = u32::try_from(SERVICE_REQUESTS).expect("few");
        for sequence in 0..most {
            desk.ask(sequence, fetch(0)).expect("there");
        }
        assert_eq!(desk.ask(most, fetch(0)), Err(REFUSED_BUSY));
        line.say(3, ready(0, 0));
        assert_eq!(news(&mut desk), Some(plain(ready(0, 0))));
        assert_eq!(desk.ask(4, fetch(0)), Err(REFUSED_BUSY), "under way");
        desk.ask(most, fetch(0)).expect("there");
    }

    #[test]
    fn what_a_service_leaves_is_refused() {
        let (line, mut desk) = desk();
        desk.ask(1, fetch(1)).expect("there");
        desk.ask(2, fetch(2)).expect("there");
        line.say(2, ready(2, 0));
        line.is_gone.set(true);
        assert_eq!(
            news(&mut desk),
            Some(plain(ready(2, 0))),
            "said before it went"
        );
        assert!(desk.has_news() && !desk.is_done());
        assert_eq!(news(&mut desk), Some(plain(refused(1, REFUSED_NO_NETWORK))));
        assert!(desk.is_done() && !desk.serves(&fetch(3)));
        assert_eq!(desk.ask(3, fetch(3)), Err(REFUSED_NO_NETWORK));
        let (line, mut desk) = self::desk();
        line.is_gone.set(true);
        assert_eq!(desk.ask(3, fetch(3)), Err(REFUSED_NO_NETWORK));
    }
}
