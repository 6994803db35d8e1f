//! The answer of a server that may be anyone's: read up to a limit, so that one that does not end cannot take all memory.
//!
//! The API server's own answers to typed requests, such as lists, are left to its client.

use http::Request;
use http::response::Parts;
use http_body_util::{BodyExt, Limited};
use kube::Client;
use kube::client::Body;

/// The maximum number of bytes of an answer: some times as much as the longest of a service.
pub(crate) const LIMIT: usize = 64 << 20;

/// Why there is no whole answer: the part of a sentence after a colon, without a full stop.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    #[error("the answer is larger than {} KiB", .0 >> 10)]
    TooLong(usize),
    #[error(transparent)]
    Client(#[from] kube::Error),
}

/// Sends a request and reads the answer, of at most `limit` bytes.
///
/// # Errors
/// When there is none, or it is longer.
pub(crate) async fn exchange(
    client: &Client,
    request: Request<Body>,
    limit: usize,
) -> Result<(Parts, Vec<u8>), AnswerError> {
    let (parts, body) = client.send(request).await?.into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok((parts, body.to_bytes().into())),
        Err(error) => Err(match error.downcast::<kube::Error>() {
            Ok(error) => AnswerError::Client(*error),
            Err(_) => AnswerError::TooLong(limit),
        }),
    }
}

#[cfg(test)]
#[path = "tests/answer.rs"]
mod tests;
