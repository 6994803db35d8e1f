//! Asks Kafka a question from wherever the brokers can be reached: here, or in the cluster. Each command that reads the
//! log is a [`Question`].

use crate::errand;
use crate::error::Error;
use crate::log::Log;
use crate::source::Source;
use crate::wire::Line;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Write as _;

/// Takes the items of an answer one by one.
pub trait Sink<I>: FnMut(I) -> Result<(), Error> {}
impl<I, F: FnMut(I) -> Result<(), Error>> Sink<I> for F {}

/// Something that can be asked of the log.
pub trait Question {
    /// One of the things that are asked for.
    type Item: Serialize + DeserializeOwned;
    /// What holds of all of them.
    type Done: Serialize + DeserializeOwned;

    /// The same question as arguments of this program, without how Kafka is reached.
    fn arguments(&self) -> Vec<String>;

    /// Answers it.
    fn answer(&self, log: &Log, each: impl Sink<Self::Item>) -> impl Future<Output = Result<Self::Done, Error>>;
}

/// Asks a question.
///
/// # Errors
/// As the question itself, or when the reader in the cluster cannot be run.
pub async fn ask<Q: Question>(source: &Source, question: &Q, each: impl Sink<Q::Item>) -> Result<Q::Done, Error> {
    match source {
        Source::Direct { config, .. } => question.answer(&Log::new(config.clone())?, each).await,
        Source::InCluster(errand) => errand::run(errand, &question.arguments(), each).await,
    }
}

/// Answers a question that was asked elsewhere: as lines on the standard output.
///
/// # Errors
/// When the output is gone; whatever else is wrong is told there.
pub async fn serve<Q: Question>(source: &Source, question: &Q) -> Result<(), Error> {
    let print = |line: Line<Q::Item, Q::Done>| {
        let mut output = std::io::stdout().lock();
        serde_json::to_writer(&mut output, &line)?;
        output.write_all(b"\n")?;
        output.flush().map_err(Error::from)
    };
    match ask(source, question, |item| print(Line::Item(item))).await {
        Ok(done) => print(Line::Done(done)),
        Err(error) => print(Line::Error(error.to_string())),
    }
}
