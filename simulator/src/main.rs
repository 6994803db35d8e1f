//! The simulator's command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use delivery_observability::config;
use delivery_simulator::service::process;

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

fn main() -> ExitCode {
    let Arguments { config, plans } = Arguments::parse();
    process::main(&config, &plans)
}
