//! How long the API server may take: to begin an answer, and between two parts of one. kube's client itself would wait for ever.
//!
//! The limits are in the client, so that no caller can forget them. Imports nothing of this crate.

use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use kube::client::Body;
use tokio::time::timeout;
use tower::{BoxError, Layer, Service};

/// How long it may take to begin its answer. What follows may take longer, for a watch is an answer too.
pub const ANSWER: Duration = Duration::from_secs(30);
/// How long it may be silent on a connection. It ends a watch after about five minutes, and sends a bookmark every minute.
pub const SILENCE: Duration = Duration::from_secs(310);

/// The API server accepted a request and did not answer it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("The Kubernetes API server did not answer within {} seconds.", .0.as_secs())]
pub struct Silent(Duration);

impl Silent {
    /// It did not answer within that time.
    #[must_use]
    pub const fn after(limit: Duration) -> Self {
        Self(limit)
    }
}

/// A layer of a client that gives up requests whose answers do not begin in time, with [`Silent`].
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit(pub Duration);

/// A client's service with a time limit.
#[derive(Clone, Debug)]
pub struct Limited<S> {
    inner: S,
    limit: Duration,
}

impl<S> Layer<S> for TimeLimit {
    type Service = Limited<S>;

    fn layer(&self, inner: S) -> Limited<S> {
        Limited { inner, limit: self.0 }
    }
}

impl<S, A> Service<Request<Body>> for Limited<S>
where
    S: Service<Request<Body>, Response = Response<A>, Error = BoxError> + 'static,
    S::Future: Send + 'static,
    A: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (answer, limit) = (self.inner.call(request), self.limit);
        Box::pin(async move { timeout(limit, answer).await.unwrap_or_else(|_| Err(Silent::after(limit).into())) })
    }
}
