//! What every other folder uses: the configuration, the stores of watched objects, names, reasons, conditions, metrics.
//!
//! Knows nothing of Kafka's records or of reconciling. Imports no other folder.

pub mod args;
pub mod config;
pub mod names;
pub mod api;
pub mod reason;
pub mod trace;
pub mod subject;
pub mod objects;
pub mod conditions;
pub mod metrics;
pub mod wake;
