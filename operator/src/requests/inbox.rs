//! Consumes start requests and commands, each with a consumer of its own, one record after the other, and commits records when they
//! are settled.
//!
//! The two consumers are members of one group, so that a command does not wait for a start, and the offsets of earlier releases, which
//! had one consumer for both topics, remain valid. What cannot be used goes to `dead-letters` with the reason. While Kubernetes or Kafka
//! is down, the record is retried, for as long as that takes, and those behind it wait: they would fail as well. One that fails for a
//! reason that may be its own, or is not served within [`PATIENCE`], is set aside: it is tried again while the ones behind it are served,
//! and given up after [`MAX_TRIES`] such failures. One that waits for a single partition of Kafka's is set aside too, and not given up. How
//! many are aside, [`crate::requests::aside`] bounds; where there is no room, one that fails is given up at once. Which of them must not
//! overtake each other, [`crate::requests::claims`] knows. What a record means is left to [`crate::requests::start`] and
//! [`crate::requests::command`].

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use delivery_kafka::consume::lag;
use delivery_kafka::{ConnectionError, GroupConsumer, NextOffsets};
use delivery_messages::records::dead_letter::MAX_HEADER;
use delivery_messages::records::text::cut;
use delivery_messages::{DeadLetter, Millis, Topic};
use delivery_observability::{Health, Heartbeat};
use futures::FutureExt;
use futures::future::try_join_all;
use jiff::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientContext, Message};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::base::api::within;
use crate::base::metrics::Metrics;
use crate::base::objects::Objects;
use crate::log::connection::Log;
use crate::log::follow::traceparent;
use crate::log::writer::WriteError;
use crate::requests::aside::Unsettled;
use crate::requests::claims::{Claim, Claims};
use crate::requests::command::Commander;
use crate::requests::outcome::{Outcome, REJECTED, Refusal, Rejection, Retry};
use crate::requests::rejected::Rejected;
use crate::requests::request::{Arrivals, Origin, named_request};
use crate::requests::start::Starter;

const GROUP: &str = "operator";
/// The usual wait before the first retry.
pub(crate) const RETRY: Duration = Duration::from_millis(500);
const MAX_RETRY: Duration = Duration::from_secs(30);
/// How long those behind a record may wait for it before the process is not ready.
const LIMIT: Duration = Duration::from_mins(2);
/// How long those behind a record wait while the API server works on it: a webhook that is slow for one may be quick for the others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);
/// How many failures of its own a record may have: two minutes, with the waits between them.
const MAX_TRIES: u32 = 10;

/// One topic, and the consumer that reads it.
#[derive(Clone, Copy)]
struct Line {
    topic: Topic,
    client_id: &'static str,
    /// In `/readyz`.
    dependency: &'static str,
    unassigned: &'static str,
}

const STARTS: Line = Line {
    topic: Topic::NewDirection,
    client_id: "code-delivery-operator-inbox",
    dependency: "requests",
    unassigned: "Waiting for a partition of the start requests to be assigned.",
};
const COMMANDS: Line = Line {
    topic: Topic::Command,
    client_id: "code-delivery-operator-commands",
    dependency: "commands",
    unassigned: "Waiting for a partition of the commands to be assigned.",
};

/// Marks a topic as consumed once partitions are assigned.
struct Assigned {
    health: Health,
    dependency: &'static str,
}

impl ClientContext for Assigned {
    fn error(&self, error: KafkaError, reason: &str) {
        delivery_kafka::connect::context::Context.error(error, reason);
    }
}

impl ConsumerContext for Assigned {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(_) = rebalance {
            self.health.dependency(self.dependency, None);
        }
    }
}

/// A record, without the client that received it.
struct Received {
    topic: Topic,
    partition: i32,
    offset: i64,
    origin: Origin,
    value: Option<Vec<u8>>,
}

