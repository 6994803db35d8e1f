//! Two calls of librdkafka that rdkafka's safe interface does not offer: the id of a topic, and more brokers for a client.
//!
//! This crate is the calls and nothing else, so that no other crate of the workspace needs unsafe code; once rdkafka offers
//! them, it can go.

mod brokers;
mod topic;

pub use brokers::add_brokers;
pub use topic::topic_id;
