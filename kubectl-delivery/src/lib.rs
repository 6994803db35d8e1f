//! `kubectl delivery`: what a person types to see deliveries, to start and stop them, and to prove that nothing is lost.
//!
//! A command that changes something talks to the API server; one that reads the log is a [`question::Question`], answered
//! here or, when the brokers cannot be reached from here, by the same program in the cluster ([`source`], [`errand`]).

pub mod args;
pub mod change;
pub mod cluster;
pub mod complete;
pub mod dead_letters;
pub mod deliveries;
pub mod erase;
pub mod errand;
pub mod error;
pub mod gateway;
pub mod history;
pub mod installation;
pub mod leftovers;
pub mod log;
pub mod output;
pub mod question;
pub mod route;
pub mod source;
pub mod start;
pub mod topics;
pub mod verify;
pub mod version;
pub mod watch;
pub mod wire;
