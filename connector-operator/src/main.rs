//! The connector operator's process: reads its configuration and runs.

use clap::Parser;
use delivery_connector_operator::args::Args;
use delivery_connector_operator::run::run;
use delivery_observability::{config, log};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    log::init();
    let args = Args::parse();
    let result = match config::load(&args.config) {
        Ok(config) => run(config).await,
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "The connector operator ends.");
            ExitCode::FAILURE
        }
    }
}
