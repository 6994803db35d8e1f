//! Takes connections and lets warp answer on them.
//!
//! hyper is driven here rather than by warp, so that there are limits on what an unfinished request may hold and for how long.

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

/// The most connections that speak HTTP at once, besides the open `WebSocket` connections. Others wait for their turn.
const CONNECTIONS: usize = 1024;
/// How long a connection may take to send the headers of a request, or be idle between two.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// The most that the headers of a request may take.
const HEADER_BYTES: usize = 16 * 1024;
/// How much the system holds for a client that does not read (twice as much with its own book-keeping). Left alone it would
/// take megabytes, and the client would first get what is long past.
const SEND_BUFFER: u32 = 64 * 1024;
/// How many connections the system holds for the taking.
const BACKLOG: u32 = 1024;
/// After the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Begins to listen.
///
/// # Errors
/// When the address is not to be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // The connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves for ever.
pub async fn run(listener: TcpListener, routes: BoxedFilter<(Response,)>) {
    let service = TowerToHyperService::new(warp::service(routes));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let tcp = match listener.accept().await {
            Ok((tcp, _)) => tcp,
            Err(error) => {
                tracing::warn!(%error, "A connection could not be taken.");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Positions are small and must not wait for each other.
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
                tracing::debug!(%error, "A connection broke.");
            }
            drop(place);
        });
    }
}
