//! The command `verify`.

use std::process::ExitCode;
use std::time::Duration;

use delivery_verify::facts::Scope;
use delivery_verify::report::{DeliveryReport, Document, Summary};
use jiff::SignedDuration;

use super::read::IndexAccess;
use super::{read, view};
use crate::base::Error;
use crate::base::colour;
use crate::base::duration;
use crate::base::output::{Format, write_stdout};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::Connection;
use crate::cluster::gateway::{self, GatewayArguments};
use crate::cluster::installation;
use crate::cluster::services::EntranceArguments;
use crate::log::execute;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::LogReader;
use crate::log::source::{KafkaArguments, LogSource};
use crate::purchases::proof::Proof;
use crate::purchases::records::PurchasesQuery;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Verify {
    /// A delivery, by the name of its object or by its id; can be repeated. Default: all in the namespace.
    #[arg(long = "delivery", value_name = "NAME|ID")]
    deliveries: Vec<String>,
    /// Only deliveries that were under way at some time within the last DURATION, such as 90s, 30m or 1h. Each of them is
    /// verified from its first position on.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    since: Option<SignedDuration>,
    /// Verify the deliveries of all namespaces, and those whose plan is gone.
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Fail on every verdict other than complete, and if there is nothing to verify.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    index: IndexArguments,
    #[command(flatten)]
    purchases: PurchasesArguments,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Answer in lines of JSON; for a Job in the cluster.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

#[derive(Clone, Debug, clap::Args)]
struct IndexArguments {
    /// Also compare with Elasticsearch: whether the index has exactly the log's positions, each once. The index is read
    /// through the gateway.
    #[arg(long)]
    sink: bool,
    /// With --sink: how long to wait for positions that the sink has yet to write.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "30s")]
    sink_wait: SignedDuration,
    #[command(flatten)]
    gateway: GatewayArguments,
}

#[derive(Clone, Debug, clap::Args)]
struct PurchasesArguments {
    /// Verify the purchases instead of the positions: every approved one has one event, one invoice and one e-mail, and no number
    /// is missing or was given twice.
    #[arg(long, conflicts_with_all = ["deliveries", "since", "all_namespaces", "strict", "sink"])]
    purchases: bool,
    /// With --purchases: also compare with the mails that a mail server with Mailpit's API has, such as `http://127.0.0.1:30080/mail`.
    #[arg(long, value_name = "URL", requires = "purchases")]
    mail_server: Option<String>,
    /// With --purchases: how long to wait for what has not come yet.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "30s")]
    purchases_wait: SignedDuration,
    #[command(flatten)]
    entrance: EntranceArguments,
}

/// A run of `verify`.
struct VerifyQuery<'a> {
    arguments: &'a Verify,
    namespace: Option<String>,
    /// Access to the index from here.
    index: Option<IndexAccess>,
    /// The gateway's address for a Job in the cluster.
    cluster_gateway: Option<String>,
}

impl Query for VerifyQuery<'_> {
    type Item = DeliveryReport;
    type Done = Summary;

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["verify".to_owned()];
        arguments.extend(self.arguments.deliveries.iter().map(|delivery| format!("--delivery={delivery}")));
        arguments.extend(self.arguments.since.map(|since| format!("--since={}s", since.as_secs())));
        if let Some(address) = &self.cluster_gateway {
            arguments.extend(["--sink".to_owned(), format!("--gateway={address}")]);
            arguments.push(format!("--sink-wait={}s", self.arguments.index.sink_wait.as_secs().max(1)));
        }
        arguments.push(self.namespace.as_ref().map_or_else(|| "-A".to_owned(), |name| format!("--namespace={name}")));
        arguments
    }

    async fn answer(&self, log: &LogReader, mut each: impl ItemHandler<DeliveryReport>) -> Result<Summary, Error> {
        let scope = Scope {
            namespace: self.namespace.clone(),
            deliveries: self.arguments.deliveries.clone(),
            since: self.arguments.since.map(duration::ago),
        };
        let (reports, summary) = read::verify(log, &scope, self.index.as_ref()).await?;
        reports.into_iter().try_for_each(&mut each)?;
        Ok(summary)
    }
}

/// Access to the index from here, or the gateway's address for a Job in the cluster.
async fn index_access(
    arguments: &Verify,
    connection: &Connection,
    source: &LogSource,
) -> Result<(Option<IndexAccess>, Option<String>), Error> {
    if let LogSource::InCluster(job) = source {
        let address = gateway::cluster_address(&job.cluster, &job.installation.namespace).await?;
        return Ok((None, Some(address)));
    }
    let gateway = if arguments.index.gateway.gateway.is_some() {
        arguments.index.gateway.at_address()?
    } else {
        let cluster = connection.cluster().await?;
        let found = installation::find(&cluster, arguments.kafka.installation_namespace.as_deref()).await?;
        arguments.index.gateway.find(&cluster, &found.namespace).await?
    };
    let wait = Duration::try_from(arguments.index.sink_wait).unwrap_or_default();
    Ok((Some(IndexAccess { gateway, wait }), None))
}

/// Proves that every purchase has one event, one invoice and one e-mail.
async fn purchases(arguments: &Verify, connection: &Connection, source: &LogSource) -> Result<ExitCode, Error> {
    if arguments.stream {
        execute::serve(source, &PurchasesQuery).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let PurchasesArguments { mail_server, purchases_wait, entrance, .. } = &arguments.purchases;
    let proof = Proof {
        entrance,
        installation_namespace: arguments.kafka.installation_namespace.as_deref(),
        mail_server: mail_server.as_deref(),
        wait: Duration::try_from(*purchases_wait).unwrap_or_default(),
        output: arguments.output,
    };
    proof.run(connection, source).await
}

/// Runs the command. The exit code is 1 if a delivery is broken, the index differs from the log, or a purchase lacks something.
pub(crate) async fn run(arguments: &Verify, connection: &Connection, cleanup: &Cleanup) -> Result<ExitCode, Error> {
    let namespace = if arguments.all_namespaces { None } else { connection.namespace().await };
    let source = arguments.kafka.source(connection, cleanup).await?;
    if arguments.purchases.purchases {
        return Box::pin(purchases(arguments, connection, &source)).await;
    }
    let (index, cluster_gateway) =
        if arguments.index.sink { index_access(arguments, connection, &source).await? } else { (None, None) };
    let query = VerifyQuery { arguments, namespace, index, cluster_gateway };
    if arguments.stream {
        execute::serve(&source, &query).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut reports = Vec::new();
    let summary = execute::query(&source, &query, |report| {
        reports.push(report);
        Ok(())
    })
    .await?;
    if arguments.output.is_document() {
        write_stdout(&arguments.output.document(&Document { deliveries: &reports, summary: &summary })?)?;
    } else if reports.is_empty() {
        let place = query.namespace.as_ref().map_or_else(String::new, |name| format!(" in the namespace {name}"));
        eprintln!("No deliveries found{place}.");
        eprint!("{}", view::remarks(&summary));
    } else {
        let table = colour::table(view::table(&reports, query.namespace.is_none(), arguments.output == Format::Wide));
        write_stdout(&(table + &view::summary(&summary) + &view::faults(&reports) + &view::sink_faults(&reports)))?;
    }
    Ok(if summary.fails(arguments.strict) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
