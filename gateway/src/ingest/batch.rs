//! Records on their way from Kafka to the hub: each is decoded, and they go there in batches.
//!
//! Where they are read, and from when on, is left to [`super::follow`].

use std::collections::HashMap;
use std::time::{Duration, Instant};

use delivery_messages::Topic;
use delivery_observability::traces;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use tokio::sync::mpsc;

use super::failure::FollowError;
use super::first_position::FirstPosition;
use super::input::Input;
use crate::metrics::Metrics;
use crate::model::record::{Raw, Record, RecordOffset, read};

/// The maximum number of records handed to the hub at once.
const BATCH: usize = 500;

/// The next offset of each partition.
pub(super) type Next = HashMap<(Topic, i32), i64>;

/// Records on their way to the hub.
pub(super) struct Batch<'a> {
    hub: &'a mpsc::Sender<Input>,
    metrics: &'a Metrics,
    records: Vec<Record>,
    /// Those of them that are first positions, while traces are recorded.
    firsts: Vec<FirstPosition>,
    /// When a bad record was last logged.
    logged: Option<Instant>,
    /// What was read before.
    pub(super) next: Next,
}

impl<'a> Batch<'a> {
    pub(super) fn new(hub: &'a mpsc::Sender<Input>, metrics: &'a Metrics) -> Self {
        Self { hub, metrics, records: Vec::new(), firsts: Vec::new(), logged: None, next: Next::new() }
    }

    /// The same, when everything before these offsets was read.
    pub(super) fn after(self, next: Next) -> Self {
        Self { next, ..self }
    }

    pub(super) const fn is_full(&self) -> bool {
        self.records.len() >= BATCH
    }

    /// Adds a record; a bad one is counted and skipped. At most one bad record a second is logged.
    pub(super) fn push(&mut self, topic: Topic, message: &BorrowedMessage<'_>) -> Result<(), FollowError> {
        let (partition, offset) = (message.partition(), message.offset());
        if let Some(next) = self.next.insert((topic, partition), offset + 1).filter(|next| *next > offset) {
            return Err(FollowError::Rewound { topic: topic.name(), partition, before: next - 1, offset });
        }
        match decode(topic, message) {
            Ok(record) => {
                if traces::is_on() {
                    self.firsts.extend(record.as_ref().and_then(|record| FirstPosition::of(record, header(message))));
                }
                self.records.extend(record);
            }
            Err(error) => {
                self.metrics.bad_record(topic, error.reason());
                if topic == Topic::NewPosition {
                    // The cursors must move past it.
                    self.records.push(Record::Unreadable(RecordOffset { partition, offset }));
                }
                if self.logged.is_none_or(|logged| logged.elapsed() > Duration::from_secs(1)) {
                    self.logged = Some(Instant::now());
                    tracing::warn!(topic = topic.name(), partition, offset, %error, "Skipped a bad record.");
                }
            }
        }
        Ok(())
    }

    /// Hands its records to the hub.
    pub(super) async fn send(&mut self) -> Result<(), FollowError> {
        if self.records.is_empty() {
            return Ok(());
        }
        let records = std::mem::take(&mut self.records);
        let firsts = std::mem::take(&mut self.firsts);
        let input = if firsts.is_empty() { Input::Records(records) } else { Input::Traced(records, firsts) };
        self.hub.send(input).await.map_err(|_| FollowError::NoHub)
    }
}

/// Decodes a message of the Kafka client.
///
/// # Errors
/// As [`crate::model::record::read`].
pub(crate) fn decode(
    topic: Topic,
    message: &BorrowedMessage<'_>,
) -> Result<Option<Record>, crate::model::record::BadRecord> {
    let time = message.timestamp().to_millis().unwrap_or_default();
    let offset = RecordOffset { partition: message.partition(), offset: message.offset() };
    let raw = Raw { key: message.key(), value: message.payload(), time, offset };
    read(topic, raw, header(message))
}

/// The value of a header of a message, by its name.
fn header<'a>(message: &'a BorrowedMessage<'_>) -> impl Fn(&str) -> Option<&'a [u8]> {
    let headers = message.headers();
    move |name| headers?.iter().find(|header| header.key == name)?.value
}
