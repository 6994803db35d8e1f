//! The position index in Elasticsearch: queries about past deliveries and their positions, over what the sink has written.
//!
//! No proxy: a client's parameters become a typed query ([`parameters`], [`time_range`], [`selection`], then a module for each
//! query in [`query`]), which builds the bodies of its searches from [`clauses`] and makes its answer of each [`response`]; all of that is
//! pure. [`client`] sends the searches, bounded in time, size and number; [`queries`] runs those of a query together. While
//! Elasticsearch is away only these queries fail.
//!
//! It leaves the HTTP side to `http`. It may import `model`, `protocol`, `state` and `config`.

pub(crate) mod credentials;
pub(crate) mod response;
pub(crate) mod client;
pub(crate) mod parameters;
pub(crate) mod clauses;
pub(crate) mod time_range;
pub(crate) mod selection;
pub(crate) mod titles;
pub(crate) mod documents;
pub(crate) mod query;
pub(crate) mod queries;

#[cfg(test)]
mod testing;
