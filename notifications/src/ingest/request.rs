//! A record of `notifications.send-notification` as a request. Pure.
//!
//! The original's three fields are a whole request; the values are examined by the same types as those of an HTTP body.

use delivery_messages::{DecodeError, SendNotification, Topic, decode};

use crate::domain::ids::{NotificationId, RecipientId};
use crate::domain::invalid::Invalid;
use crate::domain::text::{Category, Content, Link};
use crate::domain::use_cases::Request;
use crate::group::Record;

/// Why a record is no request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadRecord {
    /// It is not of the topic's shape.
    #[error(transparent)]
    Shape(#[from] DecodeError),
    /// A field's value is not allowed.
    #[error(transparent)]
    Value(#[from] Invalid),
}

impl BadRecord {
    /// A stable name, for dead letters and metrics.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Shape(error) => error.reason(),
            Self::Value(error) => error.reason(),
        }
    }
}

/// The request of a record. Without a `notificationId` it has an id that follows from where and when Kafka keeps the record, so that the same
/// record is one notification however often it is read; a topic that was made anew has other times.
///
/// # Errors
/// When it is none.
pub(crate) fn request(record: &Record) -> Result<Request, BadRecord> {
    let message: SendNotification = decode(Topic::SendNotification, record.value.as_deref())?;
    let id = if let Some(id) = &message.notification_id {
        NotificationId::read("notificationId", id)?
    } else {
        let Record { name, partition, offset, time, .. } = record;
        NotificationId::derived(&format!("{name}/{partition}/{offset}@{time}"))
    };
    Ok(Request {
        id,
        recipient: RecipientId::read("recipientId", &message.recipient_id)?,
        content: Content::new(message.content)?,
        category: Category::new(message.category)?,
        link: message.link.map(Link::new).transpose()?,
        at: record.time,
        trace: record.trace.clone(),
    })
}

#[cfg(test)]
#[path = "tests/request.rs"]
mod tests;
