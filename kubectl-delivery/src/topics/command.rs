//! The command `topics`: its flags.

use super::print;
use super::survey::{self, Survey};
use crate::cluster::Connection;
use crate::error::Error;
use crate::leftovers::Leftovers;
use crate::log::Log;
use crate::output::{Format, say};
use crate::question::{self, Question, Sink};
use crate::source::KafkaArguments;
use std::process::ExitCode;

/// Flags of `topics`.
#[derive(Clone, Debug, clap::Args)]
pub struct Topics {
    /// The form of the output; wide: a row per partition.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Answer in lines of JSON; how a reader in the cluster answers.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

struct Asked;

impl Question for Asked {
    type Item = ();
    type Done = Survey;

    fn arguments(&self) -> Vec<String> {
        vec!["topics".to_owned()]
    }

    async fn answer(&self, log: &Log, _: impl Sink<()>) -> Result<Survey, Error> {
        survey::survey(log).await
    }
}

/// Runs the command.
///
/// # Errors
/// When Kafka cannot be asked.
pub async fn run(arguments: &Topics, connection: &Connection, leftovers: &Leftovers) -> Result<ExitCode, Error> {
    let source = arguments.kafka.source(connection, leftovers).await?;
    if arguments.stream {
        question::serve(&source, &Asked).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let survey = question::ask(&source, &Asked, |()| Ok(())).await?;
    say(&match arguments.output {
        Format::Json => serde_json::to_string_pretty(&survey)? + "\n",
        form => print::tables(&survey, form == Format::Wide),
    })?;
    Ok(ExitCode::SUCCESS)
}
