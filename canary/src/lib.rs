//! The canary: every few minutes it has a delivery of its own driven, watches it as a client does, and exports whether all went well and
//! how long it took.
//!
//! **One run through the files.** [`run`] begins a run at each interval, and keeps the account in `metrics`. A run (`round`) opens a
//! WebSocket to the gateway (`socket`), asks for a delivery, and hands each frame (`frames`) to `watch`, which judges them: accepted,
//! every position once and in order, finished once. What is wrong is a `failure`. `frames`, `failure` and `watch` are pure.
//!
//! It takes the way of every client, through the gateway, Kafka, the operator, a simulator pod and back, and needs nothing but the gateway's
//! address. Its deliveries have a courier of their own ([`delivery_messages::deliveries::canary`]), by which all others tell them apart.
//!
//! **It cleans up after itself.** What it has left under way, also before a restart, it cancels; what has arrived, the operator deletes after
//! a minute.
//!
//! A module imports only modules that are listed before it.

pub mod config;
mod failure;
mod frames;
mod watch;
mod metrics;
mod socket;
mod round;
pub mod run;
