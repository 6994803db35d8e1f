//! The metrics of what deliveries wait for. What is a wait is left to `deliveries/`.

use std::time::Duration;

use delivery_observability::TracedHistogram;
use delivery_observability::metrics::histograms::native;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the buckets, seconds. A Delivery's creation is known to the second.
const DELAYS: [f64; 12] = [0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 300.0, 900.0, 3_600.0];

/// What a delivery waited for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CauseLabel {
    cause: &'static str,
}

/// The delays of deliveries; a clone measures the same.
#[derive(Clone, Debug)]
pub(crate) struct Delays {
    first_position: TracedHistogram,
    waits: Family<CauseLabel, Histogram, fn() -> Histogram>,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            first_position: TracedHistogram::new(DELAYS),
            waits: Family::<CauseLabel, Histogram, fn() -> Histogram>::new_with_constructor(|| native(DELAYS)),
        }
    }
}

impl Delays {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "first_position_delay",
            "Time from the creation of a Delivery until its status has the first state of its vehicle",
            Unit::Seconds,
            self.first_position.clone(),
        );
        registry.register_with_unit(
            "wait_duration",
            "How long a pending delivery waited, by cause: the reason of its condition Running, or Kubelet for one of the kubelet's",
            Unit::Seconds,
            self.waits.clone(),
        );
    }

    /// A vehicle has sent its first state, so long after its Delivery was created, which belongs to a trace.
    pub(crate) fn started(&self, delay: Duration, traceparent: &str) {
        self.first_position.observe(delay.as_secs_f64(), Some(traceparent));
    }

    /// A delivery no longer waits for something.
    pub(crate) fn waited(&self, cause: &'static str, wait: Duration) {
        self.waits.get_or_create(&CauseLabel { cause }).observe(wait.as_secs_f64());
    }
}
