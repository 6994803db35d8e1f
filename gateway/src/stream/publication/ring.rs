//! The newest part of the stream, for clients that want every position: [`super::chunk`]s, shared by all clients of the replica and
//! bounded by bytes.
//!
//! Pure. A client is just the number of the next chunk that it gets. Between two chunks there is a [`StreamPosition`],
//! so that a cursor leads to a chunk and a chunk to a cursor. What is older than the ring is left to
//! [`crate::stream::catch_up::backlog`].

use std::collections::VecDeque;
use std::sync::Arc;

use delivery_messages::Millis;

use super::change_set::ChangeSet;
use super::chunk::Chunk;
use crate::protocol::cursor::{LogId, StreamPosition};

/// The maximum number of positions of a chunk, and so of a batch.
pub(crate) const BATCH: usize = 100;

/// Where a cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Located {
    /// The chunk with this number is the first with something new.
    At(u64),
    Before,
    /// Beyond the ring's end: another replica has read more than this one. The number of the next chunk to be added.
    Ahead(u64),
}

#[derive(Debug)]
pub(crate) struct Ring {
    chunks: VecDeque<(usize, Arc<Chunk>)>,
    bytes: usize,
    limit: usize,
    first: u64,
    tail: Arc<StreamPosition>,
    head: Arc<StreamPosition>,
}

impl Ring {
    /// An empty ring that holds about `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let position = Arc::new(StreamPosition::default());
        Self { chunks: VecDeque::new(), bytes: 0, limit, first: 0, tail: Arc::clone(&position), head: position }
    }

    /// Starts in a log, at the offsets from which it is read.
    pub(crate) fn begin(&mut self, log: Arc<LogId>, starts: Vec<i64>) {
        self.tail = Arc::new(StreamPosition::new(log, starts));
        self.head = Arc::clone(&self.tail);
    }

    /// Drops all positions: clients that do not have them get them from Kafka. The chunks are returned, as by
    /// [`Self::push`].
    pub(crate) fn clear(&mut self) -> Vec<Arc<Chunk>> {
        self.first = self.next();
        self.bytes = 0;
        self.tail = Arc::clone(&self.head);
        self.chunks.drain(..).map(|(_, chunk)| chunk).collect()
    }

    /// Adds what happened until the log was at `head`. The chunks that are dropped are returned, so that the caller can
    /// free them after it has released its lock.
    pub(crate) fn push(&mut self, changes: ChangeSet, head: &[i64]) -> Vec<Arc<Chunk>> {
        if !changes.is_empty() {
            self.split(changes, head);
        }
        if self.head.offsets() != head {
            // Records that brought nothing new; the cursors still move past them.
            self.head = Arc::new(StreamPosition::new(Arc::clone(self.head.log()), head));
        }
        let mut dropped = Vec::new();
        // The last chunk stays, however large, so that a client that is up to date is never cut off.
        while self.bytes > self.limit && self.chunks.len() > 1 {
            let Some((weight, chunk)) = self.chunks.pop_front() else { break };
            self.bytes -= weight;
            self.first += 1;
            self.tail = Arc::clone(&chunk.after);
            dropped.push(chunk);
        }
        dropped
    }

    fn split(&mut self, changes: ChangeSet, head: &[i64]) {
        let ChangeSet { mut views, positions, mut ends, mut gone } = changes;
        let mut offsets = self.head.offsets().to_vec();
        let mut positions = positions.into_iter().peekable();
        loop {
            let part: Vec<_> = positions.by_ref().take(BATCH).collect();
            for record in part.iter().filter_map(|position| position.record) {
                if let Some(offset) =
                    usize::try_from(record.partition).ok().and_then(|partition| offsets.get_mut(partition))
                {
                    *offset = (*offset).max(record.offset + 1);
                }
            }
            let last = positions.peek().is_none();
            let after = if last { head } else { &offsets };
            let after = if after == self.head.offsets() {
                Arc::clone(&self.head)
            } else {
                Arc::new(StreamPosition::new(Arc::clone(self.head.log()), after))
            };
            let changes = ChangeSet {
                views: std::mem::take(&mut views),
                positions: part,
                ends: if last { std::mem::take(&mut ends) } else { Vec::new() },
                gone: if last { std::mem::take(&mut gone) } else { Vec::new() },
            };
            let before = std::mem::replace(&mut self.head, Arc::clone(&after));
            let chunk = Chunk::new(self.next(), changes, before, after);
            let weight = chunk.weight();
            self.bytes += weight;
            self.chunks.push_back((weight, Arc::new(chunk)));
            if last {
                return;
            }
        }
    }

    pub(crate) fn next(&self) -> u64 {
        self.first + self.chunks.len() as u64
    }

    /// The position of the log.
    pub(crate) const fn head(&self) -> &Arc<StreamPosition> {
        &self.head
    }

    /// The position in the log before the oldest chunk.
    pub(crate) const fn tail(&self) -> &Arc<StreamPosition> {
        &self.tail
    }

    /// About how many bytes it holds at most.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// From when its first position was due until its last was, milliseconds.
    pub(crate) fn span(&self) -> Millis {
        let positions = self.chunks.iter().flat_map(|(_, chunk)| &chunk.changes.positions);
        let mut due = positions.map(|position| position.fix.at);
        let first = due.next().unwrap_or_default();
        due.next_back().map_or(0, |last| (last - first).max(0))
    }

    /// The chunks from `next` on, with at most about `limit` positions; none for a client that has fallen behind the
    /// ring.
    pub(crate) fn read(&self, next: u64, limit: usize) -> Option<Vec<Arc<Chunk>>> {
        let from = usize::try_from(next.checked_sub(self.first)?).ok()?;
        let mut found = Vec::new();
        let mut positions = 0;
        for (_, chunk) in self.chunks.range(from.min(self.chunks.len())..) {
            positions += chunk.changes.positions.len();
            if positions > limit && !found.is_empty() {
                break;
            }
            found.push(Arc::clone(chunk));
        }
        Some(found)
    }

    /// Where a client that has everything before `offsets` continues. From there it must skip what is before its own
    /// offsets, partition by partition.
    pub(crate) fn locate(&self, offsets: &[i64]) -> Located {
        let is_before =
            |position: &StreamPosition| position.offsets().iter().zip(offsets).any(|(here, there)| here > there);
        if is_before(&self.tail) {
            return Located::Before;
        }
        if self.head.offsets().iter().zip(offsets).any(|(here, there)| here < there) {
            // What it already has from the other replica is skipped as it arrives here.
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
