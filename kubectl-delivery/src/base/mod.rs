//! What every command needs: the error type, tables, colours, durations, YAML, standard output, a screen that is redrawn.
//!
//! Knows neither Kubernetes nor Kafka; those are left to [`crate::cluster`] and [`crate::log`]. May import nothing of this crate.

pub(crate) mod error;
pub(crate) mod duration;
mod yaml;
pub(crate) mod output;
pub(crate) mod screen;
pub(crate) mod table;
pub(crate) mod colour;

pub(crate) use error::{Error, Problem};
