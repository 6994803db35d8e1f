//! What the tests of the whole product share: the cluster, the log, the gateway, the servers behind it, and what a delivery must have left behind.
//!
//! The tests run against the cluster of the present kubeconfig, as `make demo` starts it, and need nothing else. None of
//! them sleeps for a state to come: each waits for the state itself, with a limit.

pub mod cluster;
pub mod http;
pub mod gateway;
pub mod follower;
pub mod log;
pub mod topics;
pub mod proof;
pub mod server;
pub mod sink;

use std::time::Duration;

/// The longest that any single step may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A name that no other test or run has.
#[must_use]
pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = jiff::Timestamp::now().as_millisecond() % 100_000_000;
    format!("{prefix}-{now}-{}-{}", std::process::id() % 10_000, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Gives up on `step` after [`PATIENCE`], and says which.
///
/// # Errors
/// When the step fails or takes too long.
pub async fn within<T>(what: &str, step: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, step)
        .await
        .unwrap_or_else(|_| Err(anyhow::anyhow!("{what} did not come within {PATIENCE:?}")))
}
