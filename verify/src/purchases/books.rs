//! Everything that was read about purchases.
//!
//! The order of reading matters, because the services go on meanwhile. What follows from something else is read before it: first the
//! invoices and their mails, then the purchases, and last the log. So what lacks its cause is a fault, and what lacks its consequence may
//! only be late. The log itself mentions purchases and invoices that were listed too early to be there; those are read once more, see
//! [`Books::to_read_again`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use delivery_messages::{InvoiceIssued, Millis, Purchase, Topic, decode};
use serde::{Deserialize, Serialize};

use super::views::{InvoiceView, Mail, PurchaseState, PurchaseView};

/// A record of `compra` or `invoice.issued`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRecord {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its key, if it has one that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its value, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What a topic holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPart {
    /// Its records, in order per partition.
    pub records: Vec<LogRecord>,
    /// What was appended since then, by the broker's clock, is all there; retention may have removed what is older. The least value: it
    /// has removed nothing.
    pub complete_since: Millis,
}

impl Default for LogPart {
    fn default() -> Self {
        Self { records: Vec::new(), complete_since: Millis::MIN }
    }
}

/// Everything that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// What the service of purchases has. Of those with the same id the last counts.
    pub purchases: Vec<PurchaseView>,
    /// The topic `compra`.
    pub events: LogPart,
    /// What the service of invoices has.
    pub invoices: Vec<InvoiceView>,
    /// The topic `invoice.issued`.
    pub issued: LogPart,
    /// What a mail server has; absent: it was not asked.
    pub mails: Option<Vec<Mail>>,
    /// Ids of purchases that are too new to be through: what they lack is no fault, what they have must be right.
    pub newer: HashSet<String>,
}

impl LogPart {
    /// Since when a topic is complete, by the first offset that each partition still has and the time of its oldest record.
    #[must_use]
    pub fn complete_since(lows: &BTreeMap<i32, i64>, oldest: &BTreeMap<i32, Millis>) -> Millis {
        let cut = lows.iter().filter(|(_, low)| **low > 0);
        // Of a partition from which all was removed nothing is certain.
        cut.map(|(partition, _)| oldest.get(partition).copied().unwrap_or(Millis::MAX)).max().unwrap_or(Millis::MIN)
    }
}

/// What has to be read again, because the log mentions it and the list did not have it yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToReadAgain {
    /// Ids of purchases that the list did not show as approved.
    pub purchases: BTreeSet<String>,
    /// Ids of invoices that the list did not show.
    pub invoices: BTreeSet<String>,
}

impl Books {
    /// The ids of the purchases that are paid.
    #[must_use]
    pub fn approved(&self) -> HashSet<String> {
        let approved = self.purchases.iter().filter(|purchase| purchase.state == PurchaseState::Approved);
        approved.map(|purchase| purchase.id.clone()).collect()
    }

    /// What the log mentions and the lists did not show, so that it has to be read again before it is judged.
    #[must_use]
    pub fn to_read_again(&self) -> ToReadAgain {
        let states: HashMap<_, _> =
            self.purchases.iter().map(|purchase| (purchase.id.as_str(), purchase.state)).collect();
        let invoices: HashSet<_> = self.invoices.iter().map(|invoice| invoice.purchase_id.as_str()).collect();
        let events = self.events.records.iter().filter_map(purchase_of).map(|purchase| purchase.purchase_id);
        let issued: BTreeSet<_> =
            self.issued.records.iter().filter_map(invoice_of).map(|invoice| invoice.purchase_id).collect();
        ToReadAgain {
            purchases: events
                .chain(issued.iter().cloned())
                .filter(|id| states.get(id.as_str()) != Some(&PurchaseState::Approved))
                .collect(),
            invoices: issued.into_iter().filter(|id| !invoices.contains(id.as_str())).collect(),
        }
    }
}

/// The purchase that a record of `compra` holds.
#[must_use]
pub fn purchase_of(record: &LogRecord) -> Option<Purchase> {
    decode(Topic::Purchase, record.value.as_deref().map(str::as_bytes)).ok()
}

/// The invoice that a record of `invoice.issued` holds.
#[must_use]
pub fn invoice_of(record: &LogRecord) -> Option<InvoiceIssued> {
    decode(Topic::InvoiceIssued, record.value.as_deref().map(str::as_bytes)).ok()
}

#[cfg(test)]
#[path = "tests/books.rs"]
mod tests;
