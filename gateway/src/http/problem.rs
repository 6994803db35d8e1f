//! Error responses: `{"error": {"reason", "message"}}`.

use std::convert::Infallible;

use serde_json::json;
use warp::Rejection;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

/// What a handler of the API returns.
pub(super) type ApiResult = Result<Response, Problem>;

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable name, part of the HTTP API.
    pub reason: &'static str,
    /// A sentence that says what is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem.
    pub(crate) fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, reason, message: message.into() }
    }

    /// 400.
    pub(crate) fn bad_request(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason, message)
    }

    /// 404.
    pub(crate) fn not_found(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason, message)
    }

    /// 503.
    pub(crate) fn unavailable(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, reason, message)
    }
}

impl Reply for Problem {
    fn into_response(self) -> Response {
        let body = json!({"error": {"reason": self.reason, "message": self.message}});
        let mut response = warp::reply::with_status(warp::reply::json(&body), self.status).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert("retry-after", warp::http::HeaderValue::from_static("5"));
        }
        response
    }
}

/// The response to a rejection by warp.
///
/// # Errors
/// Never.
pub(crate) async fn explain(rejection: Rejection) -> Result<Response, Infallible> {
    let problem = if rejection.find::<warp::reject::InvalidQuery>().is_some() {
        Problem::bad_request("InvalidQuery", "The query is not of the form name=value&name=value.")
    } else if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        let message = "This path does not support this method; docs/protocol.md lists the API.";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    } else {
        Problem::not_found("NotFound", "Nothing is served at this path.")
    };
    Ok(problem.into_response())
}
