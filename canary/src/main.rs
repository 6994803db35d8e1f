//! The canary's process: reads its configuration and runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use delivery_canary::run::run;
use delivery_observability::{config, process};

/// Has a delivery of its own driven every few minutes, watches it as a client does, and exports what it saw.
#[derive(Debug, Parser)]
#[command(name = "code-delivery-canary", version)]
struct Args {
    /// The configuration file (YAML).
    #[arg(long, env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

fn main() -> ExitCode {
    process::serve("canary", &Args::parse().config, run)
}
