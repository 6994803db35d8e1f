//! The cluster: its API server, the installation of Code Delivery in it, and the gateway, the other
//! services, their admin ports, Jaeger and Prometheus behind it.
//!
//! What a command does there is left to the command. May import [`crate::base`].

mod proxy;
pub(crate) mod answer;
pub(crate) mod connection;
pub(crate) mod cleanup;
pub(crate) mod objects;
pub(crate) mod installation;
pub(crate) mod server;
pub(crate) mod gateway;
pub(crate) mod admin_port;
pub(crate) mod services;
mod place;
pub(crate) mod jaeger;
pub(crate) mod prometheus;
pub(crate) mod metrics;
