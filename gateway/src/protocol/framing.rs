//! WebSocket frames of a server as bytes (RFC 6455 §5.2), built once for all clients that get the same frame.
//!
//! Pure. Their content is left to [`super::frames`] and [`super::binary`].

use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// Appends a message as one frame. Its payload is the concatenated parts.
pub(crate) fn append(kind: Data, parts: &[&[u8]], out: &mut Vec<u8>) {
    append_header(kind, parts.iter().map(|part| part.len()).sum(), out);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Appends the header of a payload of `length` bytes.
pub(crate) fn append_header(kind: Data, length: usize, out: &mut Vec<u8>) {
    let header = FrameHeader { opcode: OpCode::Data(kind), ..FrameHeader::default() };
    // Writing to a Vec cannot fail.
    let _ = header.format(length as u64, out);
}

#[cfg(test)]
#[path = "tests/framing.rs"]
mod tests;
