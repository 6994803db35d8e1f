//! One delivery as it is shown now, with its frames: each encoded once for all clients.
//!
//! Pure. [`crate::stream::board`] keeps the newest of each delivery.

use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::delivery::Delivery;
use crate::protocol::encoded_position::Moved;
use crate::protocol::frames;

/// A frame and the number of the change that made it.
#[derive(Clone, Debug)]
pub(super) struct Framed {
    pub(super) change: u64,
    pub(super) text: Utf8Bytes,
}

/// A delivery with its frames, each encoded once for all clients.
#[derive(Clone, Debug)]
pub struct Shown {
    /// How it stands.
    pub delivery: Delivery,
    pub(super) change: u64,
    pub(super) view: Framed,
    pub(super) position: Option<(u64, Arc<Moved>)>,
    pub(super) end: Option<Framed>,
}

impl Shown {
    /// A delivery that is told by itself.
    #[must_use]
    pub fn alone(delivery: Delivery) -> Self {
        let view = Framed { change: 0, text: frames::delivery(&delivery) };
        Self { delivery, change: 0, view, position: None, end: None }
    }

    /// The frame `delivery`.
    #[must_use]
    pub const fn view(&self) -> &Utf8Bytes {
        &self.view.text
    }

    /// The frame that tells its end.
    #[must_use]
    pub fn end(&self) -> Option<&Utf8Bytes> {
        self.end.as_ref().map(|end| &end.text)
    }

    /// Its view, if it is new to who has seen everything up to `seen`.
    #[must_use]
    pub fn view_since(&self, seen: u64) -> Option<&Utf8Bytes> {
        (self.view.change > seen).then_some(&self.view.text)
    }

    /// Its position, if it is new to who has seen everything up to `seen`.
    #[must_use]
    pub fn position_since(&self, seen: u64) -> Option<&Arc<Moved>> {
        self.position.as_ref().filter(|(change, _)| *change > seen).map(|(_, moved)| moved)
    }

    /// Its newest position.
    #[must_use]
    pub fn position(&self) -> Option<&Arc<Moved>> {
        self.position.as_ref().map(|(_, moved)| moved)
    }

    /// Its end, if it is new to who has seen everything up to `seen`.
    #[must_use]
    pub fn end_since(&self, seen: u64) -> Option<&Utf8Bytes> {
        self.end.as_ref().filter(|end| end.change > seen).map(|end| &end.text)
    }
}
