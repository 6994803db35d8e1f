//! WebSocket frames as bytes (RFC 6455 §5): what a server sends is cut into messages, what a client sends is masked.
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
/// Longer frames than any server here sends: a length beyond it is a mistake in reading.
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

/// Bytes from a server on their way to being messages.
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

    /// So many bytes have been put where [`Inbox::room`] said.
    pub(crate) const fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// Takes bytes of an HTTP head up to its empty line; none as long as that has not come.
    pub(crate) fn head(&mut self) -> Option<String> {
        let unread = &self.bytes[self.start..self.end];
        let length = unread.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&unread[..length]).into_owned();
        self.start += length;
        Some(head)
    }

    /// The next message; none when it has not come to its end.
    ///
    /// # Errors
    /// When the bytes are no frames of a server.
    pub(crate) fn next(&mut self) -> Result<Option<(Kind, &[u8])>> {
        while let Some(Head { last, code, from, to }) = self.frame()? {
            self.start = to;
            if code == CONTINUED {
                let Some((kind, mut parts)) = self.parts.take() else { bail!("a continuation continues nothing") };
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

    /// Puts a message that was put together in front of what is unread, so that it can be lent out.
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
            bail!("a frame is masked or of an extension that nobody asked for");
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

/// Appends one frame of a client, with the mask of four zeros: nobody is between the two who could be confused.
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
mod tests {
    use super::*;

    fn served(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            length @ 0..126 => frame.push(u8::try_from(length).unwrap()),
            length @ 126..65_536 => {
                frame.push(126);
                frame.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(127);
                frame.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        frame
    }

    fn read(bytes: &[u8], piece: usize) -> Vec<(Kind, Vec<u8>)> {
        let (mut inbox, mut found) = (Inbox::default(), Vec::new());
        for part in bytes.chunks(piece) {
            let mut part = part;
            while !part.is_empty() {
                let room = inbox.room();
                let count = room.len().min(part.len());
                room[..count].copy_from_slice(&part[..count]);
                inbox.filled(count);
                part = &part[count..];
                while let Some((kind, message)) = inbox.next().unwrap() {
                    found.push((kind, message.to_vec()));
                }
            }
        }
        found
    }

    #[test]
    fn messages_are_the_same_however_the_bytes_are_cut() {
        let long = vec![b'x'; 70_000];
        let mut bytes = served(0x81, b"short");
        bytes.extend(served(0x82, &long));
        bytes.extend(served(0x01, b"one, "));
        bytes.extend(served(0x00, &[b'y'; 300]));
        bytes.extend(served(0x80, b" three"));
        bytes.extend(served(0x89, b""));
        let whole = [b"one, ".as_slice(), &[b'y'; 300], b" three"].concat();
        let expected =
            [(Kind::Text, b"short".to_vec()), (Kind::Binary, long), (Kind::Text, whole), (Kind::Ping, Vec::new())];
        for piece in [1, 7, 300, 5_000, bytes.len()] {
            assert!(read(&bytes, piece) == expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn what_is_no_frame_of_a_server_is_refused() {
        for bytes in [&[0x81, 0x80][..], &[0xc1, 0], &[0x80, 0], &[0x83, 0]] {
            let mut inbox = Inbox::default();
            inbox.room()[..bytes.len()].copy_from_slice(bytes);
            inbox.filled(bytes.len());
            assert!(inbox.next().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_clients_frame_is_masked() {
        let mut out = Vec::new();
        put(Kind::Text, b"40", &mut out);
        assert_eq!(out, [0x81, 0x82, 0, 0, 0, 0, b'4', b'0']);
        out.clear();
        put(Kind::Binary, &[7; 200], &mut out);
        assert_eq!(out[..8], [0x82, 0xfe, 0, 200, 0, 0, 0, 0]);
        assert_eq!(out.len(), 208);
    }
}
