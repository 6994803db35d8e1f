//! `kubectl delivery`: shows deliveries, starts and stops them, and proves that no position was lost.
//!
//! The folders, in order; each imports only those before it. [`base`] has the error type and what output needs.
//! [`cluster`] reaches the API server, finds the installation of Code Delivery, and reaches its gateway through both.
//! [`log`] reads Kafka: each command that needs it is a query, answered here or, when the brokers cannot be reached from
//! here, by the same program in a Job in the cluster.
//!
//! Then one folder per command or family of commands: [`deliveries`] (start, watch, suspend, resume, cancel), [`routes`],
//! [`topics`] and [`dead_letters`], [`verify`] (the verdicts themselves are the crate `delivery-verify`), [`history`] and
//! [`erase`]. In each of them `command.rs` has the flags and the steps, `view.rs` the tables. [`command_line`] puts them
//! together: arguments, help, completion, exit code.
//!
//! To follow `verify`: [`command_line`] parses the arguments, [`log`] decides where Kafka is read from, [`verify`] reads
//! it and prints what `delivery-verify` concludes.

mod base;
mod cluster;
mod log;
mod deliveries;
mod routes;
mod topics;
mod dead_letters;
mod verify;
mod history;
mod erase;
mod command_line;

pub use command_line::main;
