//! The connector operator: `KafkaConnector` objects, of Strimzi's kind, become connectors of a Kafka Connect cluster over its REST API.
//! It is for clusters without Strimzi, and knows nothing of what the connectors carry.
//!
//! **One object through the folders.** The API server sends a changed object ([`strimzi`] holds its type and its annotations) and
//! [`objects`] keeps it. [`reconcile`] then takes four steps, each in a folder of its name: [`observe`] reads the object from
//! Kubernetes and its connector from Kafka Connect (whose REST client is [`connect`]); [`plan`] compares desired with actual and decides
//! the steps; `act` takes them; [`status`] derives the object's status and writes it when it differs. Decisions are pure: they have no
//! client and no clock.
//!
//! **Deletion** takes no finalizer. Each connector carries its owner as one of its options ([`connect::options::OWNER`]), and
//! [`cleanup`] deletes connectors whose object is gone as soon as Connect can be reached. So neither an unreachable Connect nor an
//! uninstalled operator delays the deletion of an object or a namespace, an object that Strimzi takes over has nothing of ours on it,
//! and a connector that something else created is never deleted.
//!
//! A module imports only modules that are listed before it.

pub mod args;
pub mod config;
pub mod metrics;
pub mod strimzi;
pub mod connect;
pub mod objects;
pub mod observe;
pub mod plan;
mod act;
pub mod status;
pub mod reconcile;
pub mod cleanup;
pub mod run;
