//! The position index in Elasticsearch: queries about past deliveries and their positions, over what the sink has written.
//!
//! No proxy: a client's parameters become a typed query ([`parameters`], [`time_range`], [`selection`], then a module for each
//! query), which builds the bodies of its searches from [`clauses`] and makes its answer of each [`response`]; all of that is
//! pure. [`client`] sends the searches, bounded in time, size and number; [`queries`] runs those of a query together. While
//! Elasticsearch is away only these queries fail.
//!
//! It leaves the HTTP side to `http`. It may import `model`, `protocol`, `state` and `config`.

pub mod credentials;
pub mod response;
pub mod client;
pub mod parameters;
pub mod clauses;
pub mod time_range;
pub mod selection;
pub mod titles;
pub mod documents;
pub mod tile;
pub mod percentile;
pub mod extent;
pub mod deliveries;
pub mod positions;
pub mod near;
pub mod heatmap;
pub mod summary;
pub mod personal_data;
pub mod queries;

#[cfg(test)]
mod testing;
