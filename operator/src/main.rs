//! The operator's process: reads its configuration and runs.

use std::process::ExitCode;

use clap::Parser;
use delivery_operator::{Args, serve};

fn main() -> ExitCode {
    serve(&Args::parse().config)
}
