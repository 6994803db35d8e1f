//! The vehicles of the deliveries: plans become positions in Kafka.
//!
//! A process drives a list of plans; the pod of one Delivery has a list of one. One position's way, in the order of the files:
//! [`plans`] are read and checked; [`records`] turns a delivery's motion into messages; [`resume`] works out from the delivery's
//! records where it resumes, and [`departure`] the first state of one that has none. [`vehicle`] knows which record of one delivery
//! comes next, and [`fleet`] whose turn it is among all of them. All of that is pure. The shell around it does the I/O:
//! [`producer`] writes to Kafka, [`recovery`] reads back what Kafka holds, [`run`] is the loop between the clock, Kafka and the
//! request to end, and [`process`] puts configuration, admin port and exit code around it.
//!
//! Which deliveries there are is left to the operator; where a vehicle is at a tick, to `delivery-motion`.

pub mod plans;
pub mod records;
pub mod resume;
pub mod departure;
pub mod vehicle;
pub mod fleet;
pub mod metrics;
mod producer;
mod recovery;
pub mod run;
pub mod process;
