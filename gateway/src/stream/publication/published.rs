//! What is published now: the newest snapshot of each delivery, in the order of their last change, the routes, and the ring.
//!
//! Every change gets a number. A connection remembers only the number up to which its client has everything, so it
//! costs nothing here however slow it is, and gets the newest state of each delivery when it asks: older positions are
//! conflated, ends are not, because an ended delivery stays until every connection that could miss it has been closed.
//! Pure; [`crate::stream::hub`] writes it, connections and HTTP read it. The mode `all` reads [`super::ring`].

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::change_set::ChangeSet;
use super::ring::Ring;
use super::snapshot::{DeliverySnapshot, NumberedFrame};
use crate::model::delivery::Delivery;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames;
use crate::state::bounded::BoundedMap;
use crate::state::catalogue::Catalogue;
use crate::state::changes::{Change, Changes};

/// The maximum number of ended deliveries that are kept after they have left the table; about 700 bytes each.
const MAX_ARCHIVED: usize = 10_000;

/// What a client does not have yet.
#[derive(Debug)]
pub(crate) enum Since {
    /// These deliveries have changed. With them the client has everything up to `seen`.
    Changed {
        /// The deliveries, in the order of their last change.
        deliveries: Vec<Arc<DeliverySnapshot>>,
        /// The number to continue from.
        seen: u64,
        /// Whether there is more to fetch at once.
        more: bool,
        total: u64,
    },
    /// The client missed a removal: it needs a new snapshot.
    TooOld,
}

/// Everything that is published.
#[derive(Debug)]
pub(crate) struct Published {
    /// The newest part of the stream.
    pub ring: Ring,
    deliveries: HashMap<Arc<str>, Arc<DeliverySnapshot>>,
    order: BTreeMap<u64, Arc<DeliverySnapshot>>,
    requests: HashMap<String, Arc<str>>,
    catalogue: Arc<Catalogue>,
    /// The latest deliveries that have ended and left the table, for a client that reconnects with an old cursor.
    archive: BoundedMap<Delivery>,
    last: u64,
    /// A client that has not seen this change missed a removal.
    horizon: u64,
    total: u64,
}

/// Changes with their frames; encoded before the lock is taken, so that no reader waits for it.
#[derive(Debug)]
pub(crate) struct EncodedChanges {
    changes: Vec<EncodedChange>,
    catalogue: Option<Arc<Catalogue>>,
    stream: Vec<Arc<EncodedPosition>>,
    archived: Vec<Delivery>,
    positions: u64,
}

#[derive(Debug)]
struct EncodedChange {
    change: Change,
    view: Option<Utf8Bytes>,
    position: Option<Arc<EncodedPosition>>,
    end: Option<Utf8Bytes>,
}

impl From<Changes> for EncodedChanges {
    fn from(changes: Changes) -> Self {
        let encode = |mut change: Change| {
            let newest = change.newest.take();
            let delivery = change.delivery.as_ref();
            let position = delivery.filter(|_| change.marks.position).and_then(|delivery| {
                newest.or_else(|| Some(Arc::new(EncodedPosition::new(delivery, delivery.fix?, None))))
            });
            let view = delivery.filter(|_| change.marks.view).map(frames::delivery);
            let end = delivery.filter(|_| change.marks.end).and_then(frames::end);
            EncodedChange { change, view, position, end }
        };
        let Changes { deliveries, catalogue, stream, archived, positions } = changes;
        Self { changes: deliveries.into_iter().map(encode).collect(), catalogue, stream, archived, positions }
    }
}

impl EncodedChanges {
    /// The fingerprint of the listed routes, when any route changed.
    pub(crate) fn routes(&self) -> Option<u64> {
        self.catalogue.as_ref().map(|catalogue| catalogue.fingerprint())
    }
}

impl Published {
    /// Nothing is published yet; the ring holds about `ring_bytes`.
    pub(crate) fn new(ring_bytes: usize) -> Self {
        Self {
            ring: Ring::new(ring_bytes),
            deliveries: HashMap::new(),
            order: BTreeMap::new(),
            requests: HashMap::new(),
            catalogue: Arc::default(),
            archive: BoundedMap::new(MAX_ARCHIVED),
            last: 0,
            horizon: 0,
            total: 0,
        }
    }

