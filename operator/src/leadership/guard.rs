//! Whether this process leads by its own clock. Every write to Kubernetes or Kafka asks the guard immediately before.
//!
//! A process that was paused (a frozen or overloaded machine) may continue in the middle of a decision when another one leads
//! already, so checking before the decision is not enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::Request;
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use tower::BoxError;
use tower::filter::FilterLayer;

use crate::leadership::lease::Clock;

/// A write was refused because another process may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This process does not hold the Lease, so it must not write")]
pub(crate) struct NotLeading;

/// Until when this process leads. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct LeadershipGuard(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    begin: Instant,
    /// Microseconds since `begin`.
    until: AtomicU64,
}

impl Default for LeadershipGuard {
    fn default() -> Self {
        Self(Arc::new(Inner { begin: Instant::now(), until: AtomicU64::new(0) }))
    }
}

impl LeadershipGuard {
    /// Leads forever.
    #[cfg(test)]
    pub(crate) fn unlimited() -> Self {
        let guard = Self::default();
        guard.0.until.store(u64::MAX, Ordering::SeqCst);
        guard
    }

    /// Time since the process started.
    #[must_use]
    pub(crate) fn clock(&self) -> Clock {
        self.0.begin.elapsed()
    }

    /// Leads until then.
    pub(crate) fn set(&self, until: Clock) {
        self.0.until.store(micros(until), Ordering::SeqCst);
    }

    /// Stops leading now.
    pub(crate) fn end(&self) {
        self.set(Duration::ZERO);
    }

    #[must_use]
    pub(crate) fn holds(&self) -> bool {
        micros(self.clock()) < self.0.until.load(Ordering::SeqCst)
    }

    /// A client that reads at any time and writes only while this process leads.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub(crate) fn client(&self, config: Config) -> Result<Client, kube::Error> {
        let layer = FilterLayer::new(self.check());
        Ok(ClientBuilder::try_from(config)?.with_layer(&layer).build())
    }

    fn check(&self) -> impl Fn(Request<Body>) -> Result<Request<Body>, BoxError> + Clone + Send + 'static {
        let guard = self.clone();
        move |request| {
            if request.method().is_safe() || guard.holds() { Ok(request) } else { Err(NotLeading.into()) }
        }
    }
}

fn micros(clock: Clock) -> u64 {
    u64::try_from(clock.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "tests/guard.rs"]
mod tests;
