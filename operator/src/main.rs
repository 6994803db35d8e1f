//! The operator's process: reads its configuration and runs.

use std::process::ExitCode;

use clap::Parser;
use delivery_observability::process;
use delivery_operator::{Args, run};

fn main() -> ExitCode {
    process::serve("operator", &Args::parse().config, run)
}
