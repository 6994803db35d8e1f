//! The port for notifications, on `MongoDB`.
//!
//! A change begins with its mark in the outbox, whose id can be taken once: so one of several who change the same version succeeds, and no change
//! is forgotten when the process is killed. Only whoever has the mark writes the notification's document.

use futures::TryStreamExt;
use futures::future::try_join_all;
use jiff::Timestamp;
use mongodb::bson::{Document, doc};

use super::client::{Store, limited, unless_there};
use super::{documents, statements};
use crate::domain::channel::Channel;
use crate::domain::ids::NotificationId;
use crate::domain::listing::{Listing, Selection};
use crate::domain::notification::Notification;
use crate::domain::repository::{Notifications, RepositoryError};

impl Store {
    /// A notification as clients see it. Documents are asked for one by one: by its `_id` every server finds one at once.
    async fn whole(&self, found: &Document) -> Result<Option<Notification>, RepositoryError> {
        let channels = self.channels();
        let ids = documents::channel_ids(found).into_iter();
        let states = ids.map(|id| limited(channels.find_one(doc! {"_id": id})));
        let states: Vec<Document> = try_join_all(states).await?.into_iter().flatten().collect();
        Ok(documents::notification(found, &states))
    }

    /// Takes the mark of a change; false if somebody has it.
    async fn mark(&self, changed: &Notification) -> Result<bool, RepositoryError> {
        let mark = statements::mark(changed.id, changed.version, Timestamp::now().as_millisecond());
        Ok(unless_there(self.outbox().insert_one(mark)).await?.is_some())
    }

    /// Keeps that a mail is to be sent; false if that is there, wholly or in part. An entry in the queue without a mail is dropped, so
    /// the mail comes first.
    async fn keep_mail(&self, new: &Notification) -> Result<bool, RepositoryError> {
        let mail = documents::of_mail(new, Timestamp::now().as_millisecond());
        let is_new = unless_there(self.channels().insert_one(mail)).await?.is_some();
        let is_queued = unless_there(self.mails().insert_one(documents::of_queued(new))).await?.is_some();
        Ok(is_new && is_queued)
    }

    /// Takes a mark away that this process has made for nothing.
    async fn unmark(&self, changed: &Notification) -> Result<(), RepositoryError> {
        limited(self.outbox().delete_one(statements::mark_of(changed.id, changed.version))).await.map(drop)
    }
}

impl Notifications for Store {
    async fn insert(&self, new: &Notification) -> Result<bool, RepositoryError> {
        let known = limited(self.notifications().find_one(doc! {"_id": new.id.to_string()})).await?;
        if known.is_some() {
            return Ok(false);
        }
        // What is to be done first, so that it is not forgotten. Without a notification it is dropped a little later.
        let is_shown = new.on(Channel::Page).is_some();
        let is_marked = is_shown && self.mark(new).await?;
        let is_mailed = new.on(Channel::Email).is_some();
        let is_fresh = is_mailed && self.keep_mail(new).await?;
        let inserted = unless_there(self.notifications().insert_one(documents::of_notification(new))).await?.is_some();
        if is_marked && !inserted {
            self.unmark(new).await?;
        }
        // What an earlier attempt has left behind may have been dropped in the meantime.
        if is_mailed && inserted && !is_fresh {
            self.keep_mail(new).await?;
        }
        if is_shown && inserted && !is_marked {
            self.mark(new).await?;
        }
        Ok(inserted)
    }

    async fn find(&self, id: NotificationId) -> Result<Option<Notification>, RepositoryError> {
        let found = limited(self.notifications().find_one(doc! {"_id": id.to_string()})).await?;
        match found {
            Some(found) => self.whole(&found).await,
            None => Ok(None),
        }
    }

    async fn change(&self, changed: &Notification, from: u64) -> Result<bool, RepositoryError> {
        if !self.mark(changed).await? {
            return Ok(false);
        }
        // Nobody else writes the document while this process has the mark, so that the version may be compared before: not every server finds
        // a document by its `_id` and something else without reading the whole collection.
        let (notifications, filter) = (self.notifications(), doc! {"_id": changed.id.to_string()});
        let known = limited(notifications.find_one(filter.clone())).await?;
        let mut is_changed = known.is_some_and(|known| documents::count(&known, "version") == from);
        if is_changed {
            let (set, unset) = documents::of_change(changed);
            let update = statements::update(set, unset);
            is_changed = limited(notifications.update_one(filter, update)).await?.matched_count > 0;
        }
        if !is_changed {
            self.unmark(changed).await?;
        }
        Ok(is_changed)
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<Notification>, RepositoryError> {
        let limit = i64::try_from(listing.limit).unwrap_or(i64::MAX).saturating_add(1);
        let notifications = self.notifications();
        let found: Vec<Document> = limited(async {
            let found = notifications.find(statements::listed(listing)).sort(statements::order()).limit(limit);
            found.await?.try_collect().await
        })
        .await?;
        let whole = try_join_all(found.iter().map(|found| self.whole(found))).await?;
        Ok(whole.into_iter().flatten().collect())
    }

    async fn count(&self, selection: &Selection) -> Result<u64, RepositoryError> {
        self.counted(statements::selected(selection)).await
    }
}
