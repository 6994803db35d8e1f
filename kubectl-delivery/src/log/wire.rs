//! The protocol of a Job that executes a query: lines of JSON on its standard output, read here from its pod's log.

use serde::{Deserialize, Serialize};

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StreamLine<I, D> {
    Item(I),
    /// The last line.
    Done(D),
    /// The last line, if the query failed: a whole sentence.
    Error(String),
}
