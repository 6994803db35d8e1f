//! What one connection is interested in, and which of that it has been told: its scope, its filter, and the deliveries that
//! it has on its map.
//!
//! Pure. A connection that sees everything has none of this. It is a few bytes for each delivery on the client's map.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::delivery::{About, Delivery};
use crate::model::scope::Scope;
use crate::protocol::encoded_position::Moved;
use crate::protocol::filter::Filter;

/// A scope and a filter, and what has been told under them.
#[derive(Debug)]
pub struct Interest {
    scope: Arc<Scope>,
    filter: Filter,
    /// The newest `seq` that was told of each delivery on the client's map, by this replica's number for it.
    told: HashMap<u32, u64>,
}

/// What a position means to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is of no interest.
    Hidden,
    /// The delivery is on the map and stays there.
    Inside {
        /// How many positions between this one and the one told before have not been told.
        spared: u64,
    },
    /// It comes into the rectangle.
    Enters,
    /// It goes out of the rectangle.
    Leaves,
}

impl Interest {
    /// The interest of a client; none when it sees everything.
    #[must_use]
    pub fn new(scope: &Arc<Scope>, filter: Filter) -> Option<Box<Self>> {
        let everything = scope.shows_all() && filter.is_open();
        (!everything).then(|| Box::new(Self { scope: Arc::clone(scope), filter, told: HashMap::new() }))
    }

    /// Whether a delivery is of interest, wherever its vehicle is.
    #[must_use]
    pub fn wants(&self, about: &About) -> bool {
        self.scope.shows(about) && self.filter.wants(about)
    }

    /// Whether a delivery is part of a snapshot.
    #[must_use]
    pub fn shows(&self, delivery: &Delivery) -> bool {
        let inside = self
            .filter
            .rectangle()
            .is_none_or(|rectangle| delivery.fix.is_some_and(|fix| rectangle.contains(fix.position)));
        inside && self.wants(&delivery.about)
    }

    /// A snapshot of these deliveries is what the client knows now.
    pub fn begin<'a>(&mut self, deliveries: impl Iterator<Item = &'a Delivery>) {
        self.told = deliveries
            .filter(|delivery| !delivery.phase.is_final())
            .filter_map(|delivery| Some((delivery.base?.number, delivery.fix?.seq)))
            .collect();
    }

    /// What a position means to the client, which is told accordingly.
    pub fn moved(&mut self, moved: &Moved) -> Sight {
        if !self.wants(&moved.about) {
            return Sight::Hidden;
        }
        let inside = self.filter.rectangle().is_none_or(|rectangle| rectangle.contains(moved.fix.position));
        // A delivery has its number before its first position is told.
        let Some(number) = moved.number else {
            return if inside { Sight::Inside { spared: 0 } } else { Sight::Hidden };
        };
        if !inside {
            return if self.told.remove(&number).is_some() { Sight::Leaves } else { Sight::Hidden };
        }
        match self.told.insert(number, moved.fix.seq) {
            None if self.filter.rectangle().is_some() => Sight::Enters,
            // It had no position when it was told of.
            None => Sight::Inside { spared: moved.fix.seq },
            Some(last) => Sight::Inside { spared: moved.fix.seq.saturating_sub(last).saturating_sub(1) },
        }
    }

    /// Whether the client hears of a delivery's phase. One that is not on its part of the map is told when it enters.
    #[must_use]
    pub fn follows(&self, delivery: &Delivery) -> bool {
        let on_map =
            self.filter.rectangle().is_none() || delivery.base.is_some_and(|base| self.told.contains_key(&base.number));
        on_map && self.wants(&delivery.about)
    }

    /// The delivery has ended and the client has been told, or it is gone.
    pub fn forget(&mut self, delivery: &Delivery) {
        if let Some(base) = delivery.base {
            self.told.remove(&base.number);
        }
    }
}

#[cfg(test)]
#[path = "tests/interest.rs"]
mod tests;
