//! The command `dead-letters`: its flags, and what it prints.

use super::letter::{self, Document, Letter};
use super::read::{self, Read};
use crate::cluster::Connection;
use crate::error::Error;
use crate::leftovers::Leftovers;
use crate::log::Log;
use crate::output::{Format, ago, duration, say};
use crate::question::{self, Question, Sink};
use crate::source::KafkaArguments;
use jiff::SignedDuration;
use std::process::ExitCode;

/// Flags of `dead-letters`.
#[derive(Clone, Debug, clap::Args)]
pub struct DeadLetters {
    /// Only letters of the last so long, such as 90s, 30m or 1h.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    since: Option<SignedDuration>,
    /// Show also what comes, until interrupted.
    #[arg(short, long)]
    follow: bool,
    /// The form of the output; json, with --follow: one object a line.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Answer in lines of JSON; how a reader in the cluster answers.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

impl Question for DeadLetters {
    type Item = Read;
    type Done = ();

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["dead-letters".to_owned()];
        arguments.extend(self.since.map(|since| format!("--since={}s", since.as_secs())));
        arguments.extend(self.follow.then(|| "--follow".to_owned()));
        arguments
    }

    async fn answer(&self, log: &Log, each: impl Sink<Read>) -> Result<(), Error> {
        read::read(log, self.since.map(ago), self.follow, each).await
    }
}

/// Runs the command.
///
/// # Errors
/// When Kafka cannot be read.
pub async fn run(arguments: &DeadLetters, connection: &Connection, leftovers: &Leftovers) -> Result<ExitCode, Error> {
    let source = arguments.kafka.source(connection, leftovers).await?;
    if arguments.stream {
        question::serve(&source, arguments).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let json = arguments.output == Format::Json;
    let mut old: Option<Vec<Letter>> = Some(Vec::new());
    let mut table = letter::table(&[]);
    question::ask(&source, arguments, |read| match (read, &mut old) {
        (Read::Letter(letter), _) if json && arguments.follow => say(&(serde_json::to_string(&letter)? + "\n")),
        (Read::Letter(letter), None) => say(&table.more(letter.cells().to_vec())),
        (Read::Letter(letter), Some(old)) => {
            old.push(*letter);
            Ok(())
        }
        (Read::CaughtUp, _) if json => Ok(()),
        (Read::CaughtUp, waiting) => {
            table = letter::table(&waiting.take().unwrap_or_default());
            say(&table.text())
        }
    })
    .await?;
    match old {
        Some(letters) if json => {
            say(&(serde_json::to_string_pretty(&Document { dead_letters: letters })? + "\n"))?;
        }
        Some(letters) if letters.is_empty() => eprintln!("No dead letters found."),
        Some(letters) => say(&letter::table(&letters).text())?,
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}
