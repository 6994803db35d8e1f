//! The connector operator: `KafkaConnector` objects, of Strimzi's kind, become connectors of a Kafka Connect cluster over its REST API.
//! It is for clusters without Strimzi, and knows nothing of what the connectors carry.
//!
//! A reconciliation is four steps in modules of these names: [`observe`], [`plan`], [`act`], [`status`]. Decisions are pure: they
//! know no client and no clock.
//!
//! **Deletion** takes no finalizer. Each connector carries whose it is among its options ([`desired::OWNER`]), and one whose
//! object is gone is deleted by the [`sweep`] whenever Connect can be reached. So neither a Connect that is away nor an operator
//! that is gone holds up the deletion of an object or a namespace, an object that Strimzi takes over has nothing of ours on it, and
//! a connector that somebody else made is never deleted.

pub mod act;
pub mod annotations;
pub mod args;
pub mod auto_restart;
pub mod config;
pub mod connector;
pub mod context;
pub mod controller;
pub mod desired;
pub mod error;
pub mod links;
pub mod metrics;
pub mod objects;
pub mod observe;
pub mod offsets;
pub mod orphans;
pub mod plan;
pub mod reconcile;
pub mod redact;
pub mod report;
pub mod rest;
pub mod run;
pub mod status;
pub mod sweep;
pub mod told;
