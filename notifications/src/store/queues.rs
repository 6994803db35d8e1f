//! The ports for what is to be done about notifications, on `MongoDB`.
//!
//! A mark of a change says which change is to be published; what is published is the notification as it is then. A mail is sent by whoever
//! makes the document of the attempt, whose id can be taken once, so that one of several sends it, also on a server that reads and writes
//! a document in two steps. The queue of mails says which to look at, and when; what a mail's own document says counts, and whoever finds that
//! an entry of the queue differs from it, because the mail is being sent or a process was killed in between, mends the entry.

use std::slice;
use std::time::{Duration, Instant};

use delivery_messages::Millis;
use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, doc};

use super::client::{Store, limited, unless_there};
use super::{documents, statements};
use crate::domain::channel::{Channel, Progress};
use crate::domain::ids::NotificationId;
use crate::domain::notification::Notification;
use crate::domain::outbox::{Claimed, MailEnd, MailQueue, Outbox, is_due};
use crate::domain::repository::{Notifications, RepositoryError};

/// How many things to be done are asked for at a time.
const PAGE: i64 = 100;
/// The most attempts that were begun and never noted, one after the other.
const MAX_LOST: u64 = 50;
/// How long a mail may wait for its notification, milliseconds: the two are kept one after the other.
const ORPHANED: Millis = 60_000;

/// Some documents in an order.
async fn some(
    collection: &Collection<Document>,
    filter: Document,
    order: Document,
) -> Result<Vec<Document>, RepositoryError> {
    limited(async { collection.find(filter).sort(order).limit(PAGE).await?.try_collect().await }).await
}

fn page(id: NotificationId) -> Document {
    doc! {"_id": documents::channel_id(&id.to_string(), Channel::Page)}
}

fn email(id: NotificationId) -> Document {
    doc! {"_id": documents::channel_id(&id.to_string(), Channel::Email)}
}

/// The entry of a mail in the queue, and its notification.
fn entry(id: NotificationId) -> Document {
    doc! {"_id": id.to_string()}
}

impl Outbox for Store {
    async fn unpublished(&self, before: Millis) -> Result<Vec<Notification>, RepositoryError> {
        let marks = some(&self.outbox(), statements::marked_before(before), doc! {"at": 1}).await?;
        let mut unpublished: Vec<Notification> = Vec::new();
        for mark in &marks {
            let id = mark.get_str("notification").ok().and_then(|id| NotificationId::read("notification", id).ok());
            let found = match id {
                Some(id) => self.find(id).await?,
                None => None,
            };
            let is_made = |one: &Notification| {
                documents::count(mark, "version") <= one.version && one.on(Channel::Page).is_some()
            };
            let Some(found) = found.filter(is_made) else {
                // A mark without its change is of a process that was killed in between.
                let filter = doc! {"_id": mark.get_str("_id").unwrap_or_default()};
                limited(self.outbox().delete_one(filter)).await?;
                continue;
            };
            if !unpublished.iter().any(|known| known.id == found.id) {
                unpublished.push(found);
            }
        }
        Ok(unpublished)
    }

    async fn published(&self, id: NotificationId, version: u64, at: Millis) -> Result<(), RepositoryError> {
        let channels = self.channels();
        limited(channels.update_one(page(id), statements::published(at)).upsert(true)).await?;
        let outbox = self.outbox();
        // Most have one change alone, and its mark is found by its `_id`, however many others wait.
        if version <= 1 {
            return limited(outbox.delete_one(statements::mark_of(id, version))).await.map(drop);
        }
        limited(outbox.delete_many(statements::marked(id, version))).await.map(drop)
    }

    async fn unpublishable(&self, id: NotificationId, error: &str) -> Result<(), RepositoryError> {
        let channels = self.channels();
        limited(channels.update_one(page(id), statements::unpublishable(error)).upsert(true)).await.map(drop)
    }
}

impl Store {
    /// Looks at a mail again then.
    async fn postpone(&self, id: NotificationId, due: Millis) -> Result<(), RepositoryError> {
        limited(self.mails().update_one(entry(id), statements::postponed(due))).await.map(drop)
    }

    /// Takes a mail off the queue: nothing is left to be done. Its document says how many attempts there were, which are removed by their ids:
    /// for those of a notification, some servers read all that are under way. Beyond them there may be one by somebody who was killed.
    async fn put_away(&self, id: NotificationId, mail: Option<&Document>) -> Result<(), RepositoryError> {
        let attempts = self.attempts();
        if let Some(mail) = mail {
            let ids = statements::attempt_ids(id, documents::count(mail, "attempts").saturating_add(1));
            self.delete(&attempts, &ids).await?;
        } else {
            limited(attempts.delete_many(statements::attempts(id))).await?;
        }
        limited(self.mails().delete_one(entry(id))).await.map(drop)
    }

