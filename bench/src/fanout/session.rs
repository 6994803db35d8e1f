//! What each server wants of its clients: where to connect, what to say first, and what its messages mean. Pure.

use super::frames::{Kind, put};
use super::positions::{Names, Position, in_json};
use anyhow::{Context, Result, ensure};
use memchr::memmem;
use serde_json::Value;

/// A server's way to talk over a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Ours, with the query of the connection.
    Gateway(String),
    /// socket.io 4 over engine.io's WebSocket.
    SocketIo,
    /// Centrifuge's JSON.
    Centrifuge,
    /// The text protocol of NATS in binary frames, which cut it anywhere.
    Nats,
}

/// The subject of the positions in NATS; for Centrifuge the server knows it.
pub(crate) const SUBJECT: &str = "p";

impl Protocol {
    /// The request's target.
    pub(crate) fn target(&self) -> String {
        match self {
            Self::Gateway(query) => format!("/ws?{query}"),
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket".to_owned(),
            Self::Centrifuge => "/connection/websocket".to_owned(),
            Self::Nats => "/".to_owned(),
        }
    }

    /// What a client says first.
    pub(crate) fn hello(&self, out: &mut Vec<u8>) {
        match self {
            Self::Gateway(_) => {}
            Self::SocketIo => put(Kind::Text, b"40", out),
            Self::Centrifuge => put(Kind::Text, br#"{"id":1,"connect":{}}"#, out),
            Self::Nats => {
                let connect = r#"CONNECT {"verbose":false,"pedantic":false,"protocol":1,"headers":false}"#;
                put(Kind::Binary, format!("{connect}\r\nSUB {SUBJECT} 1\r\nPING\r\n").as_bytes(), out);
            }
        }
    }
}

/// What one client knows of its connection.
#[derive(Debug)]
pub(crate) struct Session {
    protocol: Protocol,
    names: Names,
    /// The end of what NATS has sent, as far as it is no whole line or message.
    rest: Vec<u8>,
    /// Positions come from now on.
    pub(crate) ready: bool,
    /// Where our gateway can go on from.
    pub(crate) cursor: Option<String>,
    /// Positions that the server says it has left out.
    pub(crate) conflated: u64,
}

impl Session {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self { protocol, names: Names::default(), rest: Vec::new(), ready: false, cursor: None, conflated: 0 }
    }

