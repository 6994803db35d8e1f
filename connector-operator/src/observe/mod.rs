//! The first step: what exists in Kubernetes and in Kafka Connect. It changes nothing and decides nothing. Imports `strimzi` and
//! `connect`.

pub(crate) mod kubernetes;
pub mod actual;
