//! The gateway's process: arguments, configuration, log.

use clap::Parser;
use delivery_gateway::service;
use delivery_observability::{config, log};
use std::path::PathBuf;
use std::process::ExitCode;

/// Shows the deliveries that Kafka tells of to browsers, and takes their requests.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log::init();
    let ended = match config::load(&arguments.config) {
        Ok(config) => service::run(config).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "The gateway ends.");
            ExitCode::FAILURE
        }
    }
}
