//! What the readers of Kafka hand to the task that owns the table.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::model::record::Record;
use crate::protocol::cursor::LogId;

/// How many batches of records wait for the hub at most.
pub(crate) const QUEUE: usize = 16;

/// What they hand over.
#[derive(Debug)]
pub(crate) enum Input {
    /// Records of any topics, in order per topic.
    Records(Vec<Record>),
    /// Asks for [`crate::state::table::Table::needed_offsets`].
    Needed(oneshot::Sender<HashMap<i32, i64>>),
    /// Positions follow, of this log, from these offsets of its partitions on.
    Positions(Arc<LogId>, Vec<i64>),
    /// Everything that was in Kafka at the start has been handed over.
    Complete,
}
