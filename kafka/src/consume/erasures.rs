//! Reads in a group who is to be forgotten (`customer.erased`), and has that carried out for each, twice. How, is left to each service.
//!
//! Twice, because there are servers on which an update reads a document and writes it back in two steps: one that was under way may write
//! back what was just erased. A minute later none of that time is under way any more. Only then the offset is committed, so a process that
//! is killed in between does both again.

use std::collections::VecDeque;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use delivery_messages::{CustomerErased, DecodeError, Millis, Topic, decode};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use tokio::time::{Instant, sleep, sleep_until};

use crate::connect::connection::{ConnectionError, KafkaConfig};
use crate::connect::context::Context;
use crate::consume::group::{self, GroupConsumer};

/// When it is carried out the second time: longer than any statement may take.
const SETTLE: Duration = Duration::from_mins(1);
/// The maximum number of erasures that wait for their second time; further ones are read later.
const MAX_WAITING: usize = 256;
/// The pauses after a failure, doubled from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(15);

/// Who is to be forgotten, and what of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The customer's id.
    pub customer_id: String,
    /// What the customer has done up to this time.
    pub erased_at: Millis,
}

/// Carries erasures out.
pub trait Eraser: Send + Sync {
    /// Why it cannot be carried out now.
    type Error: Display + Send;

    /// Notes who is to be forgotten, so that what is read later is forgotten as well, and forgets what is there. May be done again at any
    /// time.
    fn erase(&self, erasure: &Erasure) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// A member of the group that reads erasures for one service.
pub struct Erasures {
    consumer: GroupConsumer<Context>,
    topic: String,
    settle: Duration,
}

/// An erasure that was carried out once.
struct Waiting {
    /// None: the record is none, and only its offset matters.
    erasure: Option<Erasure>,
    due: Instant,
    partition: i32,
    offset: i64,
}

impl Erasures {
    /// Joins a group, without waiting for Kafka.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn join(kafka: &KafkaConfig, group: &str) -> Result<Self, ConnectionError> {
        let consumer = GroupConsumer::open(&group::settings(kafka, group)?, Context)?;
        let topic = kafka.topic(Topic::CustomerErased);
        consumer.subscribe(&[topic.as_str()])?;
        Ok(Self { consumer, topic, settle: SETTLE })
    }

    /// The client, for questions about topics.
    #[must_use]
    pub const fn client(&self) -> &Arc<StreamConsumer<Context>> {
        self.consumer.client()
    }

    /// With another time until each is carried out the second time: longer than any statement of the store may take.
    #[must_use]
    pub fn settling_in(self, settle: Duration) -> Self {
        Self { settle, ..self }
    }

    /// Has each erasure carried out, forever.
    pub async fn run<E: Eraser>(self, eraser: E) {
        let mut waiting: VecDeque<Waiting> = VecDeque::new();
        loop {
            let due = waiting.front().map(|first| first.due);
            tokio::select! {
                received = self.consumer.recv(), if waiting.len() < MAX_WAITING => {
                    let Some(mut new) = take(received) else { continue };
                    if let Some(erasure) = &new.erasure {
                        insist(&eraser, erasure).await;
                        tracing::info!(customer = erasure.customer_id, "Erased a customer.");
                        new.due = Instant::now() + self.settle;
                    }
                    waiting.push_back(new);
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let Some(first) = waiting.pop_front() else { continue };
                    if let Some(erasure) = &first.erasure {
                        insist(&eraser, erasure).await;
                    }
                    self.commit(first.partition, first.offset);
                }
            }
        }
    }

    /// Commits an offset. If the partition has moved to another member, that one carries everything out again, which changes nothing.
    fn commit(&self, partition: i32, offset: i64) {
        let next = ((self.topic.clone(), partition), offset.saturating_add(1));
        self.consumer.commit_next(&[next].into());
    }
}

/// Has an erasure carried out, trying again for as long as that takes.
async fn insist<E: Eraser>(eraser: &E, erasure: &Erasure) {
    let mut pause = FIRST_PAUSE;
    while let Err(error) = eraser.erase(erasure).await {
        tracing::warn!(customer = erasure.customer_id, %error, "Cannot erase a customer now; retrying.");
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

fn take(received: Result<BorrowedMessage<'_>, KafkaError>) -> Option<Waiting> {
    let record = match received {
        Ok(record) => record,
        // The client retries by itself.
        Err(error) => {
            tracing::debug!(%error, "Kafka is not available; the client retries.");
            return None;
        }
    };
    let (partition, offset) = (record.partition(), record.offset());
    let (appended, now) = (record.timestamp().to_millis(), jiff::Timestamp::now().as_millisecond());
    let erasure = erasure(record.key(), record.payload(), appended, now).unwrap_or_else(|error| {
        tracing::warn!(partition, offset, %error, "Skipped a bad record of the erasures.");
        None
    });
    Some(Waiting { erasure, due: Instant::now(), partition, offset })
}

/// The erasure of a record that was appended at this time, and is read now; `None` for a tombstone, and for a record without a key.
fn erasure(
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    appended: Option<Millis>,
    now: Millis,
) -> Result<Option<Erasure>, DecodeError> {
    let (Some(key), Some(value)) = (key.and_then(|key| std::str::from_utf8(key).ok()), value) else { return Ok(None) };
    let CustomerErased { erased_at } = decode(Topic::CustomerErased, Some(value))?;
    // A clock that is ahead must not forget customers in what they have yet to buy; nor must that of a broker that was put back leave behind
    // what they bought since.
    let erased_at = appended.map_or(erased_at, |appended| erased_at.min(appended.max(now)));
    // Ids are stored in lower case.
    Ok(Some(Erasure { customer_id: key.to_ascii_lowercase(), erased_at }))
}

#[cfg(test)]
#[path = "tests/erasures.rs"]
mod tests;
