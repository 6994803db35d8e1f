//! The command line.

use clap::{Parser, ValueEnum};

/// Kill everything in turn under load, then prove that nothing was lost.
///
/// With --purchases it loads and kills the purchase services instead: see that option. With --short and --purchase-rate, purchases are
/// part of the load as well.
///
/// Besides killing it freezes the API server, silences Kafka, takes the operator's rights away, wipes the topic of the routes, floods a
/// gateway with start requests and opens sockets that do not read. Everything is undone, also after Ctrl-C. A clock that jumps is not
/// among the faults: containers share the clock of their machine, which this program does not set.
///
/// Runs against the cluster of the current kubeconfig context, which must be the demo's unless --any-cluster is given, and deletes
/// at the end what it has created. The exit code is 1 if a promise is broken, 2 if the run could not be carried out.
#[derive(Clone, Debug, Parser)]
#[command(name = "code-delivery-chaos", version)]
pub(crate) struct Arguments {
    /// 20 deliveries and 20 clients in five minutes, instead of 200 and 200 in about twenty-five. Leaves out a silent Kafka, revoked
    /// rights, a wiped topic and the upgrade.
    #[arg(long)]
    pub(crate) short: bool,
    /// Purchases as the load, and no deliveries. The services of purchases, invoices and notifications, Kafka, MongoDB and the mail server
    /// are killed in turn, and the mail server refuses mails for a while; then every purchase must have one event, one invoice and one
    /// e-mail. Takes about ten minutes, with --short about five.
    #[arg(long)]
    pub(crate) purchases: bool,
    /// How many purchases are made a second; default: 5, beside deliveries none.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) purchase_rate: Option<u32>,
    /// At least how many purchases are made with --purchases; they are made until the last fault is over.
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) purchase_count: u32,
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
    #[arg(long, env = "GATEWAY", default_value = "127.0.0.1:30081", value_name = "HOST:PORT")]
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
    /// A shell command that stops the API server's process (SIGSTOP). Without it, the API server is not frozen.
    #[arg(long, value_name = "COMMAND", requires = "thaw_api_server")]
    pub(crate) freeze_api_server: Option<String>,
    /// A shell command that lets the API server's process go on (SIGCONT).
    #[arg(long, value_name = "COMMAND")]
    pub(crate) thaw_api_server: Option<String>,
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
