//! The operator: Deliveries and DeliveryRoutes in Kubernetes become pods, plans and a catalogue in Kafka; start requests from Kafka
//! become Deliveries.
//!
//! A reconciliation is four steps in modules of these names: [`observe`], [`plan`], [`act`], [`status`]. Decisions are pure:
//! they know no client and no clock.

pub mod act;
pub mod active;
pub mod announce;
pub mod args;
pub mod backoff;
pub mod budget;
pub mod catalogue;
pub mod commands;
pub mod conditions;
pub mod config;
pub mod context;
pub mod controller;
pub mod election;
pub mod erased;
pub mod erasure;
pub mod error;
pub mod expiry;
pub mod inbox;
pub mod lease;
pub mod lingering;
pub mod log;
pub mod metrics;
pub mod names;
pub mod namespace;
pub mod objects;
pub mod observe;
pub mod plan;
pub mod plans;
pub mod pod;
pub mod reconcile;
pub mod record;
pub mod removal;
pub mod replay;
pub mod report;
pub mod requests;
pub mod retention;
pub mod route;
pub mod routes;
pub mod run;
pub mod states;
pub mod status;
pub mod sweep;
pub mod tail;
pub mod tenure;
pub mod topics;
pub mod topology;
pub mod trace;
pub mod unconfirmed;
pub mod view;
pub mod wake;
