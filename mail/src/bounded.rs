//! A connection to a mail server that reads no more of an answer than there is in one.
//!
//! The client library looks at the length of a line only once it has the whole line. What a server sends without an end would be kept until the
//! time limit of the answer, at the speed of the network.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{AsyncTokioStream, TlsParameters};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// From how many bytes on nothing more is read before the next command. The client library takes answers of up to 100,000 bytes.
const MAX_ANSWER: usize = 128 * 1024;

#[expect(
    deprecated,
    reason = "there is no other stream that is encrypted from the start and can be handed to a connection"
)]
type Stream = lettre::transport::smtp::client::AsyncNetworkStream;

/// The stream of one connection.
#[derive(Debug)]
pub(crate) struct Bounded {
    stream: Stream,
    /// How many bytes have been read since something was written.
    read: usize,
}

impl Bounded {
    /// Connects within a time limit, and encrypts at once if there is a way.
    pub(crate) async fn connect(
        address: (&str, u16),
        limit: Duration,
        tls: Option<TlsParameters>,
    ) -> Result<Self, Error> {
        Ok(Self { stream: Stream::connect_tokio1(address, Some(limit), tls, None).await?, read: 0 })
    }
}

impl AsyncRead for Bounded {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.read >= MAX_ANSWER {
            return Poll::Ready(Err(io::Error::other(format!("its answer is longer than {MAX_ANSWER} bytes"))));
        }
        let stream = Pin::new(&mut this.stream);
        let read = ready!(futures::AsyncRead::poll_read(stream, context, buffer.initialize_unfilled()))?;
        buffer.advance(read);
        this.read += read;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.read = 0;
        futures::AsyncWrite::poll_write(Pin::new(&mut this.stream), context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures::AsyncWrite::poll_flush(Pin::new(&mut self.get_mut().stream), context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures::AsyncWrite::poll_close(Pin::new(&mut self.get_mut().stream), context)
    }
}

impl AsyncTokioStream for Bounded {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
