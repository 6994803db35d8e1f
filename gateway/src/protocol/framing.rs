//! WebSocket frames of a server as bytes (RFC 6455 §5.2), made once for all clients that get the same.
//!
//! Pure. What is in them is for [`crate::protocol::frames`] and [`crate::protocol::binary`].

/// A text message in one frame.
const TEXT: u8 = 0x81;
/// A binary message in one frame.
const BINARY: u8 = 0x82;

/// Appends a text message.
pub fn text(text: &str, out: &mut Vec<u8>) {
    text_head(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Appends a binary message.
pub fn binary(bytes: &[u8], out: &mut Vec<u8>) {
    binary_head(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Appends what comes before a text of so many bytes.
pub fn text_head(length: usize, out: &mut Vec<u8>) {
    head(TEXT, length, out);
}

/// Appends what comes before a binary message of so many bytes.
pub fn binary_head(length: usize, out: &mut Vec<u8>) {
    head(BINARY, length, out);
}

fn head(first: u8, length: usize, out: &mut Vec<u8>) {
    out.push(first);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < 126 => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
#[path = "tests/framing.rs"]
mod tests;
