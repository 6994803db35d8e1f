//! The operator: Deliveries and DeliveryRoutes in Kubernetes become pods in Kubernetes, and plans and routes in Kafka; start requests
//! from Kafka become Deliveries.
//!
//! The folders in the order of the flow; each imports only those before it:
//!
//! 1. [`base`]: what all the others use: configuration, object stores, names, reasons, metrics.
//! 2. [`leadership`]: of several replicas one decides. The Lease, the election, and the guard that every write asks.
//! 3. [`tables`]: what the compacted topics hold, in memory. Pure.
//! 4. [`log`]: reads Kafka into the tables, and writes plans, routes, tombstones and dead letters.
//! 5. [`topics`]: creates the topics that are missing and reports those that are not as configured.
//! 6. [`error`]: why a reconciliation failed.
//! 7. [`routes`]: a DeliveryRoute is examined, gets its status, and its revision goes to the catalogue in Kafka.
//! 8. [`deliveries`]: a Delivery is reconciled in four steps: observe, plan, act, status.
//! 9. [`requests`]: a start request becomes a Delivery; a command suspends, resumes or cancels one.
//! 10. [`cleanup`]: cancels what was deleted, erases what must be forgotten, removes what has expired.
//! 11. [`run`]: puts the parts together and runs the tasks.
//!
//! One Delivery's way: a request is read in `requests/inbox`, checked in `requests/admission` and created by `requests/start`. The
//! watch brings it to `deliveries/controller`, and `deliveries/reconcile` takes the four steps: its plan is published through
//! `log/publish`, its pod created. The simulator's states come back through `log/follow` into `tables/states`, which wakes the next
//! reconciliation. When the object is gone, `cleanup/cancel` writes its last plan and, much later, `cleanup/expiry` the tombstone.

mod base;
mod leadership;
mod tables;
mod log;
mod topics;
mod error;
mod routes;
mod deliveries;
mod requests;
mod cleanup;
mod run;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use base::args::Args;
pub use run::process::{run, serve};
