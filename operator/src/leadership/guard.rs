//! Whether this process leads by its own clock. Every write to Kubernetes or Kafka asks the guard immediately before.
//!
//! A process that was paused (a frozen or overloaded machine) may continue in the middle of a decision when another one leads
//! already, so checking before the decision is not enough.
//!
//! The clock is Linux's `CLOCK_BOOTTIME`. Unlike [`std::time::Instant`], it counts the time that the machine was suspended (a laptop's
//! lid, a hibernated virtual machine), during which another process has taken over. A hypervisor that pauses a virtual machine and
//! does not tell it stops all its clocks; nothing in it can know. After such a pause a leader may write until its next renewal, at most
//! [`crate::leadership::lease::RETRY`] later, which tells it; the names of pods and the versions of records hold against that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use delivery_controller::limits::{SILENCE, TimeLimit};
use delivery_controller::requests::ApiRequests;
use http::Request;
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use rustix::time::{ClockId, clock_gettime};
use tower::BoxError;
use tower::filter::FilterLayer;

use crate::base::api::TIME_LIMIT;
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
    clock: fn() -> Clock,
    /// Microseconds on that clock.
    until: AtomicU64,
}

impl Default for LeadershipGuard {
    fn default() -> Self {
        Self::with_clock(since_boot)
    }
}

/// The time since the machine was started, suspensions included.
fn since_boot() -> Clock {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

impl LeadershipGuard {
    /// Does not lead yet, by that clock, which must never go back.
    #[must_use]
    pub(crate) fn with_clock(clock: fn() -> Clock) -> Self {
        Self(Arc::new(Inner { clock, until: AtomicU64::new(0) }))
    }

    /// Leads forever.
    #[cfg(test)]
    pub(crate) fn unlimited() -> Self {
        let guard = Self::default();
        guard.0.until.store(u64::MAX, Ordering::SeqCst);
        guard
    }

    /// The time now.
    #[must_use]
    pub(crate) fn clock(&self) -> Clock {
        (self.0.clock)()
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

    /// A client that reads at any time and writes only while this process leads. Each request has a time limit, and counts among
    /// `requests`.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub(crate) fn client(&self, config: Config, requests: &ApiRequests) -> Result<Client, kube::Error> {
        self.client_within(TIME_LIMIT, config, requests)
    }

    /// The same with another time limit: how long the API server may take to begin its answer. What follows may take longer, for a watch
    /// is an answer too; its connection is given up when nothing comes for [`SILENCE`].
    fn client_within(
        &self,
        limit: Duration,
        mut config: Config,
        requests: &ApiRequests,
    ) -> Result<Client, kube::Error> {
        config.read_timeout = Some(SILENCE);
        let layer = FilterLayer::new(self.check());
        Ok(ClientBuilder::try_from(config)?
            .with_layer(&TimeLimit(limit))
            .with_layer(requests)
            .with_layer(&layer)
            .build())
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
