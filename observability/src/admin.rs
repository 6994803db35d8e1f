//! The admin port: `/livez`, `/readyz` and `/metrics`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use warp::Filter;
use warp::http::StatusCode;
use warp::http::header::CONTENT_TYPE;
use warp::reply::{Reply, with_header, with_status};

use crate::health::Health;

/// Where the admin port listens by default.
#[must_use]
pub fn default_address() -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], 9090))
}

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The admin port cannot be served.
#[derive(Debug, thiserror::Error)]
#[error(
    "Cannot listen on {address} for /livez, /readyz and /metrics: {source}. Choose another address with adminAddress."
)]
pub struct AdminError {
    address: SocketAddr,
    source: std::io::Error,
}

/// Serves the admin port until `shutdown`.
///
/// `/livez` answers as long as the process does; `/readyz` is 503 while a requirement is not met; `/metrics` is OpenMetrics text.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve(
    address: SocketAddr,
    health: Health,
    registry: Registry,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), AdminError> {
    let listener = TcpListener::bind(address).await.map_err(|source| AdminError { address, source })?;
    warp::serve(routes(health, Arc::new(registry))).incoming(listener).graceful(shutdown).run().await;
    Ok(())
}

fn routes(
    health: Health,
    registry: Arc<Registry>,
) -> impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone + Send + Sync + 'static {
    let live = warp::path!("livez").map(|| "alive\n".into_response());
    let ready = warp::path!("readyz").map(move || {
        let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        with_status(health.report(), status).into_response()
    });
    let metrics = warp::path!("metrics").map(move || {
        let mut text = String::new();
        match prometheus_client::encoding::text::encode(&mut text, &registry) {
            Ok(()) => with_header(text, CONTENT_TYPE, OPENMETRICS).into_response(),
            Err(error) => with_status(format!("{error}\n"), StatusCode::INTERNAL_SERVER_ERROR).into_response(),
        }
    });
    warp::get().and(live.or(ready).unify().or(metrics).unify())
}

#[cfg(test)]
#[path = "tests/admin.rs"]
mod tests;
