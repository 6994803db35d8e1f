//! A notification, and what may happen to it: read, unread, cancelled. Pure.

use delivery_messages::Millis;

use super::channel::{Channel, ChannelReport};
use super::ids::{NotificationId, RecipientId};
use super::text::{Category, Content, Link};

/// Something that a recipient is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Who is told.
    pub recipient: RecipientId,
    /// What.
    pub content: Content,
    /// The kind of news.
    pub category: Category,
    /// A path on the map's address that shows more.
    pub link: Option<Link>,
    /// When it was asked for.
    pub created_at: Millis,
    /// When it was first read since it was last unread; absent: it is unread.
    pub read_at: Option<Millis>,
    /// When it was cancelled, for the first time.
    pub canceled_at: Option<Millis>,
    /// 1, and one more with each change of what is above.
    pub version: u64,
    /// How far it is on each of its channels.
    pub channels: Vec<ChannelReport>,
    /// The trace context of what asked for it.
    pub trace: Option<String>,
}

/// What may be done with a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// The recipient has read it.
    Read,
    /// The recipient wants to see it as unread again.
    Unread,
    /// It does not hold any more.
    Cancel,
}

/// A cancelled notification can be neither read nor unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The notification {0} is cancelled, so it can be marked neither as read nor as unread. Send a new one if it is still true."
)]
pub(crate) struct Canceled(pub(crate) NotificationId);

impl Notification {
    /// The notification after an action; none when the action changes nothing, so that the first time of it is kept.
    ///
    /// # Errors
    /// When it is cancelled and the action is another.
    pub(crate) fn after(&self, action: Action, now: Millis) -> Result<Option<Self>, Canceled> {
        let (read_at, canceled_at) = match (action, self.canceled_at) {
            (Action::Cancel, canceled_at) => (self.read_at, canceled_at.or(Some(now))),
            (Action::Read | Action::Unread, Some(_)) => return Err(Canceled(self.id)),
            (Action::Read, None) => (self.read_at.or(Some(now)), None),
            (Action::Unread, None) => (None, None),
        };
        if (read_at, canceled_at) == (self.read_at, self.canceled_at) {
            return Ok(None);
        }
        Ok(Some(Self { read_at, canceled_at, version: self.version.saturating_add(1), ..self.clone() }))
    }

    /// Whether two ask for the same: who is told what, whatever has happened to it since.
    #[must_use]
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        (self.recipient, &self.content, &self.category, &self.link)
            == (other.recipient, &other.content, &other.category, &other.link)
    }

    /// How far it is on a channel; none when that channel was not chosen.
    #[must_use]
    pub(crate) fn on(&self, channel: Channel) -> Option<&ChannelReport> {
        self.channels.iter().find(|report| report.channel == channel)
    }
}

#[cfg(test)]
#[path = "tests/notification.rs"]
mod tests;
