//! What is known of a purchase, its invoice and its delivery, and of which kinds of news about it were told. Pure.
//!
//! All of it is kept under the purchase's id, or under the delivery's where none was bought.

use delivery_messages::Millis;
use delivery_messages::sales::purchase::Language;

use super::kind::Kinds;
use crate::domain::ids::RecipientId;

/// What a purchase tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bought {
    /// Who bought.
    pub customer: RecipientId,
    /// The language that the customer bought in.
    pub language: Language,
    /// The sum, cents.
    pub total_cents: i64,
    /// When the purchase was made.
    pub at: Millis,
}

/// What an invoice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invoice {
    /// Its number in its series.
    pub number: u32,
}

/// What a plan tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivering {
    /// The delivery's id.
    pub delivery: String,
    /// Who asked for it.
    pub client: RecipientId,
    /// The namespace of its object.
    pub namespace: String,
    /// The name of its object.
    pub name: String,
    /// When it was accepted.
    pub at: Millis,
}

/// What records tell of a purchase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub bought: Option<Bought>,
    pub invoice: Option<Invoice>,
    pub delivering: Option<Delivering>,
    /// The kinds of news that they tell.
    pub kinds: Kinds,
}

impl Facts {
    /// These and others.
    pub(crate) fn and(&mut self, more: Self) {
        let Self { bought, invoice, delivering, mut kinds } = more;
        self.bought = bought.or_else(|| self.bought.take());
        self.invoice = invoice.or(self.invoice);
        self.delivering = delivering.or_else(|| self.delivering.take());
        self.kinds.append(&mut kinds);
    }

    /// Whom they are about, and from when they are; none if that is not known of them.
    #[must_use]
    pub(crate) fn concern(&self) -> Option<(RecipientId, Millis)> {
        let bought = self.bought.as_ref().map(|bought| (bought.customer, bought.at));
        bought.or_else(|| self.delivering.as_ref().map(|delivering| (delivering.client, delivering.at)))
    }

    /// Whether the delivery has ended.
    #[must_use]
    pub(crate) fn has_ended(&self) -> bool {
        self.kinds.iter().any(|kind| kind.is_final())
    }
}

/// All that is known of a purchase by now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    pub facts: Facts,
    /// The kinds of news that were told.
    pub told: Kinds,
    /// Whether the delivery has ended, and that was told if there was anybody to tell it to.
    pub is_over: bool,
}

impl Order {
    /// Who is told; none while nobody can be.
    #[must_use]
    pub(crate) fn recipient(&self) -> Option<RecipientId> {
        let Facts { bought, delivering, .. } = &self.facts;
        bought.as_ref().map(|bought| bought.customer).or_else(|| Some(delivering.as_ref()?.client))
    }
}
