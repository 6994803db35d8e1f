//! WebSocket frames as bytes (RFC 6455 §5): splits what a server sends into messages, and masks what a client sends.
//!
//! Pure. It does no more than a measurement needs, so that the client stays cheap and equally cheap for every server: no
//! extensions, and text is not checked to be UTF-8.

use anyhow::{Result, bail};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

const CONTINUED: u8 = 0;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const ROOM: usize = 16 * 1024;
/// Longer than any frame of these servers: a larger length is a decoding error.
const LONGEST: usize = 64 * 1024 * 1024;

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    fn of(code: u8) -> Result<Self> {
        let kinds = [Self::Text, Self::Binary, Self::Close, Self::Ping, Self::Pong];
        match kinds.into_iter().find(|kind| kind.code() == code) {
            Some(kind) => Ok(kind),
            None => bail!("a frame has the unknown opcode {code}"),
        }
    }
}

/// Buffers bytes from a server until they are whole messages.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The parts so far of a message in several frames.
    parts: Option<(Kind, Vec<u8>)>,
}

struct Head {
    last: bool,
    code: u8,
    from: usize,
    to: usize,
}

impl Inbox {
    /// Where to read to; never empty.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.start > 0 && self.end == self.bytes.len() {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.bytes.len() {
            self.bytes.resize((self.bytes.len() * 2).max(ROOM), 0);
        }
        &mut self.bytes[self.end..]
    }

    /// `count` bytes have been read into [`Inbox::room`].
    pub(crate) const fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// Takes an HTTP head up to its empty line; none while that has not arrived.
    pub(crate) fn head(&mut self) -> Option<String> {
        let unread = &self.bytes[self.start..self.end];
        let length = unread.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&unread[..length]).into_owned();
        self.start += length;
        Some(head)
    }

    /// The next message; none while it is incomplete.
    ///
    /// # Errors
    /// When the bytes are not frames of a server.
    pub(crate) fn next(&mut self) -> Result<Option<(Kind, &[u8])>> {
        while let Some(Head { last, code, from, to }) = self.frame()? {
            self.start = to;
            if code == CONTINUED {
                let Some((kind, mut parts)) = self.parts.take() else {
                    bail!("a continuation frame without a message")
                };
                parts.extend_from_slice(&self.bytes[from..to]);
                if last {
                    return Ok(Some(self.keep((kind, parts))));
                }
                self.parts = Some((kind, parts));
            } else if last {
                return Ok(Some((Kind::of(code)?, &self.bytes[from..to])));
            } else {
                self.parts = Some((Kind::of(code)?, self.bytes[from..to].to_vec()));
            }
        }
        Ok(None)
    }

    /// Puts a reassembled message in front of what is unread, so that it can be borrowed.
    fn keep(&mut self, (kind, message): (Kind, Vec<u8>)) -> (Kind, &[u8]) {
        let length = message.len();
        self.bytes.splice(..self.start, message);
        self.end = self.end - self.start + length;
        self.start = length;
        (kind, &self.bytes[..length])
    }

    fn frame(&self) -> Result<Option<Head>> {
        let unread = &self.bytes[self.start..self.end];
        let [first, second, rest @ ..] = unread else { return Ok(None) };
        if second & MASKED != 0 || first & 0x70 != 0 {
            bail!("a frame is masked or uses an extension that was not negotiated");
        }
        let (length, extra) = match second & 0x7f {
            126 => match rest.first_chunk() {
                Some(length) => (usize::from(u16::from_be_bytes(*length)), 2),
                None => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(length) => (usize::try_from(u64::from_be_bytes(*length))?, 8),
                None => return Ok(None),
            },
            short => (usize::from(short), 0),
        };
        if length > LONGEST {
            bail!("a frame claims {length} bytes");
        }
        let from = self.start + 2 + extra;
        let to = from + length;
        let head = Head { last: first & FINAL != 0, code: first & 0x0f, from, to };
        Ok((to <= self.end).then_some(head))
    }
}

/// Appends one frame of a client, masked with four zeros: there is no proxy in between that could be confused.
pub(crate) fn put(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    out.push(FINAL | kind.code());
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => out.push(MASKED + length),
        _ => {
            let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
            out.push(MASKED + 126);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

#[cfg(test)]
#[path = "tests/frames.rs"]
mod tests;
