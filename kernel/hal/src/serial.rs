//! COM1, a 16550: the console's bytes out and in. Source: PC16550D data sheet.

use crate::sync::{Lock, Rank};
use kpio_abi::boot::COM1_PORT;
use x86_64::instructions::port::Port;

/// A 16550 by its port range.
pub struct Serial {
    base: u16,
    /// What had arrived before the FIFOs were switched on, which empties them.
    early: Option<u8>,
}

/// The console's port.
pub static COM1: Lock<Serial> = Lock::new(Rank::Serial, Serial::new());

const LINE_STATUS: u16 = 5;
const DATA_READY: u8 = 1;
const TRANSMITTER_EMPTY: u8 = 1 << 5;

impl Serial {
    const fn new() -> Self {
        Self {
            base: COM1_PORT,
            early: None,
        }
    }

    fn write_register(&mut self, register: u16, value: u8) {
        // SAFETY: a register of the UART; no memory is touched.
        unsafe { Port::new(self.base + register).write(value) };
    }

    fn read_register(&mut self, register: u16) -> u8 {
        // SAFETY: as above.
        unsafe { Port::new(self.base + register).read() }
    }

    /// 115200 baud, 8N1, FIFOs on, interrupt at received data.
    pub(crate) fn init(&mut self) {
        self.write_register(1, 0);
        self.write_register(3, 0x80);
        self.write_register(0, 1);
        self.write_register(1, 0);
        self.write_register(3, 0x03);
        self.early = self.read_byte();
        self.write_register(2, 0x07);
        self.write_register(4, 0x0B);
        self.write_register(1, 0x01);
    }

    /// Send bytes, unchanged.
    pub fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            while self.read_register(LINE_STATUS) & TRANSMITTER_EMPTY == 0 {
                core::hint::spin_loop();
            }
            self.write_register(0, byte);
        }
    }

    /// The next received byte, if there is one.
    pub fn read_byte(&mut self) -> Option<u8> {
        if let Some(byte) = self.early.take() {
            return Some(byte);
        }
        let has_data = self.read_register(LINE_STATUS) & DATA_READY != 0;
        has_data.then(|| self.read_register(0))
    }
}

/// For the panic path: write past any lock. Bytes of an interrupted line may stand before it.
pub fn write_for_panic(bytes: &[u8]) {
    Serial::new().write(bytes);
}

/// Wait until COM1 has sent everything. Needs no lock: it only reads the status.
pub(crate) fn drain() {
    const TRANSMITTER_IDLE: u8 = 1 << 6;
    let mut com1 = Serial::new();
    while com1.read_register(LINE_STATUS) & TRANSMITTER_IDLE == 0 {
        core::hint::spin_loop();
    }
}

/// The event port: QEMU's `isa-debugcon`, one byte a write. A machine without it ignores them.
pub fn write_event_bytes(bytes: &[u8]) {
    for &byte in bytes {
        // SAFETY: the port of the debug console, or of nothing.
        unsafe { Port::new(kpio_abi::boot::EVENT_PORT).write(byte) };
    }
}
