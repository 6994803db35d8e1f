//! One way to tell a recipient: the page or an e-mail, and how far that is. Pure.

use delivery_messages::Millis;
use serde::{Deserialize, Serialize};

/// A way to tell a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    /// The page, by the topic `notifications.changed` and the gateway's WebSocket.
    Page,
    /// An e-mail.
    Email,
}

impl Channel {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Page, Self::Email];

    /// The name in JSON and in the store.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Email => "email",
        }
    }

    /// The channel of that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// How far a notification is on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Progress {
    /// It is to be sent, for the first time or again.
    Pending,
    /// It is being sent; noted before it is, so that nobody else sends it meanwhile.
    Sending,
    /// It was sent.
    Sent,
    /// The recipient's server refused the address for good.
    Bounced,
    /// It could not be sent for too long, and was given up.
    Failed,
    /// The notification was cancelled before it was sent.
    Canceled,
}

impl Progress {
    const ALL: [Self; 6] = [Self::Pending, Self::Sending, Self::Sent, Self::Bounced, Self::Failed, Self::Canceled];

    /// The name in JSON and in the store.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Sending => "SENDING",
            Self::Sent => "SENT",
            Self::Bounced => "BOUNCED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
        }
    }

    /// The progress of that name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|progress| progress.name() == name)
    }
}

/// What is known of a notification on one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelReport {
    /// Which one.
    pub channel: Channel,
    /// How far.
    pub state: Progress,
    /// How often it was tried.
    pub attempts: u64,
    /// Why the newest attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Millis>,
}

impl ChannelReport {
    /// Of a channel that was not tried yet.
    #[must_use]
    pub(crate) const fn new(channel: Channel) -> Self {
        Self { channel, state: Progress::Pending, attempts: 0, last_error: None, sent_at: None }
    }
}
