//! What is judged of the services: [`workloads`] (Deployments and versions), [`leader`] (the operator's Lease), [`readiness`] (what they say
//! of themselves and of MongoDB and Elasticsearch), [`canary`] and [`monitoring`] (the objects for Prometheus); all are pure.
//!
//! [`probe`] asks their pods; the API server is asked in [`super::observe`].

pub(crate) mod workloads;
pub(crate) mod leader;
pub(crate) mod readiness;
pub(crate) mod canary;
pub(crate) mod monitoring;
pub(crate) mod probe;
