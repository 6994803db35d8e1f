//! Accepts connections and serves warp's routes on them.
//!
//! hyper is driven here rather than by warp, so that the number of connections, the size and duration of unfinished requests, and the time
//! that a client may read nothing are bounded.
//!
//! A connection ends when it is old, or when the process is to end: the next answer says that it is the last one, and without a request one
//! is closed a moment later. New ones are still accepted then, because proxies that have yet to learn of the end go on sending.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use delivery_observability::port::listen::bindable;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use warp::filters::BoxedFilter;
use warp::http::header::CONNECTION;
use warp::http::{HeaderMap, HeaderValue};
use warp::reply::Response;

use crate::open::OpenConnections;
use crate::peer::{PeerAddress, TrustedProxies};
use crate::unread::{Closed, Patience, PatientStream};

/// The maximum size of a request's headers, bytes.
const HEADER_BYTES: usize = 16 * 1024;
const BACKLOG: u32 = 1024;
/// The pause after a failed accept, such as when file descriptors run out.
const PAUSE: Duration = Duration::from_millis(100);
/// For how long a connection is kept, so that the clients of a long-lived proxy spread over replicas that came later.
const LIFE: Duration = Duration::from_mins(10);
/// How long a connection that is to end may wait for a request, which its client may have sent already.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// What clients may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The maximum number of connections; further ones wait.
    pub connections: usize,
    /// How long a client may take to send a request's headers, read nothing of an answer, or leave a connection idle.
    pub stall: Duration,
}

/// Listens on an address; where there is no IPv6, `[::]` means all addresses of IPv4. Accepted connections inherit the size of the kernel's
/// send buffer, in bytes; without one the kernel chooses.
///
/// # Errors
/// When the address cannot be bound.
pub fn listen(address: SocketAddr, send_buffer: Option<u32>) -> io::Result<TcpListener> {
    let address = bindable(address);
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    if let Some(bytes) = send_buffer {
        socket.set_send_buffer_size(bytes)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until it is dropped. Each request has the [`PeerAddress`] of its sender as an extension, behind `proxies` that of their client.
/// `draining` becomes true when the process is to end; `closed` hears why a connection was closed because of its client.
pub async fn serve(
    listener: TcpListener,
    routes: BoxedFilter<(Response,)>,
    limits: Limits,
    proxies: TrustedProxies,
    draining: watch::Receiver<bool>,
    closed: impl Fn(&'static str) + Send + Sync + 'static,
) {
    let closed: Arc<Closed> = Arc::new(closed);
    let proxies = Arc::new(proxies);
    // Connections beyond the limit wait in the backlog. At most half of the places wait for clients to read.
    let places = Arc::new(Semaphore::new(limits.connections));
    let patience = Patience::new(limits.stall, limits.connections.div_ceil(2), Arc::clone(&closed));
    let open = OpenConnections::of(limits.connections);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (tcp, peer) = match listener.accept().await {
            Ok((tcp, peer)) => (tcp, peer.ip()),
            Err(error) => {
                tracing::warn!(%error, "Cannot accept a connection.");
                sleep(PAUSE).await;
                continue;
            }
        };
        // A proxy's connections carry the requests of many clients.
        let counted = if proxies.trusts(peer) {
            None
        } else {
            let counted = open.open(PeerAddress::of(peer));
            if counted.is_none() {
                closed("too-many-of-address");
                continue;
            }
            counted
        };
        // Answers are small and must not wait to be coalesced.
        let _ = tcp.set_nodelay(true);
        let socket = PatientStream::new(tcp, patience.clone());
        let sender = Sender { socket: peer, proxies: Arc::clone(&proxies) };
        let ending = Ending { begun: Instant::now(), draining: draining.clone() };
        let (routes, closed) = (routes.clone(), Arc::clone(&closed));
        tokio::spawn(async move {
            if let Err(error) = connection(socket, routes, limits.stall, sender, ending).await {
                if error.is_timeout() {
                    closed("no-request");
                }
                tracing::debug!(%error, "A connection failed.");
            }
            drop((place, counted));
        });
    }
}

/// Serves one connection to its end.
async fn connection(
    socket: PatientStream,
    routes: BoxedFilter<(Response,)>,
    stall: Duration,
    sender: Sender,
    ending: Ending,
) -> Result<(), hyper::Error> {
    let (routes, last) = (TowerToHyperService::new(warp::service(routes)), ending.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        let address = sender.address(request.headers());
        request.extensions_mut().insert(address);
        let (answer, ending) = (routes.call(request), last.clone());
        async move {
            let mut answer = answer.await;
            if let Ok(response) = &mut answer
                && ending.is_due()
            {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            answer
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(stall).max_buf_size(HEADER_BYTES);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = ending.due() => {}
    }
    if let Ok(ended) = timeout(LAST_CHANCE, connection.as_mut()).await {
        return ended;
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

/// Who sends the requests of a connection.
struct Sender {
    /// The other end of the socket.
    socket: IpAddr,
    proxies: Arc<TrustedProxies>,
}

impl Sender {
    /// Whose a request with these headers is.
    fn address(&self, headers: &HeaderMap) -> PeerAddress {
        self.proxies.sender(self.socket, headers)
    }
}

/// When a connection is to end.
#[derive(Clone)]
struct Ending {
    begun: Instant,
    draining: watch::Receiver<bool>,
}

impl Ending {
    fn is_due(&self) -> bool {
        *self.draining.borrow() || self.begun.elapsed() >= LIFE
    }

    /// Waits for it.
    async fn due(self) {
        tokio::select! {
            () = asked(self.draining) => {}
            () = sleep_until(self.begun + LIFE) => {}
        }
    }
}

/// Completes when connections are to be closed.
async fn asked(mut draining: watch::Receiver<bool>) {
    let _ = draining.wait_for(|draining| *draining).await;
}

#[cfg(test)]
#[path = "tests/server.rs"]
mod tests;
