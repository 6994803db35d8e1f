//! What every other folder uses: the configuration, the stores of watched objects, names, reasons, conditions, metrics.
//!
//! Knows nothing of Kafka's records or of reconciling. Imports no other folder.

pub(crate) mod args;
pub(crate) mod config;
pub(crate) mod names;
pub(crate) mod api;
pub(crate) mod reason;
pub(crate) mod trace;
pub(crate) mod waiting;
pub(crate) mod subject;
pub(crate) mod objects;
pub(crate) mod conditions;
pub(crate) mod delays;
pub(crate) mod steady;
pub(crate) mod metrics;
pub(crate) mod wake;
