//! Upgrades a request for `/ws` to a WebSocket, or refuses it with a reason.
//!
//! warp answers the request and hands out hyper's upgrade. The connection then runs on its own reader and writer in
//! [`crate::connection`], because warp's WebSocket holds 128 KiB per connection.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use delivery_http_server::{ApiResult, PatientStream, PeerAddress, Problem};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use warp::http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;

use crate::connection::session;
use crate::gateway::budgets::Connection;
use crate::gateway::shared::{Admission, Gateway};
use crate::protocol::subscription::Subscription;

/// After how many seconds an address that has too many connections may try again.
const RETRY_SECONDS: u64 = 5;

/// Answers a WebSocket request; the connection gets a task of its own.
///
/// # Errors
/// When it is not an upgrade request, its origin is not allowed, or the maximum number of connections is reached.
pub(crate) fn answer(
    gateway: &Arc<Gateway>,
    headers: &HeaderMap,
    query: &[(String, String)],
    address: PeerAddress,
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
    let permit = Arc::clone(&gateway.permits).try_acquire_owned().map_err(|_| {
        let message = format!(
            "This gateway already serves its maximum of {} connections; try again later.",
            gateway.limits.connections
        );
        refused(Problem::unavailable("TooManyConnections", message))
    })?;
    let open = gateway.budgets.connect(Connection::WebSocket, address).ok_or_else(|| {
        let message =
            "Your address already has its maximum of connections to this gateway; close one, or try again later.";
        refused(Problem::too_many("TooManyConnections", message, RETRY_SECONDS))
    })?;
    let admission = Admission { address, permit, open };
    let gateway = Arc::clone(gateway);
    tokio::spawn(async move {
        if let Some((tcp, already)) = upgraded(upgrade).await {
            session::serve(gateway, subscription, tcp, already, admission).await;
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

/// The connection after the upgrade, and what the client has sent since its request. Of the HTTP server's part in it nothing is left.
async fn upgraded(upgrade: OnUpgrade) -> Option<(TcpStream, Bytes)> {
    match upgrade.await.map(Upgraded::downcast::<TokioIo<PatientStream>>) {
        Ok(Ok(parts)) => Some((parts.io.into_inner().into_inner(), parts.read_buf)),
        Ok(Err(_)) => {
            tracing::error!("An upgraded connection is not a TCP stream and was dropped.");
            None
        }
        Err(error) => {
            tracing::debug!(%error, "A client disconnected during the upgrade.");
            None
        }
    }
}

/// Checks that the page a request comes from may use the gateway.
///
/// # Errors
/// 403.
pub(crate) fn check_origin(gateway: &Gateway, headers: &HeaderMap) -> Result<(), Problem> {
    gateway.origins.refusal(headers, "this gateway").map_or(Ok(()), Err)
}

/// 503 until the first snapshot is complete.
#[must_use]
pub(crate) fn starting() -> Problem {
    Problem::unavailable(
        "Starting",
        "This gateway is still reading the deliveries from Kafka; try again in a few seconds.",
    )
}

/// The value of `Sec-WebSocket-Accept`, if the headers are those of RFC 6455 §4.2.1.
fn check(headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    if !lists(headers, &CONNECTION, "upgrade") || !lists(headers, &UPGRADE, "websocket") {
        return Err(no_upgrade());
    }
    if only(headers, &SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let message = "Only version 13 of the WebSocket protocol is supported.";
        return Err(Problem::new(StatusCode::UPGRADE_REQUIRED, "WrongWebSocketVersion", message));
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY).filter(|key| is_key(key)).ok_or_else(|| {
        let message = "The header Sec-WebSocket-Key is missing or wrong; it must hold 16 bytes in base64.";
        Problem::bad_request("NoWebSocketKey", message)
    })?;
    HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(|_| no_upgrade())
}

/// Whether a header's list has this token. A list may be spread over several lines (RFC 9110 §5.3).
fn lists(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// The value of a header that must not come twice.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    text(headers, name).filter(|_| headers.get_all(name).iter().count() == 1)
}

fn is_key(key: &str) -> bool {
    STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
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
