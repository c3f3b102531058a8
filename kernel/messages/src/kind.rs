//! The kinds of messages as types, one enum a way.

use kpio_abi::messages::{
    CHANNEL_VERSION, GpuPriorityChanged, MESSAGE_GPU_PRIORITY_CHANGED, MESSAGE_MAX_BYTES,
    MESSAGE_MEMORY_PRESSURE, MESSAGE_NETWORK_DATA_READY, MESSAGE_NETWORK_REQUEST,
    MESSAGE_REQUEST_REFUSED, MESSAGE_SUBMIT_GPU_WORK, MESSAGE_TAB_STATE_CHANGED,
    MESSAGE_WASM_CACHE_HIT, MESSAGE_WASM_COMPILE_REQUEST, MemoryPressure, MessageHeader,
    NetworkDataReady, NetworkRequest, RequestRefused, SubmitGpuWork, TabStateChanged, WasmCacheHit,
    WasmCompileRequest, Way,
};
use zerocopy::{FromBytes, IntoBytes};

/// All that is said on one way.
pub trait Direction: Sized {
    /// Which way.
    const WAY: Way;

    /// The message of kind `number` that `bytes` are; they have its length.
    fn from_bytes(number: u16, bytes: &[u8]) -> Option<Self>;

    /// Writes the message, with the header of the `sequence`th one; returns how many bytes it has.
    fn write(&self, sequence: u32, to: &mut [u8; MESSAGE_MAX_BYTES]) -> usize;
}

fn write<M: IntoBytes + zerocopy::Immutable>(
    message: &M,
    to: &mut [u8; MESSAGE_MAX_BYTES],
) -> usize {
    const { assert!(size_of::<M>() <= MESSAGE_MAX_BYTES) };
    let bytes = message.as_bytes();
    to[..bytes.len()].copy_from_slice(bytes);
    bytes.len()
}

macro_rules! direction {
    ($(#[$doc:meta])* $name:ident, $($kind:ident = $number:ident,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(
                #[doc = concat!("[`", stringify!($kind), "`].")]
                $kind($kind),
            )*
        }

        impl Direction for $name {
            const WAY: Way = Way::$name;

            fn from_bytes(number: u16, bytes: &[u8]) -> Option<Self> {
                match number {
                    $($number => $kind::read_from_bytes(bytes).ok().map(Self::$kind),)*
                    _ => None,
                }
            }

            fn write(&self, sequence: u32, to: &mut [u8; MESSAGE_MAX_BYTES]) -> usize {
                let header = |kind| MessageHeader {
                    version: CHANNEL_VERSION,
                    kind,
                    sequence,
                };
                match *self {
                    $(Self::$kind(message) => {
                        let header = header($number);
                        write(&$kind { header, ..message }, to)
                    })*
                }
            }
        }

        $(
            impl From<$kind> for $name {
                fn from(message: $kind) -> Self {
                    Self::$kind(message)
                }
            }
        )*
    };
}

direction! {
    /// What the kernel says.
    ToBrowser,
    MemoryPressure = MESSAGE_MEMORY_PRESSURE,
    GpuPriorityChanged = MESSAGE_GPU_PRIORITY_CHANGED,
    NetworkDataReady = MESSAGE_NETWORK_DATA_READY,
    WasmCacheHit = MESSAGE_WASM_CACHE_HIT,
    RequestRefused = MESSAGE_REQUEST_REFUSED,
}

direction! {
    /// What the browser says.
    ToKernel,
    TabStateChanged = MESSAGE_TAB_STATE_CHANGED,
    SubmitGpuWork = MESSAGE_SUBMIT_GPU_WORK,
    NetworkRequest = MESSAGE_NETWORK_REQUEST,
    WasmCompileRequest = MESSAGE_WASM_COMPILE_REQUEST,
}
