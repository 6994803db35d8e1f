//! Checks every few seconds whether the servers that the service needs are available, for metrics and `/readyz`.

use std::sync::Arc;
use std::time::Duration;

use delivery_mail::Smtp;
use delivery_observability::Health;
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics::Metrics;
use crate::store::client::Store;
use crate::writer::Writer;

const EVERY: Duration = Duration::from_secs(5);
/// The mail server may count connections.
const MAIL_EVERY: u32 = 6;
const KAFKA_LIMIT: Duration = Duration::from_secs(3);
/// How long all questions of a round may take before the process is not ready; each has a time limit of its own, the mail server 90 seconds.
const ROUND: Duration = Duration::from_mins(3);

/// What is watched.
pub(super) struct Probe {
    pub writer: Arc<Writer>,
    pub store: Store,
    pub smtp: Option<Smtp>,
    pub metrics: Metrics,
    pub health: Health,
}

impl Probe {
    /// Watches forever.
    pub(super) async fn run(self) {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rounds = 0_u32;
        let heartbeat = self.health.heartbeat("probe", ROUND);
        loop {
            tick.tick().await;
            let _round = heartbeat.round();
            let writer = Arc::clone(&self.writer);
            let kafka = tokio::task::spawn_blocking(move || writer.ping(KAFKA_LIMIT)).await;
            self.report("kafka", kafka.unwrap_or_else(|error| Err(error.to_string())).err());
            self.report("mongodb", self.store.ping().await.err().map(|error| error.to_string()));
            if let Some(smtp) = self.smtp.as_ref().filter(|_| rounds.is_multiple_of(MAIL_EVERY)) {
                self.report("smtp", smtp.ping().await.err());
            }
            rounds = rounds.wrapping_add(1);
        }
    }

    fn report(&self, dependency: &'static str, problem: Option<String>) {
        self.metrics.dependency(dependency, problem.is_none());
        self.health.dependency(dependency, problem);
    }
}
