//! Whether this process leads, as far as its own clock tells, and what may not be done without.
//!
//! A process that was held up for a while (a frozen machine, a full one) may go on in the middle of a decision when another
//! leads already. So it is not left to the decisions: whatever writes asks here at that very moment.

use crate::lease::Clock;
use http::Request;
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tower::BoxError;
use tower::filter::FilterLayer;

/// What is refused of one that does not lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This process does not hold the Lease, so it changes nothing")]
pub struct NotLeading;

/// Until when this process leads. A clone is the same.
#[derive(Clone, Debug)]
pub struct Tenure(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    begin: Instant,
    /// Microseconds since the beginning.
    until: AtomicU64,
}

impl Default for Tenure {
    fn default() -> Self {
        Self(Arc::new(Inner { begin: Instant::now(), until: AtomicU64::new(0) }))
    }
}

impl Tenure {
    /// For where there is nobody else, such as a test.
    #[must_use]
    pub fn unlimited() -> Self {
        let tenure = Self::default();
        tenure.0.until.store(u64::MAX, Ordering::SeqCst);
        tenure
    }

    /// The time on this process's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.0.begin.elapsed()
    }

    /// From now on it leads until then.
    pub fn set(&self, until: Clock) {
        self.0.until.store(micros(until), Ordering::SeqCst);
    }

    /// From now on it leads no more.
    pub fn end(&self) {
        self.set(Duration::ZERO);
    }

    /// Whether it leads now.
    #[must_use]
    pub fn holds(&self) -> bool {
        micros(self.clock()) < self.0.until.load(Ordering::SeqCst)
    }

    /// A client that reads at any time and writes only while this process leads.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn client(&self, config: Config) -> Result<Client, kube::Error> {
        let layer = FilterLayer::new(self.guard());
        Ok(ClientBuilder::try_from(config)?.with_layer(&layer).build())
    }

    fn guard(&self) -> impl Fn(Request<Body>) -> Result<Request<Body>, BoxError> + Clone + Send + 'static {
        let tenure = self.clone();
        move |request| {
            if request.method().is_safe() || tenure.holds() { Ok(request) } else { Err(NotLeading.into()) }
        }
    }
}

fn micros(clock: Clock) -> u64 {
    u64::try_from(clock.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[test]
    fn a_tenure_ends_by_itself() {
        let tenure = Tenure::default();
        assert!(!tenure.holds(), "nobody leads from the start");
        tenure.set(tenure.clock() + Duration::from_millis(30));
        assert!(tenure.holds());
        std::thread::sleep(Duration::from_millis(40));
        assert!(!tenure.holds());
        tenure.set(tenure.clock() + Duration::from_mins(1));
        tenure.end();
        assert!(!tenure.holds() && Tenure::unlimited().holds());
    }

    #[test]
    fn one_that_does_not_lead_reads_and_does_not_write() {
        let tenure = Tenure::default();
        let guard = tenure.guard();
        let ask = |method: Method| guard(Request::builder().method(method).body(Body::empty()).unwrap()).map(drop);
        ask(Method::GET).unwrap();
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert!(ask(method.clone()).unwrap_err().is::<NotLeading>(), "{method}");
        }
        tenure.set(tenure.clock() + Duration::from_mins(1));
        ask(Method::PATCH).unwrap();
    }
}
