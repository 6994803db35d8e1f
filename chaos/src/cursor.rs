//! The cursor of a client of the binary form: the last one in text, with the offsets that binary frames carried since. Pure.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a cursor holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The cluster's id.
    c: String,
    /// The topic's id.
    t: String,
    /// The next offset of each partition.
    o: Vec<i64>,
}

impl Cursor {
    /// Reads a cursor; none when it is not what docs/protocol.md says.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64.decode(text).ok()?).ok()
    }

    /// So many records of partition 0, 1, … more have been received.
    pub fn advance(&mut self, steps: &[u64]) {
        for (offset, step) in self.o.iter_mut().zip(steps) {
            *offset = offset.saturating_add_unsigned(*step);
        }
    }

    /// As the gateway takes it.
    #[must_use]
    pub fn text(&self) -> String {
        // Text and integers, which JSON can always hold.
        BASE64.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_advance_by_the_steps_that_were_told() {
        let text = BASE64.encode(r#"{"c":"Q2x1c3Rlcg","t":"VG9waWM","o":[5,0,3]}"#);
        let mut cursor = Cursor::read(&text).unwrap();
        assert_eq!(cursor.text(), text);
        cursor.advance(&[0, 7]);
        cursor.advance(&[1]);
        cursor.advance(&[0, 0, 0, 9]);
        assert_eq!(Cursor::read(&cursor.text()).unwrap().o, [6, 7, 3]);
    }

    #[test]
    fn padding_does_not_matter_and_what_is_no_cursor_is_none() {
        let text = BASE64.encode(r#"{"c":"a","t":"b","o":[]}"#);
        assert!(Cursor::read(&format!("{text}{}", "=".repeat(text.len().wrapping_neg() % 4))).is_some());
        assert_eq!(Cursor::read("?"), None);
        assert_eq!(Cursor::read("e30"), None);
    }
}
