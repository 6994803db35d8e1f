//! Error answers: `{"error": {"reason", "message"}}`. What may be wrong, and in which words, is left to the services.

use serde_json::json;
use warp::Rejection;
use warp::http::header::RETRY_AFTER;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

/// After how many seconds to try again what is unavailable now.
const RETRY_SECONDS: u64 = 5;

/// What a handler returns.
pub type ApiResult = Result<Response, Problem>;

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The answer's status.
    pub status: StatusCode,
    /// A stable name, part of the HTTP API.
    pub reason: &'static str,
    /// A sentence that says what is wrong and what to do.
    pub message: String,
    /// After how many seconds to try again, where that is known.
    pub retry_after: Option<u64>,
}

impl Problem {
    /// With any status.
    #[must_use]
    pub fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_SECONDS);
        Self { status, reason, message: message.into(), retry_after }
    }

    /// 400.
    #[must_use]
    pub fn bad_request(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason, message)
    }

    /// 404.
    #[must_use]
    pub fn not_found(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason, message)
    }

    /// 422.
    #[must_use]
    pub fn invalid(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, reason, message)
    }

    /// 429, to be tried again after so many seconds.
    #[must_use]
    pub fn too_many(reason: &'static str, message: impl Into<String>, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, reason, message) }
    }

    /// 503, to be tried again.
    #[must_use]
    pub fn unavailable(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, reason, message)
    }

    /// Of a rejection by warp. The sentences say which `methods` and which `paths` there are.
    #[must_use]
    pub fn of(rejection: &Rejection, methods: &'static str, paths: &'static str) -> Self {
        if rejection.find::<warp::reject::InvalidQuery>().is_some() {
            Self::bad_request("InvalidQuery", "The query is not of the form name=value&name=value.")
        } else if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", methods)
        } else {
            Self::not_found("NotFound", paths)
        }
    }
}

impl Reply for Problem {
    fn into_response(self) -> Response {
        let body = json!({"error": {"reason": self.reason, "message": self.message}});
        let mut response = warp::reply::with_status(warp::reply::json(&body), self.status).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
