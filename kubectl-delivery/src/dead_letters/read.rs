//! Reads `dead-letters`: what is there, and what comes.

use super::letter::Letter;
use crate::error::Error;
use crate::log::{self, Log, PURPOSE};
use crate::question::Sink;
use delivery_kafka::{Event, Reader, Start};
use delivery_messages::{Millis, Topic};
use rdkafka::Offset;
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Read {
    /// A letter.
    Letter(Box<Letter>),
    /// All that was there has been read; what follows is new.
    CaughtUp,
}

/// Reads letters that were given up at a time or later, or all.
///
/// # Errors
/// When Kafka cannot be read.
pub async fn read(log: &Log, since: Option<Millis>, follow: bool, mut each: impl Sink<Read>) -> Result<(), Error> {
    let offsets = log.offsets(Topic::DeadLetters).await?;
    let mut parts: BTreeMap<_, _> =
        offsets.iter().map(|(partition, found)| (*partition, (found.low, found.high))).collect();
    if let Some(since) = since {
        for (partition, offset) in log.offsets_at(Topic::DeadLetters, offsets.keys().copied(), since).await? {
            if let Some(part) = parts.get_mut(&partition) {
                part.0 = offset.unwrap_or(part.1).min(part.1);
            }
        }
    }
    let mut letters = Vec::new();
    log.read(Topic::DeadLetters, &parts, |record| letters.push(letter(record))).await?;
    // Of each partition in its order, of all by time.
    letters.sort_by_key(|letter| letter.time);
    for letter in letters {
        each(Read::Letter(Box::new(letter)))?;
    }
    if !follow {
        return Ok(());
    }
    each(Read::CaughtUp)?;
    let name = log.config().topic(Topic::DeadLetters);
    let starts: Vec<_> = parts
        .iter()
        .map(|(partition, (_, end))| Start { topic: name.clone(), partition: *partition, offset: Offset::Offset(*end) })
        .collect();
    let reader = Reader::open(log.config(), PURPOSE, &starts)?;
    loop {
        if let Event::Record(record) = reader.next().await? {
            each(Read::Letter(Box::new(letter(&record))))?;
        }
    }
}

fn letter(record: &BorrowedMessage<'_>) -> Letter {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = record.headers().map(|headers| {
        headers.iter().map(|header| (header.key.to_owned(), header.value.map(text).unwrap_or_default())).collect()
    });
    let (key, value) = (record.key().unwrap_or_default(), record.payload().unwrap_or_default());
    let time = log::appended(record).or_else(|| record.timestamp().to_millis());
    Letter::new(time, key, value, headers.unwrap_or_default())
}
