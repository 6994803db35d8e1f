//! Deliveries: one is reconciled in four steps.
//!
//! 1. [`observing`] (Kubernetes and Kafka, read only): the object, its pods, its route, its state → [`observing::observed::Observed`].
//! 2. [`plan`] (pure): the state of the delivery, and the steps to take → [`plan::Plan`]; `waiting` is for what and how long.
//! 3. [`acting`] (Kubernetes and Kafka, writes): takes the steps.
//! 4. [`reporting`] (pure, then Kubernetes, writes): the status and the Event, if anything has changed.
//!
//! [`reconcile`] is the four steps in a row, [`controller`] decides when. Acting comes last here, because it reports too.
//! Imports [`crate::base`], [`crate::leadership`], [`crate::tables`], [`crate::log`], [`crate::error`] and [`crate::routes`].

pub(crate) mod observing;
mod waiting;
pub(crate) mod plan;
pub(crate) mod reporting;
pub(crate) mod acting;
pub(crate) mod reconcile;
pub(crate) mod controller;
