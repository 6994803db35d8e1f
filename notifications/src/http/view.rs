//! What clients are shown. Pure.

use delivery_messages::Millis;
use delivery_messages::sales::purchase::Language;
use serde::Serialize;

use crate::domain::channel::{Channel, ChannelReport};
use crate::domain::listing::Place;
use crate::domain::notification::Notification;
use crate::domain::recipient::Recipient;
use crate::domain::text::{Email, Link};

/// A notification: the original's fields, and more.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationView<'a> {
    id: String,
    content: &'a str,
    category: &'a str,
    recipient_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    canceled_at: Option<Millis>,
    created_at: Millis,
    channels: &'a [ChannelReport],
}

impl<'a> From<&'a Notification> for NotificationView<'a> {
    fn from(notification: &'a Notification) -> Self {
        Self {
            id: notification.id.to_string(),
            content: notification.content.as_str(),
            category: notification.category.as_str(),
            recipient_id: notification.recipient.to_string(),
            link: notification.link.as_ref().map(Link::as_str),
            read_at: notification.read_at,
            canceled_at: notification.canceled_at,
            created_at: notification.created_at,
            channels: &notification.channels,
        }
    }
}

/// One notification.
#[derive(Debug, Serialize)]
pub(crate) struct One<'a> {
    pub notification: NotificationView<'a>,
}

/// A page of notifications.
#[derive(Debug, Serialize)]
pub(crate) struct Page<'a> {
    notifications: Vec<NotificationView<'a>>,
    /// The value of `cursor` for the next page; null on the last.
    next: Option<String>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(notifications: &'a [Notification], next: Option<Place>) -> Self {
        Self {
            notifications: notifications.iter().map(NotificationView::from).collect(),
            next: next.map(|place| place.to_string()),
        }
    }
}

/// A number of notifications.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Count {
    pub count: u64,
}

/// How a recipient is reached.
#[derive(Debug, Serialize)]
pub(crate) struct RecipientView<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    language: Language,
    channels: Vec<Channel>,
}

impl<'a> From<&'a Recipient> for RecipientView<'a> {
    fn from(recipient: &'a Recipient) -> Self {
        Self {
            id: recipient.id.to_string(),
            email: recipient.email.as_ref().map(Email::as_str),
            language: recipient.language,
            channels: recipient.channels.iter().copied().collect(),
        }
    }
}
