//! What the metrics of several services share: units, buckets, exemplars, gauges; and what each process uses of its node.
//!
//! Which metrics there are is left to each service. Imports [`crate::traces`] and [`crate::life`].

pub mod units;
pub mod histograms;
pub mod exemplars;
pub mod group_lag;
pub mod gauges;
pub mod usage;
