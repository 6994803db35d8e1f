//! Where invoices are kept: the port, `MongoDB` behind it, and a store in memory for tests.
//!
//! Every operation may be repeated, and may take effect although its answer is lost. What the operations are for is left to `issuing`,
//! `publisher`, `sender` and `http`. Imports `config` and `domain`.

mod documents;
#[cfg(test)]
pub(crate) mod memory;
pub(crate) mod mongo;
mod operations;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use delivery_messages::{InvoiceIssued, Millis};

use crate::domain::email::Email;
use crate::domain::invoice::Invoice;
use crate::domain::page::PageQuery;

/// Why an operation failed. It may have taken effect nevertheless.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The file with the connection string cannot be read.
    #[error("The file {} that mongodb.uriFile names cannot be read: {source}.", path.display())]
    Secret { path: PathBuf, source: std::io::Error },
    /// It is not a connection string; what is wrong with it might quote a password.
    #[error("{0}")]
    Uri(String),
    /// `MongoDB` reports an error.
    #[error("MongoDB, which holds the invoices, returned an error: {0}.")]
    Mongodb(#[from] mongodb::error::Error),
    /// `MongoDB` does not respond.
    #[error("MongoDB, which holds the invoices, does not respond. Try again later.")]
    Unavailable,
    /// `MongoDB` refuses a change.
    #[error("MongoDB, which holds the invoices, refused a change: {0}.")]
    Refused(String),
    /// A document cannot be written or read.
    #[error("A document of an invoice cannot be used: {0}.")]
    Document(#[from] mongodb::bson::error::Error),
}

impl StoreError {
    /// A stable name, part of the HTTP API.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Secret { .. } | Self::Uri(_) => "Secret",
            Self::Mongodb(_) | Self::Refused(_) | Self::Unavailable => "StoreUnavailable",
            Self::Document(_) => "InvalidDocument",
        }
    }
}

/// A message that an invoice was issued, which is to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// The invoice's id.
    pub id: String,
    pub message: InvoiceIssued,
    pub traceparent: Option<String>,
}

impl Outgoing {
    /// The message of an invoice.
    pub(crate) fn of(invoice: &Invoice) -> Self {
        Self { id: invoice.id.clone(), message: invoice.issued(), traceparent: invoice.traceparent.clone() }
    }
}

/// A change of an invoice's e-mail, which takes effect only if nobody has changed it since it was read. What it becomes is like no other
/// change of anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EmailChange {
    /// The invoice's id.
    pub id: String,
    /// The revision of the e-mail that was read.
    pub from: i64,
    /// What it becomes.
    pub to: Email,
}

/// The port.
pub(crate) trait Store: Send + Sync + 'static {
    /// The last number of a series, or any before it that an invoice has; 0: there is none yet. If `is_exact`, it is the last of those that
    /// exist now, which may cost reading all invoices.
    fn last(&self, series: u32, is_exact: bool) -> impl Future<Output = Result<u32, StoreError>> + Send;

    /// Notes that an invoice with this number exists, and so all before it.
    fn note_last(&self, series: u32, last: u32) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Which of these purchases have an invoice.
    fn known(&self, ids: &[String]) -> impl Future<Output = Result<HashSet<String>, StoreError>> + Send;

    /// Notes that these purchases are about to have invoices, which are then to be published and sent.
    fn announce(&self, ids: &[String], now: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Adds invoices in their order, up to the first whose id or number is taken; how many.
    fn add(&self, invoices: &[Invoice]) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Messages of invoices announced before a time that are to be published, in the order of their numbers.
    fn unpublished(
        &self,
        announced_before: Millis,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Outgoing>, StoreError>> + Send;

    /// Notes that the messages of these invoices were published.
    fn published(&self, ids: &[String]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Invoices whose e-mails are due, the most urgent first.
    fn due(&self, now: Millis, limit: usize) -> impl Future<Output = Result<Vec<Invoice>, StoreError>> + Send;

    /// Changes e-mails; for each, whether the change took effect.
    fn change(&self, changes: &[EmailChange]) -> impl Future<Output = Result<Vec<bool>, StoreError>> + Send;

    /// Notes that a customer is forgotten up to a time, unless a later one is noted.
    fn note_erased(&self, customer: &str, at: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Up to when each of these customers is forgotten, of those who are.
    fn erased(&self, customers: &[String]) -> impl Future<Output = Result<HashMap<String, Millis>, StoreError>> + Send;

    /// Takes name and address out of the invoices of what a customer has bought up to a time.
    fn forget(&self, customer: &str, until: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How many e-mails are not settled.
    fn waiting(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// An invoice.
    fn invoice(&self, id: &str) -> impl Future<Output = Result<Option<Invoice>, StoreError>> + Send;

    /// The invoices of a page, and one more if there are more.
    fn page(&self, query: &PageQuery) -> impl Future<Output = Result<Vec<Invoice>, StoreError>> + Send;

    /// Whether the store responds.
    fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}
