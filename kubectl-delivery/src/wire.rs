//! How a reader in the cluster answers: lines of JSON on its standard output, which the log of its pod carries here. Pure.

use serde::{Deserialize, Serialize};

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line<I, D> {
    /// One of the things that were asked for.
    Item(I),
    /// The last line: there are no more, and this holds of all.
    Done(D),
    /// The last line: it could not be answered; a whole sentence.
    Error(String),
}
