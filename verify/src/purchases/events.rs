//! The purchases themselves, and the events of the topic `compra`: one of each approved purchase, and of no other.

use std::collections::BTreeMap;

use delivery_messages::Purchase;
use delivery_messages::sales::purchase::Item;

use super::books::{LogRecord, purchase_of};
use super::findings::{Findings, first_difference, is_expired};
use super::report::PurchaseProblem;
use super::views::{PurchaseState, PurchaseView};

/// An event, and where it is.
struct Event<'a> {
    purchase: Purchase,
    record: &'a LogRecord,
}

impl<'a> Findings<'a> {
    pub(super) fn purchases(&mut self) {
        let all: Vec<_> = self.purchases.values().copied().collect();
        for purchase in all {
            self.report.purchases += 1;
            match purchase.state {
                PurchaseState::Approved => {
                    self.report.approved += 1;
                    self.report.approved_cents = self.report.approved_cents.saturating_add(purchase.total_cents);
                }
                PurchaseState::Pending => self.report.pending += 1,
                PurchaseState::Failed => self.report.failed += 1,
            }
            let sum = sum(&purchase.items);
            if sum != Some(purchase.total_cents) {
                let (id, total) = (&purchase.id, purchase.total_cents);
                let sentence = format!(
                    "The purchase {id} has the total {total} cents, but its items come to {} cents.",
                    cents(sum)
                );
                self.note(PurchaseProblem::WrongTotal, id, sentence);
            }
        }
    }

    pub(super) fn events(&mut self) {
        let mut events: BTreeMap<String, Vec<Event<'a>>> = BTreeMap::new();
        for record in &self.books.events.records {
            match purchase_of(record) {
                Some(purchase) => {
                    events.entry(purchase.purchase_id.clone()).or_default().push(Event { purchase, record });
                }
                None => self.report.unreadable += 1,
            }
        }
        for of_one in events.values() {
            self.events_of_one(of_one);
        }
        let approved: Vec<_> =
            self.purchases.values().copied().filter(|purchase| purchase.state == PurchaseState::Approved).collect();
        for purchase in approved {
            let id = purchase.id.as_str();
            if events.contains_key(id) {
                continue;
            }
            if is_expired(purchase.approved_at.unwrap_or(purchase.created_at), &self.books.events) {
                self.report.expired += 1;
                continue;
            }
            let said =
                if purchase.published_at.is_some() { ", although the service says that it wrote one" } else { "" };
            let sentence = format!("The purchase {id} is APPROVED, but the topic compra has no event of it{said}.");
            self.note(PurchaseProblem::NoEvent, id, sentence);
        }
    }

    /// Judges all events of one purchase.
    fn events_of_one(&mut self, events: &[Event<'a>]) {
        let Some((first, repeats)) = events.split_first() else { return };
        let event = &first.purchase;
        let known = self.approved(&event.purchase_id);
        if known.is_none() && events.iter().all(|one| sum(&one.purchase.items) != Some(one.purchase.total_cents)) {
            // Somebody else has written it, and no reader takes it for a purchase.
            self.report.unreadable += events.len() as u64;
            return;
        }
        self.report.events += 1;
        self.report.repeated_events += repeats.len() as u64;
        let Some(purchase) = known else {
            let LogRecord { partition, offset, .. } = first.record;
            let id = &event.purchase_id;
            let sentence = format!(
                "The topic compra has an event of the purchase {id} (partition {partition}, offset {offset}), which {}.",
                self.without_right(id)
            );
            return self.stray(PurchaseProblem::EventWithoutPurchase, id, sentence);
        };
        let id = purchase.id.as_str();
        if let Some(other) =
            events.iter().find(|other| other.record.key.as_deref() != Some(other.purchase.customer.id.as_str()))
        {
            let LogRecord { partition, offset, .. } = other.record;
            let sentence = format!(
                "The event of the purchase {id} (partition {partition}, offset {offset}) has another key than its customer's id."
            );
            self.note(PurchaseProblem::WrongKey, id, sentence);
        }
        let wrong = events.iter().find_map(|other| Some((other.record, difference(purchase, &other.purchase)?)));
        if let Some((LogRecord { partition, offset, .. }, field)) = wrong {
            let sentence = format!(
                "The event of the purchase {id} (partition {partition}, offset {offset}) does not have the purchase's {field}."
            );
            self.note(PurchaseProblem::WrongEvent, id, sentence);
        }
    }
}

/// The sum of the items; none if it is beyond what can be counted.
fn sum(items: &[Item]) -> Option<i64> {
    items
        .iter()
        .try_fold(0_i64, |sum, item| sum.checked_add(item.unit_price_cents.checked_mul(i64::from(item.quantity))?))
}

fn cents(sum: Option<i64>) -> String {
    sum.map_or_else(|| "more than can be counted".to_owned(), |sum| sum.to_string())
}

/// The first field in which an event differs from its purchase.
fn difference(purchase: &PurchaseView, event: &Purchase) -> Option<&'static str> {
    first_difference(&[
        ("customer", purchase.customer.is_same(&event.customer)),
        ("items", purchase.items == event.items),
        ("totalCents", purchase.total_cents == event.total_cents),
        ("currency", purchase.currency == event.currency),
        ("deliverTo", purchase.deliver_to == event.deliver_to),
        ("createdAt", purchase.created_at == event.created_at),
        ("approvedAt", purchase.approved_at.is_none_or(|at| at == event.approved_at)),
    ])
}