    /// Reads a message: adds its positions to `found`, and to `out` what is to be answered.
    ///
    /// # Errors
    /// When the server closes the connection, or says what it should not.
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
                Protocol::Centrifuge => self.centrifuge(message, found, out)?,
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
            b"error" => anyhow::bail!("the gateway says: {data}"),
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
            other => anyhow::bail!("socket.io says {}", String::from_utf8_lossy(other)),
        }
        Ok(())
    }

    fn centrifuge(&mut self, message: &[u8], found: &mut Vec<Position>, out: &mut Vec<u8>) -> Result<()> {
        match message {
            b"{}" => put(Kind::Text, b"{}", out),
            [b'{', b'"', b'i', b'd', ..] => {
                ensure!(memmem::find(message, b"\"error\"").is_none(), "{}", String::from_utf8_lossy(message));
                self.ready = true;
                // What was published meanwhile may be in the same frame.
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

    /// Reads whole lines and messages, and tells how many bytes they are.
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

/// The cursor of a batch, wherever it stands.
fn cursor(message: &[u8]) -> Option<String> {
    const NAME: &[u8] = br#""cursor":""#;
    let start = memmem::rfind(message, NAME)? + NAME.len();
    let length = memchr::memchr(b'"', &message[start..])?;
    String::from_utf8(message[start..start + length].to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::super::positions::id;
    use super::*;

    fn record(delivery: usize, seq: u64) -> String {
        format!(r#"{{"routeId":"1","deliveryId":"{}","seq":{seq},"at":1}}"#, id(delivery))
    }

    fn read(session: &mut Session, kind: Kind, message: &str) -> (Vec<u64>, Vec<u8>) {
        let (mut found, mut out) = (Vec::new(), Vec::new());
        session.read((kind, message.as_bytes()), &mut found, &mut out).unwrap();
        (found.into_iter().map(|position| position.seq).collect(), out)
    }

    #[test]
    fn the_gateways_snapshot_holds_no_positions_of_the_stream() {
        let mut session = Session::new(Protocol::Gateway("mode=all".into()));
        let snapshot = format!(r#"{{"event":"snapshot","data":{{"cursor":"c1","deliveries":[{}]}}}}"#, record(1, 4));
        assert!(read(&mut session, Kind::Text, &snapshot).0.is_empty());
        assert!(session.ready);
        assert_eq!(session.cursor.as_deref(), Some("c1"));
        let one = format!(r#"{{"event":"new-position","data":{}}}"#, record(1, 5));
        assert_eq!(read(&mut session, Kind::Text, &one).0, [5]);
        let two = format!(
            r#"{{"event":"new-positions","data":{{"positions":[{},{}],"cursor":"c2"}}}}"#,
            record(1, 6),
            record(2, 0)
        );
        assert_eq!(read(&mut session, Kind::Text, &two).0, [6, 0]);
        assert_eq!(session.cursor.as_deref(), Some("c2"));
        read(&mut session, Kind::Text, r#"{"event":"heartbeat","data":{"cursor":"c3"}}"#);
        assert_eq!(session.cursor.as_deref(), Some("c3"));
    }

    #[test]
    fn socket_io_is_ready_when_the_namespace_is_and_wants_its_pings_answered() {
        let mut session = Session::new(Protocol::SocketIo);
        read(&mut session, Kind::Text, r#"0{"sid":"x","pingInterval":25000}"#);
        assert!(!session.ready);
        read(&mut session, Kind::Text, r#"40{"sid":"y"}"#);
        assert!(session.ready);
        let mut pong = Vec::new();
        put(Kind::Text, b"3", &mut pong);
        assert_eq!(read(&mut session, Kind::Text, "2").1, pong);
        assert_eq!(read(&mut session, Kind::Text, &format!(r#"42["new-position",{}]"#, record(1, 8))).0, [8]);
    }

    #[test]
    fn centrifuge_joins_pushes_by_line_breaks() {
        let mut session = Session::new(Protocol::Centrifuge);
        let push = |seq| format!(r#"{{"push":{{"channel":"p","pub":{{"data":{}}}}}}}"#, record(1, seq));
        let first = format!("{}\n{}", r#"{"id":1,"connect":{"client":"x"}}"#, push(0));
        assert_eq!(read(&mut session, Kind::Text, &first).0, [0]);
        assert!(session.ready);
        assert_eq!(read(&mut session, Kind::Text, &format!("{}\n{}", push(1), push(2))).0, [1, 2]);
    }

    #[test]
    fn nats_may_cut_its_stream_anywhere() {
        let record = record(1, 3);
        let message = format!("MSG p 1 {}\r\n{record}\r\n", record.len());
        let stream = format!("INFO {{}}\r\nPONG\r\n{message}PING\r\n{message}");
        for piece in [1, 5, 64, stream.len()] {
            let mut session = Session::new(Protocol::Nats);
            let mut found = Vec::new();
            for part in stream.as_bytes().chunks(piece) {
                found.extend(read(&mut session, Kind::Binary, std::str::from_utf8(part).unwrap()).0);
            }
            assert_eq!(found, [3, 3], "in pieces of {piece}");
            assert!(session.ready);
        }
    }

    #[test]
    fn the_end_of_a_connection_is_an_error_with_its_reason() {
        let mut session = Session::new(Protocol::Centrifuge);
        let error = session.read((Kind::Close, b"\x03\xe9going"), &mut Vec::new(), &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("1001") && error.to_string().contains("going"), "{error}");
    }
}
