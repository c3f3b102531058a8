//! Virtio devices on PCI: finding them, checking what they say of themselves, switching them on.
//!
//! Source: virtio 1.2 "Virtio Over PCI Bus"; PCI Local Bus Specification 3.0 "Capabilities List".

use alloc::vec::Vec;
use core::fmt;
use virtio_drivers::Hal;
pub use virtio_drivers::transport::DeviceType;
pub use virtio_drivers::transport::pci::PciTransport;
use virtio_drivers::transport::pci::bus::{
    Command, ConfigurationAccess, DeviceFunction, DeviceFunctionInfo, HeaderType, PciRoot,
};
use virtio_drivers::transport::pci::{VirtioPciError, virtio_device_type};

const NO_VENDOR: u16 = 0xFFFF;
const CLASS: u8 = 0x08;
/// Word whose third byte is the kind of header.
const HEADER: u8 = 0x0C;
/// In the kind of function 0's header: there are functions 1 to 7.
const HEADER_HAS_FUNCTIONS: u8 = 0x80;
/// Register with a bridge's bus numbers; the second byte is the bus behind it.
const BRIDGE_BUSES: u8 = 0x18;
const CAPABILITIES: u8 = 0x34;
const STATUS_COMMAND: u8 = 0x04;
const STATUS_HAS_CAPABILITIES: u32 = 1 << 20;
/// The list lies in bytes 64 to 255, four bytes an entry at least.
const MAX_CAPABILITIES: usize = 48;
const FIRST_CAPABILITY: u8 = 0x40;
/// Vendor-specific capability: virtio's.
const CAPABILITY_VENDOR: u8 = 0x09;
/// Kinds of virtio structures whose place is used: common, notify, ISR, device configuration.
const STRUCTURE_KINDS: core::ops::RangeInclusive<u8> = 1..=4;
/// Length of a capability that describes such a structure.
const STRUCTURE_CAPABILITY_BYTES: u8 = 16;
/// Longest structure believed: QEMU's take 4 KiB, its notification area 4 KiB a queue.
const MAX_STRUCTURE_BYTES: u32 = 16 << 20;

/// A virtio device that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtioFunction {
    /// Where it is.
    pub function: DeviceFunction,
    /// What it is.
    pub kind: DeviceType,
}

/// Why a device cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PciError {
    /// Its list of capabilities has a loop, or leaves its place.
    BadCapabilityList,
    /// A structure is said to be where none can be.
    BadStructure {
        /// Number of the base address register.
        bar: u8,
        /// Its place behind that address.
        offset: u32,
        /// Its length.
        len_bytes: u32,
    },
    /// The transport refuses it.
    Transport(VirtioPciError),
}

impl fmt::Display for PciError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCapabilityList => out.write_str("its list of capabilities is damaged"),
            Self::BadStructure {
                bar,
                offset,
                len_bytes,
            } => {
                write!(
                    out,
                    "it has {len_bytes} bytes of registers at {offset:#x} of BAR {bar}"
                )
            }
            Self::Transport(error) => write!(out, "{error}"),
        }
    }
}

impl core::error::Error for PciError {}

/// Every virtio device, in the order of bus, device and function.
pub fn find_virtio(access: &impl ConfigurationAccess) -> Vec<VirtioFunction> {
    find_with(&|function, register| access.read_word(function, register))
}

/// How configuration space is read.
type ReadWord<'a> = &'a dyn Fn(DeviceFunction, u8) -> u32;

fn find_with(read: ReadWord<'_>) -> Vec<VirtioFunction> {
    let mut buses = Vec::from([0_u8]);
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(&bus) = buses.get(next) {
        next += 1;
        for (device, function) in (0..32).flat_map(|d| (0..8).map(move |f| (d, f))) {
            let function = DeviceFunction {
                bus,
                device,
                function,
            };
            let Some(info) = function_info(function, read) else {
                continue;
            };
            if info.header_type == HeaderType::PciPciBridge {
                let [_, behind, ..] = read(function, BRIDGE_BUSES).to_le_bytes();
                // Each bus once: a firmware that left bridges unset, or a loop, ends here.
                if behind != 0 && !buses.contains(&behind) {
                    buses.push(behind);
                }
            }
            if let Some(kind) = virtio_device_type(&info) {
                found.push(VirtioFunction { function, kind });
            }
        }
    }
    found.sort_by_key(|device| device.function);
    found
}

