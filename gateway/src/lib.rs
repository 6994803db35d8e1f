//! The gateway: Kafka → WebSocket and HTTP.
//!
//! Each replica reads all that concerns the map from Kafka by itself and shows it to browsers; it sends their requests to
//! Kafka, keeps the history in `MongoDB` and serves the page. Pure modules hold the decisions: [`record`], [`table`] and
//! [`board`] what is shown, [`incoming`] and [`frames`] what is said, [`origin`] and [`limit`] who may say how much. Around them
//! a thin shell does the I/O: [`follow`] → [`hub`] → [`socket`] and [`http`]; [`history`] beside it.

pub mod board;
pub mod catalogue;
pub mod config;
pub mod delivery;
pub mod follow;
pub mod frames;
pub mod gateway;
pub mod history;
pub mod http;
pub mod hub;
pub mod incoming;
pub mod limit;
pub mod live;
pub mod metrics;
pub mod origin;
pub mod past;
pub mod probe;
pub mod record;
pub mod requests;
pub mod service;
pub mod socket;
pub mod table;
pub mod view;
pub mod waiting;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
