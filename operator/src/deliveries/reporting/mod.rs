//! Reports what became of a delivery: [`status`] derives the status and [`event`] the Event, which is pure; [`report`] writes them, within
//! a [`budget`] of writes.
//!
//! What is to be done is left to [`crate::deliveries::plan`]. Imports that and [`crate::deliveries::observing`].

pub(crate) mod status;
pub(crate) mod event;
pub(crate) mod budget;
pub(crate) mod waits;
pub(crate) mod written;
pub(crate) mod report;
