//! A purchase: an order that was taken, and what has become of it.

use std::str::FromStr;

use delivery_messages::sales::purchase::{Customer, DeliverTo, Item};
use delivery_messages::{Millis, NewDirection};

use super::decision::{Decision, Outcome};
use super::money::CURRENCY;
use super::order::Order;
use super::text::RouteId;

/// The state of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is not paid yet.
    Pending,
    /// It is paid.
    Approved,
    /// It was not paid, and never will be.
    Failed,
}

impl State {
    /// All states, in the order of a purchase's life.
    pub(crate) const ALL: [Self; 3] = [Self::Pending, Self::Approved, Self::Failed];

    /// The name, part of the HTTP API and of the store.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Failed => "FAILED",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// A purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purchase {
    /// A UUID; also the id of its event, its invoice and its delivery's request.
    pub id: String,
    pub order: Order,
    /// What tells its order from any other.
    pub fingerprint: String,
    /// The W3C `traceparent` of what follows from it.
    pub trace: String,
    /// When it was taken.
    pub created_at: Millis,
    pub state: State,
    /// Why it failed, as a stable name.
    pub reason: Option<String>,
    /// When it was approved.
    pub approved_at: Option<Millis>,
    /// The place of its decision among all.
    pub sequence: Option<i64>,
    /// When Kafka had confirmed its event, and the request of its delivery if it has one.
    pub published_at: Option<Millis>,
}

impl Purchase {
    /// A purchase that is to be paid.
    pub(crate) fn new(id: String, order: Order, trace: String, now: Millis) -> Self {
        Self {
            id,
            fingerprint: order.fingerprint(),
            order,
            trace,
            created_at: now,
            state: State::Pending,
            reason: None,
            approved_at: None,
            sequence: None,
            published_at: None,
        }
    }

    /// The purchase after its decision. Only a pending one changes: nothing that was decided is decided again.
    #[must_use]
    pub(crate) fn decided(self, decision: &Decision) -> Self {
        if self.state != State::Pending {
            return self;
        }
        let sequence = Some(decision.sequence);
        match &decision.outcome {
            Outcome::Approved => Self { state: State::Approved, approved_at: Some(decision.at), sequence, ..self },
            Outcome::Failed(reason) => Self { state: State::Failed, reason: Some(reason.clone()), sequence, ..self },
        }
    }

    /// Whether something is left to be done: it is to be paid, or its event is to be written.
    pub(crate) fn is_open(&self) -> bool {
        match self.state {
            State::Pending => true,
            State::Approved => self.published_at.is_none(),
            State::Failed => false,
        }
    }

    /// The event in `compra`; none unless it is approved.
    pub(crate) fn event(&self) -> Option<delivery_messages::Purchase> {
        let approved_at = self.approved_at.filter(|_| self.state == State::Approved)?;
        let Order { customer, items, total, deliver_to } = &self.order;
        let item = |item: &super::order::Item| Item {
            product: item.product.as_str().to_owned(),
            quantity: item.quantity,
            unit_price_cents: item.unit_price.get(),
        };
        Some(delivery_messages::Purchase {
            purchase_id: self.id.clone(),
            customer: Customer {
                id: customer.id.clone(),
                name: customer.name.as_str().to_owned(),
                email: customer.email.as_str().to_owned(),
                language: customer.language,
            },
            items: items.iter().map(item).collect(),
            total_cents: total.get(),
            currency: CURRENCY.to_owned(),
            deliver_to: deliver_to.as_ref().map(|route| DeliverTo { route_id: route.as_str().to_owned() }),
            created_at: self.created_at,
            approved_at,
        })
    }

    /// The request for its delivery; none unless it is approved and to be delivered. The request's id is the purchase's, so that it starts
    /// one delivery however often it is written.
    pub(crate) fn direction(&self) -> Option<NewDirection> {
        let route = self.order.deliver_to.as_ref().filter(|_| self.state == State::Approved)?;
        Some(NewDirection {
            route_id: RouteId::as_str(route).to_owned(),
            client_id: self.order.customer.id.clone(),
            request_id: Some(self.id.clone()),
            ..NewDirection::default()
        })
    }
}

#[cfg(test)]
#[path = "tests/purchase.rs"]
mod tests;
