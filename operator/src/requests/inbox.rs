//! Consumes start requests and commands, each with a consumer of its own, one record after the other, and commits a record when it
//! is settled.
//!
//! The two consumers are members of one group, so that a command does not wait for a start, and the offsets of earlier releases, which
//! had one consumer for both topics, remain valid. What cannot be used goes to `dead-letters` with the reason. While Kubernetes or Kafka
//! is down, the record is retried, for as long as that takes; one that fails for a reason that may be its own is given up after
//! [`MAX_TRIES`] such failures. What a record means is left to [`crate::requests::start`] and
//! [`crate::requests::command`].

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use delivery_kafka::consume::lag;
use delivery_kafka::{ConnectionError, GroupConsumer};
use delivery_messages::records::dead_letter::MAX_HEADER;
use delivery_messages::records::text::cut;
use delivery_messages::{DeadLetter, Millis, Topic};
use delivery_observability::{Health, Heartbeat};
use futures::future::try_join_all;
use jiff::Timestamp;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientContext, Message};

use crate::base::api::within;
use crate::base::metrics::Metrics;
use crate::base::objects::Objects;
use crate::log::connection::Log;
use crate::log::follow::traceparent;
use crate::log::writer::WriteError;
use crate::requests::command::Commander;
use crate::requests::outcome::{Outcome, REJECTED, Refusal, Rejection, Retry};
use crate::requests::rejected::Rejected;
use crate::requests::request::{Arrivals, Origin, named_request};
use crate::requests::start::Starter;

const GROUP: &str = "operator";
/// The usual wait before the first retry.
pub(crate) const RETRY: Duration = Duration::from_millis(500);
const MAX_RETRY: Duration = Duration::from_secs(30);
/// How long one record may take before the process is not ready: those behind it wait.
const LIMIT: Duration = Duration::from_mins(2);
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
}

impl Inbox {
    /// Consumes forever. Begins when the objects are listed and the log has been read, since decisions follow from both. Start requests
    /// need the namespace in which they become Deliveries; a namespace that cannot be listed holds up nothing else.
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
        try_join_all(lines.map(|line| self.begin(line, health.clone()))).await.map(drop)
    }

    async fn begin(&self, line: Line, health: Health) -> anyhow::Result<()> {
        if line.topic == Topic::NewDirection {
            let namespace = &self.starter.settings.namespace;
            let unlisted = format!(
                "Start requests wait until the namespace {namespace}, in which they become Deliveries, is listed."
            );
            health.dependency(line.dependency, Some(unlisted));
            self.objects.wait_until_complete(namespace).await?;
            health.dependency(line.dependency, Some(line.unassigned.to_owned()));
        }
        Ok(Box::pin(self.consume(line, health)).await?)
    }

    /// Consumes one topic forever.
    async fn consume(&self, line: Line, health: Health) -> Result<(), ConnectionError> {
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

    /// Takes one record after the other, forever.
    async fn receive(&self, line: Line, consumer: &StreamConsumer<Assigned>, heartbeat: &Heartbeat) {
        let mut arrivals = Arrivals::default();
        loop {
            match consumer.recv().await {
                Ok(record) => {
                    let after = arrivals.note(record.partition(), record.timestamp().to_millis());
                    let origin = Origin { after, ..origin(&record) };
                    heartbeat.during(Box::pin(self.settle(line.topic, &record, &origin))).await;
                    commit(consumer, &record);
                }
                Err(error) => {
                    tracing::warn!(%error, "Cannot read requests from Kafka; retrying.");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    fn open(&self, line: Line, health: Health) -> Result<GroupConsumer<Assigned>, ConnectionError> {
        let mut settings = self.log.kafka.client(line.client_id)?;
        settings
            .set("group.id", self.log.kafka.group(GROUP))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
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

    /// Serves one record, and retries until it is settled. Where even a dead letter is refused, the topic `dead-letters` is
    /// misconfigured: the record waits, because nothing may be lost.
    async fn settle(&self, topic: Topic, record: &BorrowedMessage<'_>, origin: &Origin) {
        let (mut retry, mut failures, mut given_up) = (self.retry, 0, None);
        loop {
            let served = match &given_up {
                None => self.serve(topic, record, origin).await,
                Some(rejection) => self.reject(topic, record, rejection).await,
            };
            let Err(error) = served else { return };
            if error.may_be_the_records() {
                failures += 1;
            }
            if failures == MAX_TRIES && given_up.is_none() {
                let refusal = Refusal::GaveUp { tries: failures, fault: error.to_string() };
                given_up = Some(refusal.of(record.payload().and_then(named_request)));
                continue;
            }
            let wait_seconds = retry.as_secs_f64();
            tracing::warn!(record = coordinate(record), %error, wait_seconds, "Cannot serve a record now; retrying.");
            tokio::time::sleep(retry).await;
            retry = (retry * 2).min(MAX_RETRY);
        }
    }

    async fn serve(&self, topic: Topic, record: &BorrowedMessage<'_>, origin: &Origin) -> Result<(), Retry> {
        if self.was_rejected(origin).await {
            self.metrics.served(topic, Outcome::Repeated.label());
            return Ok(());
        }
        let serving = async {
            match topic {
                Topic::NewDirection => self.starter.serve(origin, record.payload()).await,
                _ => self.commander.serve(origin, record.payload()).await,
            }
        };
        let outcome = within(self.time_limit, serving).await?;
        match outcome {
            Outcome::Rejected(rejection) => self.reject(topic, record, &rejection).await?,
            _ => self.metrics.served(topic, outcome.label()),
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

    async fn reject(&self, topic: Topic, record: &BorrowedMessage<'_>, rejection: &Rejection) -> Result<(), Retry> {
        self.dead_letter(record, rejection).await?;
        self.metrics.dead_lettered(rejection.refusal.reason());
        self.metrics.served(topic, REJECTED);
        Ok(())
    }

    async fn dead_letter(&self, record: &BorrowedMessage<'_>, rejection: &Rejection) -> Result<(), WriteError> {
        let (reason, message) = (rejection.refusal.reason(), rejection.refusal.to_string());
        // It may quote what anyone has sent, and goes to the log as well.
        let message = cut(&message, MAX_HEADER);
        let letter = DeadLetter {
            topic: record.topic(),
            partition: record.partition(),
            offset: record.offset(),
            value: record.payload().unwrap_or_default(),
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

fn origin(record: &BorrowedMessage<'_>) -> Origin {
    let at = record.timestamp().to_millis().unwrap_or(Millis::MAX);
    Origin { record: coordinate(record), at, trace: traceparent(record), ..Origin::default() }
}

/// `topic/partition/offset`.
fn coordinate(record: &BorrowedMessage<'_>) -> String {
    format!("{}/{}/{}", record.topic(), record.partition(), record.offset())
}

fn commit(consumer: &StreamConsumer<Assigned>, record: &BorrowedMessage<'_>) {
    // A record that is not committed is served again, which changes nothing.
    if let Err(error) = consumer.commit_message(record, CommitMode::Async) {
        tracing::warn!(record = coordinate(record), %error, "Cannot commit an offset.");
    }
}

#[cfg(test)]
#[path = "tests/inbox.rs"]
mod tests;

#[cfg(test)]
#[path = "tests/lines.rs"]
mod lines;
