//! The command line.

use clap::{Parser, ValueEnum};

/// Kill everything in turn under load, then prove that nothing was lost.
///
/// Runs against the cluster of the current kubeconfig context, which must be the demo's unless --any-cluster is given, and deletes
/// at the end what it has created. The exit code is 1 if a promise is broken, 2 if the run could not be carried out.
#[derive(Clone, Debug, Parser)]
#[command(name = "code-delivery-chaos", version)]
pub(crate) struct Arguments {
    /// 20 deliveries and 20 clients in three minutes, instead of 200 and 200 in about sixteen.
    #[arg(long)]
    pub(crate) short: bool,
    /// The seed of the schedule; default: random. It is printed.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// Run against a cluster other than the demo's.
    #[arg(long)]
    pub(crate) any_cluster: bool,
    /// The address of the gateway.
    #[arg(long, env = "GATEWAY", default_value = "127.0.0.1:30080", value_name = "HOST:PORT")]
    pub(crate) gateway: String,
    /// The bootstrap servers of Kafka.
    #[arg(long, env = "KAFKA", default_value = "127.0.0.1:30092", value_name = "HOST:PORT,…")]
    pub(crate) kafka: String,
    /// The namespace of Kafka and MongoDB.
    #[arg(long, default_value = "code-delivery-data", value_name = "NAMESPACE")]
    pub(crate) data_namespace: String,
    /// A shell command that kills the kubelet. Without it, the kubelet is not killed.
    #[arg(long, value_name = "COMMAND", requires = "mend_node")]
    pub(crate) kill_kubelet: Option<String>,
    /// A shell command that restarts what has been killed on the node.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) mend_node: Option<String>,
    /// A shell command that upgrades the installation, run in the middle. Without it, nothing is upgraded.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) upgrade: Option<String>,
}

/// The output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A table of the steps, then one line per promise.
    #[default]
    Table,
    /// One JSON object.
    Json,
}
