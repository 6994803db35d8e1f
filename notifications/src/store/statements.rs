//! The filters and changes that are sent to `MongoDB`. Pure; the fields are those of [`super::documents`].

use std::cmp::Reverse;

use delivery_messages::Millis;
use mongodb::bson::{Bson, Document, doc};

use super::documents::stored;
use crate::domain::channel::Progress;
use crate::domain::ids::NotificationId;
use crate::domain::listing::{Listing, Place, Selection};
use crate::domain::outbox::{FURTHEST, MailEnd};

/// The maximum number of bytes of an error that is kept.
const MAX_ERROR: usize = 512;

/// Up to so many ids are asked for one by one: not every server finds several at once without reading the whole collection.
const FEW: usize = 8;

/// The notifications of a selection.
#[must_use]
pub(crate) fn selected(selection: &Selection) -> Document {
    let mut filter = doc! {"recipientId": selection.recipient.to_string()};
    if let Some(unread) = selection.unread {
        let is_read = !unread;
        filter.insert("readAt", doc! {"$exists": is_read});
    }
    if let Some(canceled) = selection.canceled {
        filter.insert("canceledAt", doc! {"$exists": canceled});
    }
    filter
}

/// The notifications of a page and all pages after it.
#[must_use]
pub(crate) fn listed(listing: &Listing) -> Document {
    let filter = selected(&listing.selection);
    let Some(Place { created_at: Reverse(created_at), id: Reverse(id) }) = listing.after else { return filter };
    let older = doc! {"createdAt": {"$lt": created_at}};
    let beside = doc! {"createdAt": created_at, "_id": {"$lt": id.to_string()}};
    doc! {"$and": [filter, {"$or": [older, beside]}]}
}

/// The order of lists: the newest first.
#[must_use]
pub(crate) fn order() -> Document {
    doc! {"createdAt": -1, "_id": -1}
}

/// A change that sets fields and removes others.
#[must_use]
pub(crate) fn update(set: Document, unset: Document) -> Document {
    let mut update = doc! {"$set": set};
    // An empty operator is an error.
    if !unset.is_empty() {
        update.insert("$unset", unset);
    }
    update
}

/// The mark of a change that is being made, and is to be published. Its id can be taken once, so that two who change the same version at
/// the same time do not both succeed, also on a server that reads and writes a document in two steps.
#[must_use]
pub(crate) fn mark(id: NotificationId, version: u64, at: Millis) -> Document {
    let version = stored(version);
    doc! {"_id": format!("{id}/{version}"), "notification": id.to_string(), "version": version, "at": at}
}

/// That mark alone.
#[must_use]
pub(crate) fn mark_of(id: NotificationId, version: u64) -> Document {
    doc! {"_id": format!("{id}/{}", stored(version))}
}

/// The marks that were made before a time, or by a clock that was wrong.
#[must_use]
pub(crate) fn marked_before(before: Millis) -> Document {
    doc! {"$or": [{"at": {"$lt": before}}, {"at": {"$gt": before.saturating_add(FURTHEST)}}]}
}

/// The marks of a notification up to a version.
#[must_use]
pub(crate) fn marked(id: NotificationId, version: u64) -> Document {
    doc! {"notification": id.to_string(), "version": {"$lte": stored(version)}}
}

/// The change was published.
#[must_use]
pub(crate) fn published(at: Millis) -> Document {
    doc! {
        "$set": {"state": Progress::Sent.name(), "sentAt": at},
        "$unset": {"error": ""},
        "$inc": {"attempts": 1_i64},
    }
}

/// The change could not be published.
#[must_use]
pub(crate) fn unpublishable(error: &str) -> Document {
    doc! {"$set": {"error": cut(error)}, "$inc": {"attempts": 1_i64}}
}

/// The entries of the queue that are due: see [`crate::domain::outbox::is_due`].
#[must_use]
pub(crate) fn due(now: Millis) -> Document {
    doc! {"$or": [{"due": {"$lte": now}}, {"due": {"$gt": now.saturating_add(FURTHEST)}}]}
}

/// The mail is to be looked at again then.
#[must_use]
pub(crate) fn postponed(due: Millis) -> Document {
    doc! {"$set": {"due": due}}
}

/// The document that says who makes an attempt; its id can be taken once.
#[must_use]
pub(crate) fn attempt(id: NotificationId, attempt: u64, until: Millis) -> Document {
    doc! {"_id": format!("{id}/{attempt}"), "notification": id.to_string(), "until": until}
}

/// That attempt alone.
#[must_use]
pub(crate) fn attempt_of(id: NotificationId, attempt: u64) -> Document {
    doc! {"_id": format!("{id}/{attempt}")}
}

/// The ids of the first attempts.
#[must_use]
pub(crate) fn attempt_ids(id: NotificationId, count: u64) -> Vec<String> {
    (1..=count).map(|attempt| format!("{id}/{attempt}")).collect()
}

/// The attempts to send a mail.
#[must_use]
pub(crate) fn attempts(id: NotificationId) -> Document {
    doc! {"notification": id.to_string()}
}

/// The filters that together find the documents with these ids in a short collection.
#[must_use]
pub(crate) fn by_ids(ids: &[String]) -> Vec<Document> {
    if ids.len() <= FEW {
        return ids.iter().map(|id| doc! {"_id": id}).collect();
    }
    vec![doc! {"_id": {"$in": ids.to_vec()}}]
}

/// The command that removes documents by their ids.
#[must_use]
pub(crate) fn deletion(collection: &str, ids: &[String]) -> Document {
    let deletes: Vec<Bson> = ids.iter().map(|id| Bson::from(doc! {"q": {"_id": id}, "limit": 1})).collect();
    doc! {"delete": collection, "deletes": deletes, "ordered": false}
}

/// The mail is being sent, and is nobody else's before `until`.
#[must_use]
pub(crate) fn claim(by: &str, attempt: u64, until: Millis) -> Document {
    let attempts = stored(attempt);
    doc! {"$set": {"state": Progress::Sending.name(), "due": until, "claim": by, "attempts": attempts}}
}

/// The mail will not be sent, because its notification was cancelled.
#[must_use]
pub(crate) fn canceled() -> Document {
    update(doc! {"state": Progress::Canceled.name()}, doc! {"due": "", "claim": ""})
}

/// How an attempt to send a mail ended.
#[must_use]
pub(crate) fn settled(end: &MailEnd) -> Document {
    let over = |state: Progress, error: &String| {
        let set = doc! {"state": state.name(), "error": cut(error)};
        update(set, doc! {"due": "", "claim": ""})
    };
    match end {
        MailEnd::Sent { at } => {
            let set = doc! {"state": Progress::Sent.name(), "sentAt": at};
            update(set, doc! {"due": "", "claim": "", "error": ""})
        }
        MailEnd::Later { due, error, in_doubt } => {
            // As if it was still being sent: whoever sends it next says that it may be the second one.
            let state = if *in_doubt { Progress::Sending } else { Progress::Pending };
            update(doc! {"state": state.name(), "due": due, "error": cut(error)}, doc! {"claim": ""})
        }
        MailEnd::Bounced { error } => over(Progress::Bounced, error),
        MailEnd::Failed { error } => over(Progress::Failed, error),
    }
}

fn cut(error: &str) -> String {
    delivery_messages::records::text::cut(error, MAX_ERROR).into_owned()
}

#[cfg(test)]
#[path = "tests/statements.rs"]
mod tests;
