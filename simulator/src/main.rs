//! The simulator's process: arguments, configuration, log, admin port, exit code.
//!
//! Exit codes: 0 when every delivery has arrived; 143 when the process was asked to end before, so that a container that
//! was stopped but not deleted is started again; 2 when what it was given cannot be used; 1 for everything else.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use delivery_kafka::KafkaConfig;
use delivery_observability::{Health, admin, config, log, shutdown};
use delivery_simulator::metrics::Metrics;
use delivery_simulator::plans::{self, Delivery};
use delivery_simulator::run::{Ending, RunError, Surroundings, run};
use prometheus_client::registry::Registry;
use serde::Deserialize;

const INTERRUPTED: u8 = 128 + 15;
const UNUSABLE: u8 = 2;

/// Drives the vehicles of deliveries: their positions go to Kafka.
#[derive(Debug, Parser)]
#[command(name = "code-delivery-simulator", version)]
struct Arguments {
    /// The configuration file (YAML).
    #[arg(long, env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
    /// The plans to drive (JSON).
    #[arg(long, default_value = "/etc/code-delivery/plans.json")]
    plans: PathBuf,
}

/// The configuration file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    kafka: KafkaConfig,
    #[serde(default = "admin::default_address")]
    admin_address: SocketAddr,
}

#[derive(Debug, thiserror::Error)]
enum ProcessError {
    #[error("The admin port {address} cannot be served: {source}. Choose another with adminAddress.")]
    Admin { address: SocketAddr, source: std::io::Error },
    #[error("The process cannot listen to signals: {0}.")]
    Signals(std::io::Error),
    #[error("The process cannot be set up: {0}.")]
    Runtime(std::io::Error),
    #[error(transparent)]
    Run(#[from] RunError),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log::init();
    let given = config::load::<Config>(&arguments.config).map_err(|error| error.to_string());
    let given = given.and_then(|config| {
        plans::load(&arguments.plans).map(|deliveries| (config, deliveries)).map_err(|error| error.to_string())
    });
    match given {
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::from(UNUSABLE)
        }
        Ok((config, deliveries)) => match process(config, &deliveries) {
            Ok(Ending::Finished) => {
                tracing::info!("All deliveries have arrived.");
                ExitCode::SUCCESS
            }
            Ok(Ending::Interrupted) => ExitCode::from(INTERRUPTED),
            Err(error) => {
                tracing::error!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}

/// One thread is enough for any fleet, and costs the least memory.
fn process(config: Config, deliveries: &[Delivery]) -> Result<Ending, ProcessError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .build()
        .map_err(ProcessError::Runtime)?;
    let ending = runtime.block_on(serve(config, deliveries));
    // A question to a Kafka that does not answer must not hold up the end.
    runtime.shutdown_background();
    ending
}

async fn serve(config: Config, deliveries: &[Delivery]) -> Result<Ending, ProcessError> {
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let around = Surroundings::new(config.kafka, metrics, Health::default());
    let address = config.admin_address;
    let admin = admin::serve(address, around.health.clone(), registry, std::future::pending());
    // Listened to from the start: a SIGTERM before that would end the process with work on its way.
    let (asked, stop) = tokio::sync::oneshot::channel::<()>();
    let signals = async {
        let outcome = shutdown::requested().await;
        drop(asked);
        outcome?;
        std::future::pending().await
    };
    let stop = async {
        // The sender is dropped, not used.
        let _ = stop.await;
    };
    tokio::select! {
        ending = run(&around, deliveries, stop) => Ok(ending?),
        served = admin => Err(ProcessError::Admin {
            address,
            source: served.err().unwrap_or_else(|| std::io::Error::other("it stopped")),
        }),
        failed = signals => {
            let Err(source): Result<std::convert::Infallible, std::io::Error> = failed;
            Err(ProcessError::Signals(source))
        }
    }
}