impl Received {
    fn of(topic: Topic, record: &BorrowedMessage<'_>) -> Self {
        let at = record.timestamp().to_millis().unwrap_or(Millis::MAX);
        let (partition, offset) = (record.partition(), record.offset());
        let origin = Origin {
            record: format!("{}/{partition}/{offset}", record.topic()),
            at,
            trace: traceparent(record),
            ..Origin::default()
        };
        Self { topic, partition, offset, origin, value: record.payload().map(<[u8]>::to_vec) }
    }

    fn len(&self) -> usize {
        self.value.as_ref().map_or(0, Vec::len)
    }
}

/// A record's place in its line: the ones behind it wait for as long as it is kept.
struct Place {
    kept: Option<oneshot::Sender<()>>,
    /// Whether the record may be set aside.
    has_room: bool,
    patience: Duration,
}

impl Place {
    /// Sets the record aside, if there is room.
    fn leave(&mut self) {
        if self.has_room {
            drop(self.kept.take());
        }
    }

    /// Works on the record, and leaves when that takes long.
    async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        if let Ok(done) = timeout(self.patience, &mut work).await {
            return done;
        }
        self.leave();
        work.await
    }
}

/// What consuming the records needs.
pub(crate) struct Inbox {
    pub log: Arc<Log>,
    pub objects: Arc<Objects>,
    pub starter: Starter,
    pub commander: Commander,
    pub rejected: Rejected,
    pub metrics: Metrics,
    /// The wait before the first retry; doubled with each.
    pub retry: Duration,
    /// For one attempt.
    pub time_limit: Duration,
    /// See [`PATIENCE`].
    pub patience: Duration,
    /// How many records were served with the API server's help, as a sign that it works.
    pub worked: AtomicU64,
    pub claims: Claims,
}

impl Inbox {
    /// Consumes forever. Begins when the objects are listed and the log has been read, since decisions follow from both. Start requests
    /// need the namespace in which they become Deliveries, and all plans; a namespace that cannot be listed, or a partition of the plans that
    /// cannot be read, holds up nothing else.
    ///
    /// # Errors
    /// When the settings of the connection cannot be used.
    pub(crate) async fn run(self: Arc<Self>, health: Health) -> anyhow::Result<()> {
        let lines = [STARTS, COMMANDS];
        for line in lines {
            health.dependency(line.dependency, Some(line.unassigned.to_owned()));
        }
        self.objects.wait_until_settled().await;
        self.log.wait_until_caught_up().await;
        try_join_all(lines.map(|line| Arc::clone(&self).begin(line, health.clone()))).await.map(drop)
    }

    async fn begin(self: Arc<Self>, line: Line, health: Health) -> anyhow::Result<()> {
        if line.topic == Topic::NewDirection {
            let namespace = &self.starter.settings.namespace;
            let unlisted = format!(
                "Start requests wait until the namespace {namespace}, in which they become Deliveries, is listed."
            );
            health.dependency(line.dependency, Some(unlisted));
            self.objects.wait_until_complete(namespace).await?;
            // Any plan may be that of a request which was served before, and any id on the list its own.
            let needed = [Topic::Plan, Topic::Erased];
            if let Some(gap) = self.log.gap_in(&needed) {
                let unread = format!("Start requests wait until it is known which of them were served before. {gap}");
                health.dependency(line.dependency, Some(unread));
                self.log.wait_until_read(&needed).await;
            }
            health.dependency(line.dependency, Some(line.unassigned.to_owned()));
        }
        Ok(Box::pin(self.consume(line, health)).await?)
    }

    /// Consumes one topic forever.
    async fn consume(self: Arc<Self>, line: Line, health: Health) -> Result<(), ConnectionError> {
        let heartbeat = health.heartbeat(line.dependency, LIMIT);
        let consumer = self.open(line, health)?;
        consumer.subscribe(&[&self.log.kafka.topic(line.topic)]).map_err(ConnectionError::from)?;
        let group = self.log.kafka.group(GROUP);
        let measured = lag::watch(consumer.client(), |_, records| self.metrics.group_lag(&group, line.topic, records));
        tokio::select! {
            () = measured => {}
            () = self.receive(line, &consumer, &heartbeat) => {}
        }
        Ok(())
    }

