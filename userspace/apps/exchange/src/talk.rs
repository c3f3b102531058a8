//! Messages through channels, as this program uses them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use kpio_rt::abi::types::SentHandle;
use kpio_rt::fs::File;
use kpio_rt::{Error, channel, io};

/// The longest message.
const ROOM_BYTES: usize = 256;
/// Most handles of a message.
const ROOM_HANDLES: usize = 2;

/// Sends bytes and handles.
pub fn send(channel: &File, bytes: &[u8], handles: &[SentHandle]) -> Result<(), Error> {
    channel::send(channel.descriptor(), bytes, handles)
}

/// Sends bytes and a handle that is the receiver's from then on.
pub fn give(channel: &File, bytes: &[u8], handle: File) -> Result<(), Error> {
    send(channel, bytes, &[channel::moved(handle.descriptor())])?;
    // The number stands for nothing now.
    core::mem::forget(handle);
    Ok(())
}

/// Receives bytes and handles.
pub fn receive(channel: &File) -> Result<(Vec<u8>, Vec<File>), Error> {
    let mut bytes = [0; ROOM_BYTES];
    let mut handles = [0; ROOM_HANDLES];
    let size = channel::receive(channel.descriptor(), &mut bytes, &mut handles)?;
    let handles = handles.into_iter().take(size.handles as usize);
    let bytes = bytes.into_iter().take(size.bytes as usize);
    Ok((
        bytes.collect(),
        handles.map(File::from_descriptor).collect(),
    ))
}

/// Receives a message of exactly `N` bytes, without handles.
pub fn receive_exactly<const N: usize>(channel: &File) -> Result<[u8; N], String> {
    let (bytes, _) = receive(channel).map_err(|error| format!("{error:?}"))?;
    let found = bytes.len();
    let exactly = bytes.try_into();
    exactly.map_err(|_| format!("a message of {found} bytes where {N} were expected"))
}

/// Receives text.
pub fn receive_text(channel: &File) -> Result<(String, Vec<File>), Error> {
    let (bytes, handles) = receive(channel)?;
    Ok((io::lossy(&bytes), handles))
}
