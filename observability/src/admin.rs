//! The admin port: `/livez`, `/readyz` and `/metrics`.

use crate::health::Health;
use prometheus_client::registry::Registry;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use warp::Filter;
use warp::http::StatusCode;
use warp::http::header::CONTENT_TYPE;
use warp::reply::{Reply, with_header, with_status};

/// Where the admin port listens when the configuration does not say.
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
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;

    #[tokio::test]
    async fn ready_is_503_with_the_reason_until_every_requirement_is_met() {
        let health = Health::default();
        health.require("topics", "The topics are being created.");
        let routes = routes(health.clone(), Arc::new(Registry::default()));
        let before = warp::test::request().path("/readyz").reply(&routes).await;
        assert_eq!(before.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(before.body(), "not ready: topics: The topics are being created.\n");
        assert_eq!(warp::test::request().path("/livez").reply(&routes).await.status(), StatusCode::OK);
        health.met("topics");
        assert_eq!(warp::test::request().path("/readyz").reply(&routes).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn metrics_are_openmetrics_text() {
        let mut registry = Registry::with_prefix("delivery_test");
        let counter: Counter = Counter::default();
        registry.register("positions", "Positions", counter.clone());
        counter.inc();
        let answer = warp::test::request().path("/metrics").reply(&routes(Health::default(), Arc::new(registry))).await;
        assert_eq!(answer.headers()[CONTENT_TYPE], OPENMETRICS);
        assert!(String::from_utf8_lossy(answer.body()).contains("delivery_test_positions_total 1\n"));
    }
}
