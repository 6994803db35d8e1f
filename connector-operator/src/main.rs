//! The connector operator's process: reads its configuration and runs.

use std::process::ExitCode;

use clap::Parser;
use delivery_connector_operator::args::Args;
use delivery_connector_operator::run::run;
use delivery_observability::process;

fn main() -> ExitCode {
    process::serve("connector operator", &Args::parse().config, run)
}
