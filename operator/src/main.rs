//! The operator's process: reads its configuration and runs.

use clap::Parser;
use delivery_observability::process;
use delivery_operator::args::Args;
use delivery_operator::run::run;
use std::process::ExitCode;

fn main() -> ExitCode {
    process::serve("operator", &Args::parse().config, run)
}
