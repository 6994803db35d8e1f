//! The command `verify`: its flags, and what it prints.

use super::facts::Scope;
use super::read::Sink as Index;
use super::report::{DeliveryReport, Document, Summary};
use super::{print, read};
use crate::cluster::Connection;
use crate::error::Error;
use crate::gateway::{self, GatewayArguments};
use crate::installation;
use crate::leftovers::Leftovers;
use crate::log::Log;
use crate::output::{Format, ago, duration, say};
use crate::question::{self, Question, Sink};
use crate::source::{KafkaArguments, Source};
use jiff::SignedDuration;
use std::process::ExitCode;
use std::time::Duration;

/// Flags of `verify`.
#[derive(Clone, Debug, clap::Args)]
pub struct Verify {
    /// A delivery, by its object's name or by its id; may be given more than once. Default: all of the namespace.
    #[arg(long = "delivery", value_name = "NAME|ID")]
    deliveries: Vec<String>,
    /// Only deliveries that were under way at some time in the last so long, such as 90s, 30m or 1h. Each of them is
    /// verified from its first position on.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    since: Option<SignedDuration>,
    /// Deliveries of all namespaces, and those whose plan is gone.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Fail on every verdict other than complete, and when there is nothing to verify.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    index: IndexArguments,
    /// The form of the output.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Answer in lines of JSON; how a reader in the cluster answers.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

/// Flags about the index.
#[derive(Clone, Debug, clap::Args)]
struct IndexArguments {
    /// Compare with Elasticsearch, too: whether the index has each of the log's positions once, the same, and no others. It is
    /// asked through the gateway.
    #[arg(long)]
    sink: bool,
    /// With --sink: how long to wait for what the sink has still to write.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30s")]
    sink_wait: SignedDuration,
    #[command(flatten)]
    gateway: GatewayArguments,
}

/// What is verified.
struct Asked<'a> {
    arguments: &'a Verify,
    namespace: Option<String>,
    /// The way to the index from here.
    index: Option<Index>,
    /// The gateway's address for a reader in the cluster.
    inside: Option<String>,
}

impl Question for Asked<'_> {
    type Item = DeliveryReport;
    type Done = Summary;

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["verify".to_owned()];
        arguments.extend(self.arguments.deliveries.iter().map(|delivery| format!("--delivery={delivery}")));
        arguments.extend(self.arguments.since.map(|since| format!("--since={}s", since.as_secs())));
        if let Some(address) = &self.inside {
            arguments.extend(["--sink".to_owned(), format!("--gateway={address}")]);
            arguments.push(format!("--sink-wait={}s", self.arguments.index.sink_wait.as_secs().max(1)));
        }
        arguments.push(self.namespace.as_ref().map_or_else(|| "-A".to_owned(), |name| format!("--namespace={name}")));
        arguments
    }

    async fn answer(&self, log: &Log, mut each: impl Sink<DeliveryReport>) -> Result<Summary, Error> {
        let scope = Scope {
            namespace: self.namespace.clone(),
            deliveries: self.arguments.deliveries.clone(),
            since: self.arguments.since.map(ago),
        };
        let (reports, summary) = read::verify(log, &scope, self.index.as_ref()).await?;
        reports.into_iter().try_for_each(&mut each)?;
        Ok(summary)
    }
}

/// The way to the index: from here, or the address of the gateway for a reader in the cluster.
async fn ways(
    arguments: &Verify,
    connection: &Connection,
    source: &Source,
) -> Result<(Option<Index>, Option<String>), Error> {
    if let Source::InCluster(errand) = source {
        let address = gateway::address_inside(&errand.cluster, &errand.installation.namespace).await?;
        return Ok((None, Some(address)));
    }
    let gateway = if arguments.index.gateway.gateway.is_some() {
        arguments.index.gateway.typed()?
    } else {
        let cluster = connection.cluster().await?;
        let found = installation::find(&cluster, arguments.kafka.installation_namespace.as_deref()).await?;
        arguments.index.gateway.find(&cluster, &found.namespace).await?
    };
    let wait = Duration::try_from(arguments.index.sink_wait).unwrap_or_default();
    Ok((Some(Index { gateway, wait }), None))
}

/// Runs the command. The exit code is 1 when a delivery is broken, or the index is not as the log.
///
/// # Errors
/// When nothing could be verified.
pub async fn run(arguments: &Verify, connection: &Connection, leftovers: &Leftovers) -> Result<ExitCode, Error> {
    let namespace = if arguments.all_namespaces { None } else { connection.namespace().await };
    let source = arguments.kafka.source(connection, leftovers).await?;
    let (index, inside) = if arguments.index.sink { ways(arguments, connection, &source).await? } else { (None, None) };
    let asked = Asked { arguments, namespace, index, inside };
    if arguments.stream {
        question::serve(&source, &asked).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut reports = Vec::new();
    let summary = question::ask(&source, &asked, |report| {
        reports.push(report);
        Ok(())
    })
    .await?;
    if arguments.output == Format::Json {
        say(&(serde_json::to_string_pretty(&Document { deliveries: &reports, summary: &summary })? + "\n"))?;
    } else if reports.is_empty() {
        let place = asked.namespace.as_ref().map_or_else(String::new, |name| format!(" in namespace {name}"));
        eprintln!("No deliveries found{place}.");
        eprint!("{}", print::besides(&summary));
    } else {
        let table = print::table(&reports, asked.namespace.is_none(), arguments.output == Format::Wide);
        say(&(table + &print::summary(&summary) + &print::faults(&reports) + &print::sink_faults(&reports)))?;
    }
    Ok(if summary.fails(arguments.strict) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
