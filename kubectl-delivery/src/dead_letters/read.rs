//! Reads `dead-letters` to its end, and on.

use std::collections::BTreeMap;

use delivery_kafka::{Event, Reader, Start};
use delivery_messages::{Millis, Topic};
use rdkafka::Offset;
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use serde::{Deserialize, Serialize};

use super::letter::Letter;
use crate::base::Error;
use crate::log::query::ItemHandler;
use crate::log::reader::{self, LogReader, PURPOSE};

/// An item of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ReadItem {
    Letter(Box<Letter>),
    /// All existing letters have been read; new ones follow.
    CaughtUp,
}

/// Reads all letters, or those since a time in milliseconds since the Unix epoch.
pub(crate) async fn read(
    log: &LogReader,
    since: Option<Millis>,
    follow: bool,
    mut each: impl ItemHandler<ReadItem>,
) -> Result<(), Error> {
    let offsets = log.bounds(Topic::DeadLetters).await?;
    let mut ranges: BTreeMap<_, _> =
        offsets.iter().map(|(partition, found)| (*partition, (found.low, found.high))).collect();
    if let Some(since) = since {
        for (partition, offset) in log.offsets_at(Topic::DeadLetters, offsets.keys().copied(), since).await? {
            if let Some((begin, end)) = ranges.get_mut(&partition) {
                *begin = offset.unwrap_or(*end).min(*end);
            }
        }
    }
    let mut letters = Vec::new();
    log.read(Topic::DeadLetters, &ranges, |record| letters.push(letter(record))).await?;
    // A stable sort: by time, and in order within each partition.
    letters.sort_by_key(|letter| letter.time);
    for letter in letters {
        each(ReadItem::Letter(Box::new(letter)))?;
    }
    if !follow {
        return Ok(());
    }
    each(ReadItem::CaughtUp)?;
    let name = log.config().topic(Topic::DeadLetters);
    let starts: Vec<_> = ranges
        .iter()
        .map(|(partition, (_, end))| Start { topic: name.clone(), partition: *partition, offset: Offset::Offset(*end) })
        .collect();
    let reader = Reader::open(log.config(), PURPOSE, &starts)?;
    loop {
        if let Event::Record(record) = reader.next().await? {
            each(ReadItem::Letter(Box::new(letter(&record))))?;
        }
    }
}

fn letter(record: &BorrowedMessage<'_>) -> Letter {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = record.headers().map(|headers| {
        headers.iter().map(|header| (header.key.to_owned(), header.value.map(text).unwrap_or_default())).collect()
    });
    let (key, value) = (record.key().unwrap_or_default(), record.payload().unwrap_or_default());
    let time = reader::appended(record).or_else(|| record.timestamp().to_millis());
    Letter::new(time, key, value, headers.unwrap_or_default())
}
