//! Executes queries: from here, or in the cluster.

use std::io::Write as _;

use super::in_cluster;
use super::query::{ItemHandler, Query};
use super::reader::LogReader;
use super::source::LogSource;
use super::wire::StreamLine;
use crate::base::Error;

/// Executes a query and returns its conclusion.
pub(crate) async fn query<Q: Query>(
    source: &LogSource,
    query: &Q,
    each: impl ItemHandler<Q::Item>,
) -> Result<Q::Done, Error> {
    match source {
        LogSource::Direct { config, .. } => query.answer(&LogReader::new(config.clone())?, each).await,
        LogSource::InCluster(job) => in_cluster::run(job, &query.arguments(), each).await,
    }
}

/// Executes a query of another process: writes the answer, or why there is none, as lines to standard output.
pub(crate) async fn serve<Q: Query>(source: &LogSource, served: &Q) -> Result<(), Error> {
    let print = |line: StreamLine<Q::Item, Q::Done>| {
        let mut output = std::io::stdout().lock();
        serde_json::to_writer(&mut output, &line)?;
        output.write_all(b"\n")?;
        output.flush().map_err(Error::from)
    };
    match query(source, served, |item| print(StreamLine::Item(item))).await {
        Ok(done) => print(StreamLine::Done(done)),
        Err(error) => print(StreamLine::Error(error.to_string())),
    }
}