/// What a function says of itself, if there is one.
fn function_info(function: DeviceFunction, read: ReadWord<'_>) -> Option<DeviceFunctionInfo> {
    // Functions 1 to 7 exist only where function 0 says so; others may answer for it.
    let [_, _, first_header, _] = read(
        DeviceFunction {
            function: 0,
            ..function
        },
        HEADER,
    )
    .to_le_bytes();
    if function.function != 0 && first_header & HEADER_HAS_FUNCTIONS == 0 {
        return None;
    }
    let [vendor0, vendor1, device0, device1] = read(function, 0).to_le_bytes();
    let vendor_id = u16::from_le_bytes([vendor0, vendor1]);
    let [revision, prog_if, subclass, class] = read(function, CLASS).to_le_bytes();
    let [_, _, header, _] = read(function, HEADER).to_le_bytes();
    (vendor_id != NO_VENDOR).then(|| DeviceFunctionInfo {
        vendor_id,
        device_id: u16::from_le_bytes([device0, device1]),
        class,
        subclass,
        prog_if,
        revision,
        header_type: HeaderType::from(header & !HEADER_HAS_FUNCTIONS),
    })
}

/// Switch the device on and give its transport.
///
/// # Errors
/// Every [`PciError`].
pub fn open<H: Hal, C: ConfigurationAccess>(
    access: C,
    device: VirtioFunction,
) -> Result<PciTransport, PciError> {
    check_structures(
        &|function, register| access.read_word(function, register),
        device.function,
    )?;
    let mut root = PciRoot::new(access);
    // Memory decoding for its registers, bus mastering for its queues; its interrupt line stays off.
    let (_, command) = root.get_status_command(device.function);
    root.set_command(
        device.function,
        command | Command::MEMORY_SPACE | Command::BUS_MASTER | Command::INTERRUPT_DISABLE,
    );
    PciTransport::new::<H, C>(&mut root, device.function).map_err(PciError::Transport)
}

