//! What every service process does the same: its log, its configuration file, its admin port, its tasks and its end.
//!
//! Which metrics there are, what makes a service ready and how it drains is for each service.

pub mod admin;
pub mod config;
pub mod health;
pub mod log;
pub mod process;
pub mod shutdown;
pub mod tasks;

pub use health::Health;
pub use tasks::Tasks;
