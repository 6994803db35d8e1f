//! What the tests of the whole product share, and chaos and bench use as well.
//!
//! [`cluster`] is the Kubernetes API; [`http`], [`web_socket`] and [`gateway`] the gateway as a browser sees it, and [`follower`] a client
//! that reconnects; [`entrance`] is the one address of all services, [`shop`] buys there, and [`mails`] is what arrived at the mail server
//! behind it; [`log`], [`topics`] and [`group`] are Kafka, [`proof`] checks what a finished delivery has left there; [`server`] and [`sink`] are
//! the servers behind the gateway; [`prometheus`] is what is measured, [`probe`] a client inside the mesh, and [`istiod`] the mesh's control
//! plane; [`commands`] reads the commands in the documentation. A module imports only modules that are declared before it.
//!
//! The tests run against the cluster of the current kubeconfig context, as `make demo` starts it, and need nothing else. None of
//! them sleeps until a state should have been reached: each waits for the state itself, with a limit.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON values are read by index, which yields null where there is nothing; a panic only ends a test"
)]

pub mod cluster;
pub mod http;
pub mod web_socket;
pub mod gateway;
pub mod follower;
pub mod entrance;
pub mod shop;
pub mod mails;
pub mod log;
pub mod topics;
pub mod group;
pub mod proof;
pub mod server;
pub mod sink;
pub mod prometheus;
pub mod probe;
pub mod istiod;
pub mod commands;

use std::time::Duration;

/// How long any single step may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// A name that is unique among all tests and runs.
#[must_use]
pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = jiff::Timestamp::now().as_millisecond() % 100_000_000;
    format!("{prefix}-{now}-{}-{}", std::process::id() % 10_000, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// How long a test takes a server away, in seconds, unless it is told: `KAFKA_AWAY_SECONDS=600 cargo test --test outages while_kafka` makes it
/// ten minutes.
///
/// # Errors
/// When what it is told is no number.
pub fn seconds_away(variable: &str) -> anyhow::Result<u32> {
    let Ok(seconds) = std::env::var(variable) else { return Ok(10) };
    seconds.parse().map_err(|_| anyhow::anyhow!("{variable} is {seconds:?}; set it to a number of seconds"))
}

/// Gives up on `step` after [`PATIENCE`], with an error that names it.
///
/// # Errors
/// When the step fails or takes too long.
pub async fn within<T>(what: &str, step: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, step)
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("timed out after {PATIENCE:?} waiting for {what}")))
}
