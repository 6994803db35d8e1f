//! The command `topics`.

use std::process::ExitCode;

use super::survey::{self, Survey};
use super::view;
use crate::base::Error;
use crate::base::output::{Format, write_stdout};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::Connection;
use crate::log::execute;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::LogReader;
use crate::log::source::KafkaArguments;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Topics {
    /// The output format; wide: a row per partition.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Answer in lines of JSON; for a Job in the cluster.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

struct TopicsQuery;

impl Query for TopicsQuery {
    type Item = ();
    type Done = Survey;

    fn arguments(&self) -> Vec<String> {
        vec!["topics".to_owned()]
    }

    async fn answer(&self, log: &LogReader, _: impl ItemHandler<()>) -> Result<Survey, Error> {
        Ok(survey::survey(log).await?)
    }
}

pub(crate) async fn run(arguments: &Topics, connection: &Connection, cleanup: &Cleanup) -> Result<ExitCode, Error> {
    let source = arguments.kafka.source(connection, cleanup).await?;
    if arguments.stream {
        execute::serve(&source, &TopicsQuery).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let survey = execute::query(&source, &TopicsQuery, |()| Ok(())).await?;
    write_stdout(&match arguments.output {
        format if format.is_document() => format.document(&survey)?,
        format => view::tables(&survey, format == Format::Wide),
    })?;
    Ok(ExitCode::SUCCESS)
}
