//! The topics: their names, and how each is cleaned.

use serde::{Deserialize, Serialize};

/// A topic of the system; each has one kind of message and one meaning of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Topic {
    /// Start requests, by anyone.
    #[serde(rename = "route.new-direction")]
    NewDirection,
    /// Cancel, suspend and resume, by anyone.
    #[serde(rename = "delivery.command")]
    Command,
    /// Every position of every delivery, in order per delivery.
    #[serde(rename = "route.new-position")]
    NewPosition,
    /// What is delivered by whom and how: the operator's newest record per delivery.
    #[serde(rename = "delivery.plan")]
    Plan,
    /// How far each delivery is: its simulator's newest record.
    #[serde(rename = "delivery.state")]
    State,
    /// Every revision of every route that is, or may be, driven.
    #[serde(rename = "route.catalogue")]
    Catalogue,
    /// Erased ids, which must not come back, by anyone.
    #[serde(rename = "delivery.erased")]
    Erased,
    /// Records that could not be understood or served, with the reason.
    #[serde(rename = "dead-letters")]
    DeadLetters,
    /// Every approved purchase, whole; the name is the original's.
    #[serde(rename = "compra")]
    Purchase,
    /// Every invoice that was issued.
    #[serde(rename = "invoice.issued")]
    InvoiceIssued,
    /// What a recipient is to be told, by anyone; the name is the original's.
    #[serde(rename = "notifications.send-notification")]
    SendNotification,
    /// A notification after each of its changes.
    #[serde(rename = "notifications.changed")]
    NotificationChanged,
    /// Customers who are to be forgotten, by anyone.
    #[serde(rename = "customer.erased")]
    CustomerErased,
}

impl Topic {
    /// The topics of deliveries, which every installation has.
    pub const ALL: [Self; 8] = [
        Self::NewDirection,
        Self::Command,
        Self::NewPosition,
        Self::Plan,
        Self::State,
        Self::Catalogue,
        Self::Erased,
        Self::DeadLetters,
    ];

    /// The topics of purchases, invoices and notifications, for an installation that has those services.
    pub const PURCHASES: [Self; 5] =
        [Self::Purchase, Self::InvoiceIssued, Self::SendNotification, Self::NotificationChanged, Self::CustomerErased];

    /// The name without a prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewDirection => "route.new-direction",
            Self::Command => "delivery.command",
            Self::NewPosition => "route.new-position",
            Self::Plan => "delivery.plan",
            Self::State => "delivery.state",
            Self::Catalogue => "route.catalogue",
            Self::Erased => "delivery.erased",
            Self::DeadLetters => "dead-letters",
            Self::Purchase => "compra",
            Self::InvoiceIssued => "invoice.issued",
            Self::SendNotification => "notifications.send-notification",
            Self::NotificationChanged => "notifications.changed",
            Self::CustomerErased => "customer.erased",
        }
    }

    /// Whether the broker keeps the newest record per key (`cleanup.policy=compact`) instead of all for a time.
    #[must_use]
    pub const fn is_compacted(self) -> bool {
        matches!(self, Self::Plan | Self::State | Self::Catalogue | Self::Erased | Self::CustomerErased)
    }
}

/// The names of the topics of one installation: a prefix before each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topics {
    prefix: String,
}

impl Topics {
    /// Topics with this prefix, which may be empty.
    #[must_use]
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// The full name of a topic.
    #[must_use]
    pub fn name(&self, topic: Topic) -> String {
        format!("{}{}", self.prefix, topic.name())
    }

    /// The topic of a full name, if it is one of this installation's.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<Topic> {
        let name = name.strip_prefix(self.prefix.as_str())?;
        Topic::ALL.into_iter().chain(Topic::PURCHASES).find(|topic| topic.name() == name)
    }
}

#[cfg(test)]
#[path = "tests/topic.rs"]
mod tests;
