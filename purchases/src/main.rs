//! The purchases' process: arguments, configuration, log.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use delivery_observability::{config, process};
use delivery_purchases::service;

/// Takes purchases over HTTP, has them paid, and writes each approved one to Kafka.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::serve("purchases service", &arguments.config, service::run)
}
