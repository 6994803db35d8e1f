//! The vehicles of the deliveries: plans become positions in Kafka.
//!
//! A process drives a list of plans; the pod of one Delivery has a list of one. A folder imports only folders listed before it. One
//! position's way, in the order of the folders and of the files in them:
//!
//! 1. [`delivery`]: [`delivery::plans`] are read and checked; [`delivery::records`] turns a delivery's motion into messages;
//!    [`delivery::resume`] works out from the delivery's records where it resumes, [`delivery::departure`] the first state of one that
//!    has none, and [`delivery::skew`] what becomes of times that are far from having come.
//! 2. [`vehicles`]: [`vehicles::vehicle`] knows which record of one delivery comes next, and [`vehicles::fleet`] whose turn it is among all
//!    of them.
//! 3. `log`: `producer` writes to Kafka, `recovery` reads back what Kafka holds.
//! 4. [`service`]: [`service::clock`] never goes back, [`service::environment`] is what a run needs, `journeys` are the deliveries'
//!    spans, `preparation` makes the fleet of what was read, [`service::run`] is the loop between the clock, Kafka and the request to
//!    end, and [`service::process`] puts configuration, admin port and exit code around it.
//!
//! `delivery`, but for reading the file of plans, and `vehicles` are pure; the shell around them does the I/O. [`metrics`] are what it
//! counts. Which deliveries there are is left to the operator; where a vehicle is at a tick, to `delivery-motion`.

pub mod delivery;
pub mod vehicles;
pub mod metrics;
mod log;
pub mod service;
