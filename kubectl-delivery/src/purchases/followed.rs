//! How far the purchases of this run are: paid, invoiced, mailed, delivered, notified. Pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use delivery_api::DeliveryPhase;
use delivery_messages::Millis;
use delivery_verify::purchases::{EmailState, InvoiceView, PurchaseState, PurchaseView};

use super::kin;

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    /// There is a service of invoices.
    pub(crate) invoices: bool,
    /// There is a service of notifications.
    pub(crate) notifications: bool,
    /// The end of the delivery, not only its start.
    pub(crate) until_finished: bool,
}

/// A delivery that a purchase has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FollowedDelivery {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) phase: DeliveryPhase,
}

/// A purchase, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FollowedPurchase {
    pub(crate) view: PurchaseView,
    pub(crate) invoice: Option<InvoiceView>,
    pub(crate) delivery: Option<FollowedDelivery>,
    /// The notifications that its customer has had because of it.
    pub(crate) notifications: u64,
    /// The ids that such notifications have.
    news: Vec<String>,
}

impl FollowedPurchase {
    fn new(view: PurchaseView) -> Self {
        let news = kin::NEWS.iter().map(|news| kin::notification(&view.id, news)).collect();
        Self { view, invoice: None, delivery: None, notifications: 0, news }
    }

    pub(crate) fn wants_delivery(&self) -> bool {
        self.view.deliver_to.is_some()
    }

    /// Whether its event is in Kafka, as the service says.
    pub(crate) fn is_published(&self) -> bool {
        self.view.state == PurchaseState::Approved && self.view.published_at.is_some()
    }

    /// Whether nothing more becomes of its invoice's e-mail.
    pub(crate) fn is_mailed(&self) -> bool {
        self.invoice.as_ref().is_some_and(|invoice| invoice.email.state.is_final())
    }

    pub(crate) fn is_delivered(&self, expected: Expected) -> bool {
        let Some(delivery) = &self.delivery else { return !self.wants_delivery() };
        delivery.phase.is_final() || !expected.until_finished
    }

    /// How many notifications there are at least: it is paid, it is invoiced, its delivery has been accepted.
    fn least_notifications(&self, expected: Expected) -> u64 {
        if self.view.state == PurchaseState::Failed || !expected.notifications {
            return 0;
        }
        1 + u64::from(expected.invoices) + u64::from(self.wants_delivery())
    }

    pub(crate) fn is_notified(&self, expected: Expected) -> bool {
        self.notifications >= self.least_notifications(expected)
    }

    /// Whether there is nothing left to wait for.
    pub(crate) fn is_through(&self, expected: Expected) -> bool {
        self.view.state == PurchaseState::Failed || self.missing(expected).is_none()
    }

    /// What it waits for, as the end of a sentence.
    pub(crate) fn missing(&self, expected: Expected) -> Option<&'static str> {
        if self.view.state == PurchaseState::Failed {
            None
        } else if self.view.state == PurchaseState::Pending {
            Some("waits for its payment")
        } else if !self.is_published() {
            Some("waits for its event to be written to Kafka")
        } else if expected.invoices && self.invoice.is_none() {
            Some("waits for its invoice")
        } else if expected.invoices && !self.is_mailed() {
            Some("waits for its e-mail")
        } else if self.delivery.is_none() && self.wants_delivery() {
            Some("waits for its delivery")
        } else if !self.is_delivered(expected) {
            Some("waits for the end of its delivery")
        } else if !self.is_notified(expected) {
            Some("waits for its notifications")
        } else {
            None
        }
    }

    /// Whether something has not become as it was asked for.
    pub(crate) fn has_failed(&self) -> bool {
        let email = self.invoice.as_ref().map(|invoice| invoice.email.state);
        self.view.state == PurchaseState::Failed
            || matches!(email, Some(EmailState::Bounced | EmailState::Failed))
            || self.delivery.as_ref().is_some_and(|delivery| delivery.phase == DeliveryPhase::Failed)
    }
}

/// The purchases of this run, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Followed {
    purchases: Vec<FollowedPurchase>,
    expected: Expected,
}

impl Followed {
    pub(crate) fn new(expected: Expected) -> Self {
        Self { purchases: Vec::new(), expected }
    }

    pub(crate) fn add(&mut self, view: PurchaseView) {
        self.purchases.push(FollowedPurchase::new(view));
    }

    pub(crate) fn all(&self) -> &[FollowedPurchase] {
        &self.purchases
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut FollowedPurchase> {
        self.purchases.iter_mut()
    }

    pub(crate) fn expected(&self) -> Expected {
        self.expected
    }

    /// Those that wait for something.
    pub(crate) fn open(&self) -> impl Iterator<Item = &FollowedPurchase> {
        self.purchases.iter().filter(move |purchase| !purchase.is_through(self.expected))
    }

    pub(crate) fn is_through(&self) -> bool {
        self.open().next().is_none()
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.purchases.iter().any(FollowedPurchase::has_failed)
    }

    /// The customers who wait for notifications, each with the time of the first purchase.
    pub(crate) fn waiting_customers(&self) -> BTreeMap<String, Millis> {
        let waiting: BTreeSet<_> = self.open().map(|purchase| purchase.view.customer.id.as_str()).collect();
        let mut since = BTreeMap::new();
        for purchase in &self.purchases {
            let (id, created) = (&purchase.view.customer.id, purchase.view.created_at);
            if waiting.contains(id.as_str()) {
                let first = since.entry(id.clone()).or_insert(created);
                *first = created.min(*first);
            }
        }
        since
    }

    /// Takes the ids of what customers were told.
    pub(crate) fn told(&mut self, ids: &HashSet<String>) {
        for purchase in &mut self.purchases {
            let told = purchase.news.iter().filter(|id| ids.contains(*id)).count() as u64;
            purchase.notifications = purchase.notifications.max(told);
        }
    }
}

#[cfg(test)]
#[path = "tests/followed.rs"]
mod tests;
