//! What the canary exports. No label grows with its runs.

use std::sync::atomic::AtomicU64;

use delivery_messages::Millis;
use delivery_observability::Health;
use delivery_observability::metrics::gauges::{hanging, objects_by, readiness};
use delivery_observability::metrics::histograms::native;
use delivery_observability::metrics::units::seconds;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::failure::Failure;
use crate::watch::Sight;

/// What the build is called.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The label of a run that found nothing wrong.
const SUCCESS: &str = "success";

/// Upper bounds of the times from a request, in seconds.
const TIME_BUCKETS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
/// Upper bounds of the ages of positions, in seconds.
const AGE_BUCKETS: [f64; 9] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct OfResult {
    /// `success`, or what was wrong.
    pub(crate) result: &'static str,
}

/// All metrics; a clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    runs: Family<OfResult, Counter>,
    accept: Histogram,
    first_position: Histogram,
    age: Histogram,
    last_success: Gauge<f64, AtomicU64>,
    interval: Gauge,
}

impl Metrics {
    /// Registers them. `every_seconds` is the time from one run to the next.
    pub(crate) fn register(registry: &mut Registry, every_seconds: u32, health: &Health) -> Self {
        let metrics = Self {
            runs: Family::default(),
            accept: native(TIME_BUCKETS),
            first_position: native(TIME_BUCKETS),
            age: native(AGE_BUCKETS),
            last_success: Gauge::default(),
            interval: Gauge::default(),
        };
        metrics.interval.set(every_seconds.into());
        // From the start, so that the first one is seen as an increase.
        metrics.runs.get_or_create(&OfResult { result: SUCCESS }).inc_by(0);
        let ours = registry.sub_registry_with_prefix("delivery_canary");
        ours.register("build", "The running build", Info::new(vec![("version", VERSION)]));
        ours.register_collector(objects_by(
            "hanging_loops",
            "1 for a loop that hangs, 0 for others",
            "loop",
            hanging(health),
        ));
        ours.register_collector(readiness("ready", "1 while the process is ready, 0 otherwise", health));
        ours.register("runs", "Runs, by result: success, or what was wrong", metrics.runs.clone());
        ours.register_with_unit(
            "accept_duration",
            "Time from a start request to its acceptance",
            Unit::Seconds,
            metrics.accept.clone(),
        );
        ours.register_with_unit(
            "first_position_duration",
            "Time from a start request to the first position of its delivery",
            Unit::Seconds,
            metrics.first_position.clone(),
        );
        ours.register_with_unit(
            "position_age",
            "Time from when a position was due until the canary received it",
            Unit::Seconds,
            metrics.age.clone(),
        );
        ours.register_with_unit(
            "last_success_timestamp",
            "When the last run succeeded, since the Unix epoch; 0 before the first",
            Unit::Seconds,
            metrics.last_success.clone(),
        );
        ours.register_with_unit(
            "interval",
            "Time from the beginning of one run to that of the next",
            Unit::Seconds,
            metrics.interval.clone(),
        );
        metrics
    }

    /// Notes what was seen during a run.
    pub(crate) fn saw(&self, sight: Sight) {
        match sight {
            Sight::Accepted { after } => self.accept.observe(seconds(after)),
            Sight::FirstPosition { after } => self.first_position.observe(seconds(after)),
            Sight::Position { age } => self.age.observe(seconds(age)),
        }
    }

    /// Counts a run that found nothing wrong.
    pub(crate) fn succeeded(&self, now: Millis) {
        self.runs.get_or_create(&OfResult { result: SUCCESS }).inc();
        self.last_success.set(seconds(now));
    }

    /// Counts a run that found something wrong.
    pub(crate) fn failed(&self, failure: &Failure) {
        self.runs.get_or_create(&OfResult { result: failure.reason() }).inc();
    }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
