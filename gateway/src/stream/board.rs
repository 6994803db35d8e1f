//! What everyone may see now: the encoded frames of each delivery, in the order of their last change.
//!
//! Every change gets a number. A connection remembers only the number up to which it has told its client, so it costs
//! nothing here however slow it is, and gets the newest of each delivery when it asks: older positions are conflated away,
//! ends are not, because an ended delivery stays until every connection that could miss it has been closed.
//! Pure; [`crate::stream::hub`] writes it, connections and HTTP read it. The mode that sends every record reads [`crate::stream::ring`].

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::delivery::Delivery;
use crate::protocol::encoded_position::Moved;
use crate::protocol::frames;
use crate::state::archive::Archive;
use crate::state::catalogue::Catalogue;
use crate::state::table::{Change, Changes};
use crate::stream::change_set::News;
use crate::stream::ring::Ring;
use crate::stream::snapshot::{Framed, Shown};

/// What a connection has not told its client yet.
#[derive(Debug)]
pub enum Since {
    /// These deliveries have changed, after which it has told everything up to `seen`.
    Shown {
        /// The deliveries, in the order of their last change.
        shown: Vec<Arc<Shown>>,
        /// The number to ask with next.
        seen: u64,
        /// Whether there is more to ask for at once.
        more: bool,
        /// How many positions there have been.
        total: u64,
    },
    /// Something is gone that the client does not know of: it needs a new snapshot.
    TooOld,
}

/// All that is shown.
#[derive(Debug)]
pub struct Board {
    /// The newest part of the stream.
    pub ring: Ring,
    shown: HashMap<Arc<str>, Arc<Shown>>,
    order: BTreeMap<u64, Arc<Shown>>,
    requests: HashMap<String, Arc<str>>,
    catalogue: Arc<Catalogue>,
    archive: Archive,
    last: u64,
    horizon: u64,
    total: u64,
}

/// Changes with their frames; made without the board, so that nobody waits while they are encoded.
#[derive(Debug)]
pub struct Encoded {
    changes: Vec<EncodedChange>,
    catalogue: Option<Arc<Catalogue>>,
    stream: Vec<Arc<Moved>>,
    archived: Vec<Delivery>,
    positions: u64,
}

#[derive(Debug)]
struct EncodedChange {
    change: Change,
    view: Option<Utf8Bytes>,
    position: Option<Arc<Moved>>,
    end: Option<Utf8Bytes>,
}

impl From<Changes> for Encoded {
    fn from(changes: Changes) -> Self {
        let encode = |mut change: Change| {
            let moved = change.moved.take();
            let delivery = change.delivery.as_ref();
            let position = delivery
                .filter(|_| change.marks.position)
                .and_then(|delivery| moved.or_else(|| Some(Arc::new(Moved::new(delivery, delivery.fix?, None)))));
            let view = delivery.filter(|_| change.marks.view).map(frames::delivery);
            let end = delivery.filter(|_| change.marks.end).and_then(frames::end);
            EncodedChange { change, view, position, end }
        };
        let Changes { deliveries, catalogue, stream, archived, positions } = changes;
        Self { changes: deliveries.into_iter().map(encode).collect(), catalogue, stream, archived, positions }
    }
}

impl Board {
    /// An empty board whose ring holds about `ring_bytes`.
    #[must_use]
    pub fn new(ring_bytes: usize) -> Self {
        Self {
            ring: Ring::new(ring_bytes),
            shown: HashMap::new(),
            order: BTreeMap::new(),
            requests: HashMap::new(),
            catalogue: Arc::default(),
            archive: Archive::default(),
            last: 0,
            horizon: 0,
            total: 0,
        }
    }

    /// Shows what has changed, and tells it as news.
    pub fn apply(&mut self, encoded: Encoded) -> News {
        if let Some(catalogue) = encoded.catalogue {
            self.catalogue = catalogue;
        }
        for delivery in encoded.archived {
            self.archive.put(delivery);
        }
        self.total += encoded.positions;
        let mut news = News { positions: encoded.stream, ..News::default() };
        // Its positions may be in the ring; who is behind gets the others from Kafka.
        if encoded.changes.iter().any(|encoded| encoded.change.marks.erased) {
            drop(self.ring.clear());
        }
        for change in encoded.changes {
            self.last += 1;
            self.apply_one(change, &mut news);
        }
        news
    }

    fn apply_one(&mut self, encoded: EncodedChange, news: &mut News) {
        let EncodedChange { change, view, position, end } = encoded;
        let number = self.last;
        let known = self.shown.remove(&change.id);
        if let Some(known) = &known {
            self.order.remove(&known.change);
        }
        let Some(delivery) = change.delivery else {
            self.leave(known, change.marks.erased, news);
            if change.marks.erased {
                self.archive.remove(&change.id);
            }
            return;
        };
        if let Some(request) = delivery.about.request_id.as_ref().filter(|_| change.marks.accepted) {
            self.requests.insert(request.clone(), Arc::clone(&change.id));
        }
        let framed = |text| Framed { change: number, text };
        let known = known.as_deref();
        let (has_view, has_end) = (view.is_some(), end.is_some());
        let shown = Arc::new(Shown {
            // The first change of a delivery always brings its view; were it not so, it is encoded here.
            view: view
                .map(framed)
                .or_else(|| known.map(|known| known.view.clone()))
                .unwrap_or_else(|| framed(frames::delivery(&delivery))),
            position: position.map(|moved| (number, moved)).or_else(|| known.and_then(|known| known.position.clone())),
            end: end.map(framed).or_else(|| known.and_then(|known| known.end.clone())),
            change: number,
            delivery,
        });
        news.views.extend(has_view.then(|| Arc::clone(&shown)));
        news.ends.extend(has_end.then(|| Arc::clone(&shown)));
        self.order.insert(number, Arc::clone(&shown));
        self.shown.insert(change.id, shown);
    }

    /// What leaves after its end has been told needs no word, unless somebody is still behind that end. What leaves in the
    /// middle, or is erased, is told by a new snapshot.
    fn leave(&mut self, known: Option<Arc<Shown>>, erased: bool, news: &mut News) {
        let Some(known) = known else { return };
        if let Some(request) = &known.delivery.about.request_id {
            self.requests.remove(request);
        }
        if known.delivery.phase.is_final() && !erased {
            self.horizon = self.horizon.max(known.change);
            self.archive.put(known.delivery.clone());
        } else {
            self.horizon = self.last;
            news.gone.push(known);
        }
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
        let shown: Vec<_> = self.order.range(seen + 1..).take(limit).map(|(_, shown)| Arc::clone(shown)).collect();
        let reached = shown.last().map_or(seen, |shown| shown.change);
        let more = reached < self.last && shown.len() == limit;
        Since::Shown { shown, seen: if more { reached } else { self.last }, more, total: self.total }
    }

    /// How many positions there have been.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// A delivery that has ended and is not shown any more, if it is one of the last.
    #[must_use]
    pub fn archived(&self, id: &str) -> Option<&Delivery> {
        self.archive.get(id)
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

#[cfg(test)]
#[path = "tests/board.rs"]
mod tests;
