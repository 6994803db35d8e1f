//! Accepts connections and serves warp's routes on them.
//!
//! hyper is driven here rather than by warp, so that the size and duration of unfinished requests are bounded.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// The maximum number of HTTP connections, not counting open `WebSocket` connections. Others wait in the backlog.
const CONNECTIONS: usize = 1024;
/// How long a connection may take to send the headers of a request, or be idle between two.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of a request's headers, bytes.
const HEADER_BYTES: usize = 16 * 1024;
/// The kernel's send buffer per connection, bytes (the kernel doubles it for its own book-keeping). By default it grows
/// to megabytes, and a slow client would first receive outdated positions.
const SEND_BUFFER: u32 = 64 * 1024;
/// The listen backlog.
const BACKLOG: u32 = 1024;
/// The pause after a failed accept, such as when file descriptors run out.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address.
///
/// # Errors
/// When the address cannot be bound.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves forever.
pub(crate) async fn run(listener: TcpListener, routes: BoxedFilter<(Response,)>) {
    let service = TowerToHyperService::new(warp::service(routes));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let tcp = match listener.accept().await {
            Ok((tcp, _)) => tcp,
            Err(error) => {
                tracing::warn!(%error, "Cannot accept a connection.");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Positions are small and must not wait to be coalesced.
        let _ = tcp.set_nodelay(true);
        let service = service.clone();
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .max_buf_size(HEADER_BYTES)
                .serve_connection(TokioIo::new(tcp), service)
                .with_upgrades();
            if let Err(error) = connection.await {
                tracing::debug!(%error, "A connection failed.");
            }
            drop(place);
        });
    }
}
