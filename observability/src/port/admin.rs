//! The admin port: `/livez`, `/readyz` and `/metrics`.
//!
//! Whoever reads nothing of an answer is cut off by the kernel, which knows best what was read; so a scrape that stands still keeps neither
//! memory nor a connection.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{prometheus_protobuf, text};
use prometheus_client::registry::Registry;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::net::TcpListener;
use warp::Filter;
use warp::http::header::{ACCEPT, CONTENT_TYPE};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::{Reply, Response, with_header, with_status};

use crate::life::health::Health;
use crate::metrics::usage;
use crate::port::listen;

/// Where the admin port listens by default: at all addresses, of either family.
#[must_use]
pub fn default_address() -> SocketAddr {
    listen::everywhere(9090)
}

/// For how long a client may read nothing of what was sent to it.
const UNREAD: Duration = Duration::from_secs(10);

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The only form in which Prometheus reads native histograms.
const PROTOBUF: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// The admin port cannot be served.
#[derive(Debug, thiserror::Error)]
#[error(
    "Cannot listen on {address} for /livez, /readyz and /metrics: {source}. Choose another address with adminAddress."
)]
pub struct AdminError {
    address: SocketAddr,
    source: io::Error,
}

/// Serves the admin port until `shutdown`.
///
/// `/livez` answers as long as the process does, and is 503 while one of its loops is stuck; `/readyz` is 503 while a requirement is not met; `/metrics` is OpenMetrics text,
/// or protobuf with native histograms for whoever would rather have that, with what the process uses beside what it counts.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(
    address: SocketAddr,
    health: Health,
    registry: Registry,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), AdminError> {
    let listener = bound(address, UNREAD).await?;
    warp::serve(routes(health, Arc::new(registry))).incoming(listener).graceful(shutdown).run().await;
    Ok(())
}

/// Listens. The connections that are accepted inherit the limit.
async fn bound(address: SocketAddr, unread: Duration) -> Result<TcpListener, AdminError> {
    let address = listen::bindable(address);
    let failed = |source| AdminError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    set_tcp_user_timeout(&listener, u32::try_from(unread.as_millis()).unwrap_or(u32::MAX))
        .map_err(|error| failed(error.into()))?;
    Ok(listener)
}

fn routes(
    health: Health,
    registry: Arc<Registry>,
) -> impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone + Send + Sync + 'static {
    let loops = health.clone();
    let live = warp::path!("livez").map(move || match loops.is_alive() {
        Ok(()) => "alive\n".into_response(),
        Err(report) => with_status(report, StatusCode::SERVICE_UNAVAILABLE).into_response(),
    });
    let ready = warp::path!("readyz").map(move || {
        let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        with_status(health.report(), status).into_response()
    });
    let process = Arc::new(usage::registry());
    let metrics = warp::path!("metrics").and(warp::header::headers_cloned()).map(move |headers: HeaderMap| {
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        encode(&registry, &process, prefers_protobuf(accept))
    });
    warp::get().and(live.or(ready).unify().or(metrics).unify())
}

fn encode(registry: &Registry, process: &Registry, as_protobuf: bool) -> Response {
    let (encoded, form) = if as_protobuf {
        (protobuf(registry, process), PROTOBUF)
    } else {
        (openmetrics(registry, process), OPENMETRICS)
    };
    match encoded {
        Ok(bytes) => with_header(bytes, CONTENT_TYPE, form).into_response(),
        Err(error) => with_status(format!("{error}\n"), StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

fn openmetrics(registry: &Registry, process: &Registry) -> Result<Vec<u8>, String> {
    let mut encoded = String::new();
    let outcome = text::encode_registry(&mut encoded, registry).and_then(|()| text::encode(&mut encoded, process));
    outcome.map(|()| encoded.into_bytes()).map_err(|error| error.to_string())
}

/// The families of metrics follow one another, each with its length.
fn protobuf(registry: &Registry, process: &Registry) -> Result<Vec<u8>, String> {
    let encoded = [registry, process].map(prometheus_protobuf::encode_to_vec);
    let encoded = encoded.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(encoded.concat())
}

/// Whether the sender of a header `Accept` would rather have Prometheus' protobuf than text (RFC 9110, §12.5.1).
fn prefers_protobuf(accept: &str) -> bool {
    let (mut protobuf, mut others) = (0.0_f32, 0.0_f32);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let is_protobuf = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/vnd.google.protobuf"));
        let (mut quality, mut is_ours) = (1.0_f32, true);
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name {
                "q" => quality = value.parse().unwrap_or_default(),
                "proto" => is_ours = is_ours && value == "io.prometheus.client.MetricFamily",
                "encoding" => is_ours = is_ours && value == "delimited",
                _ => {}
            }
        }
        match (is_protobuf, is_ours) {
            (true, true) => protobuf = protobuf.max(quality),
            (true, false) => {}
            (false, _) => others = others.max(quality),
        }
    }
    protobuf > 0.0 && protobuf >= others
}

#[cfg(test)]
#[path = "tests/admin.rs"]
mod tests;
