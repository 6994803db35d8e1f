//! What `verify` says: one report per delivery and a summary. The JSON of `-o json` is made of these types.

use delivery_messages::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What is true of a delivery's positions in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// From the first position to the last, each is there, in order and right.
    Complete,
    /// It is under way or about to start, and no fault so far.
    Running,
    /// It stands until it is resumed, and no fault so far.
    Suspended,
    /// It was cancelled on the way, and there is no fault up to there.
    Cancelled,
    /// Its simulator gave it up, and there is no fault up to there.
    Failed,
    /// Retention has removed its first positions; what is left has no fault.
    Truncated,
    /// Its plan or route is gone, or is for another release: its positions cannot be computed anew.
    Unverifiable,
    /// A position is missing, out of order or wrong.
    Broken,
}

impl Verdict {
    /// The word in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Truncated => "truncated",
            Self::Unverifiable => "unverifiable",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A record that breaks a delivery, or the place where one is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// `gap`, `reordered`, `wrong` or `lost`.
    pub problem: String,
    /// The record's partition.
    pub partition: i32,
    /// The record's offset; of a lost end, the partition's end.
    pub offset: i64,
    /// The record's seq, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// What was found of one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryReport {
    /// The delivery's id.
    pub delivery_id: String,
    /// The object's name; empty when the plan is gone.
    pub name: String,
    /// The object's namespace; empty when the plan is gone.
    pub namespace: String,
    /// The different positions in the log.
    pub positions: u64,
    /// The positions that must be in the log and are not.
    pub gaps: u64,
    /// The records that say again what an earlier one said; harmless.
    pub repeats: u64,
    /// The positions whose first record comes after a later position's.
    pub reordered: u64,
    /// The records that differ from what the plan and the route give.
    pub wrong: u64,
    /// The longest time from a position's `at` until the broker had it, milliseconds; absent when the broker keeps no
    /// such time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_max_milliseconds: Option<Millis>,
    /// The positions that the broker got after the next one was due: caught up after an outage.
    pub caught_up: u64,
    /// How many different positions say that the delivery is finished.
    pub finished: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is unverifiable, truncated or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The first faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// What the index has of it, if that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sink: Option<SinkReport>,
}

/// What is true of a delivery's positions in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkVerdict {
    /// It has each position that the log has, once, and nothing else.
    Same,
    /// It has all that it still keeps: the rest is of days that it does not hold any more.
    Expired,
    /// The delivery was erased, and nothing of it is left.
    Erased,
    /// It lacks the last positions: the sink has not written them in time.
    Behind,
    /// It lacks positions between others, or has some twice, others than the log, or too many.
    Broken,
}

impl SinkVerdict {
    /// The word in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Expired => "expired",
            Self::Erased => "erased",
            Self::Behind => "behind",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for SinkVerdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A position that the index has otherwise than the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkFault {
    /// `missing`, `doubled`, `different` or `extra`.
    pub problem: String,
    /// Its seq.
    pub seq: u64,
    /// What the index has there; empty when that is nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
}

/// What was found of one delivery in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkReport {
    /// The positions that it has.
    pub indexed: u64,
    /// Those of the log that it lacks though it keeps their day.
    pub missing: u64,
    /// Those of the log whose day it does not keep any more.
    pub expired: u64,
    /// Those that it has more than once.
    pub doubled: u64,
    /// Those that it has with another place, time or course than the log.
    pub different: u64,
    /// Those that it has and the log has not, though nothing was removed from the log there.
    pub extra: u64,
    /// The verdict.
    pub verdict: SinkVerdict,
    /// The first faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<SinkFault>,
}

/// All that `-o json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document<'a> {
    /// The deliveries.
    pub deliveries: &'a [DeliveryReport],
    /// What was found in all.
    pub summary: &'a Summary,
}

/// What was found in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The deliveries.
    pub deliveries: u64,
    /// Their different positions.
    pub positions: u64,
    /// How many deliveries have each verdict.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// How many have each verdict on the index, if that was asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sink: BTreeMap<SinkVerdict, u64>,
    /// Records of `route.new-position` that are no positions and name no delivery; every reader passes them over.
    pub unreadable: u64,
    /// Deliveries in the part of the log that was read whose plan is gone, left out since they have no namespace any more.
    pub without_plan: u64,
}

impl Summary {
    /// Counts a delivery.
    pub fn add(&mut self, delivery: &DeliveryReport) {
        self.deliveries += 1;
        self.positions += delivery.positions;
        *self.verdicts.entry(delivery.verdict).or_default() += 1;
        if let Some(sink) = &delivery.sink {
            *self.sink.entry(sink.verdict).or_default() += 1;
        }
    }

    /// Whether the command fails: with a broken delivery, an index that is not as the log, or, when it is strict, without a proof
    /// that all are complete, in both.
    #[must_use]
    pub fn fails(&self, strict: bool) -> bool {
        let complete = self.verdicts.get(&Verdict::Complete).copied().unwrap_or_default();
        let differs = |verdict: &SinkVerdict| matches!(verdict, SinkVerdict::Broken | SinkVerdict::Behind);
        let unsure = self.deliveries == 0
            || complete < self.deliveries
            || self.sink.keys().any(|verdict| *verdict != SinkVerdict::Same);
        self.verdicts.contains_key(&Verdict::Broken) || self.sink.keys().any(differs) || (strict && unsure)
    }
}
