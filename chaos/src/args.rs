//! What a person types.

use clap::{Parser, ValueEnum};

/// Kill everything in turn under load, then prove that nothing was lost.
///
/// It runs against the cluster of the present kubeconfig, which must be the demo's unless --any-cluster is given, and takes
/// away in the end what it made. The exit code is 1 when a promise is broken, 2 when the run could not be made.
#[derive(Clone, Debug, Parser)]
#[command(name = "code-delivery-chaos", version)]
pub(crate) struct Arguments {
    /// 20 deliveries and 20 clients in three minutes, instead of 200 and 200 in some sixteen.
    #[arg(long)]
    pub(crate) short: bool,
    /// The seed of the plan; default: another one every time. It is printed.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// The form of the result.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// Run against a cluster other than the demo's.
    #[arg(long)]
    pub(crate) any_cluster: bool,
    /// Where the gateway answers.
    #[arg(long, env = "GATEWAY", default_value = "127.0.0.1:30080", value_name = "HOST:PORT")]
    pub(crate) gateway: String,
    /// Where Kafka answers.
    #[arg(long, env = "KAFKA", default_value = "127.0.0.1:30092", value_name = "HOST:PORT,…")]
    pub(crate) kafka: String,
    /// The namespace of Kafka and MongoDB.
    #[arg(long, default_value = "code-delivery-data", value_name = "NAMESPACE")]
    pub(crate) data_namespace: String,
    /// A shell command that kills the kubelet. Without it the kubelet is left alone.
    #[arg(long, value_name = "COMMAND", requires = "mend_node")]
    pub(crate) kill_kubelet: Option<String>,
    /// A shell command that starts what is dead on the node.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) mend_node: Option<String>,
    /// A shell command that upgrades the installation; it is run in the middle. Without it nothing is upgraded.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) upgrade: Option<String>,
}

/// The form of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A table of what was done, and a line per promise.
    #[default]
    Table,
    /// One JSON object.
    Json,
}
