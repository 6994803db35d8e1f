//! Reads a request's body within limits on size and time.

use std::pin::pin;
use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::time::timeout;
use warp::Buf;
use warp::http::StatusCode;

use crate::problem::Problem;

/// How long a body may take to arrive.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The whole body.
///
/// # Errors
/// 413 beyond `limit` bytes, 408 when it takes too long, 400 when the connection breaks.
pub async fn whole<B: Buf>(body: impl Stream<Item = Result<B, warp::Error>>, limit: usize) -> Result<Vec<u8>, Problem> {
    timeout(TIME_LIMIT, collect(body, limit)).await.unwrap_or_else(|_| {
        let message = format!("The body did not arrive within {} seconds. Send it again.", TIME_LIMIT.as_secs());
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "BodyTooSlow", message))
    })
}

async fn collect<B: Buf>(body: impl Stream<Item = Result<B, warp::Error>>, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut body = pin!(body);
    let mut whole = Vec::new();
    while let Some(piece) = body.next().await {
        let early = |_| Problem::bad_request("BodyIncomplete", "The body ended too early. Send it again.");
        let mut piece = piece.map_err(early)?;
        if whole.len() + piece.remaining() > limit {
            let message = format!("The body is larger than the maximum of {limit} bytes.");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BodyTooLarge", message));
        }
        while piece.has_remaining() {
            let part = piece.chunk();
            let length = part.len();
            whole.extend_from_slice(part);
            piece.advance(length);
        }
    }
    Ok(whole)
}

#[cfg(test)]
#[path = "tests/body.rs"]
mod tests;
