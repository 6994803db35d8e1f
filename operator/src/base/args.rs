//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Turns Deliveries into simulator pods and plans in Kafka, and start requests from Kafka into Deliveries.
#[derive(Debug, Parser)]
#[command(name = "code-delivery-operator", version)]
pub struct Args {
    /// The configuration file.
    #[arg(long, env = "CODE_DELIVERY_CONFIG", default_value = delivery_observability::config::DEFAULT_PATH)]
    pub config: PathBuf,
}
