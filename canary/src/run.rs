//! The process: one run after the other, at an interval, and the admin port beside them.

use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;
use delivery_observability::port::admin;
use delivery_observability::{Health, Tasks};
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::Config;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::round::{CLEAN_UP_LIMIT, PATIENCE, Round};

/// The dependency that the canary has.
const GATEWAY: &str = "gateway";
/// What a run may take beside its own limit, its patience and cleaning up twice.
const GRACE: Duration = Duration::from_secs(10);

/// Runs until the process gets a signal to end.
///
/// # Errors
/// When it cannot start, or a task ends by itself: Kubernetes restarts it.
pub async fn run(config: Config) -> anyhow::Result<()> {
    config.check().context("The configuration is invalid.")?;
    let mut tasks = Tasks::new();
    let mut registry = Registry::default();
    let health = Health::default();
    let metrics = Metrics::register(&mut registry, config.every_seconds, &health);
    let serving = admin::serve(config.admin_address, health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(serving.await?) });
    tasks.spawn_endless("watchdog", health.clone().watch_loops());
    let stop = tasks.requested();
    tasks.supervise_until(Box::pin(runs(&config, &metrics, &health, stop))).await
}

/// One run after the other, until `stop`. A run that is under way then is broken off, and its delivery cancelled.
async fn runs(config: &Config, metrics: &Metrics, health: &Health, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let heartbeat = health.heartbeat("runs", config.limit() + PATIENCE + 2 * CLEAN_UP_LIMIT + GRACE);
    let mut due = interval(config.every());
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut has_succeeded = false;
    loop {
        tokio::select! {
            biased;
            () = stop.as_mut() => return,
            _ = due.tick() => {}
        }
        // Once a run has succeeded, the installation is not new: people meet an unknown route as well.
        let patience = if has_succeeded { Duration::ZERO } else { PATIENCE };
        let round = Round::new(config, metrics, patience);
        let ended = heartbeat.during(Box::pin(round.run(stop.as_mut()))).await;
        let Some(result) = ended else { return };
        has_succeeded |= result.is_ok();
        report(result, metrics, health);
    }
}

/// Keeps the account of a run.
fn report(result: Result<(), Failure>, metrics: &Metrics, health: &Health) {
    let is_unreachable = matches!(result, Err(Failure::Unreachable(_)));
    health.dependency(GATEWAY, result.as_ref().err().filter(|_| is_unreachable).map(ToString::to_string));
    match result {
        Ok(()) => {
            metrics.succeeded(Timestamp::now().as_millisecond());
            tracing::info!("The canary's delivery has arrived, with every position once and in order.");
        }
        Err(failure) => {
            metrics.failed(&failure);
            tracing::warn!(reason = failure.reason(), "A run of the canary failed. {failure}");
        }
    }
}
