//! What every service process does in the same way: its configuration file, its log, its admin port, its tasks and its end.
//!
//! [`secrets`] is what may be said of a secret; [`config`] reads the configuration file and [`mod@log`] starts the log. [`locks`] guard what
//! tasks share. [`traces`] are spans of what the process does, if somebody collects them. [`life`] is how it lives:
//! [`life::heartbeat`] is the sign of life of a loop, [`life::health`] is what the process is waiting for, which dependency is down
//! and which loop hangs; [`life::shutdown`] is the request to end, and [`life::tasks`] supervises all tasks up to there. [`metrics`]
//! are what the metrics of several services share. In [`port`], [`port::listen`] chooses the address for a port, and [`port::admin`]
//! serves all of it there. [`process`] puts it together.
//!
//! Which metrics there are, what makes a service ready and how it drains is left to each service.

pub mod secrets;
pub mod config;
pub mod log;
pub mod locks;
pub mod traces;
pub mod life;
pub mod metrics;
pub mod port;
pub mod process;

pub use life::health::Health;
pub use life::heartbeat::Heartbeat;
pub use life::tasks::Tasks;
pub use metrics::exemplars::TracedHistogram;
