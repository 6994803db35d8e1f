//! The command `graph`: asks Prometheus for the traffic of the installation's namespaces, and shows it.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::sleep;

use super::{dot, svg, view};
use crate::base::output::{Format, write_stdout};
use crate::base::screen::{self, Frames};
use crate::base::{Error, Problem, duration};
use crate::cluster::connection::{Cluster, Connection};
use crate::cluster::installation::{self, Installation};
use crate::cluster::prometheus::{Prometheus, PrometheusArguments};
use crate::mesh::ask;
use crate::mesh::node::Grouping;
use crate::mesh::traffic::{Graph, graph};

/// The pause between two looks with `--watch`: Prometheus has nothing new sooner.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct MeshGraph {
    /// One node for all workloads of a service, such as all simulators; default: one per workload, so one per Delivery.
    #[arg(long)]
    collapse: bool,
    /// The time over which rates and durations are measured: at least two of Prometheus' scrape intervals.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration::parse)]
    window: SignedDuration,
    /// Ask again every five seconds, and redraw the table; without a terminal, or for another format, once.
    #[arg(short, long)]
    watch: bool,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    output: GraphFormat,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    installation_namespace: Option<String>,
    #[command(flatten)]
    prometheus: PrometheusArguments,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum GraphFormat {
    /// A table.
    #[default]
    Table,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// There is nothing to show.
#[derive(Debug, thiserror::Error)]
enum NothingToShow {
    #[error(
        "Prometheus knows of no mesh: it has none of the metrics istio_requests_total and istio_tcp_sent_bytes_total. Install Code Delivery \
         in a mesh with mesh.enabled in the values of the chart (MESH=1 make demo does), have Prometheus scrape the proxies, or name the \
         Prometheus that does with --prometheus."
    )]
    NoMesh,
    #[error(
        "There was no traffic in the mesh of {} within the last {window}. Start a delivery with kubectl delivery start, look further back with \
         --window, or choose another namespace with -n.",
        namespaces.join(", ")
    )]
    NoTraffic { namespaces: Vec<String>, window: String },
}

impl Problem for NothingToShow {
    fn reason(&self) -> &'static str {
        match self {
            Self::NoMesh => "NoMesh",
            Self::NoTraffic { .. } => "NoTraffic",
        }
    }

    fn is_answer(&self) -> bool {
        true
    }
}

/// Where to ask, and for what.
struct Question {
    prometheus: Prometheus,
    namespaces: Vec<String>,
    seconds: u64,
    grouping: Grouping,
}

pub(crate) async fn run(arguments: &MeshGraph, connection: &Connection) -> Result<ExitCode, Error> {
    let cluster = connection.cluster().await?;
    let question = question(arguments, connection, &cluster).await?;
    let mut graph = question.ask(arguments.window).await?;
    if arguments.watch && arguments.output == GraphFormat::Table && std::io::stdout().is_terminal() {
        let mut frames = Frames::begin()?;
        loop {
            frames.draw(&view::frame(&graph, screen::size()))?;
            sleep(PAUSE).await;
            graph = question.ask(arguments.window).await?;
        }
    }
    write_stdout(&match arguments.output {
        GraphFormat::Table => view::text(&graph),
        GraphFormat::Dot => dot::dot(&graph),
        GraphFormat::Svg => svg::svg(&graph),
        GraphFormat::Json => Format::Json.document(&graph)?,
        GraphFormat::Yaml => Format::Yaml.document(&graph)?,
    })?;
    Ok(ExitCode::SUCCESS)
}

/// With a namespace and an address nothing need be known of the installation.
async fn question(arguments: &MeshGraph, connection: &Connection, cluster: &Cluster) -> Result<Question, Error> {
    let seconds = u64::try_from(arguments.window.as_secs()).unwrap_or_default().max(1);
    let grouping = if arguments.collapse { Grouping::CanonicalService } else { Grouping::Workload };
    let (address, given) = (arguments.prometheus.at_address()?, connection.namespace.clone());
    if let (Some(prometheus), Some(namespace)) = (&address, &given) {
        let (prometheus, namespaces) = (prometheus.clone(), vec![namespace.clone()]);
        return Ok(Question { prometheus, namespaces, seconds, grouping });
    }
    let installation = installation::find(cluster, arguments.installation_namespace.as_deref()).await?;
    let prometheus = address.map_or_else(|| Prometheus::of_installation(cluster, &installation), Ok)?;
    let namespaces = given.map_or_else(|| namespaces(&installation), |namespace| vec![namespace]);
    Ok(Question { prometheus, namespaces, seconds, grouping })
}

/// The namespaces of an installation: that of the services, and those of the simulators.
fn namespaces(installation: &Installation) -> Vec<String> {
    let mut all = vec![installation.namespace.clone()];
    for namespace in &installation.config.watch_namespaces {
        if !all.contains(namespace) {
            all.push(namespace.clone());
        }
    }
    all
}

impl Question {
    async fn ask(&self, window: SignedDuration) -> Result<Graph, Error> {
        let Self { prometheus, namespaces, seconds, grouping } = self;
        let answers = ask::answers(prometheus, namespaces, *seconds).await?;
        let graph = graph(&answers, *grouping, namespaces, *seconds);
        if !graph.edges.is_empty() {
            return Ok(graph);
        }
        if !ask::knows_a_mesh(prometheus).await? {
            return Err(NothingToShow::NoMesh.into());
        }
        let (namespaces, window) = (namespaces.clone(), duration::age(window));
        Err(NothingToShow::NoTraffic { namespaces, window }.into())
    }
}

#[cfg(test)]
#[path = "tests/command.rs"]
mod tests;
