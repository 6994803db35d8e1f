//! Notifications, their channels and recipients as documents. Pure.
//!
//! How far a notification is on a channel is a document of its own, `ID/CHANNEL`, because others write it than the notification's. That of an
//! e-mail has `due`, when it is to be sent next; while it is being sent, that is when somebody else may take it over, and `claim` says by
//! whom it is sent. As long as it has `due`, there is an entry for it in the queue, which says when to look at it.

use std::collections::BTreeSet;

use delivery_messages::Millis;
use delivery_messages::sales::purchase::Language;
use mongodb::bson::{Bson, Document, doc};

use crate::domain::channel::{Channel, ChannelReport, Progress};
use crate::domain::ids::{NotificationId, RecipientId};
use crate::domain::notification::Notification;
use crate::domain::recipient::Recipient;
use crate::domain::text::{Category, Content, Email, Link};

/// The document of a new notification.
#[must_use]
pub(crate) fn of_notification(new: &Notification) -> Document {
    let channels: Vec<&str> = new.channels.iter().map(|report| report.channel.name()).collect();
    let mut document = doc! {
        "_id": new.id.to_string(),
        "recipientId": new.recipient.to_string(),
        "content": new.content.as_str(),
        "category": new.category.as_str(),
        "createdAt": new.created_at,
        "version": stored(new.version),
        "channels": channels,
    };
    let optional = [("link", new.link.as_ref().map(Link::as_str)), ("trace", new.trace.as_deref())];
    document.extend(optional.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Bson::from(text?)))));
    document
}

/// The fields that a change sets, and those that it removes.
#[must_use]
pub(crate) fn of_change(changed: &Notification) -> (Document, Document) {
    let (mut set, mut unset) = (doc! {"version": stored(changed.version)}, Document::new());
    for (name, time) in [("readAt", changed.read_at), ("canceledAt", changed.canceled_at)] {
        match time {
            Some(time) => set.insert(name, time),
            None => unset.insert(name, ""),
        };
    }
    (set, unset)
}

/// The id of the document of a channel.
#[must_use]
pub(crate) fn channel_id(notification: &str, channel: Channel) -> String {
    format!("{notification}/{}", channel.name())
}

/// The channels that a notification's document names.
fn chosen(document: &Document) -> Option<impl Iterator<Item = Channel>> {
    let names = document.get_array("channels").ok()?;
    Some(names.iter().filter_map(Bson::as_str).filter_map(Channel::named))
}

/// The ids of the documents of a notification's channels.
#[must_use]
pub(crate) fn channel_ids(document: &Document) -> Vec<String> {
    let id = document.get_str("_id").unwrap_or_default();
    chosen(document).into_iter().flatten().map(|channel| channel_id(id, channel)).collect()
}

/// The document of a mail that is to be sent, made at a time.
#[must_use]
pub(crate) fn of_mail(new: &Notification, made: Millis) -> Document {
    let id = channel_id(&new.id.to_string(), Channel::Email);
    doc! {"_id": id, "state": Progress::Pending.name(), "attempts": 0_i64, "due": new.created_at, "madeAt": made}
}

/// The entry of a mail in the queue.
#[must_use]
pub(crate) fn of_queued(new: &Notification) -> Document {
    doc! {"_id": new.id.to_string(), "due": new.created_at}
}

/// The notification of an entry in the queue.
#[must_use]
pub(crate) fn queued(entry: &Document) -> Option<NotificationId> {
    NotificationId::read("_id", entry.get_str("_id").ok()?).ok()
}

/// Reads a notification, with what is known of its channels; `None` for a document that is none.
#[must_use]
pub(crate) fn notification(document: &Document, channels: &[Document]) -> Option<Notification> {
    let text = |name: &str| document.get_str(name).ok();
    let time = |name: &str| document.get_i64(name).ok();
    let id = text("_id")?;
    let canceled_at = time("canceledAt");
    let chosen = chosen(document)?;
    Some(Notification {
        id: NotificationId::read("_id", id).ok()?,
        recipient: RecipientId::read("recipientId", text("recipientId")?).ok()?,
        content: Content::new(text("content")?.to_owned()).ok()?,
        category: Category::new(text("category")?.to_owned()).ok()?,
        link: text("link").and_then(|link| Link::new(link.to_owned()).ok()),
        created_at: time("createdAt")?,
        read_at: time("readAt"),
        canceled_at,
        version: count(document, "version"),
        channels: chosen.map(|channel| report(id, channel, channels, canceled_at)).collect(),
        trace: text("trace").map(str::to_owned),
    })
}

fn report(id: &str, channel: Channel, channels: &[Document], canceled_at: Option<Millis>) -> ChannelReport {
    let own = channel_id(id, channel);
    let known = channels.iter().find(|document| document.get_str("_id").is_ok_and(|id| id == own));
    let mut report = known.map_or_else(|| ChannelReport::new(channel), |document| read_report(channel, document));
    // A cancelled notification is not mailed any more. That it is cancelled is told to the page as any other change.
    if channel == Channel::Email && report.state == Progress::Pending && canceled_at.is_some() {
        report.state = Progress::Canceled;
    }
    report
}

fn read_report(channel: Channel, document: &Document) -> ChannelReport {
    ChannelReport {
        channel,
        state: document.get_str("state").ok().and_then(Progress::named).unwrap_or(Progress::Pending),
        attempts: count(document, "attempts"),
        last_error: document.get_str("error").ok().map(str::to_owned),
        sent_at: document.get_i64("sentAt").ok(),
    }
}

/// What a document has of a recipient.
#[must_use]
pub(crate) fn of_recipient(recipient: &Recipient) -> Document {
    let channels: Vec<&str> = recipient.channels.iter().map(|channel| channel.name()).collect();
    let mut document = doc! {"language": language_name(recipient.language), "channels": channels};
    if let Some(email) = &recipient.email {
        document.insert("email", email.as_str());
    }
    document
}

/// Reads a recipient; `None` for a document that is none.
#[must_use]
pub(crate) fn recipient(document: &Document) -> Option<Recipient> {
    let channels: BTreeSet<Channel> =
        document.get_array("channels").ok()?.iter().filter_map(Bson::as_str).filter_map(Channel::named).collect();
    Some(Recipient {
        id: RecipientId::read("_id", document.get_str("_id").ok()?).ok()?,
        email: document.get_str("email").ok().and_then(|email| Email::new(email.to_owned()).ok()),
        language: document.get_str("language").ok().map(language).unwrap_or_default(),
        channels,
    })
}

/// A language as messages and documents name it.
#[must_use]
pub(crate) const fn language_name(language: Language) -> &'static str {
    match language {
        Language::Portuguese => "pt-BR",
        Language::English => "en",
    }
}

/// The language of that name.
#[must_use]
pub(crate) fn language(name: &str) -> Language {
    if name == language_name(Language::English) { Language::English } else { Language::Portuguese }
}

/// A count as the database keeps it.
#[must_use]
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that the database keeps; 0 where there is none.
#[must_use]
pub(crate) fn count(document: &Document, name: &str) -> u64 {
    let number = match document.get(name) {
        Some(Bson::Int64(number)) => *number,
        Some(Bson::Int32(number)) => i64::from(*number),
        _ => 0,
    };
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
#[path = "tests/documents.rs"]
mod tests;
