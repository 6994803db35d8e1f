//! The connector operator's process: reads its configuration and runs.

use clap::Parser;
use delivery_connector_operator::args::Args;
use delivery_connector_operator::run::run;
use delivery_observability::{log, process};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    log::init();
    process::serve("connector operator", &Args::parse().config, run).await
}
