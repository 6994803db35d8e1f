//! Driving a path: which fix (position, heading, speed, progress) a vehicle reports at each tick.
//!
//! A fix is a pure function of (path, model, seq): it is never computed from the fix before it, so a drive that
//! is resumed at any seq continues exactly as if it had never stopped. When a tick is due is left to
//! [`crate::clock`].

use std::sync::Arc;

use crate::geodesy::Position;
use crate::noise::disturb;
use crate::path::{Path, Place};

/// The version of this model. It is raised when the same path, model and seq give a different fix from before, so that
/// recorded deliveries are verified with the model that they were driven by.
pub const MODEL_VERSION: u32 = 1;

/// How a vehicle moves from tick to tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// One point of the path per tick, however far apart the points are.
    PointPerTick,
    /// The same number of metres per tick along the path, and at the last tick its end.
    ConstantSpeed {
        /// Kilometres per hour; at least 1.
        speed_kmh: u32,
    },
}

/// Everything besides the path that determines the fixes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// How the vehicle moves.
    pub motion: Motion,
    /// The time between two ticks in milliseconds; at least 1.
    pub interval_milliseconds: u32,
    /// The seed of the receiver's error.
    pub seed: u64,
    /// The standard deviation of the receiver's error on each axis, in metres; 0 for an exact receiver. No fix is off by
    /// more than three times this.
    pub noise_meters: u32,
}

/// Why a model cannot drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No time between ticks.
    #[error("The interval between two positions is 0 milliseconds; it must be at least 1.")]
    ZeroInterval,
    /// A vehicle that never arrives.
    #[error("The speed is 0 km/h, so the vehicle would never arrive; it must be at least 1.")]
    ZeroSpeed,
}

impl ModelError {
    /// A stable name of the error.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::ZeroInterval => "ZeroInterval",
            Self::ZeroSpeed => "ZeroSpeed",
        }
    }
}

/// What a vehicle reports at one tick, rounded so that its decimal form is short and the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Longitude and latitude in degrees, to 1e-7° (11 mm), with the receiver's error. The last fix has none: it is the
    /// path's last point.
    pub position: Position,
    /// The true course over ground by which the vehicle got here, in degrees clockwise from north, `0..360`, to 0.1°;
    /// at the first fix, the course on which it leaves.
    pub heading: f64,
    /// The true mean speed since the fix before in metres per second, to 0.01; 0 at the first and the last fix, where
    /// the vehicle is at rest.
    pub speed_meters_per_second: f64,
    /// The true share of the path's length that is behind the vehicle, `0..=1`, cut to 1e-4; it never falls.
    pub progress: f64,
    /// Whether this is the last fix; true for that one alone.
    pub finished: bool,
}

impl Model {
    /// The seq of the last fix along a [`Path`] of that many points and metres, for those who do not keep the path.
    ///
    /// # Errors
    /// A model without an interval or a speed.
    pub fn last_seq(&self, points: usize, length_meters: f64) -> Result<u64, ModelError> {
        match self.motion {
            _ if self.interval_milliseconds == 0 => Err(ModelError::ZeroInterval),
            Motion::ConstantSpeed { speed_kmh: 0 } => Err(ModelError::ZeroSpeed),
            Motion::PointPerTick => Ok((points as u64).saturating_sub(1)),
            Motion::ConstantSpeed { speed_kmh } => {
                Ok(ticks_to_cover(length_meters, speed_kmh, self.interval_milliseconds))
            }
        }
    }
}

/// A path driven by a model. The path is shared, since many vehicles may drive the same one.
#[derive(Debug, Clone)]
pub struct Drive {
    path: Arc<Path>,
    model: Model,
    last_seq: u64,
}

impl Drive {
    /// Lets a model drive a path.
    ///
    /// # Errors
    /// A model without an interval or a speed.
    pub fn new(path: Arc<Path>, model: Model) -> Result<Self, ModelError> {
        let last_seq = model.last_seq(path.points().len(), path.length_meters())?;
        Ok(Self { path, model, last_seq })
    }

    /// The seq of the last fix, at the end of the path; the first is 0, so this is at least 1.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The time between two ticks in milliseconds.
    #[must_use]
    pub fn interval_milliseconds(&self) -> u32 {
        self.model.interval_milliseconds
    }

    /// The path that is driven.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The fix at a seq; beyond the last seq, the last fix.
    #[must_use]
    pub fn fix(&self, seq: u64) -> Fix {
        let seq = seq.min(self.last_seq);
        let finished = seq == self.last_seq;
        let meters = self.meters(seq);
        let Place { position, heading } = self.path.place(meters);
        let position =
            if finished { self.path.end() } else { disturb(position, self.model.noise_meters, self.model.seed, seq) };
        let speed = if seq == 0 || finished { 0.0 } else { self.meters_per_second(seq) };
        let progress = if finished { 1.0 } else { meters / self.path.length_meters() };
        Fix {
            position: position.map(|degrees| rounded(degrees, 1e7)),
            heading: rounded(heading, 1e1) % 360.0,
            speed_meters_per_second: rounded(speed, 1e2),
            progress: libm::floor(progress * 1e4) / 1e4,
            finished,
        }
    }

    /// The metres that are behind the vehicle at a seq that is not beyond the last.
    fn meters(&self, seq: u64) -> f64 {
        match self.model.motion {
            Motion::PointPerTick => self.path.meters_at_point(usize::try_from(seq).unwrap_or(usize::MAX)),
            Motion::ConstantSpeed { speed_kmh } => {
                covered(seq, speed_kmh, self.model.interval_milliseconds).min(self.path.length_meters())
            }
        }
    }

    /// The mean speed over the tick that ends at a seq above 0.
    fn meters_per_second(&self, seq: u64) -> f64 {
        match self.model.motion {
            Motion::PointPerTick => {
                (self.meters(seq) - self.meters(seq - 1)) * 1000.0 / f64::from(self.model.interval_milliseconds)
            }
            Motion::ConstantSpeed { speed_kmh } => f64::from(speed_kmh) / 3.6,
        }
    }
}

/// The metres covered after a number of ticks: km/h · ms · ticks / 3600. The product of the integers is exact.
#[expect(clippy::cast_precision_loss, reason = "below 2^53 for any path and model that can be driven to its end")]
fn covered(ticks: u64, speed_kmh: u32, interval_milliseconds: u32) -> f64 {
    let product = u128::from(ticks) * u128::from(speed_kmh) * u128::from(interval_milliseconds);
    product as f64 / 3600.0
}

/// The least number of ticks that cover a length in metres, which is above 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the length is positive, and the longest path at the least speed is below 2^53 ticks"
)]
fn ticks_to_cover(length_meters: f64, speed_kmh: u32, interval_milliseconds: u32) -> u64 {
    let ticks = libm::ceil(length_meters / covered(1, speed_kmh, interval_milliseconds)) as u64;
    // The division may be off by its last bit on either side of a whole number.
    let ticks = ticks.max(1);
    if ticks > 1 && covered(ticks - 1, speed_kmh, interval_milliseconds) >= length_meters {
        ticks - 1
    } else if covered(ticks, speed_kmh, interval_milliseconds) < length_meters {
        ticks + 1
    } else {
        ticks
    }
}

/// Rounded to a number of steps per unit, without a negative zero.
fn rounded(value: f64, steps: f64) -> f64 {
    libm::round(value * steps) / steps + 0.0
}

#[cfg(test)]
#[path = "tests/drive.rs"]
mod tests;