    /// Takes one record after the other, forever, and the next when the last is settled or set aside.
    async fn receive(self: &Arc<Self>, line: Line, consumer: &GroupConsumer<Assigned>, heartbeat: &Heartbeat) {
        let topic = self.log.kafka.topic(line.topic);
        let (mut serving, mut unsettled, mut arrivals) = (JoinSet::new(), Unsettled::default(), Arrivals::default());
        loop {
            tokio::select! {
                // First, so that room is known to be free as soon as it is.
                biased;
                Some(settled) = serving.join_next() => match settled {
                    Ok((partition, offset, at)) => {
                        let next = unsettled.settle(partition, offset, at);
                        // What is not committed is served again, which changes nothing.
                        consumer.commit_next(&NextOffsets::from([((topic.clone(), partition), next)]));
                    }
                    Err(error) => tracing::error!(topic, %error, "A record was not settled; it is served again after a restart."),
                },
                received = consumer.recv() => match received.map(|record| Received::of(line.topic, &record)) {
                    Ok(mut record) => {
                        let at = Some(record.origin.at).filter(|at| *at < Millis::MAX);
                        record.origin.after = arrivals.note(record.partition, at);
                        let (kept, left) = oneshot::channel();
                        let has_room = unsettled.has_room(record.len());
                        if !unsettled.take(record.partition, record.offset, record.origin.at, record.len()) {
                            continue;
                        }
                        let place = Place { kept: Some(kept), has_room, patience: self.patience };
                        serving.spawn(Arc::clone(self).settle(record, place));
                        // Nothing is ever sent: it ends when the place is left.
                        let _ = heartbeat.during(left).await;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "Cannot read requests from Kafka; retrying.");
                        sleep(RETRY).await;
                    }
                },
            }
        }
    }

    fn open(&self, line: Line, health: Health) -> Result<GroupConsumer<Assigned>, ConnectionError> {
        let mut settings = self.log.kafka.client(line.client_id)?;
        settings
            .set("group.id", self.log.kafka.group(GROUP))
            // A request that was sent before the operator first ran is served as well.
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "cooperative-sticky")
            // A consumer that retries while Kubernetes is down must stay in the group.
            .set("max.poll.interval.ms", "86400000")
            .set("session.timeout.ms", "10000")
            .set("queued.max.messages.kbytes", "4096")
            // The broker answers as soon as there is a record.
            .set("fetch.wait.max.ms", "500");
        Ok(GroupConsumer::open(&settings, Assigned { health, dependency: line.dependency })?)
    }

    /// Serves one record, and retries until it is settled; returns where it is. Where even a dead letter is refused, the topic
    /// `dead-letters` is misconfigured: the record waits, because nothing may be lost.
    async fn settle(self: Arc<Self>, record: Received, mut place: Place) -> (i32, i64, Millis) {
        let (mut retry, mut failures, mut given_up) = (self.retry, 0, None);
        let mut worked = self.worked.load(Ordering::Relaxed);
        let (claim, mut claimed) = (Claim::of(record.topic, record.value.as_deref()), None);
        let mut accepted = self.log.writer.accepted();
        loop {
            claimed = claimed.or_else(|| self.claims.take(claim.as_ref()));
            let attempt = async {
                match (&given_up, &claim) {
                    (Some(rejection), _) => self.reject(&record, rejection).await,
                    (None, Some(claim)) if claimed.is_none() => Err(Retry::Behind(claim.to_string())),
                    (None, _) => self.serve(&record, &mut place).await,
                }
            };
            let served = AssertUnwindSafe(attempt).catch_unwind().await;
            let Err(error) = served.unwrap_or(Err(Retry::Panicked)) else {
                return (record.partition, record.offset, record.origin.at);
            };
            let works = self.worked.load(Ordering::Relaxed);
            // An API server that has served others meanwhile is not silent because of an outage.
            let may_be_the_records = error.may_be_the_records() || error.is_silence() && works != worked;
            worked = works;
            // Nor is a Kafka away that has accepted other records meanwhile.
            let accepts = self.log.writer.accepted();
            if given_up.is_none() && error.is_a_partitions(accepts != accepted) {
                place.leave();
            }
            accepted = accepts;
            if given_up.is_none() && may_be_the_records {
                failures += u32::from(!matches!(error, Retry::Behind(_)));
                place.leave();
                if let Some(refusal) = give_up(failures, place.has_room, &error) {
                    given_up = Some(refusal.of(record.value.as_deref().and_then(named_request)));
                    continue;
                }
            }
            let (record, wait_seconds) = (&record.origin.record, retry.as_secs_f64());
            tracing::warn!(record, %error, wait_seconds, "Cannot serve a record now; retrying.");
            sleep(retry).await;
            retry = (retry * 2).min(MAX_RETRY);
        }
    }

    async fn serve(&self, record: &Received, place: &mut Place) -> Result<(), Retry> {
        let Received { topic, origin, value, .. } = record;
        if self.was_rejected(origin).await {
            self.metrics.served(*topic, Outcome::Repeated.label());
            return Ok(());
        }
        let serving = Box::pin(async {
            match topic {
                Topic::NewDirection => self.starter.serve(origin, value.as_deref()).await,
                _ => self.commander.serve(origin, value.as_deref()).await,
            }
        });
        let outcome = place.during(within(self.time_limit, serving)).await?;
        match &outcome {
            Outcome::Rejected(rejection) => self.reject(record, rejection).await?,
            _ => self.metrics.served(*topic, outcome.label()),
        }
        if matches!(outcome, Outcome::Created | Outcome::Done) {
            self.worked.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn was_rejected(&self, origin: &Origin) -> bool {
        let now = Timestamp::now().as_millisecond();
        self.rejected.contains(&self.log.kafka, origin, now).await.unwrap_or_else(|error| {
            let record = &origin.record;
            tracing::warn!(record, %error, "Cannot find out whether a record was rejected before; serving it.");
            false
        })
    }

    async fn reject(&self, record: &Received, rejection: &Rejection) -> Result<(), Retry> {
        self.dead_letter(record, rejection).await?;
        self.metrics.dead_lettered(rejection.refusal.reason());
        self.metrics.served(record.topic, REJECTED);
        Ok(())
    }

    async fn dead_letter(&self, record: &Received, rejection: &Rejection) -> Result<(), WriteError> {
        let (reason, message) = (rejection.refusal.reason(), rejection.refusal.to_string());
        // It may quote what anyone has sent, and goes to the log as well.
        let message = cut(&message, MAX_HEADER);
        let topic = self.log.kafka.topic(record.topic);
        let letter = DeadLetter {
            topic: &topic,
            partition: record.partition,
            offset: record.offset,
            value: record.value.as_deref().unwrap_or_default(),
            reason,
            message: Cow::Borrowed(&*message),
            service: "operator",
            request_id: rejection.request_id.as_deref(),
        };
        self.log.writer.dead_letter(&letter).await?;
        tracing::info!(record = letter.key(), reason, "Rejected a record: {message}");
        Ok(())
    }
}

/// Whether a record is given up after so many failures that may be its own, and with which words.
fn give_up(failures: u32, has_room: bool, error: &Retry) -> Option<Refusal> {
    if !has_room {
        return Some(Refusal::Crowded(error.to_string()));
    }
    (failures >= MAX_TRIES).then(|| Refusal::GaveUp { tries: failures, fault: error.to_string() })
}

#[cfg(test)]
#[path = "tests/inbox.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/lines.rs"]
mod lines;