/// Check what the transport takes for granted: that the list of capabilities ends, and that
/// registers lie in one of six places and have a sane length.
fn check_structures(read: ReadWord<'_>, function: DeviceFunction) -> Result<(), PciError> {
    if read(function, STATUS_COMMAND) & STATUS_HAS_CAPABILITIES == 0 {
        return Ok(());
    }
    let [mut place, ..] = read(function, CAPABILITIES).to_le_bytes();
    place &= 0xFC;
    for _ in 0..MAX_CAPABILITIES {
        if place < FIRST_CAPABILITY {
            return if place == 0 {
                Ok(())
            } else {
                Err(PciError::BadCapabilityList)
            };
        }
        let [id, next, len, kind] = read(function, place).to_le_bytes();
        let is_structure = id == CAPABILITY_VENDOR
            && len >= STRUCTURE_CAPABILITY_BYTES
            && STRUCTURE_KINDS.contains(&kind);
        if is_structure {
            if usize::from(place) + usize::from(len) > 256 {
                return Err(PciError::BadCapabilityList);
            }
            let [bar, ..] = read(function, place + 4).to_le_bytes();
            let offset = read(function, place + 8);
            let len_bytes = read(function, place + 12);
            let is_sane = bar < 6
                && (1..=MAX_STRUCTURE_BYTES).contains(&len_bytes)
                && offset.checked_add(len_bytes).is_some();
            if !is_sane {
                return Err(PciError::BadStructure {
                    bar,
                    offset,
                    len_bytes,
                });
            }
        }
        if next & 0x3 != 0 {
            return Err(PciError::BadCapabilityList);
        }
        place = next;
    }
    Err(PciError::BadCapabilityList)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Configuration space out of words; the rest reads as absent.
    #[derive(Default)]
    struct Space(HashMap<(u8, u8, u8), Vec<u32>>);

    impl Space {
        /// A function with vendor and device number, header kind, and capabilities at 0x40.
        fn with(mut self, at: (u8, u8, u8), ids: u32, header: u32, capabilities: &[u32]) -> Self {
            let mut words = std::vec![0_u32; 64];
            words[0] = ids;
            words[3] = header << 16;
            if !capabilities.is_empty() {
                words[1] = STATUS_HAS_CAPABILITIES;
                words[13] = 0x40;
                words[16..16 + capabilities.len()].copy_from_slice(capabilities);
            }
            self.0.insert(at, words);
            self
        }

        fn bridge_to(mut self, at: (u8, u8, u8), bus: u8) -> Self {
            self = self.with(at, 0x1234_8086, 1, &[]);
            self.0.get_mut(&at).expect("just made")[6] = u32::from(bus) << 8;
            self
        }

        fn read(&self, function: DeviceFunction, register: u8) -> u32 {
            let words = self
                .0
                .get(&(function.bus, function.device, function.function));
            words.map_or(u32::MAX, |words| words[usize::from(register) / 4])
        }

        fn check(&self) -> Result<(), PciError> {
            check_structures(&|function, register| self.read(function, register), AT)
        }
    }

    fn find(space: &Space) -> Vec<VirtioFunction> {
        find_with(&|function, register| space.read(function, register))
    }

    const BLOCK: u32 = 0x1042_1AF4;
    const GPU: u32 = 0x1050_1AF4;
    const AT: DeviceFunction = DeviceFunction {
        bus: 0,
        device: 3,
        function: 0,
    };

    #[test]
    fn devices_are_found_behind_bridges_too() {
        let space = Space::default()
            .with((0, 0, 0), 0x29C0_8086, 0, &[])
            .with((0, 2, 0), GPU, 0, &[])
            .bridge_to((0, 4, 0), 5)
            .with((5, 1, 0), BLOCK, 0, &[])
            .with((7, 1, 0), BLOCK, 0, &[]);
        let found: Vec<_> = find(&space)
            .iter()
            .map(|d| (d.function.bus, d.function.device, d.kind))
            .collect();
        assert_eq!(found, [(0, 2, DeviceType::GPU), (5, 1, DeviceType::Block)]);
    }

    #[test]
    fn further_functions_are_only_asked_where_there_are_some() {
        let space = Space::default()
            .with((0, 1, 0), 0x1234_8086, 0x80, &[])
            .with((0, 1, 7), GPU, 0, &[])
            .with((0, 2, 0), BLOCK, 0, &[])
            .with((0, 2, 1), BLOCK, 0, &[]);
        let found: Vec<_> = find(&space)
            .iter()
            .map(|d| (d.function.device, d.function.function))
            .collect();
        assert_eq!(found, [(1, 7), (2, 0)]);
    }

    #[test]
    fn bridges_in_a_loop_are_walked_once() {
        let space = Space::default()
            .bridge_to((0, 1, 0), 1)
            .bridge_to((1, 1, 0), 1)
            .bridge_to((1, 2, 0), 0)
            .with((1, 3, 0), BLOCK, 0, &[]);
        assert_eq!(find(&space).len(), 1);
    }

    fn check(capabilities: &[u32]) -> Result<(), PciError> {
        Space::default()
            .with((0, 3, 0), BLOCK, 0, capabilities)
            .check()
    }

    /// A capability of virtio's kind `kind` with its successor.
    fn capability(next: u32, kind: u32, bar: u32, offset: u32, len: u32) -> [u32; 4] {
        [kind << 24 | 16 << 16 | next << 8 | 0x09, bar, offset, len]
    }

    #[test]
    fn what_qemu_says_is_believed() {
        let list = [
            capability(0x50, 1, 4, 0, 0x1000),
            capability(0, 2, 4, 0x3000, 0x1000),
        ];
        assert_eq!(check(list.as_flattened()), Ok(()));
        assert_eq!(check(&[]), Ok(()));
        // Kind 5 gives access through configuration space: no registers of its own.
        assert_eq!(check(&capability(0, 5, 0, 0, 0)), Ok(()));
    }

    #[test]
    fn lists_without_an_end_are_refused() {
        for next in [0x40, 0x50, 0x04, 0x52] {
            let list = [capability(0x50, 1, 4, 0, 16), capability(next, 2, 4, 0, 16)];
            assert_eq!(
                check(list.as_flattened()),
                Err(PciError::BadCapabilityList),
                "{next:#x}"
            );
        }
        let at_the_end = [0x09_u32 | 0xFC << 8];
        let mut space = Space::default().with((0, 3, 0), BLOCK, 0, &at_the_end);
        space.0.get_mut(&(0, 3, 0)).expect("just made")[63] = 0x0110_0009;
        assert_eq!(space.check(), Err(PciError::BadCapabilityList));
    }

    #[test]
    fn registers_where_none_can_be_are_refused() {
        for (bar, offset, len_bytes) in [
            (6, 0, 16),
            (255, 0, 16),
            (0, 0, 0),
            (0, 0, 1 << 25),
            (0, u32::MAX, 16),
        ] {
            let error = PciError::BadStructure {
                bar: u8::try_from(bar).expect("small"),
                offset,
                len_bytes,
            };
            assert_eq!(check(&capability(0, 1, bar, offset, len_bytes)), Err(error));
        }
    }
}
