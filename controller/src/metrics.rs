//! What every operator counts: its build, its reconciliations and its objects. Imports nothing of this crate.
//!
//! Names begin with the operator's prefix. No label grows with the number of objects.

use std::time::Duration;

use delivery_observability::metrics::histograms::native;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use delivery_observability::metrics::gauges::objects_by;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

/// The label of what an operator counts by reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabel {
    /// The stable name of an error or a problem.
    pub reason: &'static str,
}

/// Reconciliations by result, and their times; a clone counts the same.
#[derive(Clone, Debug)]
pub struct Reconciliations {
    results: Family<ResultLabel, Counter>,
    duration: Histogram,
    running: Gauge,
}

/// A reconciliation that is under way until this is dropped.
#[derive(Debug)]
pub struct Running(Gauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Default for Reconciliations {
    fn default() -> Self {
        Self {
            results: Family::default(),
            duration: native([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0]),
            running: Gauge::default(),
        }
    }
}

impl Reconciliations {
    /// A registry with that prefix, the build of that version, and these counters.
    #[must_use]
    pub fn registry(&self, prefix: &str, version: &'static str) -> Registry {
        let mut registry = Registry::with_prefix(prefix);
        registry.register("build", "The running build", Info::new(vec![("version", version)]));
        registry.register("reconciliations", "Reconciliations, by result", self.results.clone());
        registry.register("reconcile_duration_seconds", "Duration of a reconciliation", self.duration.clone());
        registry.register("reconciliations_running", "Reconciliations under way; others wait", self.running.clone());
        registry
    }

    /// Counts a reconciliation as under way, until what is returned is dropped.
    #[must_use]
    pub fn begin(&self) -> Running {
        self.running.inc();
        Running(self.running.clone())
    }

    /// Counts a reconciliation that succeeded.
    pub fn succeeded(&self, duration: Duration) {
        self.count("success");
        self.duration.observe(duration.as_secs_f64());
    }

    /// Counts a reconciliation that failed.
    pub fn failed(&self, duration: Duration) {
        self.count("error");
        self.duration.observe(duration.as_secs_f64());
    }

    /// Counts an object that cannot be read as its kind. There is nothing to time.
    pub fn invalid(&self) {
        self.count("invalid");
    }

    fn count(&self, result: &'static str) {
        self.results.get_or_create(&ResultLabel { result }).inc();
    }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
