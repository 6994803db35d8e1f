//! The gateway: Kafka → WebSocket and HTTP.
//!
//! Each replica reads all that concerns the map from Kafka by itself and shows it to browsers; it sends their requests to
//! Kafka, keeps the history in `MongoDB` and serves the page. Pure modules hold the decisions: [`record`], [`held`], [`table`]
//! and [`board`] how everything stands, [`ring`] and [`cursor`] the stream of every position, [`subscription`], [`filter`],
//! [`scope`] and [`interest`] who sees what of it, [`incoming`], [`frames`] and [`binary`] what is said, [`origin`] and [`limit`]
//! who may say how much. Around them a thin shell does the I/O: [`follow`] → [`hub`] → [`socket`] and [`http`]; [`backlog`] for
//! who comes back late; [`history`] and [`search`] beside it.

pub mod archive;
pub mod backlog;
pub mod binary;
pub mod board;
pub mod catalogue;
pub mod config;
pub mod cursor;
pub mod delivery;
mod entry;
pub mod filter;
pub mod follow;
pub mod frames;
pub mod framing;
pub mod gateway;
pub mod held;
pub mod history;
pub mod http;
pub mod hub;
pub mod incoming;
pub mod interest;
pub mod lag;
pub mod limit;
pub mod live;
pub mod metrics;
pub mod moved;
pub mod offsets;
pub mod origin;
pub mod pace;
pub mod past;
pub mod probe;
pub mod record;
pub mod requests;
pub mod ring;
pub mod scope;
pub mod search;
pub mod service;
pub mod socket;
pub mod status;
pub mod subscription;
pub mod table;
pub mod view;
pub mod waiting;
mod wire;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
