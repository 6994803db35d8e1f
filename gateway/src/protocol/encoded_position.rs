//! One position as it is told: encoded at most once per form, whoever receives it.
//!
//! Pure. What it is put together to, and who gets it, is for [`crate::stream::ring`], [`crate::stream::board`] and the connections.

use std::sync::{Arc, OnceLock};

use delivery_messages::Millis;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::delivery::{About, Delivery};
use crate::model::position::Fix;
use crate::model::record::Slot;
use crate::protocol::binary::Record;
use crate::protocol::frames;

/// A position on its way to clients.
#[derive(Debug)]
pub struct Moved {
    /// Of which delivery.
    pub about: Arc<About>,
    /// Where its vehicle was.
    pub fix: Fix,
    /// When its last position is due, as known at this one.
    pub eta: Option<Millis>,
    /// This replica's number for the delivery; none before its base is chosen.
    pub number: Option<u32>,
    /// Where it stands in the log; none when it was told by a state.
    pub slot: Option<Slot>,
    record: Option<Record>,
    text: OnceLock<Utf8Bytes>,
}

impl Moved {
    /// `fix` as a position of a delivery.
    #[must_use]
    pub fn new(delivery: &Delivery, fix: Fix, slot: Option<Slot>) -> Self {
        Self {
            about: Arc::clone(&delivery.about),
            fix,
            eta: delivery.eta,
            number: delivery.base.map(|base| base.number),
            slot,
            record: delivery.base.and_then(|base| Record::new(&base, &fix)),
            text: OnceLock::new(),
        }
    }

    /// The binary form; none for the rare position that it cannot hold, which is told as JSON.
    #[must_use]
    pub const fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// The frame `new-position`.
    #[must_use]
    pub fn text(&self) -> &Utf8Bytes {
        self.text.get_or_init(|| frames::position(&self.about, &self.fix, self.eta))
    }

    /// The `data` of that frame.
    #[must_use]
    pub fn data(&self) -> &str {
        frames::data_of_position(self.text())
    }

    /// About how many bytes it holds when both forms are encoded.
    #[must_use]
    pub fn weight(&self) -> usize {
        // The numbers and names of a frame without the two ids, and what the allocator adds.
        const TEXT: usize = 250;
        size_of::<Self>() + TEXT + self.about.delivery_id.len() + self.about.route_id.len()
    }
}

#[cfg(test)]
#[path = "tests/encoded_position.rs"]
mod tests;
