//! Makes the fleet from the log, drives it to the end of its deliveries, and is the process around that.
//!
//! May import every other folder.

pub mod clock;
pub mod environment;
pub(crate) mod journeys;
pub(crate) mod preparation;
pub mod run;
pub mod process;
