//! The newest state of one delivery with its frames, each encoded once for all clients.
//!
//! Pure. [`super::published`] holds one for each delivery.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::delivery::Delivery;
use crate::model::record::RecordOffset;
use crate::protocol::encoded_position::EncodedPosition;
use crate::protocol::frames;

/// A frame, and the number of the change that caused it.
#[derive(Clone, Debug)]
pub(super) struct NumberedFrame {
    pub(super) change: u64,
    pub(super) text: Utf8Bytes,
}

#[derive(Clone, Debug)]
pub(crate) struct DeliverySnapshot {
    pub delivery: Delivery,
    /// The number of its last change.
    pub(super) change: u64,
    pub(super) view: NumberedFrame,
    pub(super) position: Option<(u64, Arc<EncodedPosition>)>,
    pub(super) end: Option<NumberedFrame>,
}

impl DeliverySnapshot {
    /// A delivery of the archive.
    pub(crate) fn archived(delivery: Delivery) -> Self {
        let view = NumberedFrame { change: 0, text: frames::delivery(&delivery) };
        Self { delivery, change: 0, view, position: None, end: None }
    }

    /// The frame `delivery`.
    pub(crate) const fn view(&self) -> &Utf8Bytes {
        &self.view.text
    }

    /// The frame of its end.
    pub(crate) fn end(&self) -> Option<&Utf8Bytes> {
        self.end.as_ref().map(|end| &end.text)
    }

    /// The last frame about it once it has ended, or was removed before its end.
    pub(crate) fn last_frame(&self) -> Option<Utf8Bytes> {
        if self.delivery.phase.is_final() {
            return self.end().cloned();
        }
        Some(frames::left(&self.delivery.about.delivery_id))
    }

    /// The record of its newest position; none when that was taken from a state.
    pub(crate) fn record(&self) -> Option<RecordOffset> {
        let (_, newest) = self.position.as_ref()?;
        newest.record.filter(|_| self.delivery.fix == Some(newest.fix))
    }

    /// Its view, if it is newer than the change `seen`.
    pub(crate) fn view_since(&self, seen: u64) -> Option<&Utf8Bytes> {
        (self.view.change > seen).then_some(&self.view.text)
    }

    /// Its position, if it is newer than the change `seen`.
    pub(crate) fn position_since(&self, seen: u64) -> Option<&Arc<EncodedPosition>> {
        self.position.as_ref().filter(|(change, _)| *change > seen).map(|(_, position)| position)
    }

    /// The frame of its end, if it is newer than the change `seen`.
    pub(crate) fn end_since(&self, seen: u64) -> Option<&Utf8Bytes> {
        self.end.as_ref().filter(|end| end.change > seen).map(|end| &end.text)
    }
}
