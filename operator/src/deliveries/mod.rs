//! Deliveries: one is reconciled in four steps, each in the file of its name.
//!
//! 1. [`observe`] (Kubernetes and Kafka, read only): the object, its pods, its route, its state → [`observed::Observed`].
//! 2. [`plan`] (pure): the state of the delivery, and the steps to take → [`plan::Plan`].
//! 3. [`act`] (Kubernetes and Kafka, writes): takes the steps.
//! 4. [`status`] (pure) → [`report`] (Kubernetes, writes): the status and the Event, if anything has changed.
//!
//! The pure files stand first, then those with a client. [`reconcile`] is the four steps in a row, [`controller`] decides when.
//! Imports [`crate::base`], [`crate::leadership`], [`crate::tables`], [`crate::log`], [`crate::error`] and [`crate::routes`].

pub mod pods;
pub mod observed;
pub mod record;
pub mod manifest;
pub mod plan;
pub mod status;
pub mod event;
pub mod budget;
pub mod unconfirmed;
pub mod written;
pub mod report;
pub mod observe;
pub mod delete;
pub mod act;
pub mod reconcile;
pub mod controller;
