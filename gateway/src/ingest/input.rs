//! What the readers of Kafka hand to the task that owns the table.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::model::record::Record;
use crate::protocol::cursor::Log;

/// How many batches of records wait for the hub at most.
pub const QUEUE: usize = 16;

/// What the followers tell the hub.
#[derive(Debug)]
pub enum Input {
    /// Records of any topics, in order per topic.
    Records(Vec<Record>),
    /// Asks for [`crate::state::table::Table::needed_offsets`].
    Needed(oneshot::Sender<HashMap<i32, i64>>),
    /// From now on positions come, of this log, from these offsets of its partitions on.
    Positions(Arc<Log>, Vec<i64>),
    /// All that was there at the start has been sent.
    Complete,
}
