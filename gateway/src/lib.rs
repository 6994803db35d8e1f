//! The gateway: Kafka → WebSocket and HTTP.
//!
//! Each replica reads everything in Kafka that its clients may ask for, and sends it to browsers. It also forwards
//! clients' requests to Kafka, keeps the delivery store in `MongoDB`, queries the position index in Elasticsearch, and
//! serves the page.
//!
//! # The folders, in the order of the flow
//!
//! A folder imports only folders listed before it. One position passes through them like this:
//!
//! 1. `ingest`: `follow` reads the record from Kafka and decodes it to a `Record` of [`model`]; a batch of records goes through a
//!    bounded channel to the hub. A position that arrives before its delivery's plan waits in the `reorder_buffer`.
//! 2. `state`: the hub's task folds the record into the `table`, which drops repeats. A position that is new becomes an
//!    `EncodedPosition` of [`protocol`]: its binary form and its JSON are encoded at most once, whoever receives them.
//! 3. `stream`: the `hub` publishes what has changed, at a `pace` that follows what it costs: the newest snapshot of each delivery and the `ring` with
//!    every position are `published` together. Then the writers are woken.
//! 4. `writers`: each `shard` goes through its part of the clients and writes the same bytes to all that are up to date, straight to their
//!    sockets, in the mode `latest` from the snapshots, in the mode `all` from the ring.
//! 5. `connection`: the task of each connection does everything else for its client: it reads what the client sends, starts it with a
//!    snapshot, and sends it what it does not have yet, when its socket does not take all that comes or no other client gets the same.
//!
//! Notifications take a short way of their own: `stream` reads them in `relay` and tells the clients that listen for their recipient.
//!
//! Beside that flow: `config` is the configuration file, `metrics` are the gateway's metrics. `delivery_store`
//! (`MongoDB`) and `position_index` (Elasticsearch) answer queries about the past, and `traces` (Jaeger) those about what was done for a
//! delivery. `gateway` is what all connections
//! and HTTP requests share, and serves clients' requests. `http` serves the API, the page and the WebSocket upgrade;
//! [`service`] starts and supervises everything.
//!
//! Pure modules (no client, no clock, no async) hold the decisions: `model` (except `clock`), `protocol` and `state`, and in the other
//! folders each module that says so. Around them a thin shell does the I/O.

mod config;
pub mod model;
pub mod protocol;
pub mod state;
mod metrics;
mod ingest;
mod stream;
mod writers;
mod delivery_store;
mod position_index;
mod traces;
mod gateway;
mod connection;
mod http;
pub mod service;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