    /// Applies changes and returns them in the form that goes into the ring.
    pub(crate) fn apply(&mut self, encoded: EncodedChanges) -> ChangeSet {
        if let Some(catalogue) = encoded.catalogue {
            self.catalogue = catalogue;
        }
        for delivery in encoded.archived {
            self.archive_one(delivery);
        }
        self.total += encoded.positions;
        let mut changes = ChangeSet { positions: encoded.stream, ..ChangeSet::default() };
        // Its positions may be in the ring; clients that are behind get the others from Kafka.
        if encoded.changes.iter().any(|encoded| encoded.change.marks.erased) {
            drop(self.ring.clear());
        }
        for change in encoded.changes {
            self.last += 1;
            self.apply_one(change, &mut changes);
        }
        changes
    }

    fn apply_one(&mut self, encoded: EncodedChange, changes: &mut ChangeSet) {
        let EncodedChange { change, view, position, end } = encoded;
        let number = self.last;
        let known = self.deliveries.remove(&change.id);
        if let Some(known) = &known {
            self.order.remove(&known.change);
        }
        let Some(delivery) = change.delivery else {
            self.leave(known, change.marks.erased, changes);
            if change.marks.erased {
                self.archive.remove(&change.id);
            }
            return;
        };
        if let Some(request) = delivery.about.request_id.as_ref().filter(|_| change.marks.accepted) {
            self.requests.insert(request.clone(), Arc::clone(&change.id));
        }
        let framed = |text| NumberedFrame { change: number, text };
        let known = known.as_deref();
        let (has_view, has_end) = (view.is_some(), end.is_some());
        let shown = Arc::new(DeliverySnapshot {
            // The first change of a delivery always brings its view; if it did not, the view would be encoded here.
            view: view
                .map(framed)
                .or_else(|| known.map(|known| known.view.clone()))
                .unwrap_or_else(|| framed(frames::delivery(&delivery))),
            position: position
                .map(|position| (number, position))
                .or_else(|| known.and_then(|known| known.position.clone())),
            end: end.map(framed).or_else(|| known.and_then(|known| known.end.clone())),
            change: number,
            delivery,
        });
        changes.views.extend(has_view.then(|| Arc::clone(&shown)));
        changes.ends.extend(has_end.then(|| Arc::clone(&shown)));
        self.order.insert(number, Arc::clone(&shown));
        self.deliveries.insert(change.id, shown);
    }

    /// Removes a delivery. After its end nothing more is sent about it, unless a client is still behind that end; if it
    /// leaves before its end, or is erased, clients get a new snapshot.
    fn leave(&mut self, known: Option<Arc<DeliverySnapshot>>, erased: bool, changes: &mut ChangeSet) {
        let Some(known) = known else { return };
        if let Some(request) = &known.delivery.about.request_id {
            self.requests.remove(request);
        }
        if known.delivery.phase.is_final() && !erased {
            self.horizon = self.horizon.max(known.change);
            self.archive_one(known.delivery.clone());
        } else {
            self.horizon = self.last;
            changes.gone.push(known);
        }
    }

    /// Of what is over long since, Events would take more memory than all the rest.
    fn archive_one(&mut self, delivery: Delivery) {
        let delivery = Delivery { events: Arc::default(), ..delivery };
        self.archive.insert(delivery.about.delivery_id.as_str().into(), delivery);
    }

    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// Whether a client that has everything up to `seen` can continue from there.
    pub(crate) const fn reaches(&self, seen: u64) -> bool {
        seen >= self.horizon
    }

    /// What a client that has everything up to `seen` does not have: the newest state of at most `limit` deliveries.
    pub(crate) fn since(&self, seen: u64, limit: usize) -> Since {
        if !self.reaches(seen) {
            return Since::TooOld;
        }
        let deliveries: Vec<_> = self.order.range(seen + 1..).take(limit).map(|(_, shown)| Arc::clone(shown)).collect();
        let reached = deliveries.last().map_or(seen, |shown| shown.change);
        let more = reached < self.last && deliveries.len() == limit;
        Since::Changed { deliveries, seen: if more { reached } else { self.last }, more, total: self.total }
    }

    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// A delivery that has ended and left the table, if it is one of the latest.
    pub(crate) fn archived(&self, id: &str) -> Option<&Delivery> {
        self.archive.get(id)
    }

    pub(crate) fn delivery(&self, id: &str) -> Option<&Arc<DeliverySnapshot>> {
        self.deliveries.get(id)
    }

    /// The delivery that a request led to.
    pub(crate) fn of_request(&self, request: &str) -> Option<&Arc<DeliverySnapshot>> {
        self.deliveries.get(self.requests.get(request)?)
    }

    /// All deliveries, the least recently changed first.
    pub(crate) fn deliveries(&self) -> impl Iterator<Item = &Arc<DeliverySnapshot>> {
        self.order.values()
    }

    pub(crate) const fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }
}

#[cfg(test)]
#[path = "tests/published.rs"]
mod tests;
