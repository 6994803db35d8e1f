//! What is judged of Kafka and its connectors: [`topics`] and [`connectors`], purely.
//!
//! [`query`] asks Kafka; the objects of the connectors are read in [`super::observe`].

pub(crate) mod topics;
pub(crate) mod connectors;
pub(crate) mod query;
