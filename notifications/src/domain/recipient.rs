//! Who is told, and by which channels. Pure.

use std::collections::BTreeSet;

use delivery_messages::Millis;
use delivery_messages::sales::purchase::Language;

use super::channel::Channel;
use super::ids::RecipientId;
use super::text::Email;

/// A recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// Who.
    pub id: RecipientId,
    /// Where e-mails go; absent: none are sent.
    pub email: Option<Email>,
    /// The language of what is written to them.
    pub language: Language,
    /// The channels that they want.
    pub channels: BTreeSet<Channel>,
}

/// What a purchase tells of its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Customer {
    /// Who.
    pub id: RecipientId,
    /// Where e-mails go; absent: the purchase's address is none.
    pub email: Option<Email>,
    /// The language that the customer bought in.
    pub language: Language,
    /// When the purchase was made; the newest one counts, and an erasure forgets who has bought nothing since.
    pub at: Millis,
}

impl Recipient {
    /// A customer as one is known from a purchase: told by every channel.
    #[must_use]
    pub(crate) fn of(customer: &Customer) -> Self {
        let Customer { id, email, language, .. } = customer.clone();
        Self { id, email, language, channels: Channel::ALL.into() }
    }
}

/// The channels of a new notification: those that the recipient wants and that lead to them. One of whom nothing is known has the page.
/// `mail` is whether this service has a mail server.
#[must_use]
pub(crate) fn channels(recipient: Option<&Recipient>, mail: bool) -> Vec<Channel> {
    let Some(recipient) = recipient else { return vec![Channel::Page] };
    let leads = |channel: &Channel| *channel == Channel::Page || (mail && recipient.email.is_some());
    recipient.channels.iter().copied().filter(leads).collect()
}

#[cfg(test)]
#[path = "tests/recipient.rs"]
mod tests;
