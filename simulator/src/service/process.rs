//! The simulator's process: configuration and plans in, exit code out; its log, admin port and signals.
//!
//! Exit codes: 0 when every delivery has arrived; 143 when the process was asked to end before, so that a container that was stopped
//! but not deleted is started again; 2 when the configuration or the plans cannot be used; 1 for everything else.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use delivery_kafka::KafkaConfig;
use delivery_messages::TraceParent;
use delivery_observability::config::{self, ConfigError};
use delivery_observability::metrics::gauges::readiness;
use delivery_observability::port::admin;
use delivery_observability::process::with_causes;
use delivery_observability::{Health, Tasks, log, traces};
use prometheus_client::registry::Registry;
use serde::Deserialize;

use crate::delivery::plans::{self, Delivery, PlansError};
use crate::metrics::Metrics;
use crate::service::environment::Environment;
use crate::service::run::{Ending, run};

const INTERRUPTED: u8 = 128 + 15;
const UNUSABLE: u8 = 2;

/// The configuration file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    kafka: KafkaConfig,
    #[serde(default = "admin::default_address")]
    admin_address: SocketAddr,
}

/// Why the process cannot start.
#[derive(Debug, thiserror::Error)]
enum InputError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Plans(#[from] PlansError),
}

/// Drives the plans in one file with the configuration in another.
#[must_use]
pub fn main(config: &Path, plans: &Path) -> ExitCode {
    log::init();
    let (config, deliveries) = match read(config, plans) {
        Ok(input) => input,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(UNUSABLE);
        }
    };
    traces::start("simulator");
    if let [Delivery { id, traceparent, .. }] = deliveries.as_slice() {
        let trace = traceparent.as_deref().and_then(|text| text.parse::<TraceParent>().ok());
        tracing::info!(delivery_id = id, trace_id = trace.map(|trace| trace.trace_id()), "Driving a delivery.");
    }
    let ended = block_on(config, &deliveries);
    traces::finish();
    match ended {
        Ok(Ending::Finished) => {
            tracing::info!("All deliveries have arrived.");
            ExitCode::SUCCESS
        }
        Ok(Ending::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            tracing::error!("{}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

fn read(config: &Path, plans: &Path) -> Result<(Config, Vec<Delivery>), InputError> {
    let (config, mut deliveries) = (config::load(config)?, plans::load(plans)?);
    // In a pod, the host is called like the pod.
    let pod = std::env::var("HOSTNAME").ok().filter(|name| !name.is_empty()).map(Box::<str>::from);
    for delivery in &mut deliveries {
        delivery.pod.clone_from(&pod);
    }
    Ok((config, deliveries))
}

/// One thread is enough for any fleet, and costs the least memory.
fn block_on(config: Config, deliveries: &[Delivery]) -> anyhow::Result<Ending> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(2).build();
    let runtime = runtime.context("Cannot set up the process.")?;
    let ending = runtime.block_on(serve(config, deliveries));
    // A question that Kafka does not answer must not delay the end.
    runtime.shutdown_background();
    ending
}

async fn serve(config: Config, deliveries: &[Delivery]) -> anyhow::Result<Ending> {
    // Signals are listened to from the start: a SIGTERM before that would end the process with records in flight.
    let mut tasks = Tasks::new();
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let health = Health::default();
    registry.sub_registry_with_prefix("delivery_simulator").register_collector(readiness(
        "ready",
        "1 while the process is ready, 0 otherwise",
        &health,
    ));
    let environment = Environment::new(config.kafka, metrics, health);
    let admin = admin::serve(config.admin_address, environment.health.clone(), registry, tasks.ending());
    tasks.spawn("admin port", async move { Ok(admin.await?) });
    let stop = tasks.requested();
    Ok(tasks.supervise_until(run(&environment, deliveries, stop)).await??)
}
