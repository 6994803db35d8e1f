//! What every service process does in the same way: its configuration file, its log, its admin port, its tasks and its end.
//!
//! In the order of a process's life: [`config`] reads the configuration file and [`mod@log`] starts the log. [`locks`] guard what
//! tasks share, [`health`] is what the process is waiting for and which dependency is down, and [`admin`] serves it. [`shutdown`] is
//! the request to end, [`tasks`] supervises all tasks up to there, and [`process`] puts it together.
//!
//! Which metrics there are, what makes a service ready and how it drains is left to each service.

pub mod config;
pub mod log;
pub mod locks;
pub mod health;
pub mod admin;
pub mod shutdown;
pub mod tasks;
pub mod process;

pub use health::Health;
pub use tasks::Tasks;
