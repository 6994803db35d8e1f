//! Records that are settled together: purchases that get their invoices, and dead letters.
//!
//! Pure. A batch knows the offsets up to which it was read; they may be committed when all of it is settled.

use delivery_kafka::{DeadLetterRecord, NextOffsets};
use delivery_messages::{DeadLetter, TraceParent};

use crate::domain::invoice::Order;
use crate::domain::purchase;
use crate::numbering::series::MAX_BLOCK;

/// The name of this service in dead letters.
const SERVICE: &str = "invoices";
/// The maximum size of a batch's records, bytes; one that is larger is a batch of its own.
const MAX_BYTES: usize = 1024 * 1024;

/// A record as it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    /// The topic's full name.
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub value: Option<&'a [u8]>,
    /// The value of the header `traceparent`.
    pub traceparent: Option<&'a str>,
}

/// Records to be settled together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    orders: Vec<Order>,
    dead_letters: Vec<(&'static str, DeadLetterRecord)>,
    bytes: usize,
    offsets: NextOffsets,
}

impl Batch {
    /// Adds a record.
    pub(crate) fn push(&mut self, raw: Raw<'_>) {
        let Raw { topic, partition, offset, value, traceparent } = raw;
        self.bytes += value.map_or(0, <[u8]>::len);
        match purchase::read(value) {
            Ok(purchase) => {
                let traceparent = traceparent.filter(|text| TraceParent::is_valid(text)).map(str::to_owned);
                self.orders.push(Order { purchase, traceparent });
            }
            Err(error) => {
                let letter = DeadLetter {
                    topic,
                    partition,
                    offset,
                    value: value.unwrap_or_default(),
                    reason: error.reason(),
                    message: error.to_string().into(),
                    service: SERVICE,
                    request_id: None,
                };
                self.dead_letters.push((error.reason(), DeadLetterRecord::from(&letter)));
            }
        }
        self.offsets.insert((topic.to_owned(), partition), offset + 1);
    }

    /// Whether nothing was read.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Whether no more should be read before it is settled.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.orders.len() + self.dead_letters.len() >= MAX_BLOCK || self.bytes >= MAX_BYTES
    }

    /// The purchases, in the order in which they were read.
    #[must_use]
    pub(crate) fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// What could not be used, each with the reason.
    #[must_use]
    pub(crate) fn dead_letters(&self) -> &[(&'static str, DeadLetterRecord)] {
        &self.dead_letters
    }

    /// The next offset of each partition.
    #[must_use]
    pub(crate) const fn offsets(&self) -> &NextOffsets {
        &self.offsets
    }
}

#[cfg(test)]
#[path = "tests/batch.rs"]
mod tests;
