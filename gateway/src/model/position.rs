//! Where a vehicle was, and what the positions of one delivery are relative to in the binary form.
//!
//! Pure values; [`crate::protocol::binary`] encodes them.

use delivery_messages::{LngLat, Millis, NewPosition, State, StatePhase};

/// The units per degree in which a coordinate is counted.
pub const PER_DEGREE: f64 = 1e7;

/// Where a vehicle was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// `[lng, lat]` in degrees.
    pub position: LngLat,
    /// Counts the positions of the delivery from 0.
    pub seq: u64,
    /// When the vehicle was due there.
    pub at: Millis,
    /// Metres per second.
    pub speed: f64,
    /// Degrees clockwise from north.
    pub heading: f64,
    /// The fraction of the route's length covered so far, 0 to 1.
    pub progress: f64,
    /// Whether this is the last position.
    pub finished: bool,
}

impl From<&NewPosition> for Fix {
    fn from(record: &NewPosition) -> Self {
        Self {
            position: record.position,
            seq: record.seq,
            at: record.at,
            speed: record.speed,
            heading: record.heading,
            progress: record.progress,
            finished: record.finished,
        }
    }
}

impl Fix {
    /// The position that a state record repeats; none before the first position.
    #[must_use]
    pub fn of_state(state: &State) -> Option<Self> {
        Some(Self {
            position: state.position?,
            seq: u64::try_from(state.seq).ok()?,
            at: state.at,
            speed: state.speed,
            heading: state.heading,
            progress: state.progress,
            finished: state.phase == StatePhase::Finished,
        })
    }
}

/// What a delivery's positions are relative to. A client gets it with the delivery's JSON view, so once it has been
/// sent it does not change as long as this replica knows the delivery.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Base {
    /// This replica's number for the delivery; never used for another one.
    pub number: u32,
    /// `[lng, lat]` in degrees, rounded to 1e-7.
    pub origin: LngLat,
    /// When position 0 was due.
    pub at: Millis,
    /// Milliseconds from one position to the next.
    pub interval: u32,
}

impl Base {
    /// The base of a delivery whose first encoded position is `fix`: relative to the route's first point and the
    /// delivery's start or, while these are unknown, to what the fix implies.
    #[must_use]
    pub fn new(number: u32, interval: u32, route_start: Option<LngLat>, start: Option<Millis>, fix: &Fix) -> Self {
        let origin = route_start.unwrap_or(fix.position).map(|degrees| (degrees * PER_DEGREE).round() / PER_DEGREE);
        let driven = i64::try_from(fix.seq).unwrap_or(i64::MAX).saturating_mul(i64::from(interval));
        Self { number, origin, at: start.unwrap_or_else(|| fix.at.saturating_sub(driven)), interval }
    }

    /// When this base expects a position to be due, milliseconds since the Unix epoch.
    #[must_use]
    pub fn due(&self, seq: u64) -> i128 {
        i128::from(self.at) + i128::from(seq) * i128::from(self.interval)
    }
}
