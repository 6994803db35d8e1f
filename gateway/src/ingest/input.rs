//! What the readers of Kafka hand to the task that owns the table.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::first_position::FirstPosition;
use crate::model::record::Record;
use crate::protocol::cursor::LogId;

/// The maximum number of batches that wait for the hub.
pub(crate) const QUEUE: usize = 16;

/// What the readers hand over.
#[derive(Debug)]
pub(crate) enum Input {
    /// Records of any topics, in order per topic.
    Records(Vec<Record>),
    /// The same, while traces are recorded and some of them are first positions.
    Traced(Vec<Record>, Vec<FirstPosition>),
    /// A query for [`crate::state::table::Table::needed_offsets`].
    Needed(oneshot::Sender<HashMap<i32, i64>>),
    /// Positions follow: from this log, and from these offsets of its partitions.
    Positions(Arc<LogId>, Vec<i64>),
    /// Everything that was in Kafka at the start has been handed over.
    Complete,
}
