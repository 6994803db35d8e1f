//! What one client is interested in, and which of that it has: its scope, its filter, and the deliveries on its map.
//!
//! Pure. A client that sees everything has none of this. It takes a few bytes for each delivery on the client's map.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::delivery::{About, Delivery};
use crate::model::scope::Scope;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::filter::Filter;

/// A scope and a filter, and what was sent for them.
#[derive(Debug)]
pub(crate) struct Interest {
    scope: Arc<Scope>,
    filter: Filter,
    /// The newest `seq` sent for each delivery on the client's map, by this replica's number for the delivery.
    sent: HashMap<u32, u64>,
}

/// What a position means to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// It is of no interest.
    Hidden,
    /// The delivery is on the map and stays there.
    Inside {
        /// How many positions between this one and the last one sent were left out.
        spared: u64,
    },
    Enters,
    Leaves,
}

impl Interest {
    /// A client's interest; none when it sees everything.
    pub(crate) fn new(scope: &Arc<Scope>, filter: Filter) -> Option<Box<Self>> {
        let everything = scope.shows_all() && filter.is_open();
        (!everything).then(|| Box::new(Self { scope: Arc::clone(scope), filter, sent: HashMap::new() }))
    }

    /// Whether a delivery is of interest, regardless of where its vehicle is.
    pub(crate) fn wants(&self, about: &About) -> bool {
        self.scope.shows(about) && self.filter.wants(about)
    }

    /// Whether a delivery is part of a snapshot.
    pub(crate) fn shows(&self, delivery: &Delivery) -> bool {
        let inside = self
            .filter
            .rectangle()
            .is_none_or(|rectangle| delivery.fix.is_some_and(|fix| rectangle.contains(fix.position)));
        inside && self.wants(&delivery.about)
    }

    /// Records that the client now knows a snapshot of these deliveries.
    pub(crate) fn begin<'a>(&mut self, deliveries: impl Iterator<Item = &'a Delivery>) {
        self.sent = deliveries
            .filter(|delivery| !delivery.phase.is_final())
            .filter_map(|delivery| Some((delivery.base?.number, delivery.fix?.seq)))
            .collect();
    }

    /// What a position means to the client. Afterwards it counts as sent.
    pub(crate) fn observe(&mut self, position: &EncodedPosition) -> Visibility {
        if !self.wants(&position.about) {
            return Visibility::Hidden;
        }
        let inside = self.filter.rectangle().is_none_or(|rectangle| rectangle.contains(position.fix.position));
        // A delivery has its number before its first position is sent.
        let Some(number) = position.number else {
            return if inside { Visibility::Inside { spared: 0 } } else { Visibility::Hidden };
        };
        if !inside {
            return if self.sent.remove(&number).is_some() { Visibility::Leaves } else { Visibility::Hidden };
        }
        match self.sent.insert(number, position.fix.seq) {
            None if self.filter.rectangle().is_some() => Visibility::Enters,
            // Its view was sent before it had a position.
            None => Visibility::Inside { spared: position.fix.seq },
            Some(last) => Visibility::Inside { spared: position.fix.seq.saturating_sub(last).saturating_sub(1) },
        }
    }

    /// Whether a position would be sent, or would take its delivery off the map: [`Interest::observe`] of any other changes nothing.
    pub(crate) fn concerns(&self, position: &EncodedPosition) -> bool {
        if !self.wants(&position.about) {
            return false;
        }
        self.filter.rectangle().is_none_or(|rectangle| rectangle.contains(position.fix.position))
            || position.number.is_some_and(|number| self.sent.contains_key(&number))
    }

    /// Whether the client is sent a delivery's phase. A delivery outside the rectangle is sent when it enters.
    pub(crate) fn follows(&self, delivery: &Delivery) -> bool {
        let on_map =
            self.filter.rectangle().is_none() || delivery.base.is_some_and(|base| self.sent.contains_key(&base.number));
        on_map && self.wants(&delivery.about)
    }

    /// Records that the client was sent the end or removal of a delivery.
    pub(crate) fn forget(&mut self, delivery: &Delivery) {
        if let Some(base) = delivery.base {
            self.sent.remove(&base.number);
        }
    }
}

#[cfg(test)]
#[path = "tests/interest.rs"]
mod tests;
