//! How a vehicle moves: geodesy, motion along a path, the clock and the noise of a receiver.
//!
//! Everything here is a pure function of its arguments: no clock, no state that accumulates, no random source. The
//! simulator drives by it, and any verifier of a delivery recomputes it with the same result, bit for bit, on
//! any platform: arithmetic on `f64` is exactly specified, and trigonometry comes from the `libm` crate, because the
//! standard library's differs by platform. Messages, topics and Kubernetes objects are left to others,
//! except for the feature `plan`, which lets the plan in a message drive.

pub mod geodesy;
pub mod path;
pub mod noise;
pub mod drive;
pub mod clock;
#[cfg(feature = "plan")]
pub mod plan;

pub use clock::{Departure, Fixed, Schedule};
pub use drive::{Drive, Fix, MODEL_VERSION, Model, ModelError, Motion};
pub use path::{Path, PathError};
