//! The protocol of each server: where to connect, what to send first, and what its messages mean. Pure.

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use serde_json::Value;

use super::frames::{Kind, put};
use super::positions::{Names, Position, in_json};

/// A server's protocol over a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Ours, with the query of the connection.
    Gateway(String),
    /// socket.io 4 over engine.io's WebSocket.
    SocketIo,
    /// Centrifuge's JSON.
    Centrifuge,
    /// The same of a server at which clients choose their channel.
    Centrifugo,
    /// The text protocol of NATS in binary frames, which may end anywhere in it.
    Nats,
}

/// The subject of the positions in NATS, and their channel in Centrifugo; with Centrifuge the server sets it.
pub(crate) const SUBJECT: &str = "p";

/// The command with which a session of Centrifuge begins.
const CONNECT: &str = r#"{"id":1,"connect":{}}"#;

impl Protocol {
    /// The request's target.
    pub(crate) fn target(&self) -> String {
        match self {
            Self::Gateway(query) => format!("/ws?{query}"),
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket".to_owned(),
            Self::Centrifuge | Self::Centrifugo => "/connection/websocket".to_owned(),
            Self::Nats => "/".to_owned(),
        }
    }

    /// What a client sends first.
    pub(crate) fn hello(&self, out: &mut Vec<u8>) {
        match self {
            Self::Gateway(_) => {}
            Self::SocketIo => put(Kind::Text, b"40", out),
            Self::Centrifuge => put(Kind::Text, CONNECT.as_bytes(), out),
            Self::Centrifugo => {
                let subscribe = format!(r#"{{"id":2,"subscribe":{{"channel":"{SUBJECT}"}}}}"#);
                put(Kind::Text, format!("{CONNECT}\n{subscribe}").as_bytes(), out);
            }
            Self::Nats => {
                let connect = r#"CONNECT {"verbose":false,"pedantic":false,"protocol":1,"headers":false}"#;
                put(Kind::Binary, format!("{connect}\r\nSUB {SUBJECT} 1\r\nPING\r\n").as_bytes(), out);
            }
        }
    }
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Session {
    protocol: Protocol,
    names: Names,
    /// The end of what NATS has sent, if it is not a whole line or message.
    rest: Vec<u8>,
    /// Ready for positions.
    pub(crate) ready: bool,
    /// Where our gateway can resume from.
    pub(crate) cursor: Option<String>,
    /// Positions that the server reported as conflated.
    pub(crate) conflated: u64,
}

impl Session {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self { protocol, names: Names::default(), rest: Vec::new(), ready: false, cursor: None, conflated: 0 }
    }

    /// Reads a message: adds its positions to `found`, and replies to `out`.
    ///
    /// # Errors
    /// When the server closes the connection or violates the protocol.
    pub(crate) fn read(
        &mut self,
        (kind, message): (Kind, &[u8]),
        found: &mut Vec<Position>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        match kind {
            Kind::Ping => put(Kind::Pong, message, out),
            Kind::Pong => {}
            Kind::Close => {
                let reason = String::from_utf8_lossy(message.get(2..).unwrap_or_default());
                let code = message.get(..2).map(|code| u16::from(code[0]) << 8 | u16::from(code[1]));
                anyhow::bail!("the server closed the connection: {code:?} {reason}");
            }
            Kind::Text | Kind::Binary => match self.protocol {
                Protocol::Gateway(_) if kind == Kind::Binary => self.names.in_binary(message, found)?,
                Protocol::Gateway(_) => self.gateway(message, found)?,
                Protocol::SocketIo => self.socket_io(message, found, out)?,
                Protocol::Centrifuge => self.centrifuge(message, br#"{"id":1,"#, found, out)?,
                Protocol::Centrifugo => self.centrifuge(message, br#"{"id":2,"#, found, out)?,
                Protocol::Nats => self.nats(message, found, out)?,
            },
        }
        Ok(())
    }

    fn gateway(&mut self, message: &[u8], found: &mut Vec<Position>) -> Result<()> {
        let event = message.strip_prefix(br#"{"event":""#).context("a frame without an event")?;
        let event = event.split(|byte| *byte == b'"').next().unwrap_or_default();
        if event.starts_with(b"new-position") {
            in_json(message, found)?;
            if event.len() > b"new-position".len() {
                self.cursor = cursor(message).or_else(|| self.cursor.take());
            }
            return Ok(());
        }
        let frame: Value = serde_json::from_slice(message)?;
        let data = &frame["data"];
        match event {
            b"snapshot" | b"resumed" => {
                self.ready = true;
                self.names.learn(data);
            }
            b"delivery" => self.names.learn(data),
            b"conflated" => self.conflated += data["positions"].as_u64().unwrap_or_default(),
            b"error" => anyhow::bail!("the gateway reports an error: {data}"),
            _ => {}
        }
        if let Some(cursor) = data["cursor"].as_str() {
            self.cursor = Some(cursor.to_owned());
        }
        Ok(())
    }

    fn socket_io(&mut self, message: &[u8], found: &mut Vec<Position>, out: &mut Vec<u8>) -> Result<()> {
        match message {
            b"2" => put(Kind::Text, b"3", out),
            [b'4', b'2', event @ ..] => in_json(event, found)?,
            [b'4', b'0', ..] => self.ready = true,
            [b'0', ..] => {}
            other => anyhow::bail!("unexpected message of socket.io: {}", String::from_utf8_lossy(other)),
        }
        Ok(())
    }

    /// The session is ready with the last of the replies.
    fn centrifuge(
        &mut self,
        message: &[u8],
        last_reply: &[u8],
        found: &mut Vec<Position>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        match message {
            b"{}" => put(Kind::Text, b"{}", out),
            [b'{', b'"', b'i', b'd', ..] => {
                ensure!(memmem::find(message, b"\"error\"").is_none(), "{}", String::from_utf8_lossy(message));
                self.ready |= memmem::find(message, last_reply).is_some();
                // The same frame may contain what was published meanwhile.
                in_json(message, found)?;
            }
            pushes => in_json(pushes, found)?,
        }
        Ok(())
    }

    fn nats(&mut self, message: &[u8], found: &mut Vec<Position>, out: &mut Vec<u8>) -> Result<()> {
        if self.rest.is_empty() {
            let read = self.nats_lines(message, found, out)?;
            self.rest.extend_from_slice(&message[read..]);
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(message);
            let read = self.nats_lines(&all, found, out)?;
            all.drain(..read);
            self.rest = all;
        }
        Ok(())
    }

    /// Reads whole lines and messages; returns their length in bytes.
    fn nats_lines(&mut self, bytes: &[u8], found: &mut Vec<Position>, out: &mut Vec<u8>) -> Result<usize> {
        let mut read = 0;
        while let Some(length) = memmem::find(&bytes[read..], b"\r\n") {
            let line = &bytes[read..read + length];
            let after = read + length + 2;
            if line.starts_with(b"MSG ") {
                let size = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
                let end = after + std::str::from_utf8(size)?.parse::<usize>()?;
                if bytes.len() < end + 2 {
                    break;
                }
                in_json(&bytes[after..end], found)?;
                read = end + 2;
                continue;
            }
            match line {
                b"PONG" => self.ready = true,
                b"PING" => put(Kind::Binary, b"PONG\r\n", out),
                line => ensure!(line.starts_with(b"INFO ") || line == b"+OK", "{}", String::from_utf8_lossy(line)),
            }
            read = after;
        }
        Ok(read)
    }
}

/// The cursor of a batch, wherever in it.
fn cursor(message: &[u8]) -> Option<String> {
    const NAME: &[u8] = br#""cursor":""#;
    let start = memmem::rfind(message, NAME)? + NAME.len();
    let length = memchr::memchr(b'"', &message[start..])?;
    String::from_utf8(message[start..start + length].to_vec()).ok()
}

#[cfg(test)]
#[path = "tests/session.rs"]
mod tests;
