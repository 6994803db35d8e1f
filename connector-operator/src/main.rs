//! The connector operator's process: reads its configuration and runs.

use clap::Parser;
use delivery_connector_operator::args::Args;
use delivery_connector_operator::run::run;
use delivery_observability::process;
use std::process::ExitCode;

fn main() -> ExitCode {
    process::serve("connector operator", &Args::parse().config, run)
}
