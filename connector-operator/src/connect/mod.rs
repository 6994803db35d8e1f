//! Kafka Connect: what a connector's options say, the REST API, what its answers mean, and which clusters can be reached. Imports
//! `config`, `metrics` and `strimzi`. Which requests are sent, and when, is left to `observe`, `act` and `cleanup`.

pub mod options;
pub(crate) mod reply;
pub mod rest;
pub(crate) mod clusters;
pub mod availability;
