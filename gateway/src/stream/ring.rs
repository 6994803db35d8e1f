//! The newest part of the stream, for clients that want every position: chunks of records that are already encoded, shared by
//! all clients of the replica and bounded by bytes.
//!
//! Pure. A client is no more than the number of the chunk that it gets next. Between two chunks there is a [`Place`] in the
//! log, so that a cursor leads to a chunk and a chunk to a cursor. What is older than the ring is for [`crate::stream::backlog`].

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use tokio_tungstenite::tungstenite::Bytes;

use crate::protocol::binary::Frame;
use crate::protocol::cursor::{Log, Place};
use crate::protocol::frames;
use crate::protocol::framing;
use crate::stream::change_set::News;

/// The most positions of a chunk, and so of a batch.
pub const BATCH: usize = 100;
/// What a chunk and a delivery's frames weigh besides the positions, about.
const CHUNK_WEIGHT: usize = 300;
const SHOWN_WEIGHT: usize = 1_500;

/// A part of the stream.
#[derive(Debug)]
pub struct Chunk {
    /// Counts the chunks.
    pub number: u64,
    /// What happened.
    pub news: News,
    /// Where the log stood before its positions.
    pub before: Arc<Place>,
    /// Where the log stands after them.
    pub after: Arc<Place>,
    singles: OnceLock<Bytes>,
    batch: OnceLock<Bytes>,
    binary: OnceLock<Option<Bytes>>,
}

impl Chunk {
    /// A chunk.
    #[must_use]
    pub const fn new(number: u64, news: News, before: Arc<Place>, after: Arc<Place>) -> Self {
        Self { number, news, before, after, singles: OnceLock::new(), batch: OnceLock::new(), binary: OnceLock::new() }
    }

    /// All its positions, each as a JSON frame of its own: bytes for the socket, made once.
    #[must_use]
    pub fn singles(&self) -> &Bytes {
        self.singles.get_or_init(|| {
            let mut bytes = Vec::new();
            for moved in &self.news.positions {
                framing::text(moved.text(), &mut bytes);
            }
            bytes.into()
        })
    }

    /// All its positions as one JSON frame with the cursor after them: bytes for the socket, made once.
    #[must_use]
    pub fn batch(&self) -> &Bytes {
        self.batch.get_or_init(|| {
            let positions = self.news.positions.iter().map(|moved| moved.data());
            let mut bytes = Vec::new();
            framing::text(&frames::positions(positions, Some(self.after.cursor())), &mut bytes);
            bytes.into()
        })
    }

    /// All its positions as one binary frame for a client that was told the place before it: bytes for the socket, made once.
    /// None when a position cannot be told so.
    #[must_use]
    pub fn binary(&self) -> Option<&Bytes> {
        let encode = || {
            let mut frame = Frame::from_to(self.before.offsets(), self.after.offsets())?;
            for moved in &self.news.positions {
                frame.push(moved.record()?);
            }
            let mut bytes = Vec::new();
            framing::binary(&frame.finish(), &mut bytes);
            Some(bytes.into())
        };
        self.binary.get_or_init(encode).as_ref()
    }

    /// About how many bytes it holds when everything is encoded: each position by itself and in the chunk's bytes.
    fn weight(&self) -> usize {
        let positions: usize = self.news.positions.iter().map(|moved| 3 * moved.weight()).sum();
        let others = self.news.views.len() + self.news.ends.len() + self.news.gone.len();
        CHUNK_WEIGHT + positions + others * SHOWN_WEIGHT
    }
}

/// Where a cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Located {
    /// The chunk with this number is the first with something new.
    At(u64),
    /// Before the ring.
    Before,
    /// Beyond the ring's end: another replica has read more than this one. The number of the chunk to come.
    Ahead(u64),
}

/// The chunks.
#[derive(Debug)]
pub struct Ring {
    chunks: VecDeque<(usize, Arc<Chunk>)>,
    bytes: usize,
    limit: usize,
    first: u64,
    tail: Arc<Place>,
    head: Arc<Place>,
}

