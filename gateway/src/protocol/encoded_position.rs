//! One position as clients get it: encoded at most once per form, for all recipients.
//!
//! Pure. Which frames it becomes part of, and who gets it, is left to [`crate::stream`] and [`crate::connection`].

use std::sync::{Arc, OnceLock};

use delivery_messages::Millis;

use crate::model::delivery::{About, Delivery};
use crate::model::position::Fix;
use crate::model::record::RecordOffset;
use crate::protocol::binary::BinaryPosition;
use crate::protocol::frames;

/// A position on its way to clients.
#[derive(Debug)]
pub struct EncodedPosition {
    /// The delivery's id.
    pub about: Arc<About>,
    /// Where its vehicle was.
    pub fix: Fix,
    /// When the delivery's last position is due, as known at this one.
    pub eta: Option<Millis>,
    /// This replica's number for the delivery; none before its base is chosen.
    pub number: Option<u32>,
    /// Its record in the log; none when it was taken from a state.
    pub record: Option<RecordOffset>,
    binary: Option<BinaryPosition>,
    data: OnceLock<Box<str>>,
}

impl EncodedPosition {
    /// `fix` as a position of a delivery.
    #[must_use]
    pub fn new(delivery: &Delivery, fix: Fix, record: Option<RecordOffset>) -> Self {
        Self {
            about: Arc::clone(&delivery.about),
            fix,
            eta: delivery.eta,
            number: delivery.base.map(|base| base.number),
            record,
            binary: delivery.base.and_then(|base| BinaryPosition::new(&base, &fix)),
            data: OnceLock::new(),
        }
    }

    /// The binary form; none for the rare position that it cannot hold, which is sent as JSON.
    #[must_use]
    pub const fn binary(&self) -> Option<&BinaryPosition> {
        self.binary.as_ref()
    }

    /// The JSON form: the `data` of the frame `new-position`, and an element of `new-positions`.
    #[must_use]
    pub fn data(&self) -> &str {
        self.data.get_or_init(|| frames::position_data(&self.about, &self.fix, self.eta).into())
    }

    /// The frame `new-position`, in parts.
    pub(crate) fn frame(&self) -> [&[u8]; 3] {
        frames::position(self.data()).map(str::as_bytes)
    }

    /// About how many bytes it takes when both forms are encoded.
    pub(crate) fn weight(&self) -> usize {
        // The numbers and names of a frame without the two ids, and the allocator's overhead.
        const TEXT: usize = 250;
        size_of::<Self>() + TEXT + self.about.delivery_id.len() + self.about.route_id.len()
    }
}

#[cfg(test)]
#[path = "tests/encoded_position.rs"]
mod tests;
