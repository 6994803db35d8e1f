//! Our errors as answers of the API.

use delivery_http_server::Problem;
use warp::http::StatusCode;

use crate::domain::invalid::Invalid;
use crate::domain::listing::InvalidListing;
use crate::domain::repository::RepositoryError;
use crate::domain::use_cases::Failure;

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, invalid.reason(), invalid.to_string())
    }
}

impl From<InvalidListing> for Problem {
    fn from(invalid: InvalidListing) -> Self {
        Self::new(StatusCode::BAD_REQUEST, invalid.reason(), invalid.to_string())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = match &failure {
            Failure::Repository(RepositoryError::Refused(error)) => {
                tracing::error!(error, "MongoDB refused what a client asked for.");
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Failure::Repository(RepositoryError::Unavailable) | Failure::Contended(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Failure::UnknownNotification(_) | Failure::UnknownRecipient(_) => StatusCode::NOT_FOUND,
            Failure::Canceled(_) | Failure::Erased(_) => StatusCode::CONFLICT,
            Failure::Reused => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, failure.reason(), failure.to_string())
    }
}
