//! The command line. Imports nothing of this crate.

use std::path::PathBuf;

use clap::Parser;

/// Keeps the connectors of Kafka Connect in line with Strimzi's connector objects in Kubernetes.
#[derive(Debug, Parser)]
#[command(name = "code-delivery-connector-operator", version)]
pub struct Args {
    /// The configuration file.
    #[arg(long, env = "CODE_DELIVERY_CONFIG", default_value = delivery_observability::config::DEFAULT_PATH)]
    pub config: PathBuf,
}