impl Ring {
    /// An empty ring that holds about `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let place = Arc::new(Place::default());
        Self { chunks: VecDeque::new(), bytes: 0, limit, first: 0, tail: Arc::clone(&place), head: place }
    }

    /// Begins in a log at the offsets from which all is read.
    pub fn begin(&mut self, log: Arc<Log>, starts: Vec<i64>) {
        self.tail = Arc::new(Place::new(log, starts));
        self.head = Arc::clone(&self.tail);
    }

    /// Forgets all positions: who has not been told them yet gets them from Kafka. The chunks are given back, as by [`Self::push`].
    pub fn clear(&mut self) -> Vec<Arc<Chunk>> {
        self.first = self.next();
        self.bytes = 0;
        self.tail = Arc::clone(&self.head);
        self.chunks.drain(..).map(|(_, chunk)| chunk).collect()
    }

    /// Takes in what has happened until the log stood at `head`. What falls out is given back, to be dropped by who has time.
    pub fn push(&mut self, news: News, head: &[i64]) -> Vec<Arc<Chunk>> {
        if !news.is_empty() {
            self.split(news, head);
        }
        if self.head.offsets() != head {
            // Records that told nothing new; the cursors go on all the same.
            self.head = Arc::new(Place::new(Arc::clone(self.head.log()), head));
        }
        let mut dropped = Vec::new();
        // The last chunk stays, however large, so that who is up to date is never cut off.
        while self.bytes > self.limit && self.chunks.len() > 1 {
            let Some((weight, chunk)) = self.chunks.pop_front() else { break };
            self.bytes -= weight;
            self.first += 1;
            self.tail = Arc::clone(&chunk.after);
            dropped.push(chunk);
        }
        dropped
    }

    fn split(&mut self, news: News, head: &[i64]) {
        let News { mut views, positions, mut ends, mut gone } = news;
        let mut offsets = self.head.offsets().to_vec();
        let mut positions = positions.into_iter().peekable();
        loop {
            let part: Vec<_> = positions.by_ref().take(BATCH).collect();
            for slot in part.iter().filter_map(|moved| moved.slot) {
                if let Some(offset) = usize::try_from(slot.partition).ok().and_then(|place| offsets.get_mut(place)) {
                    *offset = (*offset).max(slot.offset + 1);
                }
            }
            let last = positions.peek().is_none();
            let after = if last { head } else { &offsets };
            let after = if after == self.head.offsets() {
                Arc::clone(&self.head)
            } else {
                Arc::new(Place::new(Arc::clone(self.head.log()), after))
            };
            let news = News {
                views: std::mem::take(&mut views),
                positions: part,
                ends: if last { std::mem::take(&mut ends) } else { Vec::new() },
                gone: if last { std::mem::take(&mut gone) } else { Vec::new() },
            };
            let before = std::mem::replace(&mut self.head, Arc::clone(&after));
            let chunk = Chunk::new(self.next(), news, before, after);
            let weight = chunk.weight();
            self.bytes += weight;
            self.chunks.push_back((weight, Arc::new(chunk)));
            if last {
                return;
            }
        }
    }

    /// The number of the chunk to come.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.first + self.chunks.len() as u64
    }

    /// Where the log stands.
    #[must_use]
    pub const fn head(&self) -> &Arc<Place> {
        &self.head
    }

    /// Where the log stood before the oldest chunk.
    #[must_use]
    pub const fn tail(&self) -> &Arc<Place> {
        &self.tail
    }

    /// About how many bytes it holds at most.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The chunks from `next` on, with at most about `limit` positions; none for a client that fell off.
    #[must_use]
    pub fn read(&self, next: u64, limit: usize) -> Option<Vec<Arc<Chunk>>> {
        let from = usize::try_from(next.checked_sub(self.first)?).ok()?;
        let mut found = Vec::new();
        let mut positions = 0;
        for (_, chunk) in self.chunks.range(from.min(self.chunks.len())..) {
            positions += chunk.news.positions.len();
            if positions > limit && !found.is_empty() {
                break;
            }
            found.push(Arc::clone(chunk));
        }
        Some(found)
    }

    /// Where a client goes on that has been told everything before `offsets`. From there on it must leave out what is before
    /// its own offsets, partition by partition.
    #[must_use]
    pub fn locate(&self, offsets: &[i64]) -> Located {
        let is_before = |place: &Place| place.offsets().iter().zip(offsets).any(|(here, there)| here > there);
        if is_before(&self.tail) {
            return Located::Before;
        }
        if self.head.offsets().iter().zip(offsets).any(|(here, there)| here < there) {
            // What it was told ahead is left out as it comes here.
            let at = self.chunks.partition_point(|(_, chunk)| !is_before(&chunk.after));
            return Located::Ahead(self.first + at as u64);
        }
        let at = self.chunks.partition_point(|(_, chunk)| !is_before(&chunk.after));
        Located::At(self.first + at as u64)
    }
}

#[cfg(test)]
#[path = "tests/ring.rs"]
mod tests;
