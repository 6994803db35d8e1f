//! The invoice service's process: arguments, configuration, log.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use delivery_invoices::service;
use delivery_observability::{config, process};

/// Issues an invoice for each purchase in Kafka, and e-mails it to the customer.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "CODE_DELIVERY_CONFIG", default_value = config::DEFAULT_PATH)]
    config: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::serve("invoices service", &arguments.config, service::run)
}
