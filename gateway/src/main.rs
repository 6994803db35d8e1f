//! The gateway's command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use delivery_gateway::service;
use delivery_observability::config;

/// Streams deliveries and their positions from Kafka to browsers, and forwards their requests to Kafka.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

fn main() -> ExitCode {
    service::serve(&Arguments::parse().config)
}
