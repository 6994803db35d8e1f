//! What the gateway adds to the error answers of `delivery-http-server`: the words for its own paths, what is over budget, and what to
//! upgrade to.

use std::convert::Infallible;

use delivery_http_server::Problem;
use warp::Rejection;
use warp::http::header::{CONNECTION, SEC_WEBSOCKET_VERSION, UPGRADE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

use crate::gateway::budgets::OverBudget;

/// A refusal to upgrade, as a response.
pub(super) fn refusal(problem: Problem) -> Response {
    let asks_for_upgrade = problem.status == StatusCode::UPGRADE_REQUIRED;
    let mut response = problem.into_response();
    if asks_for_upgrade {
        // RFC 9110 §15.5.22 asks for what to upgrade to, RFC 6455 §4.4 for the version.
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    response
}

impl From<OverBudget> for Problem {
    fn from(over: OverBudget) -> Self {
        Self::too_many(OverBudget::REASON, over.to_string(), over.retry_after_seconds)
    }
}

/// The response to a rejection by warp.
///
/// # Errors
/// Never.
pub(crate) async fn explain(rejection: Rejection) -> Result<Response, Infallible> {
    let methods = "This path does not support this method; docs/protocol.md lists the API.";
    Ok(Problem::of(&rejection, methods, "Nothing is served at this path.").into_response())
}

#[cfg(test)]
#[path = "tests/problem.rs"]
mod tests;
