//! The operator's process: reads its configuration and runs.

use clap::Parser;
use delivery_observability::{log, process};
use delivery_operator::args::Args;
use delivery_operator::run::run;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    log::init();
    process::serve("operator", &Args::parse().config, run).await
}
