//! What everyone may see now: the encoded frames of each delivery, in the order of their last change.
//!
//! Every change gets a number. A connection remembers only the number up to which it has told its client, so it costs
//! nothing here however slow it is, and gets the newest of each delivery when it asks: older positions are conflated away,
//! ends are not, because an ended delivery stays until every connection that could miss it has been closed.
//! Pure; [`crate::hub`] writes it, connections and HTTP read it. A mode that sends every record reads a ring beside this.

use crate::catalogue::Catalogue;
use crate::delivery::Delivery;
use crate::frames;
use crate::table::{Change, Changes};
use delivery_messages::Millis;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A frame and the number of the change that made it.
#[derive(Clone, Debug)]
struct Framed {
    change: u64,
    text: Utf8Bytes,
}

/// A delivery with its frames, each encoded once for all clients.
#[derive(Clone, Debug)]
pub struct Shown {
    /// How it stands.
    pub delivery: Delivery,
    change: u64,
    view: Framed,
    position: Option<Framed>,
    end: Option<Framed>,
}

/// A frame on its way to a client.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The frame.
    pub text: Utf8Bytes,
    /// When the vehicle was due where the frame says; none for other frames.
    pub at: Option<Millis>,
}

/// What a connection has not told its client yet.
#[derive(Debug)]
pub enum Since {
    /// These frames, after which it has told everything up to `seen`.
    Frames {
        /// The frames, in order.
        frames: Vec<Outgoing>,
        /// The number to ask with next.
        seen: u64,
        /// Whether there is more to ask for at once.
        more: bool,
    },
    /// Something is gone that the client does not know of: it needs a new snapshot.
    TooOld,
}

/// All that is shown.
#[derive(Debug, Default)]
pub struct Board {
    shown: HashMap<Arc<str>, Arc<Shown>>,
    order: BTreeMap<u64, Arc<Shown>>,
    requests: HashMap<String, Arc<str>>,
    catalogue: Arc<Catalogue>,
    last: u64,
    horizon: u64,
}

/// Changes with their frames; made without the board, so that nobody waits while they are encoded.
#[derive(Debug)]
pub struct Encoded {
    changes: Vec<EncodedChange>,
    catalogue: Option<Arc<Catalogue>>,
}

#[derive(Debug)]
struct EncodedChange {
    change: Change,
    view: Option<Utf8Bytes>,
    position: Option<Utf8Bytes>,
    end: Option<Utf8Bytes>,
}

impl From<Changes> for Encoded {
    fn from(changes: Changes) -> Self {
        let encode = |change: Change| {
            let delivery = change.delivery.as_ref();
            let when =
                |wanted: bool, encode: fn(&Delivery) -> Option<Utf8Bytes>| delivery.filter(|_| wanted).and_then(encode);
            let view = when(change.marks.view, |delivery| Some(frames::delivery(delivery)));
            let position = when(change.marks.position, frames::position);
            let end = when(change.marks.end, frames::end);
            EncodedChange { change, view, position, end }
        };
        Self { changes: changes.deliveries.into_iter().map(encode).collect(), catalogue: changes.catalogue }
    }
}

impl Board {
    /// Shows what has changed.
    pub fn apply(&mut self, encoded: Encoded) {
        if let Some(catalogue) = encoded.catalogue {
            self.catalogue = catalogue;
        }
        for change in encoded.changes {
            self.last += 1;
            self.apply_one(change);
        }
    }

    fn apply_one(&mut self, encoded: EncodedChange) {
        let EncodedChange { change, view, position, end } = encoded;
        let number = self.last;
        let known = self.shown.remove(&change.id);
        if let Some(known) = &known {
            self.order.remove(&known.change);
        }
        let Some(delivery) = change.delivery else {
            self.leave(known.as_deref());
            return;
        };
        if let Some(request) = delivery.about.request_id.as_ref().filter(|_| change.marks.accepted) {
            self.requests.insert(request.clone(), Arc::clone(&change.id));
        }
        let framed = |text| Framed { change: number, text };
        let known = known.as_deref();
        let shown = Arc::new(Shown {
            // The first change of a delivery always brings its view; were it not so, it is encoded here.
            view: view
                .map(framed)
                .or_else(|| known.map(|known| known.view.clone()))
                .unwrap_or_else(|| framed(frames::delivery(&delivery))),
            position: position.map(framed).or_else(|| known.and_then(|known| known.position.clone())),
            end: end.map(framed).or_else(|| known.and_then(|known| known.end.clone())),
            change: number,
            delivery,
        });
        self.order.insert(number, Arc::clone(&shown));
        self.shown.insert(change.id, shown);
    }

    /// What leaves after its end has been told needs no word, unless somebody is still behind that end. What leaves in the
    /// middle is told by a new snapshot.
    fn leave(&mut self, known: Option<&Shown>) {
        let Some(known) = known else { return };
        if let Some(request) = &known.delivery.about.request_id {
            self.requests.remove(request);
        }
        let missed = if known.delivery.phase.is_final() { known.change } else { self.last };
        self.horizon = self.horizon.max(missed);
    }

    /// The number of the last change.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// Whether a client that has been told everything up to `seen` can go on from there.
    #[must_use]
    pub const fn reaches(&self, seen: u64) -> bool {
        seen >= self.horizon
    }

    /// What a client that has been told everything up to `seen` does not know: the newest of at most `limit` deliveries.
    #[must_use]
    pub fn since(&self, seen: u64, limit: usize) -> Since {
        if !self.reaches(seen) {
            return Since::TooOld;
        }
        let mut frames = Vec::new();
        let mut reached = self.last;
        let mut more = false;
        for (place, (number, shown)) in self.order.range(seen + 1..).enumerate() {
            if place == limit {
                more = true;
                break;
            }
            reached = *number;
            shown.frames_since(seen, &mut frames);
        }
        Since::Frames { frames, seen: if more { reached } else { self.last }, more }
    }

    /// A delivery.
    #[must_use]
    pub fn delivery(&self, id: &str) -> Option<&Arc<Shown>> {
        self.shown.get(id)
    }

    /// The delivery that a request led to.
    #[must_use]
    pub fn of_request(&self, request: &str) -> Option<&Arc<Shown>> {
        self.shown.get(self.requests.get(request)?)
    }

    /// All deliveries, the one that changed longest ago first.
    pub fn deliveries(&self) -> impl Iterator<Item = &Arc<Shown>> {
        self.order.values()
    }

    /// The routes.
    #[must_use]
    pub const fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }
}

impl Shown {
    /// A new delivery comes before its position; an end comes after it.
    fn frames_since(&self, seen: u64, frames: &mut Vec<Outgoing>) {
        let plain = |framed: &Framed| Outgoing { text: framed.text.clone(), at: None };
        let new = |framed: &&Framed| framed.change > seen;
        let view = Some(&self.view).filter(new).map(plain);
        let position = self
            .position
            .as_ref()
            .filter(new)
            .map(|framed| Outgoing { text: framed.text.clone(), at: self.delivery.fix.map(|fix| fix.at) });
        let end = self.end.as_ref().filter(new).map(plain);
        frames.extend(view.into_iter().chain(position).chain(end));
    }
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
