//! A WebSocket client of bytes: it sends what a well-behaved library would refuse to send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::Running;

const SOON: Duration = Duration::from_secs(10);
/// The key of each frame's mask. A client must choose it at random; a test need not.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

pub(super) const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xA;
/// Added to the opcode: the last frame of its message.
pub(super) const FIN: u8 = 0x80;

/// A frame that the gateway sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) opcode: u8,
    pub(super) payload: Vec<u8>,
}

/// A masked frame; `first` is its first byte: flags and opcode.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match u16::try_from(payload.len()) {
        Ok(length) if length < 126 => bytes.push(0x80 | u8::try_from(length).unwrap()),
        Ok(length) => {
            bytes.push(0x80 | 0x7e);
            bytes.extend(length.to_be_bytes());
        }
        Err(_) => {
            bytes.push(0x80 | 127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A close frame.
pub(super) fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat())
}

pub(super) struct Raw(TcpStream);

impl Raw {
    /// Connects, and reads the upgrade's answer but not what follows it.
    pub(super) async fn open(running: &Running, query: &str) -> Self {
        Self::upgrade(TcpStream::connect(running.address).await.unwrap(), query).await
    }

    /// Opens one whose kernel keeps only a little that has not been read.
    pub(super) async fn open_narrow(running: &Running, query: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        Self::upgrade(socket.connect(running.address).await.unwrap(), query).await
    }

    async fn upgrade(mut tcp: TcpStream, query: &str) -> Self {
        tcp.set_nodelay(true).unwrap();
        let head = format!(
            "GET /ws?{query} HTTP/1.1\r\nHost: map.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        tcp.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(timeout(SOON, tcp.read_u8()).await.expect("no answer came").unwrap());
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        // The example of RFC 6455 §1.3.
        assert!(answer.to_ascii_lowercase().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
        Self(tcp)
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        // The gateway may already have closed, as it must after some of the frames.
        let _ = self.0.write_all(bytes).await;
    }

    /// Sends byte by byte.
    pub(super) async fn send_chopped(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.send(&[*byte]).await;
            tokio::task::yield_now().await;
        }
    }

    /// The next frame; none at the end of the connection.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        timeout(SOON, self.read()).await.expect("no frame came")
    }

    async fn read(&mut self) -> Option<Frame> {
        let first = self.0.read_u8().await.ok()?;
        assert_eq!(first & 0xf0, FIN, "no fragments, no reserved bits");
        let length = match self.0.read_u8().await.ok()? {
            126 => self.0.read_u16().await.ok()?.into(),
            127 => usize::try_from(self.0.read_u64().await.ok()?).unwrap(),
            length => {
                assert!(length < 126, "a server does not mask");
                length.into()
            }
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame { opcode: first & 0x0f, payload })
    }

    /// The next frame that is a pong, a close, or the reply to a frame of this client; the stream's own frames are skipped.
    pub(super) async fn reply(&mut self) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            let is_reply = frame.opcode != TEXT || frame.payload.starts_with(br#"{"event":"error""#);
            if is_reply && frame.opcode != PING {
                return Some(frame);
            }
        }
    }
}
