//! One round of a shard: what is published now, put together at most once for all clients that are at the same place.
//!
//! Pure: it reads what is published, and no clock but the one it is given.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;

use super::outgoing::{Selection, encode, select};
use crate::metrics::ages::Written;
use crate::model::status::Status;
use crate::protocol::cursor::StreamPosition;
use crate::protocol::subscription::{Form, Kind};
use crate::protocol::{frames, framing};
use crate::stream::clients::interest::Interest;
use crate::stream::live::Live;
use crate::stream::publication::chunk::Chunk;
use crate::stream::publication::published::Since;
use crate::stream::publication::ring::BATCH;
use crate::stream::publication::snapshot::DeliverySnapshot;

/// About how many positions are written at once. A client that does not read holds so many.
const AT_ONCE: usize = 3 * BATCH;
/// The most parts that are written at once, and how many a chunk has at most: views, positions, ends.
pub(super) const PARTS: usize = 16;
const PARTS_OF_A_CHUNK: usize = 3;

pub(crate) struct Walk<'a> {
    live: &'a Live,
    /// When it began.
    pub(super) began: Instant,
    /// Which servers are available, and the fingerprint of the routes.
    pub(super) status: (Status, u64),
    /// The chunk after the newest one, and the newest change, when it began.
    pub(super) next: u64,
    pub(super) last: u64,
    all: HashMap<(Kind, u64), Option<AllStep>>,
    latest: HashMap<(Kind, u64), Option<LatestStep>>,
}

impl<'a> Walk<'a> {
    /// Begins at what is published now.
    pub(crate) fn new(live: &'a Live, began: Instant) -> Self {
        let status = (live.status(), live.routes());
        let (next, last) = {
            let published = live.published();
            (published.ring.next(), published.last())
        };
        Self { live, began, status, next, last, all: HashMap::new(), latest: HashMap::new() }
    }

    /// What comes for clients of a kind from this chunk on; none when they have fallen behind the ring.
    pub(super) fn all(&mut self, kind: Kind, from: u64) -> Option<&AllStep> {
        self.all.entry((kind, from)).or_insert_with(|| AllStep::read(self.live, kind, from)).as_ref()
    }

    /// What has changed for clients of a kind since this change; none when they need a new snapshot.
    pub(super) fn latest(&mut self, kind: Kind, seen: u64) -> Option<&LatestStep> {
        self.latest.entry((kind, seen)).or_insert_with(|| LatestStep::read(self.live, kind, seen)).as_ref()
    }
}

/// Chunks of the ring.
pub(super) struct AllStep {
    kind: Kind,
    chunks: Vec<Arc<Chunk>>,
    /// The position in the log after them, and the chunk after them.
    pub(super) after: Arc<StreamPosition>,
    pub(super) next: u64,
    shared: OnceCell<Option<Shared>>,
}

/// Chunks as bytes for all clients of a kind: as many of the step as can be shared.
pub(super) struct Shared {
    pub(super) parts: Vec<Bytes>,
    pub(super) written: Written,
    /// The cursor that a client must have been sent, since the bytes only say how it advances; none when any will do.
    pub(super) needs: Option<Arc<StreamPosition>>,
    /// The cursor in the bytes; none when there is none.
    pub(super) cursor: Option<Arc<StreamPosition>>,
    /// The position in the log after them, and the chunk after them.
    pub(super) after: Arc<StreamPosition>,
    pub(super) next: u64,
    own_cursor: OnceCell<Bytes>,
}

impl AllStep {
    fn read(live: &Live, kind: Kind, from: u64) -> Option<Self> {
        let chunks = live.published().ring.read(from, AT_ONCE)?;
        let after = Arc::clone(&chunks.last()?.after);
        let next = from + chunks.len() as u64;
        Some(Self { kind, chunks, after, next, shared: OnceCell::new() })
    }

    /// Whether a client gets anything of it.
    pub(super) fn concerns(&self, interest: &Interest) -> bool {
        self.chunks.iter().map(|chunk| &chunk.changes).any(|changes| {
            let mut deliveries = changes.views.iter().chain(&changes.ends).chain(&changes.gone);
            changes.positions.iter().any(|position| interest.concerns(position))
                || deliveries.any(|shown| interest.follows(&shown.delivery))
        })
    }

    /// Its bytes; none when its first chunk cannot be shared.
    pub(super) fn shared(&self) -> Option<&Shared> {
        self.shared.get_or_init(|| Shared::of(self.kind, &self.chunks)).as_ref()
    }
}

impl Shared {
    fn of(kind: Kind, chunks: &[Arc<Chunk>]) -> Option<Self> {
        let mut parts = Vec::new();
        let mut written = Written::new(0, std::iter::empty());
        let mut needs: Option<Arc<StreamPosition>> = None;
        let mut cursor: Option<Arc<StreamPosition>> = None;
        let mut end: Option<(Arc<StreamPosition>, u64)> = None;
        for chunk in chunks {
            // One more part is the cursor.
            if parts.len() + PARTS_OF_A_CHUNK >= PARTS {
                break;
            }
            let Some(more) = chunk.parts(kind, cursor.as_ref().unwrap_or(&chunk.before)) else { break };
            if kind.batch && !chunk.changes.positions.is_empty() {
                if kind.form == Form::Binary && cursor.is_none() {
                    needs = Some(Arc::clone(&chunk.before));
                }
                cursor = Some(Arc::clone(&chunk.after));
            }
            parts.extend(more);
            written.add(&chunk.written(kind));
            end = Some((Arc::clone(&chunk.after), chunk.number + 1));
        }
        let (after, next) = end?;
        Some(Self { parts, written, needs, cursor, after, next, own_cursor: OnceCell::new() })
    }

    /// The cursor after them, in a frame of its own.
    pub(super) fn own_cursor(&self) -> &Bytes {
        self.own_cursor.get_or_init(|| {
            let mut bytes = Vec::new();
            framing::append(Data::Text, &[frames::heartbeat(self.after.cursor()).as_bytes()], &mut bytes);
            bytes.into()
        })
    }
}

/// Deliveries that have changed.
pub(super) struct LatestStep {
    kind: Kind,
    since: u64,
    deliveries: Vec<Arc<DeliverySnapshot>>,
    /// With them a client has everything up to this change.
    pub(super) seen: u64,
    /// Whether more has changed.
    pub(super) more: bool,
    /// How many positions have been published.
    pub(super) total: u64,
    shared: OnceCell<SharedLatest>,
}

/// Their messages as bytes for all clients of a kind.
pub(super) struct SharedLatest {
    pub(super) bytes: Bytes,
    pub(super) written: Written,
    /// How many positions are in them.
    pub(super) positions: u64,
}

impl LatestStep {
    fn read(live: &Live, kind: Kind, since: u64) -> Option<Self> {
        let Since::Changed { deliveries, seen, more, total } = live.since(since, BATCH) else { return None };
        Some(Self { kind, since, deliveries, seen, more, total, shared: OnceCell::new() })
    }

    /// Whether a client gets anything of it.
    pub(super) fn concerns(&self, interest: &Interest) -> bool {
        self.deliveries.iter().any(|shown| match shown.position_since(self.since) {
            Some(position) => interest.concerns(position),
            None => interest.follows(&shown.delivery),
        })
    }

    pub(super) fn shared(&self) -> &SharedLatest {
        self.shared.get_or_init(|| {
            let Selection { messages, positions, .. } = select(&self.deliveries, self.since, None);
            let (bytes, written) = encode(self.kind, &messages);
            SharedLatest { bytes, written, positions }
        })
    }
}
