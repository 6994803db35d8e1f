//! Histograms whose buckets name a trace each, so that whoever sees a latency finds what took so long.
//!
//! An exemplar costs something only while traces are recorded, and only a trace that is recorded becomes one. Which latencies have them
//! is left to each service.

use std::fmt;
use std::time::SystemTime;

use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::{MetricType, TypedMetric};

use crate::traces;

/// The label of an exemplar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTrace {
    trace_id: String,
}

/// A histogram in which each bucket has the newest trace that fell into it; a clone counts the same.
#[derive(Clone, Debug)]
pub struct TracedHistogram(HistogramWithExemplars<OfTrace>);

impl TracedHistogram {
    /// With these upper bounds.
    #[must_use]
    pub fn new(bounds: impl IntoIterator<Item = f64>) -> Self {
        Self(HistogramWithExemplars::new(bounds.into_iter()))
    }

    /// Observes a value, which belongs to the trace that a `traceparent` names, if there is one.
    pub fn observe(&self, value: f64, traceparent: Option<&str>) {
        self.note(value, traceparent.and_then(traces::recorded_id));
    }

    fn note(&self, value: f64, trace_id: Option<String>) {
        let now = trace_id.is_some().then(SystemTime::now);
        self.0.observe(value, trace_id.map(|trace_id| OfTrace { trace_id }), now);
    }
}

impl TypedMetric for TracedHistogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for TracedHistogram {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        self.0.metric_type()
    }
}

#[cfg(test)]
#[path = "tests/exemplars.rs"]
mod tests;
