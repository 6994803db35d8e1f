//! `kubectl delivery`: shows deliveries, starts and stops them, buys, and proves that no position and no purchase was lost.
//!
//! The folders, in order; each imports only those before it. [`base`] has the error type and what output needs.
//! [`cluster`] reaches the API server, finds the installation of Code Delivery, and reaches its gateway through both.
//! [`log`] reads Kafka: each command that needs it is a query, answered here or, when the brokers cannot be reached from
//! here, by the same program in a Job in the cluster. [`mesh`] asks Prometheus for the traffic of a service mesh.
//!
//! Then one folder per command or family of commands: [`deliveries`] (list, status, start, watch, suspend, resume, cancel), [`routes`],
//! [`topics`] and [`dead_letters`], [`purchases`] (buying, and the proof that nothing bought was lost), [`verify`] (the verdicts themselves are the crate `delivery-verify`), [`history`],
//! [`map`], [`erase`], [`graph`], [`check`], [`top`] and [`trace`]. In each of them `command.rs` has the flags and the steps, `view.rs` the tables. [`command_line`] puts them
//! together: arguments, help, completion, exit code.
//!
//! To follow `verify`: [`command_line`] parses the arguments, [`log`] decides where Kafka is read from, [`verify`] reads
//! it and prints what `delivery-verify` concludes.

mod base;
mod cluster;
mod log;
mod mesh;
mod deliveries;
mod routes;
mod topics;
mod dead_letters;
mod purchases;
mod verify;
mod history;
mod map;
mod erase;
mod graph;
mod check;
mod top;
mod trace;
mod command_line;

pub use command_line::main;
