//! Deliveries: one is reconciled in four steps, each in the file of its name.
//!
//! 1. [`observe`] (Kubernetes and Kafka, read only): the object, its pods, its route, its state → [`observed::Observed`].
//! 2. [`plan`] (pure): the state of the delivery, and the steps to take → [`plan::Plan`].
//! 3. [`act`] (Kubernetes and Kafka, writes): takes the steps.
//! 4. [`status`] (pure) → [`report`] (Kubernetes, writes): the status and the Event, if anything has changed.
//!
//! The pure files come first, then those with a client. [`reconcile`] is the four steps in a row, [`controller`] decides when.
//! Imports [`crate::base`], [`crate::leadership`], [`crate::tables`], [`crate::log`], [`crate::error`] and [`crate::routes`].

pub(crate) mod pods;
pub(crate) mod observed;
pub(crate) mod record;
pub(crate) mod manifest;
pub(crate) mod plan;
pub(crate) mod status;
pub(crate) mod event;
pub(crate) mod budget;
pub(crate) mod unconfirmed;
pub(crate) mod written;
pub(crate) mod report;
pub(crate) mod observe;
pub(crate) mod delete;
pub(crate) mod act;
pub(crate) mod reconcile;
pub(crate) mod controller;
