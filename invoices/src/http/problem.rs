//! Our errors as answers of the API.

use delivery_http_server::Problem;

use crate::domain::page::InvalidPage;
use crate::store::StoreError;

impl From<InvalidPage> for Problem {
    fn from(error: InvalidPage) -> Self {
        Self::bad_request(error.reason(), error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "A query of the HTTP API failed.");
        let message =
            "The invoices cannot be read now, because MongoDB does not respond or refuses. Try again in a few seconds.";
        Self::unavailable(error.reason(), message)
    }
}
