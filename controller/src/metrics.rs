//! What every operator counts: its build, its reconciliations and its objects. Imports nothing of this crate.
//!
//! Names begin with the operator's prefix. No label grows with the number of objects.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

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
}

impl Default for Reconciliations {
    fn default() -> Self {
        Self {
            results: Family::default(),
            duration: Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0]),
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
        registry
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

/// A gauge of objects by one label, counted at each scrape. `count` returns nothing where the gauge should not be shown.
pub fn objects_by<C>(name: &'static str, help: &'static str, label: &'static str, count: C) -> Box<dyn Collector>
where
    C: Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static,
{
    Box::new(ObjectsBy { name, help, label, count })
}

struct ObjectsBy<C> {
    name: &'static str,
    help: &'static str,
    label: &'static str,
    count: C,
}

impl<C> fmt::Debug for ObjectsBy<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ObjectsBy").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<C: Fn() -> Vec<(&'static str, usize)> + Send + Sync + 'static> Collector for ObjectsBy<C> {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let counts = (self.count)();
        if counts.is_empty() {
            return Ok(());
        }
        let gauge = |count| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
        let mut family = encoder.encode_descriptor(self.name, self.help, None, gauge(0).metric_type())?;
        for (value, count) in counts {
            gauge(count).encode(family.encode_family(&[(self.label, value)])?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
