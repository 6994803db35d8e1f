//! What the process counts, under names that begin with `delivery_simulator_`.
//!
//! No label grows with deliveries. How they are served is left to `delivery-observability`.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use delivery_messages::Millis;
use delivery_observability::TracedHistogram;
use delivery_observability::metrics::units::seconds;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// A position acknowledged more than this many milliseconds after it was due counts as late.
pub const LATE_AFTER: Millis = 50;

const LATENESS_BUCKETS: [f64; 10] = [0.002, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0];
const ACKNOWLEDGEMENT_BUCKETS: [f64; 8] = [0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 5.0, 60.0];

/// Why something went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    /// The error code of Kafka's client, such as `TopicAuthorizationFailed`.
    pub reason: String,
}

/// The counters of one process; a clone counts the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Positions that Kafka has acknowledged.
    pub positions_produced: Counter,
    /// States that Kafka has acknowledged.
    pub states_produced: Counter,
    /// Positions that were acknowledged later than [`LATE_AFTER`].
    pub positions_late: Counter,
    /// How late positions were acknowledged.
    pub lateness: TracedHistogram,
    /// How long Kafka took to acknowledge records.
    pub acknowledgement: TracedHistogram,
    /// Plans given to the process.
    pub plans: Gauge,
    /// Of those, the deliveries under way.
    pub running: Gauge,
    /// Records that Kafka has not acknowledged yet.
    pub in_flight: Gauge,
    /// When the newest acknowledged position was due, in seconds since the Unix epoch.
    pub last_position: Gauge<f64, AtomicU64>,
    /// Writes that failed permanently; the producer is rebuilt after each.
    pub produce_errors: Family<Reason, Counter>,
    /// Reads of the log that were refused and retried.
    pub read_errors: Counter,
    /// Records that were read back from the log.
    pub records_read: Counter,
    /// Records of our deliveries that are not valid messages of their topic.
    pub records_skipped: Counter,
}

impl Metrics {
    /// Registers the counters.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            positions_produced: Counter::default(),
            states_produced: Counter::default(),
            positions_late: Counter::default(),
            lateness: TracedHistogram::new(LATENESS_BUCKETS),
            acknowledgement: TracedHistogram::new(ACKNOWLEDGEMENT_BUCKETS),
            plans: Gauge::default(),
            running: Gauge::default(),
            in_flight: Gauge::default(),
            last_position: Gauge::default(),
            produce_errors: Family::default(),
            read_errors: Counter::default(),
            records_read: Counter::default(),
            records_skipped: Counter::default(),
        };
        let ours = registry.sub_registry_with_prefix("delivery_simulator");
        ours.register(
            "positions_produced",
            "Positions that Kafka has acknowledged",
            metrics.positions_produced.clone(),
        );
        ours.register("states_produced", "States that Kafka has acknowledged", metrics.states_produced.clone());
        ours.register(
            "positions_late",
            "Positions that Kafka acknowledged more than 50 ms after they were due",
            metrics.positions_late.clone(),
        );
        ours.register_with_unit(
            "position_lateness",
            "Time from when a position was due until Kafka had acknowledged it",
            Unit::Seconds,
            metrics.lateness.clone(),
        );
        ours.register_with_unit(
            "acknowledgement_duration",
            "Time from when a record was given to the Kafka client until Kafka had acknowledged it",
            Unit::Seconds,
            metrics.acknowledgement.clone(),
        );
        ours.register("plans", "Plans given to the process", metrics.plans.clone());
        ours.register("deliveries_running", "Deliveries that have not ended", metrics.running.clone());
        ours.register("records_in_flight", "Records that Kafka has not acknowledged yet", metrics.in_flight.clone());
        ours.register_with_unit(
            "last_position_timestamp",
            "When the newest acknowledged position was due, since the Unix epoch",
            Unit::Seconds,
            metrics.last_position.clone(),
        );
        ours.register(
            "produce_errors",
            "Writes that failed permanently; after each, the producer is rebuilt and resumes from the log",
            metrics.produce_errors.clone(),
        );
        ours.register("read_errors", "Reads of the log that were refused and retried", metrics.read_errors.clone());
        ours.register(
            "records_read",
            "Records read back from the log to find out where each delivery resumes",
            metrics.records_read.clone(),
        );
        ours.register(
            "records_skipped",
            "Records of this process's deliveries that are not valid messages of their topic",
            metrics.records_skipped.clone(),
        );
        metrics
    }

    /// Counts a record that Kafka has acknowledged now, and for which it took so long: a position that was due at a time, or a state; and the
    /// trace that it belongs to.
    pub fn acknowledged(&self, position_at: Option<Millis>, took: Duration, now: Millis, traceparent: Option<&str>) {
        self.acknowledgement.observe(took.as_secs_f64(), traceparent);
        let Some(at) = position_at else {
            self.states_produced.inc();
            return;
        };
        self.positions_produced.inc();
        self.last_position.set(seconds(at).max(self.last_position.get()));
        if now - at > LATE_AFTER {
            self.positions_late.inc();
        }
        self.lateness.observe(seconds(now - at), traceparent);
    }

    /// Counts a write that failed for good.
    pub fn write_failed(&self, reason: &str) {
        self.produce_errors.get_or_create(&Reason { reason: reason.to_owned() }).inc();
    }
}
