//! What the use cases ask of a store. How it keeps what it is given is left to whoever implements it.

use std::collections::BTreeMap;
use std::future::Future;

use delivery_messages::Millis;

use super::ids::{NotificationId, RecipientId};
use super::listing::{Listing, Selection};
use super::notification::Notification;
use super::recipient::{Customer, Recipient};

/// Why a store did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RepositoryError {
    /// It does not answer; later it will.
    #[error("The store of notifications does not answer. Try again later.")]
    Unavailable,
    /// It answers, and refuses.
    #[error("The store of notifications refuses: {0}. Look at the log of MongoDB.")]
    Refused(String),
}

impl RepositoryError {
    /// A stable name, part of the HTTP API and of metrics.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable => "StoreUnavailable",
            Self::Refused(_) => "StoreRefused",
        }
    }
}

/// Keeps notifications.
pub(crate) trait Notifications: Send + Sync {
    /// Keeps a new one, together with what is to be done about it; false if one with this id is there already, which stays as it is.
    fn insert(&self, new: &Notification) -> impl Future<Output = Result<bool, RepositoryError>> + Send;

    /// One of them.
    fn find(&self, id: NotificationId) -> impl Future<Output = Result<Option<Notification>, RepositoryError>> + Send;

    /// Keeps the times and the version of one, and that this is to be told; false, and nothing is kept, unless it has the version
    /// `from` there.
    fn change(&self, changed: &Notification, from: u64) -> impl Future<Output = Result<bool, RepositoryError>> + Send;

    /// The notifications of a page, the newest first, and one more if there are more.
    fn list(&self, listing: &Listing) -> impl Future<Output = Result<Vec<Notification>, RepositoryError>> + Send;

    /// How many there are.
    fn count(&self, selection: &Selection) -> impl Future<Output = Result<u64, RepositoryError>> + Send;
}

/// Keeps recipients.
pub(crate) trait Recipients: Send + Sync {
    /// One of them.
    fn recipient(&self, id: RecipientId) -> impl Future<Output = Result<Option<Recipient>, RepositoryError>> + Send;

    /// Keeps what a recipient has chosen; an absent e-mail address stays as it is there. The recipient as it is then.
    fn choose(&self, chosen: &Recipient) -> impl Future<Output = Result<Recipient, RepositoryError>> + Send;

    /// Keeps what a purchase tells of its customer, unless a newer one has told it. What the recipient has chosen stays; an address
    /// that is missing there is added.
    fn bought(&self, customer: &Customer) -> impl Future<Output = Result<(), RepositoryError>> + Send;

    /// Up to when each of these is forgotten, of those who are.
    fn erased(
        &self,
        ids: &[RecipientId],
    ) -> impl Future<Output = Result<BTreeMap<RecipientId, Millis>, RepositoryError>> + Send;
}
