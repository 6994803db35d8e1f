//! The cursor of a client that receives binary frames: the last one from a text frame, advanced by the binary frames since. Pure.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The cluster's id.
    c: String,
    /// The topic's id.
    t: String,
    /// The next offset of each partition.
    o: Vec<i64>,
}

impl Cursor {
    /// Reads a cursor; none if it does not match docs/protocol.md.
    #[must_use]
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64.decode(text).ok()?).ok()
    }

    /// Advances the offsets of partition 0, 1, … by so many records.
    pub(crate) fn advance(&mut self, steps: &[u64]) {
        for (offset, step) in self.o.iter_mut().zip(steps) {
            *offset = offset.saturating_add_unsigned(*step);
        }
    }

    /// The text that the gateway accepts.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        // Text and integers, which JSON can always hold.
        BASE64.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
#[path = "tests/cursor.rs"]
mod tests;
