//! What every other folder uses: the configuration, the stores of watched objects, names, reasons, conditions, metrics.
//!
//! Knows nothing of Kafka's records or of reconciling. Imports no other folder.

pub mod api;
pub mod args;
pub mod backoff;
pub mod conditions;
pub mod config;
pub mod metrics;
pub mod names;
pub mod objects;
pub mod reason;
pub mod subject;
pub mod trace;
pub mod wake;
pub mod watch;
