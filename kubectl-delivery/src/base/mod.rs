//! What every command needs: the error type, tables, durations, standard output.
//!
//! Knows neither Kubernetes nor Kafka; those are left to [`crate::cluster`] and [`crate::log`]. May import nothing of this crate.

pub(crate) mod error;
pub(crate) mod duration;
pub(crate) mod output;
pub(crate) mod table;

pub(crate) use error::{Error, Problem};