    /// The notification of a mail that is due, if it is to be sent at all.
    async fn to_be_mailed(
        &self,
        id: NotificationId,
        mail: &Document,
        now: Millis,
    ) -> Result<Option<Notification>, RepositoryError> {
        let made = mail.get_i64("madeAt").unwrap_or(now);
        let found = limited(self.notifications().find_one(entry(id))).await?;
        // What is known of its other channels makes no difference to the mail, and is not asked for.
        let found = found.and_then(|found| documents::notification(&found, slice::from_ref(mail)));
        let channels = self.channels();
        match found {
            Some(found) if found.on(Channel::Email).is_some() => {
                if found.canceled_at.is_some() {
                    limited(channels.update_one(email(id), statements::canceled())).await?;
                    self.put_away(id, Some(mail)).await?;
                    return Ok(None);
                }
                Ok(Some(found))
            }
            // It comes in a moment, or never. That this clock is ahead alone does not tell.
            _ => {
                let now = self.time().await?.map_or(now, |server| server.min(now));
                if made.saturating_add(ORPHANED) < now {
                    limited(channels.delete_one(email(id))).await?;
                    self.put_away(id, Some(mail)).await?;
                }
                Ok(None)
            }
        }
    }

    /// Takes the next attempt to send a mail of which `noted` were made; none while somebody else has it. Whether one before it was begun and
    /// not noted.
    async fn take(
        &self,
        id: NotificationId,
        noted: u64,
        now: Millis,
        until: Millis,
    ) -> Result<Option<(u64, bool)>, RepositoryError> {
        let attempts = self.attempts();
        for lost in 0..MAX_LOST {
            let attempt = noted.saturating_add(1).saturating_add(lost);
            if unless_there(attempts.insert_one(statements::attempt(id, attempt, until))).await?.is_some() {
                return Ok(Some((attempt, lost > 0)));
            }
            let known = limited(attempts.find_one(statements::attempt_of(id, attempt))).await?;
            if known.is_none_or(|known| known.get_i64("until").is_ok_and(|until| !is_due(until, now))) {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

impl MailQueue for Store {
    async fn due(&self, now: Millis) -> Result<Vec<NotificationId>, RepositoryError> {
        let found = some(&self.mails(), statements::due(now), doc! {"due": 1}).await?;
        Ok(found.iter().filter_map(documents::queued).collect())
    }

    async fn claim(
        &self,
        id: NotificationId,
        by: &str,
        now: Millis,
        until: Millis,
    ) -> Result<Option<Claimed>, RepositoryError> {
        let channels = self.channels();
        let found = limited(channels.find_one(email(id))).await?;
        let due = found.as_ref().and_then(|mail| mail.get_i64("due").ok());
        let Some((mail, due)) = found.as_ref().zip(due) else {
            self.put_away(id, found.as_ref()).await?;
            return Ok(None);
        };
        if !is_due(due, now) {
            self.postpone(id, due).await?;
            return Ok(None);
        }
        let is_being_sent = mail.get_str("state").is_ok_and(|state| state == Progress::Sending.name());
        let lease = Duration::from_millis(u64::try_from(until.saturating_sub(now)).unwrap_or_default());
        if is_being_sent && !self.watch.is_free(id, due, now, lease, Instant::now()) {
            return Ok(None);
        }
        let Some(notification) = self.to_be_mailed(id, mail, now).await? else { return Ok(None) };
        let noted = documents::count(mail, "attempts");
        let Some((attempt, is_lost)) = self.take(id, noted, now, until).await? else { return Ok(None) };
        // Somebody may have sent it, and put everything away, since it was read.
        let after = limited(channels.find_one(email(id))).await?;
        if after.as_ref() != Some(mail) {
            limited(self.attempts().delete_one(statements::attempt_of(id, attempt))).await?;
            return Ok(None);
        }
        // The queue learns of it from whoever looks at the entry meanwhile: of most mails nobody does before they are sent and it is gone.
        limited(channels.update_one(email(id), statements::claim(by, attempt, until))).await?;
        Ok(Some(Claimed { notification, attempt, again: is_lost || is_being_sent }))
    }

    async fn settle(&self, id: NotificationId, by: &str, end: &MailEnd) -> Result<(), RepositoryError> {
        let channels = self.channels();
        // Compared here: not every server finds a document by its `_id` and something else without reading the whole collection.
        let found = limited(channels.find_one(email(id))).await?;
        let is_ours = |mail: &Document| mail.get_str("claim").is_ok_and(|claim| claim == by);
        if !found.as_ref().is_some_and(is_ours) {
            return Ok(());
        }
        limited(channels.update_one(email(id), statements::settled(end))).await?;
        if let MailEnd::Later { due, .. } = end {
            return self.postpone(id, *due).await;
        }
        self.put_away(id, found.as_ref()).await
    }
}
