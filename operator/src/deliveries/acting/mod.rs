//! Takes the steps of a plan: [`act`] writes to Kubernetes and Kafka what [`record`] and [`manifest`] make, which is pure, and what
//! [`delete`] and [`orphans`] remove.
//!
//! Which steps, and when, is left to [`crate::deliveries::plan`]. Imports that, [`crate::deliveries::observing`] and
//! [`crate::deliveries::reporting`].

pub(crate) mod record;
pub(crate) mod manifest;
pub(crate) mod delete;
pub(crate) mod orphans;
pub(crate) mod act;
