//! Reads the topics `compra` and `invoice.issued` to their ends, here or as a Job in the cluster.

use std::collections::BTreeMap;

use delivery_messages::{Millis, Topic};
use delivery_verify::purchases::{LogPart, LogRecord};
use rdkafka::message::{BorrowedMessage, Message};
use serde::{Deserialize, Serialize};

use crate::base::Error;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::{self, LogReader};

/// Everything that the two topics hold.
pub(crate) struct PurchasesQuery;

/// An item of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PurchaseRecord {
    /// Of `compra`.
    Event(LogRecord),
    /// Of `invoice.issued`.
    Issued(LogRecord),
}

/// Since when each of the two topics is complete; see [`LogPart::complete_since`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CompleteSince {
    pub(crate) events: Millis,
    pub(crate) issued: Millis,
}

impl Query for PurchasesQuery {
    type Item = PurchaseRecord;
    type Done = CompleteSince;

    fn arguments(&self) -> Vec<String> {
        vec!["verify".to_owned(), "--purchases".to_owned()]
    }

    async fn answer(
        &self,
        log: &LogReader,
        mut each: impl ItemHandler<PurchaseRecord>,
    ) -> Result<CompleteSince, Error> {
        // An invoice follows from an event, so its record is read first.
        let issued = read(log, Topic::InvoiceIssued, |record| each(PurchaseRecord::Issued(record))).await?;
        let events = read(log, Topic::Purchase, |record| each(PurchaseRecord::Event(record))).await?;
        Ok(CompleteSince { events, issued })
    }
}

/// Reads a topic; returns since when it is complete.
async fn read(log: &LogReader, topic: Topic, mut each: impl ItemHandler<LogRecord>) -> Result<Millis, Error> {
    let bounds = log.bounds(topic).await?;
    let ranges = bounds.iter().map(|(partition, found)| (*partition, (found.low, found.high))).collect();
    let mut oldest: BTreeMap<i32, Millis> = BTreeMap::new();
    let mut taken = Ok(());
    log.read(topic, &ranges, |record| {
        let at = reader::appended(record).or_else(|| record.timestamp().to_millis()).unwrap_or(Millis::MIN);
        oldest.entry(record.partition()).or_insert(at);
        if taken.is_ok() {
            taken = each(log_record(record));
        }
    })
    .await?;
    taken?;
    let lows = bounds.iter().map(|(partition, found)| (*partition, found.low)).collect();
    Ok(LogPart::complete_since(&lows, &oldest))
}

fn log_record(record: &BorrowedMessage<'_>) -> LogRecord {
    LogRecord {
        partition: record.partition(),
        offset: record.offset(),
        key: reader::key(record).map(str::to_owned),
        value: record.payload().map(|value| String::from_utf8_lossy(value).into_owned()),
    }
}

/// The two topics, from the items and the conclusion of the answer.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    events: Vec<LogRecord>,
    issued: Vec<LogRecord>,
}

impl Collected {
    pub(crate) fn take(&mut self, record: PurchaseRecord) {
        match record {
            PurchaseRecord::Event(record) => self.events.push(record),
            PurchaseRecord::Issued(record) => self.issued.push(record),
        }
    }

    /// `compra`, then `invoice.issued`.
    pub(crate) fn parts(self, since: CompleteSince) -> (LogPart, LogPart) {
        (
            LogPart { records: self.events, complete_since: since.events },
            LogPart { records: self.issued, complete_since: since.issued },
        )
    }
}

#[cfg(test)]
#[path = "tests/records.rs"]
mod tests;
