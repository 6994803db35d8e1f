//! The notifications' process: arguments, configuration, log.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use delivery_notifications::service;
use delivery_observability::{config, process};

/// Keeps notifications, tells their recipients by page and e-mail, and makes news of purchases, invoices and deliveries.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::serve("notifications service", &arguments.config, service::run)
}
