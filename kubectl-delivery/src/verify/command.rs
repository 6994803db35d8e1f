//! The command `verify`: its flags, and what it prints.

use super::facts::Scope;
use super::report::{DeliveryReport, Document, Summary};
use super::{print, read};
use crate::cluster::Connection;
use crate::error::Error;
use crate::leftovers::Leftovers;
use crate::log::Log;
use crate::output::{Format, ago, duration, say};
use crate::question::{self, Question, Sink};
use crate::source::KafkaArguments;
use jiff::SignedDuration;
use std::process::ExitCode;

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
    /// The form of the output.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Answer in lines of JSON; how a reader in the cluster answers.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

/// What is verified.
struct Asked<'a> {
    arguments: &'a Verify,
    namespace: Option<String>,
}

impl Question for Asked<'_> {
    type Item = DeliveryReport;
    type Done = Summary;

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["verify".to_owned()];
        arguments.extend(self.arguments.deliveries.iter().map(|delivery| format!("--delivery={delivery}")));
        arguments.extend(self.arguments.since.map(|since| format!("--since={}s", since.as_secs())));
        arguments.push(self.namespace.as_ref().map_or_else(|| "-A".to_owned(), |name| format!("--namespace={name}")));
        arguments
    }

    async fn answer(&self, log: &Log, mut each: impl Sink<DeliveryReport>) -> Result<Summary, Error> {
        let scope = Scope {
            namespace: self.namespace.clone(),
            deliveries: self.arguments.deliveries.clone(),
            since: self.arguments.since.map(ago),
        };
        let (reports, summary) = read::verify(log, &scope).await?;
        reports.into_iter().try_for_each(&mut each)?;
        Ok(summary)
    }
}

/// Runs the command. The exit code is 1 when a delivery is broken.
///
/// # Errors
/// When nothing could be verified.
pub async fn run(arguments: &Verify, connection: &Connection, leftovers: &Leftovers) -> Result<ExitCode, Error> {
    let namespace = if arguments.all_namespaces { None } else { connection.namespace().await };
    let asked = Asked { arguments, namespace };
    let source = arguments.kafka.source(connection, leftovers).await?;
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
        say(&(table + &print::summary(&summary) + &print::faults(&reports)))?;
    }
    Ok(if summary.fails(arguments.strict) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
