//! Which of a recipient's notifications are asked for, page by page, the newest first. Pure.

use std::cmp::Reverse;
use std::fmt;

use delivery_messages::Millis;

use super::ids::{NotificationId, RecipientId};
use super::notification::Notification;

/// The notifications of a page unless the client sets `limit`.
const DEFAULT_LIMIT: usize = 50;
/// The maximum of `limit`.
const MAX_LIMIT: usize = 200;

/// Some of a recipient's notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Whose.
    pub recipient: RecipientId,
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
    /// Only cancelled ones, or only others.
    pub canceled: Option<bool>,
}

/// One page of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Of which notifications.
    pub selection: Selection,
    /// Only those after this place, the last one of the previous page.
    pub after: Option<Place>,
    /// The maximum number on the page.
    pub limit: usize,
}

/// The place of a notification in a list, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// When it was created.
    pub created_at: Reverse<Millis>,
    /// Its id.
    pub id: Reverse<NotificationId>,
}

/// Why parameters cannot be used; the message names the parameter and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidListing {
    /// A switch that is neither on nor off.
    #[error("The parameter {0} is true or false, or is left out.")]
    Switch(&'static str),
    /// `limit` is not a number in range.
    #[error("The limit is an integer from 1 to {MAX_LIMIT}.")]
    Limit,
    /// `cursor` is not from an earlier page.
    #[error("The parameter cursor takes the value that an earlier page returned as next.")]
    Cursor,
}

impl InvalidListing {
    /// A stable name, part of the HTTP API.
    #[must_use]
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Switch(_) => "InvalidParameter",
            Self::Limit => "InvalidLimit",
            Self::Cursor => "InvalidCursor",
        }
    }
}

impl Selection {
    /// Reads the parameters of a URL.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read<'a>(
        recipient: RecipientId,
        parameter: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, InvalidListing> {
        let switch = |name: &'static str| match parameter(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(InvalidListing::Switch(name)),
        };
        Ok(Self { recipient, unread: switch("unread")?, canceled: switch("cancelled")? })
    }

    /// Whether a notification belongs to it. What the store asks of the database must say the same.
    #[cfg(test)]
    pub(crate) fn holds(&self, notification: &Notification) -> bool {
        notification.recipient == self.recipient
            && self.unread.is_none_or(|unread| unread == notification.read_at.is_none())
            && self.canceled.is_none_or(|canceled| canceled == notification.canceled_at.is_some())
    }
}

impl Listing {
    /// Reads the parameters of a URL.
    ///
    /// # Errors
    /// When a parameter is invalid.
    pub(crate) fn read<'a>(
        recipient: RecipientId,
        parameter: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, InvalidListing> {
        let limit = match parameter("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => {
                let number = text.parse().ok().filter(|number| (1..=MAX_LIMIT).contains(number));
                number.ok_or(InvalidListing::Limit)?
            }
        };
        let after = parameter("cursor").map(|text| Place::read(text).ok_or(InvalidListing::Cursor)).transpose()?;
        Ok(Self { selection: Selection::read(recipient, parameter)?, after, limit })
    }

    /// A page of what was found for one more than the limit, and where the next one begins.
    #[must_use]
    pub(crate) fn page(&self, mut found: Vec<Notification>) -> (Vec<Notification>, Option<Place>) {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| has_more).map(Place::of);
        (found, next)
    }
}

impl Place {
    /// The place of a notification.
    #[must_use]
    pub(crate) const fn of(notification: &Notification) -> Self {
        Self { created_at: Reverse(notification.created_at), id: Reverse(notification.id) }
    }

    fn read(text: &str) -> Option<Self> {
        let (created_at, id) = text.split_once('.')?;
        let id = NotificationId::read("cursor", id).ok()?;
        Some(Self { created_at: Reverse(created_at.parse().ok()?), id: Reverse(id) })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.created_at.0, self.id.0)
    }
}

#[cfg(test)]
#[path = "tests/listing.rs"]
mod tests;
