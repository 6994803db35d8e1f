//! Observes one delivery: what is in Kubernetes and in the tables becomes [`observed::Observed`], plain data.
//!
//! All but [`observe`] is pure. What follows from it is left to [`crate::deliveries::plan`].

pub(crate) mod sidecar;
pub(crate) mod pods;
pub(crate) mod ownership;
pub(crate) mod observed;
pub(crate) mod unconfirmed;
pub(crate) mod since;
pub(crate) mod silence;
pub(crate) mod ending;
pub(crate) mod agreed;
pub(crate) mod observe;
