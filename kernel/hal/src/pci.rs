//! PCI configuration space, through the two ports that every PC has.
//!
//! Slower than the memory-mapped way, but it needs no ACPI table and no mapping, and drivers only use
//! it while they are set up. It reaches the first 256 bytes of each function, which hold all that
//! virtio uses. Source: PCI Local Bus Specification 3.0, "Configuration Mechanism #1".

use spin::Mutex;
use virtio_drivers::transport::pci::bus::{ConfigurationAccess, DeviceFunction};
use x86_64::instructions::port::Port;

const ADDRESS_PORT: u16 = 0xCF8;
const DATA_PORT: u16 = 0xCFC;
const ENABLE: u32 = 1 << 31;

/// An address and its datum are two port accesses; nobody may come in between.
static PORTS: Mutex<()> = Mutex::new(());

/// Access to the configuration space of every function.
#[derive(Debug)]
pub struct PortAccess(());

/// Access to configuration space.
#[must_use]
pub fn config_access() -> PortAccess {
    PortAccess(())
}

fn with_data_port<R>(
    function: DeviceFunction,
    register: u8,
    use_port: impl FnOnce(&mut Port<u32>) -> R,
) -> R {
    let address = ENABLE
        | u32::from(function.bus) << 16
        | u32::from(function.device & 0x1F) << 11
        | u32::from(function.function & 0x7) << 8
        | u32::from(register & 0xFC);
    let _guard = PORTS.lock();
    // SAFETY: writing the address port only selects what the data port means, and `PORTS` is held.
    unsafe { Port::new(ADDRESS_PORT).write(address) };
    use_port(&mut Port::new(DATA_PORT))
}

impl ConfigurationAccess for PortAccess {
    fn read_word(&self, function: DeviceFunction, register: u8) -> u32 {
        // SAFETY: reading configuration space has no effect on memory.
        with_data_port(function, register, |port| unsafe { port.read() })
    }

    fn write_word(&mut self, function: DeviceFunction, register: u8, word: u32) {
        // SAFETY: the callers are virtio's transport and our drivers. They only write the command
        // register and base addresses (with decoding off while they are sized); what a device does
        // to memory afterwards is decided by the queues it is given, see `virtio`.
        with_data_port(function, register, |port| unsafe { port.write(word) });
    }

    unsafe fn unsafe_clone(&self) -> Self {
        Self(())
    }
}
