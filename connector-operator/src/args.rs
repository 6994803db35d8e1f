//! The command line.

use clap::Parser;
use std::path::PathBuf;

/// Keeps the connectors of Kafka Connect as Strimzi's connector objects in Kubernetes say.
#[derive(Debug, Parser)]
#[command(name = "code-delivery-connector-operator", version)]
pub struct Args {
    /// The configuration file.
    #[arg(long, env = "CODE_DELIVERY_CONFIG", default_value = delivery_observability::config::DEFAULT_PATH)]
    pub config: PathBuf,
}
