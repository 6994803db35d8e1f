//! What Kafka's client says about the brokers. Measuring is left to `delivery-kafka`.

use std::sync::atomic::AtomicU64;

use delivery_kafka::connect::statistics::Statistics;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::metrics::labels::OfBroker;

/// The brokers' metrics; a clone shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brokers {
    up: Family<OfBroker, Gauge>,
    round_trip: Family<OfBroker, Gauge<f64, AtomicU64>>,
    queued: Gauge,
}

impl Brokers {
    pub(crate) fn register(self, registry: &mut Registry) {
        registry.register("kafka_broker_up", "Whether the gateway is connected to a broker (1) or not (0)", self.up);
        registry.register_with_unit(
            "kafka_round_trip",
            "Mean time of the requests to a broker, of the client that waits least; a reader waits up to half a second for what is new",
            Unit::Seconds,
            self.round_trip,
        );
        registry.register(
            "kafka_queued_records",
            "Records in the queues of the Kafka clients: fetched and not taken yet, or not confirmed yet",
            self.queued,
        );
    }

    /// Shows what is so now, in place of what was so before.
    pub(crate) fn show(&self, before: &Statistics, now: &Statistics) {
        let label = |broker: i32| OfBroker { broker };
        for gone in before.brokers.keys().filter(|broker| !now.brokers.contains_key(*broker)) {
            self.up.remove(&label(*gone));
            self.round_trip.remove(&label(*gone));
        }
        for (broker, seen) in &now.brokers {
            self.up.get_or_create(&label(*broker)).set(i64::from(seen.is_up));
            if let Some(time) = seen.round_trip {
                self.round_trip.get_or_create(&label(*broker)).set(time.as_secs_f64());
            }
        }
        self.queued.set(i64::try_from(now.queued).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
#[path = "tests/brokers.rs"]
mod tests;
