//! The command `dead-letters`.

use std::process::ExitCode;

use jiff::SignedDuration;

use super::letter::{self, Document, Letter};
use super::read::{self, ReadItem};
use crate::base::Error;
use crate::base::duration;
use crate::base::output::{Format, write_stdout};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::Connection;
use crate::log::execute;
use crate::log::query::{ItemHandler, Query};
use crate::log::reader::LogReader;
use crate::log::source::KafkaArguments;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DeadLetters {
    /// Only dead letters from the last DURATION, such as 90s, 30m or 1h.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    since: Option<SignedDuration>,
    /// Also show new ones as they arrive, until interrupted.
    #[arg(short, long)]
    follow: bool,
    /// The output format; with --follow a line of json, or a document of yaml, for each.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Answer in lines of JSON; for a Job in the cluster.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

impl Query for DeadLetters {
    type Item = ReadItem;
    type Done = ();

    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["dead-letters".to_owned()];
        arguments.extend(self.since.map(|since| format!("--since={}s", since.as_secs())));
        arguments.extend(self.follow.then(|| "--follow".to_owned()));
        arguments
    }

    async fn answer(&self, log: &LogReader, each: impl ItemHandler<ReadItem>) -> Result<(), Error> {
        read::read(log, self.since.map(duration::ago), self.follow, each).await
    }
}

pub(crate) async fn run(
    arguments: &DeadLetters,
    connection: &Connection,
    cleanup: &Cleanup,
) -> Result<ExitCode, Error> {
    let source = arguments.kafka.source(connection, cleanup).await?;
    if arguments.stream {
        execute::serve(&source, arguments).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let format = arguments.output;
    let json = format.is_document();
    // Letters that existed before; none once they are printed.
    let mut existing: Option<Vec<Letter>> = Some(Vec::new());
    let mut table = letter::table(&[]);
    execute::query(&source, arguments, |item| match (item, &mut existing) {
        (ReadItem::Letter(letter), _) if json && arguments.follow => write_stdout(&format.next_document(&letter)?),
        (ReadItem::Letter(letter), None) => write_stdout(&table.next_row(letter.cells().to_vec())),
        (ReadItem::Letter(letter), Some(existing)) => {
            existing.push(*letter);
            Ok(())
        }
        (ReadItem::CaughtUp, _) if json => Ok(()),
        (ReadItem::CaughtUp, existing) => {
            table = letter::table(&existing.take().unwrap_or_default());
            write_stdout(&table.text())
        }
    })
    .await?;
    match existing {
        Some(letters) if json => {
            write_stdout(&format.document(&Document { dead_letters: letters })?)?;
        }
        Some(letters) if letters.is_empty() => eprintln!("No dead letters found."),
        Some(letters) => write_stdout(&letter::table(&letters).text())?,
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}
