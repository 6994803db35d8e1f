//! The command `check`: checks until nothing is wrong or the time is up, and prints the report.

use std::process::ExitCode;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, sleep};

use super::finding::Report;
use super::kafka::query::TopicsQuery;
use super::survey::Survey;
use super::view;
use crate::base::Error;
use crate::base::colour;
use crate::base::duration;
use crate::base::output::{Format, write_stdout};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::Connection;
use crate::log::execute;
use crate::log::source::KafkaArguments;

/// The pause between two checks with `--wait`.
const PAUSE: Duration = Duration::from_secs(3);

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Check {
    /// Repeat the check until nothing is wrong, for this long at most, such as 5m.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    wait: Option<SignedDuration>,
    /// How long a delivery may wait for its route or its pod before it is reported as stuck.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration::parse)]
    stuck_after: SignedDuration,
    /// If Kafka cannot be reached from here, read it through a Job in the cluster.
    #[arg(long)]
    from_cluster: bool,
    /// The output format; default: lines.
    #[arg(short, long, value_enum)]
    output: Option<CheckFormat>,
    /// Answer in lines of JSON how the topics are; for a Job in the cluster.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum CheckFormat {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// Runs the command. The exit code is 1 if anything is wrong.
pub(crate) async fn run(arguments: &Check, connection: &Connection, cleanup: &Cleanup) -> Result<ExitCode, Error> {
    if arguments.stream {
        let source = arguments.kafka.source(connection, cleanup).await?;
        return execute::serve(&source, &TopicsQuery).await.map(|()| ExitCode::SUCCESS);
    }
    let cluster = connection.cluster().await?;
    let survey = Survey {
        connection,
        cluster: &cluster,
        cleanup,
        kafka: &arguments.kafka,
        from_cluster: arguments.from_cluster,
        stuck_after: arguments.stuck_after,
        plugin: env!("CARGO_PKG_VERSION"),
    };
    let patience = arguments.wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default();
    let report = until_right(async || survey.report().await, patience, PAUSE).await?;
    write_stdout(&match arguments.output {
        Some(CheckFormat::Json) => Format::Json.document(&view::json(&report))?,
        Some(CheckFormat::Yaml) => Format::Yaml.document(&view::json(&report))?,
        None => colour::list(view::text(&report)),
    })?;
    Ok(if report.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Checks once and then, for as long as `patience` lasts, until nothing is wrong.
async fn until_right(
    mut check: impl AsyncFnMut() -> Result<Report, Error>,
    patience: Duration,
    pause: Duration,
) -> Result<Report, Error> {
    let deadline = Instant::now() + patience;
    let mut said = String::new();
    loop {
        let found = check().await;
        if found.as_ref().is_ok_and(Report::is_right) || Instant::now() + pause > deadline {
            return found;
        }
        let status = found.map_or_else(|error| error.to_string(), |report| view::summary(&report));
        if status != said {
            eprintln!("Waiting: {status}");
            said = status;
        }
        sleep(pause).await;
    }
}

#[cfg(test)]
#[path = "tests/command.rs"]
mod tests;
