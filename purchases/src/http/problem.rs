//! Our errors as answers of the API.

use delivery_http_server::Problem;
use warp::http::StatusCode;

use crate::domain::key::InvalidKey;
use crate::domain::order::InvalidOrder;
use crate::store::StoreError;
use crate::store::listing::InvalidListing;
use crate::store::recorder::RecordError;

impl From<InvalidOrder> for Problem {
    fn from(error: InvalidOrder) -> Self {
        let status = match error {
            InvalidOrder::NotJson(_) => StatusCode::BAD_REQUEST,
            InvalidOrder::Shape(_) | InvalidOrder::Field { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.reason(), error.to_string())
    }
}

impl From<InvalidKey> for Problem {
    fn from(error: InvalidKey) -> Self {
        Self::invalid("InvalidIdempotencyKey", error.to_string())
    }
}

impl From<InvalidListing> for Problem {
    fn from(error: InvalidListing) -> Self {
        Self::invalid(error.reason(), error.to_string())
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        Self::unavailable(error.reason(), error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "A query on MongoDB failed.");
        Self::unavailable(
            "StoreUnavailable",
            "MongoDB, which keeps the purchases, does not answer. Try again in a few seconds.",
        )
    }
}
