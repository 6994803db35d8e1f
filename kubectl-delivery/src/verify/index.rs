//! Reads what Elasticsearch has of each delivery, through the gateway, and waits a while for what the sink has yet to write.

use std::collections::HashMap;
use std::time::Duration;

use delivery_verify::comparison::LogSide;
use delivery_verify::index::{EXTENT_PATH, IndexCheck, IndexExtent};
use delivery_verify::report::SinkReport;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::{Instant, sleep};

use crate::base::output::counted;
use crate::cluster::server::{Server, ServerError};

/// Deliveries that are read at the same time. The gateway serves four requests at a time, and not only ours.
const CONCURRENCY: usize = 3;
/// How long a page may be unavailable.
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(4);

/// Compares the log's side of each delivery, by its id, with the index. Waits for missing positions for up to `wait`.
pub(crate) async fn compare(
    gateway: &Server,
    deliveries: impl IntoIterator<Item = (String, LogSide)>,
    wait: Duration,
) -> Result<HashMap<String, SinkReport>, ServerError> {
    let deadline = Instant::now() + wait;
    let extent: IndexExtent = gateway.read(EXTENT_PATH, PATIENCE).await?;
    let mut open = deliveries.into_iter().map(|(id, log)| IndexCheck::new(id, log, extent)).collect();
    let mut closed = Vec::new();
    let mut pause = FIRST_PAUSE;
    loop {
        let checks = read(gateway, open).await?;
        let (still_open, done): (Vec<_>, Vec<_>) = checks.into_iter().partition(IndexCheck::is_open);
        closed.extend(done);
        open = still_open;
        let now = Instant::now();
        if open.is_empty() || now >= deadline {
            break;
        }
        if pause == FIRST_PAUSE {
            eprintln!(
                "Waiting up to {} s for the sink to process {} of {}.",
                wait.as_secs(),
                counted(open.iter().map(IndexCheck::open_positions).sum(), "position", "positions"),
                counted(open.len() as u64, "delivery", "deliveries"),
            );
        }
        sleep(pause.min(deadline - now)).await;
        pause = (pause * 2).min(MAX_PAUSE);
        open.iter_mut().for_each(IndexCheck::restart);
    }
    Ok(closed.into_iter().chain(open).map(IndexCheck::report).collect())
}

/// Reads each delivery's pages up to the last one.
async fn read(gateway: &Server, checks: Vec<IndexCheck>) -> Result<Vec<IndexCheck>, ServerError> {
    let reads = checks.into_iter().map(|mut check| async move {
        while check.take(gateway.read(&check.path(), PATIENCE).await?) {}
        Ok(check)
    });
    stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect().await
}

#[cfg(test)]
#[path = "tests/index.rs"]
mod tests;
