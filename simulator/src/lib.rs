//! The vehicles of the deliveries: plans become positions in Kafka.
//!
//! A process drives a list of plans; the pod of one Delivery has a list of one. What is decided is pure and stands in
//! [`plans`] (what may be driven), [`resume`] (what the log says of a delivery), [`departure`] (how a new one begins),
//! [`vehicle`] and [`fleet`] (what is written next) and [`records`] (how it is written). The shell around it is
//! [`history`] (reads the log), [`producer`] (writes to it) and [`run`] (the loop between clock, Kafka and the end of the
//! process).
//!
//! Which deliveries there are is for the operator; where a vehicle is at a tick is for `delivery-motion`.

pub mod departure;
pub mod fleet;
pub mod history;
pub mod metrics;
pub mod plans;
pub mod producer;
pub mod records;
pub mod resume;
pub mod run;
pub mod vehicle;
