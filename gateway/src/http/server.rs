//! Accepts connections and serves warp's routes on them.
//!
//! hyper is driven here rather than by warp, so that the size and duration of unfinished requests are bounded; and not by
//! `delivery-http-server`, because connections count towards budgets of their addresses and may become sockets of the map.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use delivery_http_server::{Patience, PatientStream, PeerAddress, TrustedProxies};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::config::Limits;
use crate::gateway::budgets::{Budgets, Connection};
use crate::metrics::Metrics;

/// The maximum size of a request's headers, bytes.
const HEADER_BYTES: usize = 16 * 1024;
/// The kernel's send buffer per connection, bytes (the kernel doubles it for its own book-keeping). By default it grows
/// to megabytes, and a slow client would first receive outdated positions.
const SEND_BUFFER: u32 = 64 * 1024;
/// The pause after a failed accept, such as when file descriptors run out.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address.
///
/// # Errors
/// When the address cannot be bound.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    delivery_http_server::listen(address, Some(SEND_BUFFER))
}

/// The port of one gateway.
pub(crate) struct Port {
    pub limits: Limits,
    pub proxies: TrustedProxies,
    pub budgets: Arc<Budgets>,
    pub metrics: Metrics,
}

pub(crate) async fn run(listener: TcpListener, routes: BoxedFilter<(Response,)>, port: Port) {
    let Port { limits, proxies, budgets, metrics } = port;
    let service = TowerToHyperService::new(warp::service(routes));
    let proxies = Arc::new(proxies);
    // Open WebSockets are not counted; connections beyond the limit wait in the backlog. At most half of the places wait for
    // clients to read, so downloads never take those of upgrades.
    let places = Arc::new(Semaphore::new(limits.http_connections));
    let time_limit = Duration::from_secs(limits.stall_seconds.into());
    let counted = metrics.clone();
    let closed = Arc::new(move |reason| counted.http_closed(reason));
    let patience = Patience::new(time_limit, limits.http_connections.div_ceil(2), closed);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (tcp, peer) = match listener.accept().await {
            Ok((tcp, peer)) => (tcp, peer.ip()),
            Err(error) => {
                tracing::warn!(%error, "Cannot accept a connection.");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // A proxy's connections carry the requests of many clients.
        let open = if proxies.trusts(peer) {
            None
        } else {
            let open = budgets.connect(Connection::Http, PeerAddress::of(peer));
            if open.is_none() {
                metrics.http_closed("too-many-of-address");
                continue;
            }
            open
        };
        // Positions are small and must not wait to be coalesced.
        let _ = tcp.set_nodelay(true);
        let io = TokioIo::new(PatientStream::new(tcp, patience.clone()));
        let (service, proxies, metrics) = (service.clone(), Arc::clone(&proxies), metrics.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            let address = proxies.sender(peer, request.headers());
            request.extensions_mut().insert(address);
            service.call(request)
        });
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(time_limit)
                .max_buf_size(HEADER_BYTES)
                .serve_connection(io, service)
                .with_upgrades();
            if let Err(error) = connection.await {
                if error.is_timeout() {
                    metrics.http_closed("no-request");
                }
                tracing::debug!(%error, "A connection failed.");
            }
            drop((place, open));
        });
    }
}
