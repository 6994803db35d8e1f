//! The command `check`: everything that must be right, line by line, with the way out of what is not.
//!
//! A [`finding`] is a line of the report. What is judged is in a folder each: [`cluster`] (API server, CRDs, permissions), [`services`]
//! (Deployments, leader, readiness, canary, monitoring), [`kafka`] (topics, connectors), [`mesh`] (proxies, mutual TLS, policies, routes); in
//! [`stuck`] it is the deliveries. In them a file judges purely what another asks for. [`observe`] reads from the API server what is left.
//! [`survey`] puts the categories together, [`view`] renders the report. May import [`crate::base`], [`crate::cluster`], [`crate::log`] and
//! [`crate::mesh`].

mod finding;
mod cluster;
mod services;
mod kafka;
mod stuck;
mod observe;
mod mesh;
mod survey;
mod view;
pub(crate) mod command;
