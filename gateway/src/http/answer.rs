//! The JSON answers of the API, which together take no more memory than configured while their clients read them.

use delivery_http_server::{ApiResult, Problem};
use serde::Serialize;
use warp::http::HeaderValue;
use warp::http::header::CONTENT_TYPE;
use warp::reply::Response;

use crate::gateway::shared::Gateway;

/// A value as JSON.
///
/// # Errors
/// 503 when too many answers are still being read.
pub(super) fn json_of<T: Serialize>(gateway: &Gateway, value: &T) -> ApiResult {
    let text = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "An answer cannot be encoded as JSON.");
        Problem::unavailable("Internal", "The gateway cannot encode its answer as JSON.")
    })?;
    let answer = gateway.answers.hold(text).ok_or_else(|| {
        Problem::unavailable(
            "Busy",
            "Too many answers of this gateway are still being read. Try again in a few seconds.",
        )
    })?;
    let mut response = Response::new(answer.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
