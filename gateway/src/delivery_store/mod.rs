//! The delivery store in `MongoDB`: past deliveries and every route revision, beyond Kafka's retention.
//!
//! [`statements`] builds what is written, [`listing`] and [`queries`] what is asked and how documents are read; these are pure.
//! [`writer`] reads Kafka in a consumer group shared by all replicas, gathers a [`batch`] and writes it ([`write`]); [`client`]
//! holds the connection and runs the queries. While MongoDB is away the stream is not affected, and the writer catches up from
//! Kafka afterwards.
//!
//! It leaves the merging of pages with what is in memory to `http`. It may import `config`, `model`, `metrics` and `ingest`.

pub(crate) mod statements;
pub(crate) mod listing;
pub(crate) mod queries;
pub(crate) mod batch;
pub(crate) mod client;
pub(crate) mod write;
pub(crate) mod writer;
