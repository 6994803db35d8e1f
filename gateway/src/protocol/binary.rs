//! Positions as binary frames: 14 bytes each where JSON takes more than 200. `docs/binary.md` describes the format.
//!
//! Pure. A position is encoded once for all recipients, as a [`BinaryPosition`] against the [`Base`] of its delivery; a
//! [`BinaryFrame`] collects them for one connection. Who gets which, and when, is left to [`crate::stream`] and
//! [`crate::connection`].

use tokio_tungstenite::tungstenite::Bytes;

use crate::model::position::{Base, Fix, PER_DEGREE};

/// The first byte of a frame: its kind and the version of this format.
pub const POSITIONS: u8 = 1;
/// The largest number in a frame, 2^53 − 1: the largest integer that a JavaScript number holds exactly.
pub const LARGEST: u64 = (1 << 53) - 1;
/// The maximum length of a position, bytes: number 5, seq 8, shift 8, longitude and latitude 5 each, speed 3, heading
/// 1, progress 2.
const LONGEST: usize = 37;
/// The units in which progress is counted, as in the log.
const PER_ROUTE: f64 = 1e4;
const KMH_PER_METRE_A_SECOND: f64 = 3.6;

/// One encoded position. It is small and holds no allocation, so it is cheap to keep and to copy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BinaryPosition {
    length: u8,
    bytes: [u8; LONGEST],
}

impl BinaryPosition {
    /// Encodes a position; none when its `seq`, or the difference between its time and the expected one, is beyond
    /// [`LARGEST`]: such a position can only be sent as JSON.
    #[must_use]
    pub fn new(base: &Base, fix: &Fix) -> Option<Self> {
        let shift = zigzag(i64::try_from(i128::from(fix.at) - base.due(fix.seq)).ok()?);
        if fix.seq > LARGEST || shift > LARGEST {
            return None;
        }
        let flags = u64::from(fix.finished) << 1 | u64::from(shift != 0);
        let mut encoded = Self { length: 0, bytes: [0; LONGEST] };
        let mut put = |byte| encoded.push(byte);
        varint(u64::from(base.number) << 2 | flags, &mut put);
        varint(fix.seq, &mut put);
        if shift != 0 {
            varint(shift, &mut put);
        }
        for (degrees, origin) in fix.position.into_iter().zip(base.origin) {
            varint(zigzag(units(degrees, PER_DEGREE) - units(origin, PER_DEGREE)), &mut put);
        }
        varint(u64::from(whole(fix.speed * KMH_PER_METRE_A_SECOND)), &mut put);
        put(whole(fix.heading.rem_euclid(360.0) / 360.0 * 256.0).to_le_bytes()[0]);
        varint(u64::from(whole(fix.progress.min(1.0) * PER_ROUTE)), &mut put);
        Some(encoded)
    }

    /// The bytes, as they appear in frames.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        // There is always room: no position is longer than LONGEST.
        if let Some(free) = self.bytes.get_mut(usize::from(self.length)) {
            *free = byte;
            self.length += 1;
        }
    }
}

impl std::fmt::Debug for BinaryPosition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BinaryPosition({:02x?})", self.as_bytes())
    }
}

/// A binary frame that is being built.
#[derive(Clone, Debug)]
pub struct BinaryFrame {
    bytes: Vec<u8>,
    positions: usize,
}

impl Default for BinaryFrame {
    /// A frame without a cursor, for the mode `latest`.
    fn default() -> Self {
        Self { bytes: vec![POSITIONS, 0], positions: 0 }
    }
}

impl BinaryFrame {
    /// A frame that advances a client's cursor from `sent`, the next offsets of all partitions last sent on this
    /// connection, to `after`. None when an offset would go back, or the numbers of partitions differ: then the whole
    /// cursor must be sent.
    #[must_use]
    pub fn from_to(sent: &[i64], after: &[i64]) -> Option<Self> {
        if sent.len() != after.len() {
            return None;
        }
        let steps = sent.iter().zip(after).map(|(sent, after)| u64::try_from(after.checked_sub(*sent)?).ok());
        let steps: Vec<u64> = steps.collect::<Option<_>>()?;
        let moved = steps.iter().rposition(|step| *step > 0).map_or(0, |last| last + 1);
        let mut frame = Self { bytes: vec![POSITIONS], positions: 0 };
        let mut put = |byte| frame.bytes.push(byte);
        varint(u64::try_from(moved).ok()?, &mut put);
        steps.iter().take(moved).for_each(|step| varint(*step, &mut put));
        Some(frame)
    }

    /// Adds a position. The client must know its delivery's number by now.
    pub fn push(&mut self, position: &BinaryPosition) {
        self.bytes.extend_from_slice(position.as_bytes());
        self.positions += 1;
    }

    /// The number of positions in the frame.
    #[must_use]
    pub const fn positions(&self) -> usize {
        self.positions
    }

    /// The finished message.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.bytes.into()
    }
}

/// LEB128: seven bits a byte, the lowest first; all but the last have the highest bit set.
fn varint(mut value: u64, put: &mut impl FnMut(u8)) {
    while value >= 0x80 {
        put((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    put((value & 0x7f) as u8);
}

/// 0, −1, 1, −2, … as 0, 1, 2, 3, …
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

#[expect(clippy::cast_possible_truncation, reason = "a coordinate times 1e7 is below 2^31; a cast saturates")]
fn units(value: f64, per: f64) -> i64 {
    (value * per).round() as i64
}

/// A magnitude as an integer, at most 65,535.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating is what is meant")]
fn whole(value: f64) -> u16 {
    value.round() as u16
}

#[cfg(test)]
#[path = "tests/binary.rs"]
pub(crate) mod tests;
