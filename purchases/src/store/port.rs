//! What a store of purchases does, whatever keeps them.
//!
//! Every command may be given twice: what it writes the second time is what it wrote the first time. A command that fails may have been
//! carried out, wholly or in part. No command compares and changes in one step but by inserting under an id that must be new.

use std::collections::HashMap;
use std::path::PathBuf;

use delivery_messages::Millis;

use super::listing::ListingQuery;
use crate::domain::decision::Decision;
use crate::domain::purchase::Purchase;

/// What became of a purchase that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// It is stored, and will be taken in hand: what is open is found, whatever becomes of the process.
    Stored,
    /// Another purchase has its id, because it was made with the same idempotency key.
    Known,
}

/// A term of the one replica that works; there is one of each number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// From 1.
    pub number: u32,
    /// The process whose term it is.
    pub holder: String,
    /// Goes up while the holder lives.
    pub beats: i64,
    /// Whether the holder has given it up.
    pub is_over: bool,
}

/// Why the store did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The file with the connection string cannot be read.
    #[error("The file {} that mongodb.uriFile names cannot be read: {source}.", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// It is not a connection string; what is wrong with it might quote a password.
    #[error("{0}")]
    Uri(String),
    /// `MongoDB` reports an error.
    #[error("MongoDB, which keeps the purchases, returned an error: {0}.")]
    Mongodb(#[from] mongodb::error::Error),
    /// `MongoDB` refuses a document.
    #[error("MongoDB, which keeps the purchases, refused a document: {0}.")]
    Refused(String),
    /// `MongoDB` does not respond.
    #[error("MongoDB, which keeps the purchases, does not respond.")]
    Unavailable,
}

impl StoreError {
    /// A stable name for metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Secret { .. } => "SecretUnreadable",
            Self::Uri(_) => "SecretInvalid",
            Self::Mongodb(_) => "MongodbError",
            Self::Refused(_) => "Refused",
            Self::Unavailable => "Unavailable",
        }
    }
}

/// A store of purchases. Each command has a time limit of its own.
pub(crate) trait Store: Send + Sync + 'static {
    /// Stores pending purchases. What became of each, in their order.
    fn insert(&self, purchases: &[Purchase]) -> impl Future<Output = Result<Vec<Insertion>, StoreError>> + Send;

    /// Puts purchases on the list of those under way, each unless it is there already.
    fn note_under_way(&self, purchases: &[Purchase]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A purchase.
    fn find(&self, id: &str) -> impl Future<Output = Result<Option<Purchase>, StoreError>> + Send;

    /// The purchases of a page, the newest first, and one more if there are more.
    fn list(&self, query: &ListingQuery) -> impl Future<Output = Result<Vec<Purchase>, StoreError>> + Send;

    /// The ids of the purchases on the list of those under way, the oldest first. Costs what is on it, and nothing for all that ever was. A
    /// purchase may be missing on this list, but not in [`Store::open`].
    fn under_way(&self, limit: usize) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Purchases under way as they were stored.
    fn entries(&self, ids: &[String]) -> impl Future<Output = Result<Vec<Purchase>, StoreError>> + Send;

    /// Purchases in which something is left to be done: first those that are approved, then the pending ones, the oldest first in each.
    /// May cost as much as all purchases that ever were.
    fn open(&self, limit: usize) -> impl Future<Output = Result<Vec<Purchase>, StoreError>> + Send;

    /// The decisions about purchases, of those that have one.
    fn decisions(&self, ids: &[String]) -> impl Future<Output = Result<Vec<Decision>, StoreError>> + Send;

    /// Notes decisions, each unless its purchase has one already. The decisions that count, one for each purchase.
    fn decide(&self, decisions: &[Decision]) -> impl Future<Output = Result<Vec<Decision>, StoreError>> + Send;

    /// Changes the purchases' documents as decided: state and outbox in one statement each.
    fn apply(&self, decisions: &[Decision]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes in the documents that Kafka has confirmed their events.
    fn note_published(&self, ids: &[String], at: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// When the newest purchase was approved, of those whose events are written.
    fn newest_approval(&self) -> impl Future<Output = Result<Option<Millis>, StoreError>> + Send;

    /// Purchases that were approved since a time and whose events are written, of those decided after the decision numbered `after`, in the
    /// order of the decisions; without those whose customers are forgotten. May cost as much as all purchases that ever were.
    fn published_since(
        &self,
        since: Millis,
        after: i64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Purchase>, StoreError>> + Send;

    /// The id that the topic of purchases had when the events of all were in it.
    fn log_id(&self) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Notes the id of the topic of purchases: the events of all are in it.
    fn note_log_id(&self, id: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes purchases off the list of those under way.
    fn settle(&self, ids: &[String]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes that a customer is forgotten up to a time, unless a later one is noted.
    fn note_erased(&self, customer: &str, at: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Up to when each of these customers is forgotten, of those who are.
    fn erased(&self, customers: &[String]) -> impl Future<Output = Result<HashMap<String, Millis>, StoreError>> + Send;

    /// Takes name, address and fingerprint out of the purchases that a customer has made up to a time, as far as nothing is left to be done
    /// in them.
    fn forget(&self, customer: &str, until: Millis) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The newest term.
    fn newest_term(&self) -> impl Future<Output = Result<Option<Term>, StoreError>> + Send;

    /// Begins a term, unless another process has begun the one of that number.
    fn begin_term(&self, term: &Term) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Writes a term of one's own again: a sign of life, or its end.
    fn note_term(&self, term: &Term) -> impl Future<Output = Result<(), StoreError>> + Send;
}
