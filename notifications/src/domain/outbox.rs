//! What is still to be done about notifications, kept with them: changes to be published, and e-mails to be sent.
//!
//! Both are done at least once. A process that is killed before it noted that it has done something leaves it to be done again.

use std::future::Future;

use delivery_messages::Millis;

use super::ids::NotificationId;
use super::notification::Notification;
use super::repository::RepositoryError;

/// The furthest that anything is put off, milliseconds, with room for clocks that differ.
pub(crate) const FURTHEST: Millis = 15 * 60_000;

/// Whether something that is due then is due now. What is due in longer than anything is put off was put off by a clock that was wrong.
pub(crate) const fn is_due(due: Millis, now: Millis) -> bool {
    due <= now || due > now.saturating_add(FURTHEST)
}

/// The changes that are to be published.
pub(crate) trait Outbox: Send + Sync {
    /// Some notifications with an unpublished change that was made before a time, the oldest change first.
    fn unpublished(&self, before: Millis) -> impl Future<Output = Result<Vec<Notification>, RepositoryError>> + Send;

    /// The change to that version was published. Nothing happens if there is a newer one by now.
    fn published(
        &self,
        id: NotificationId,
        version: u64,
        at: Millis,
    ) -> impl Future<Output = Result<(), RepositoryError>> + Send;

    /// The change could not be published now.
    fn unpublishable(
        &self,
        id: NotificationId,
        error: &str,
    ) -> impl Future<Output = Result<(), RepositoryError>> + Send;
}

/// A mail that is this process's to send for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claimed {
    /// What it is about.
    pub notification: Notification,
    /// Which attempt this is, from 1.
    pub attempt: u64,
    /// Whether an attempt before may have sent it: it was begun, and nobody noted how it ended.
    pub again: bool,
}

/// How an attempt to send a mail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MailEnd {
    /// The server has taken it.
    Sent {
        /// When.
        at: Millis,
    },
    /// It is to be tried again.
    Later {
        /// When.
        due: Millis,
        /// Why.
        error: String,
        /// Whether the server may have taken it all the same.
        in_doubt: bool,
    },
    /// The server refused the address for good.
    Bounced {
        /// Why.
        error: String,
    },
    /// It was given up.
    Failed {
        /// Why.
        error: String,
    },
}

/// The e-mails that are to be sent.
pub(crate) trait MailQueue: Send + Sync {
    /// Some mails that are due, the longest due first.
    fn due(&self, now: Millis) -> impl Future<Output = Result<Vec<NotificationId>, RepositoryError>> + Send;

    /// Notes that a mail is being sent, so that nobody else sends it before `until`, by a text that nobody else uses; none if it is not
    /// due, or its notification was cancelled.
    fn claim(
        &self,
        id: NotificationId,
        by: &str,
        now: Millis,
        until: Millis,
    ) -> impl Future<Output = Result<Option<Claimed>, RepositoryError>> + Send;

    /// Notes how an attempt ended, unless somebody else has claimed the mail since.
    fn settle(
        &self,
        id: NotificationId,
        by: &str,
        end: &MailEnd,
    ) -> impl Future<Output = Result<(), RepositoryError>> + Send;
}

#[cfg(test)]
#[path = "tests/outbox.rs"]
mod tests;
