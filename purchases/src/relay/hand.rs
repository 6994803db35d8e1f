//! The purchases that this replica has in hand: those whose payments take their time, and those that are on their way to Kafka. Pure.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use crate::domain::decision::Outcome;
use crate::domain::purchase::Purchase;
use crate::payments::Payment;

/// The maximum number of purchases in hand, whatever they wait for.
pub(crate) const MAX: usize = 512;

/// A purchase that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub purchase: Purchase,
    /// Whether it may be on the list of those under way, and so has to be taken off it.
    pub is_listed: bool,
}

/// The purchases in hand.
#[derive(Debug, Default)]
pub(crate) struct Hand {
    /// The ids of all, and whether each may be on the list of those under way.
    known: HashMap<String, bool>,
    /// Those that are being paid, by when that is done and, for the same time, by when they came.
    paying: BTreeMap<(Instant, u64), (Purchase, Outcome)>,
    count: u64,
}

impl Hand {
    /// How many more may be taken.
    pub(crate) fn room(&self) -> usize {
        MAX.saturating_sub(self.known.len())
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether a purchase is in hand.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.known.contains_key(id)
    }

    /// Whether a purchase may be on the list of those under way: only what is known to have come another way is not.
    pub(crate) fn is_listed(&self, id: &str) -> bool {
        self.known.get(id).is_none_or(|is_listed| *is_listed)
    }

    /// Those of purchases that may be on the list of those under way.
    pub(crate) fn listed<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> Vec<String> {
        ids.into_iter().filter(|id| self.is_listed(id)).cloned().collect()
    }

    /// Purchases came on the list of those under way.
    pub(crate) fn note_listed<'a>(&mut self, ids: impl IntoIterator<Item = &'a String>) {
        for id in ids {
            if let Some(is_listed) = self.known.get_mut(id) {
                *is_listed = true;
            }
        }
    }

    /// Takes a purchase whose payment begins now.
    pub(crate) fn pay(&mut self, taken: Taken, payment: Payment, now: Instant) {
        let Taken { purchase, is_listed } = taken;
        if self.has(&purchase.id) {
            return;
        }
        self.known.insert(purchase.id.clone(), is_listed);
        self.count += 1;
        self.paying.insert((now + payment.takes, self.count), (purchase, payment.outcome));
    }

    /// Takes a purchase that is on its way to Kafka.
    pub(crate) fn publish(&mut self, id: &str) {
        self.known.entry(id.to_owned()).or_insert(true);
    }

    /// The purchases whose payments are done, in the order in which they were, at most `max`. They stay in hand until they are let go.
    pub(crate) fn paid(&mut self, now: Instant, max: usize) -> Vec<(Purchase, Outcome)> {
        let mut paid = Vec::new();
        while paid.len() < max
            && let Some(first) = self.paying.first_entry()
            && first.key().0 <= now
        {
            paid.push(first.remove());
        }
        paid
    }

    /// When the next payment is done.
    pub(crate) fn next_paid(&self) -> Option<Instant> {
        self.paying.first_key_value().map(|((done, _), _)| *done)
    }

    /// Lets purchases go: nothing is left to be done.
    pub(crate) fn let_go<'a>(&mut self, ids: impl IntoIterator<Item = &'a String>) {
        for id in ids {
            self.known.remove(id);
        }
    }
}

#[cfg(test)]
#[path = "tests/hand.rs"]
mod tests;
