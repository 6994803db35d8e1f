//! Upgrades a request for `/ws` to a WebSocket, or refuses it with a reason.
//!
//! warp answers the request and hands out hyper's upgrade. The connection then runs on its own reader and writer in
//! [`crate::connection`], because warp's WebSocket holds 128 KiB per connection.

use std::sync::Arc;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use warp::http::header::{
    CONNECTION, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;

use super::problem::{ApiResult, Problem};
use crate::connection::session;
use crate::gateway::shared::Gateway;
use crate::protocol::subscription::Subscription;

/// Answers a WebSocket request; the connection gets a task of its own.
///
/// # Errors
/// When it is not an upgrade request, its origin is not allowed, or the maximum number of connections is reached.
pub(crate) fn answer(
    gateway: &Arc<Gateway>,
    headers: &HeaderMap,
    query: &[(String, String)],
    upgrade: Option<OnUpgrade>,
) -> ApiResult {
    let refused = |problem: Problem| {
        gateway.metrics.refused(problem.reason);
        problem
    };
    let (key, upgrade) = check(headers).and_then(|key| Ok((key, upgrade.ok_or_else(no_upgrade)?))).map_err(refused)?;
    let subscription =
        Subscription::read(query).map_err(|error| refused(Problem::bad_request(error.reason(), error.to_string())))?;
    check_origin(gateway, headers).map_err(refused)?;
    if !gateway.live.is_ready() {
        return Err(refused(starting()));
    }
    if gateway.draining.borrow().is_some() {
        return Err(refused(Problem::unavailable("Draining", "This gateway is shutting down; connect again.")));
    }
    let place = Arc::clone(&gateway.permits).try_acquire_owned().map_err(|_| {
        let message = format!(
            "This gateway already serves its maximum of {} connections; try again later.",
            gateway.limits.connections
        );
        refused(Problem::unavailable("TooManyConnections", message))
    })?;
    let gateway = Arc::clone(gateway);
    tokio::spawn(async move {
        match upgrade.await.map(Upgraded::downcast::<TokioIo<TcpStream>>) {
            Ok(Ok(parts)) => session::serve(gateway, subscription, parts.io.into_inner(), parts.read_buf, place).await,
            Ok(Err(_)) => tracing::error!("An upgraded connection is not a TCP stream and was dropped."),
            Err(error) => tracing::debug!(%error, "A client disconnected during the upgrade."),
        }
    });
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    Ok(response)
}

/// Checks that the page a request comes from may use the gateway.
///
/// # Errors
/// 403.
pub(crate) fn check_origin(gateway: &Gateway, headers: &HeaderMap) -> Result<(), Problem> {
    let origin = text(headers, &ORIGIN);
    if gateway.origins.allow(origin, text(headers, &HOST)) {
        return Ok(());
    }
    let message = format!(
        "Pages of {} may not use this gateway. Add the origin to http.allowedOrigins to allow them.",
        origin.unwrap_or("this origin")
    );
    Err(Problem::new(StatusCode::FORBIDDEN, "OriginNotAllowed", message))
}

/// 503 until the first snapshot is complete.
#[must_use]
pub(crate) fn starting() -> Problem {
    Problem::unavailable(
        "Starting",
        "This gateway is still reading the deliveries from Kafka; try again in a few seconds.",
    )
}

/// The value of `Sec-WebSocket-Accept`.
fn check(headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let has = |name, token: &str| {
        text(headers, &name).is_some_and(|list| list.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    if !has(CONNECTION, "upgrade") || !has(UPGRADE, "websocket") {
        return Err(no_upgrade());
    }
    if !has(SEC_WEBSOCKET_VERSION, "13") {
        let message = "Only version 13 of the WebSocket protocol is supported.";
        return Err(Problem::new(StatusCode::UPGRADE_REQUIRED, "WrongWebSocketVersion", message));
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let key =
        key.ok_or_else(|| Problem::bad_request("NoWebSocketKey", "The header Sec-WebSocket-Key is missing or wrong."))?;
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| no_upgrade())
}

fn no_upgrade() -> Problem {
    Problem::new(
        StatusCode::UPGRADE_REQUIRED,
        "NoWebSocket",
        "This path is a WebSocket endpoint; connect with ws:// or wss://.",
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
