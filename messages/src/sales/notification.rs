//! `notifications.send-notification` and `notifications.changed`: what a recipient is told.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Millis;

/// A request to tell a recipient something. The first three fields are the original's; a record with them alone is complete.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendNotification {
    /// The recipient's id, a UUID.
    pub recipient_id: String,
    /// What to tell: 5 to 240 characters.
    pub content: String,
    /// The kind of news, such as `delivery`.
    pub category: String,
    /// The request's identity, a UUID, which becomes the notification's id: two requests with the same one are one notification.
    /// Absent: the record's topic, partition and offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_id: Option<String>,
    /// A path on the map's address that shows more, such as `/#/delivery/shop/primeiro`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl fmt::Debug for SendNotification {
    /// Without the content, which is for the recipient alone.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SendNotification").field("category", &self.category).finish_non_exhaustive()
    }
}

/// A notification after a change. The key is the recipient's id; the newest `version` of an id counts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationChanged {
    /// The notification's id, a UUID.
    pub id: String,
    /// Grows with each change of it.
    pub version: u64,
    /// See [`SendNotification::recipient_id`].
    pub recipient_id: String,
    /// See [`SendNotification::content`].
    pub content: String,
    /// See [`SendNotification::category`].
    pub category: String,
    /// See [`SendNotification::link`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// When it was read; absent: it is unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Millis>,
    /// When it was cancelled; absent: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<Millis>,
    /// When it was created.
    pub created_at: Millis,
}

impl fmt::Debug for NotificationChanged {
    /// Without the content, which is for the recipient alone.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, version, .. } = self;
        formatter.debug_struct("NotificationChanged").field("id", id).field("version", version).finish_non_exhaustive()
    }
}
