//! What is to be told about a purchase now, and to whom. Pure.

use delivery_messages::SendNotification;

use super::kind::Kind;
use super::order::Order;
use super::texts::text;
use crate::domain::ids::NotificationId;
use crate::domain::recipient::Recipient;
use crate::domain::text::Link;

/// Something that a customer is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// The kind.
    pub kind: Kind,
    /// The request for the notification.
    pub message: SendNotification,
}

/// What was not told yet and can be now, in the order in which it happened. `subject` is what the order is kept under, and `known` the
/// recipient of [`Order::recipient`], if one is known. Without a purchase a delivery is news to a known recipient alone.
#[must_use]
pub(crate) fn news_of(subject: &str, order: &Order, known: Option<&Recipient>) -> Vec<News> {
    let facts = &order.facts;
    let Some(recipient) = order.recipient() else { return Vec::new() };
    let language = known.map(|known| known.language).or_else(|| Some(facts.bought.as_ref()?.language));
    let Some(language) = language else { return Vec::new() };
    let can_be_told =
        |kind: &&Kind| if kind.is_without_delivery() { facts.bought.is_some() } else { facts.delivering.is_some() };
    let news = facts.kinds.difference(&order.told).filter(can_be_told).map(|kind| News {
        kind: *kind,
        message: SendNotification {
            recipient_id: recipient.to_string(),
            content: text(*kind, language, facts),
            category: kind.category().to_owned(),
            notification_id: Some(id(subject, *kind).to_string()),
            link: if kind.is_of_delivery() { link(order) } else { None },
        },
    });
    news.collect()
}

/// The notification's id: the same news is one notification, however often it is told.
#[must_use]
pub(crate) fn id(subject: &str, kind: Kind) -> NotificationId {
    NotificationId::derived(&format!("{subject}/{}", kind.name()))
}

/// Where the map shows the delivery.
fn link(order: &Order) -> Option<String> {
    let delivering = order.facts.delivering.as_ref()?;
    let path = format!("/#/delivery/{}/{}", delivering.namespace, delivering.name);
    Link::new(path).ok().map(|link| link.as_str().to_owned())
}

#[cfg(test)]
#[path = "tests/news.rs"]
mod tests;
