//! The result of an erasure. Pure.

use serde::{Deserialize, Serialize};

use super::found::FoundDelivery;
use super::retention::RetainedRecords;

/// How many plans and states have no tombstone yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingTombstones {
    pub(crate) plans: usize,
    pub(crate) states: usize,
}

/// What is left in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogRemainder {
    pub(crate) left: PendingTombstones,
    pub(crate) held: Vec<RetainedRecords>,
}

/// What a store still contains of erased deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remaining {
    /// These deliveries.
    Ids(Vec<String>),
    /// The installation has no such store.
    NotInstalled,
    /// It could not be checked; the cause as a sentence.
    Unknown(String),
}

/// The result for one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlaceReport {
    pub(crate) place: &'static str,
    /// The number of deliveries that it still contains; null if unknown, or if there is no such store.
    pub(crate) left: Option<usize>,
    pub(crate) done: bool,
    pub(crate) message: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) deliveries: Vec<FoundDelivery>,
    /// The number of ids of start requests.
    pub(crate) requests: usize,
    /// Whether nothing was changed.
    pub(crate) dry_run: bool,
    /// The result per store; empty for a dry run.
    pub(crate) places: Vec<PlaceReport>,
    pub(crate) held: Vec<RetainedRecords>,
    /// What stays although the person is forgotten, and why, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) kept: Vec<String>,
    /// What could not be searched, so that something may have been missed.
    pub(crate) problems: Vec<String>,
    /// Whether everything is erased everywhere, and everything was searched.
    pub(crate) complete: bool,
}

/// The result per store of an erasure of `count` deliveries.
pub(crate) fn places(
    count: usize,
    objects: usize,
    left: PendingTombstones,
    delivery_store: &Remaining,
    position_index: &Remaining,
) -> Vec<PlaceReport> {
    let counted = |place, left: usize, gone: &str, still: &str| PlaceReport {
        place,
        left: Some(left),
        done: left == 0,
        message: match left {
            0 => format!("{gone}."),
            1 => format!("1 of {count} {still}."),
            more => format!("{more} of {count} {still}."),
        },
    };
    let remaining = |place, remaining: &Remaining, gone: &str, still: &str| match remaining {
        Remaining::Ids(ids) => counted(place, ids.len(), gone, still),
        Remaining::NotInstalled => {
            PlaceReport { place, left: None, done: true, message: "Not part of this installation.".to_owned() }
        }
        Remaining::Unknown(why) => {
            PlaceReport { place, left: None, done: false, message: format!("Could not be checked: {why}") }
        }
    };
    vec![
        counted("objects", objects, "The Delivery objects are deleted", "still have an object"),
        counted("plans", left.plans, "The plans are removed from the log", "still have a plan in the log"),
        counted("states", left.states, "The states are removed from the log", "still have a state in the log"),
        remaining(
            "store",
            delivery_store,
            "The gateway and MongoDB have none of them",
            "are still in the gateway or MongoDB",
        ),
        remaining(
            "index",
            position_index,
            "The index has none of their positions",
            "still have positions in the index",
        ),
    ]
}

#[cfg(test)]
#[path = "tests/report.rs"]
mod tests;
