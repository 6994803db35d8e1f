//! What is judged of the cluster: [`api_server`] (its version and clock), [`definitions`] (the CRDs) and [`permissions`] (what the user may do).
//!
//! All are pure. What they judge is read in [`super::observe`].

pub(crate) mod api_server;
pub(crate) mod definitions;
pub(crate) mod permissions;
