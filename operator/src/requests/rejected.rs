//! Which records were rejected before: those that have a dead letter.
//!
//! When the group's offsets are lost, Kafka hands out again all that it still has. What became a Delivery is known from the plans; what was
//! rejected must not be judged anew, for by now there may be room for it. Only records that have waited are looked up, so that the dead
//! letters are read after a loss and after an outage, and else never; and of them no more than those that are as new as the record,
//! and at most [`MAX_LETTERS`] of each partition, whatever retention keeps.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use delivery_kafka::read::partitions;
use delivery_kafka::{KafkaConfig, Lookup, ReadError};
use delivery_messages::deliveries::erased::hash;
use delivery_messages::{Millis, Topic};
use rdkafka::Message;
use rdkafka::message::BorrowedMessage;
use tokio::sync::Mutex;

use crate::requests::request::Origin;

/// The age in milliseconds at which a record is looked up: as a rule it is served within moments.
pub(crate) const OLD: Millis = 60_000;
/// How long what was read is used, and kept in memory.
const VALID: Duration = Duration::from_mins(10);
/// How much older, in milliseconds, what is read may be than the record that is looked up, so that those after it, which may be a little
/// older in other partitions, do not each read it anew.
const MARGIN: Millis = 24 * 60 * 60_000;
/// How many of the newest dead letters of a partition are read: some 2 MB of memory. A record whose letter is older than those is judged
/// anew.
const MAX_LETTERS: i64 = 100_000;
const PURPOSE: &str = "operator-dead-letters";

/// When each rejected record got its dead letter, by the hash of where the record is.
type Letters = HashMap<u64, Millis>;

/// What was read of the dead letters.
struct Known {
    read: Instant,
    /// Older letters were not read.
    since: Millis,
    letters: Letters,
}

impl Known {
    /// Whether it would have the letter of a record of that time.
    fn reaches(&self, at: Millis) -> bool {
        self.since <= at
    }
}

/// The records that have a dead letter.
pub(crate) struct Rejected {
    old: Millis,
    known: Mutex<Option<Known>>,
}

impl Rejected {
    /// Records of that age are looked up.
    #[must_use]
    pub(crate) fn older_than(old: Millis) -> Self {
        Self { old, known: Mutex::default() }
    }

    /// Whether a record was rejected before. Waits while Kafka is unavailable.
    ///
    /// # Errors
    /// When Kafka refuses to let the dead letters be read.
    pub(crate) async fn contains(&self, kafka: &KafkaConfig, origin: &Origin, now: Millis) -> Result<bool, ReadError> {
        let mut known = self.known.lock().await;
        known.take_if(|known| known.read.elapsed() > VALID);
        if now.saturating_sub(origin.at) < self.old {
            return Ok(false);
        }
        known.take_if(|known| !known.reaches(origin.at));
        let Known { letters, .. } = match &mut *known {
            Some(known) => known,
            unknown => unknown.insert(read(kafka, origin.at.saturating_sub(MARGIN)).await?),
        };
        // One that is older than the record is about a record of a topic that was since made anew.
        Ok(letters.get(&hash(&origin.record)).is_some_and(|at| *at >= origin.at))
    }
}

async fn read(kafka: &KafkaConfig, since: Millis) -> Result<Known, ReadError> {
    let topic = kafka.topic(Topic::DeadLetters);
    let count = partitions::wait(kafka, PURPOSE, &topic).await?;
    let mut lookup = Lookup::open(kafka, PURPOSE)?;
    let partitions: Vec<i32> = (0..count).collect();
    let mut letters = Letters::new();
    let add = |letter: &BorrowedMessage<'_>| {
        if let Some(record) = letter.key().and_then(|key| std::str::from_utf8(key).ok()) {
            letters.insert(hash(record), letter.timestamp().to_millis().unwrap_or_default());
        }
    };
    let outcome = async {
        let starts = lookup.newest(&topic, &partitions, since, MAX_LETTERS).await?;
        lookup.read(&starts, add).await
    };
    let outcome = outcome.await;
    lookup.close().await;
    outcome?;
    tracing::info!(
        letters = letters.len(),
        "Read which records were rejected before: some have waited, or are handed out again."
    );
    Ok(Known { read: Instant::now(), since, letters })
}

#[cfg(test)]
#[path = "tests/rejected.rs"]
mod tests;
