//! A part of the stream, encoded once for all clients: the new positions of some records, and the views and ends beside them.
//!
//! Pure. Which chunks are kept, and for how long, is left to [`super::ring`].

use std::sync::{Arc, OnceLock};

use tokio_tungstenite::tungstenite::protocol::frame::coding::Data;
use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use super::change_set::ChangeSet;
use crate::metrics::ages::Written;
use crate::protocol::binary::BinaryFrame;
use crate::protocol::cursor::StreamPosition;
use crate::protocol::frames;
use crate::protocol::framing;
use crate::protocol::subscription::{Form, Kind};

/// About how many bytes a chunk and a delivery's frames take besides the positions.
const CHUNK_WEIGHT: usize = 300;
const SNAPSHOT_WEIGHT: usize = 1_500;

#[derive(Debug)]
pub(crate) struct Chunk {
    /// The number of the chunk.
    pub number: u64,
    pub changes: ChangeSet,
    /// The position in the log before its positions.
    pub before: Arc<StreamPosition>,
    /// The position in the log after them.
    pub after: Arc<StreamPosition>,
    singles: OnceLock<Bytes>,
    batch: OnceLock<Bytes>,
    binary: OnceLock<Option<Bytes>>,
    views: OnceLock<Bytes>,
    ends: OnceLock<Bytes>,
}

impl Chunk {
    pub(crate) const fn new(
        number: u64,
        changes: ChangeSet,
        before: Arc<StreamPosition>,
        after: Arc<StreamPosition>,
    ) -> Self {
        Self {
            number,
            changes,
            before,
            after,
            singles: OnceLock::new(),
            batch: OnceLock::new(),
            binary: OnceLock::new(),
            views: OnceLock::new(),
            ends: OnceLock::new(),
        }
    }

    /// Everything in it as bytes for the socket, the same for all clients of a kind that have everything before it and were sent the cursor
    /// `sent`. None when those clients cannot share them.
    pub(crate) fn parts(&self, kind: Kind, sent: &StreamPosition) -> Option<Vec<Bytes>> {
        let mut parts = Vec::with_capacity(3);
        let ChangeSet { views, positions, ends, gone } = &self.changes;
        if !views.is_empty() {
            parts.push(self.views.get_or_init(|| texts(views.iter().map(|shown| shown.view().clone()))).clone());
        }
        if !positions.is_empty() {
            parts.push(match (kind.form, kind.batch) {
                (Form::Json, false) => self.singles().clone(),
                (Form::Json, true) => self.batch().clone(),
                (Form::Binary, true) if sent.offsets() == self.before.offsets() => self.binary()?.clone(),
                (Form::Binary, _) => return None,
            });
        }
        if !(ends.is_empty() && gone.is_empty()) {
            let last = || ends.iter().chain(gone).filter_map(|shown| shown.last_frame());
            parts.push(self.ends.get_or_init(|| texts(last())).clone());
        }
        Some(parts)
    }

    /// What those bytes are, for the metrics.
    pub(crate) fn written(&self, kind: Kind) -> Written {
        let ChangeSet { views, positions, ends, gone } = &self.changes;
        let frames = if kind.batch { positions.len().min(1) } else { positions.len() };
        let due = positions.iter().map(|position| position.fix.at);
        Written::new(views.len() + ends.len() + gone.len() + frames, due)
    }

    /// All its positions, each as its own JSON frame: bytes for the socket, built once.
    pub(crate) fn singles(&self) -> &Bytes {
        self.singles.get_or_init(|| {
            let mut bytes = Vec::new();
            for position in &self.changes.positions {
                framing::append(Data::Text, &position.frame(), &mut bytes);
            }
            bytes.into()
        })
    }

    /// All its positions as one JSON frame with the cursor after them: bytes for the socket, built once.
    pub(crate) fn batch(&self) -> &Bytes {
        self.batch.get_or_init(|| {
            let positions = self.changes.positions.iter().map(|position| position.data());
            let mut bytes = Vec::new();
            let frame = frames::positions(positions, Some(self.after.cursor()));
            framing::append(Data::Text, &[frame.as_bytes()], &mut bytes);
            bytes.into()
        })
    }

    /// All its positions as one binary frame for a client that has everything before it: bytes for the socket, built
    /// once. None when the binary form cannot hold one of them.
    pub(crate) fn binary(&self) -> Option<&Bytes> {
        let encode = || {
            let mut frame = BinaryFrame::from_to(self.before.offsets(), self.after.offsets())?;
            for position in &self.changes.positions {
                frame.push(position.binary()?);
            }
            let mut bytes = Vec::new();
            framing::append(Data::Binary, &[&frame.finish()], &mut bytes);
            Some(bytes.into())
        };
        self.binary.get_or_init(encode).as_ref()
    }

    /// About how many bytes it takes when everything is encoded: each position by itself and as part of the chunk's
    /// bytes.
    pub(super) fn weight(&self) -> usize {
        let positions: usize = self.changes.positions.iter().map(|position| 3 * position.weight()).sum();
        let others = self.changes.views.len() + self.changes.ends.len() + self.changes.gone.len();
        CHUNK_WEIGHT + positions + others * SNAPSHOT_WEIGHT
    }
}

/// Texts as frames, one after the other.
fn texts(texts: impl Iterator<Item = Utf8Bytes>) -> Bytes {
    let mut bytes = Vec::new();
    for text in texts {
        framing::append(Data::Text, &[text.as_bytes()], &mut bytes);
    }
    bytes.into()
}
