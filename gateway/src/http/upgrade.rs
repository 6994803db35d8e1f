//! Turns a request for `/ws` into a WebSocket, or says why not.
//!
//! warp answers the request and hands out hyper's upgrade; the connection itself runs on its own reader and writer in
//! [`crate::connection::session`], because warp's WebSocket holds 128 KiB for each.

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

use super::Answer;
use super::problem::Problem;
use crate::connection::session;
use crate::gateway::shared::Gateway;
use crate::protocol::subscription::Subscription;

/// Answers a request for a WebSocket; the connection is served by a task of its own.
///
/// # Errors
/// When it is no upgrade, its page may not connect, or there is no place.
pub fn answer(
    gateway: &Arc<Gateway>,
    headers: &HeaderMap,
    query: &[(String, String)],
    upgrade: Option<OnUpgrade>,
) -> Answer {
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
        return Err(refused(Problem::unavailable("Draining", "This gateway is going away; connect again.")));
    }
    let place = Arc::clone(&gateway.permits).try_acquire_owned().map_err(|_| {
        let message = format!(
            "This gateway serves {} connections already, the most that it takes; try again later.",
            gateway.limits.connections
        );
        refused(Problem::unavailable("TooManyConnections", message))
    })?;
    let gateway = Arc::clone(gateway);
    tokio::spawn(async move {
        match upgrade.await.map(Upgraded::downcast::<TokioIo<TcpStream>>) {
            Ok(Ok(parts)) => session::serve(gateway, subscription, parts.io.into_inner(), parts.read_buf, place).await,
            Ok(Err(_)) => tracing::error!("An upgraded connection is no TCP stream, so it was dropped."),
            Err(error) => tracing::debug!(%error, "A client left during its upgrade."),
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

/// Whether the page that a request comes from may talk to the gateway.
///
/// # Errors
/// 403.
pub fn check_origin(gateway: &Gateway, headers: &HeaderMap) -> Result<(), Problem> {
    let origin = text(headers, &ORIGIN);
    if gateway.origins.allow(origin, text(headers, &HOST)) {
        return Ok(());
    }
    let message = format!(
        "Pages of {} may not talk to this gateway; its http.allowedOrigins can name them.",
        origin.unwrap_or("this origin")
    );
    Err(Problem::new(StatusCode::FORBIDDEN, "OriginNotAllowed", message))
}

/// 503 as long as the first picture is not complete.
#[must_use]
pub fn starting() -> Problem {
    Problem::unavailable(
        "Starting",
        "This gateway has not read all deliveries from Kafka yet; try again in a few seconds.",
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
        let message = "Only version 13 of the WebSocket protocol is spoken here.";
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
        "This path speaks WebSocket; connect with ws:// or wss://.",
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
