//! The result: one report per delivery, and a summary. These types define the JSON of `kubectl delivery verify -o json`.

use std::collections::BTreeMap;
use std::fmt;

use delivery_messages::Millis;
use serde::{Deserialize, Serialize};

/// The verdict on a delivery's positions in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every position from the first to the last is there, in order and right.
    Complete,
    /// Under way or about to start; no fault so far.
    Running,
    /// Paused until it is resumed; no fault so far.
    Suspended,
    /// Cancelled on the way; no fault up to there.
    Cancelled,
    /// Its simulator gave up; no fault up to there.
    Failed,
    /// Retention has removed its first positions; no fault in the rest.
    Truncated,
    /// Its plan or route is gone, or belongs to another release, so its positions cannot be recomputed.
    Unverifiable,
    /// A position is missing, out of order or wrong.
    Broken,
}

impl Verdict {
    /// The name in tables and JSON.
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

/// A kind of fault in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Problem {
    /// Positions are missing before this record.
    Gap,
    /// The record comes after a later position.
    Reordered,
    /// The record differs from what the plan and the route yield.
    Wrong,
    /// The end is missing although the delivery's state mentions it.
    Lost,
}

impl Problem {
    /// The name in tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Reordered => "reordered",
            Self::Wrong => "wrong",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// What is wrong with a record, or what is missing at an offset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The kind of fault.
    pub problem: Problem,
    /// The record's partition.
    pub partition: i32,
    /// The record's offset; for a lost end, the partition's end offset.
    pub offset: i64,
    /// The record's seq, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What the log must contain here.
    pub expected: String,
    /// What it contains.
    pub found: String,
}

/// The result for one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryReport {
    /// The `metadata.uid` of the Delivery.
    pub delivery_id: String,
    /// The object's name; empty when the plan is gone.
    pub name: String,
    /// The object's namespace; empty when the plan is gone.
    pub namespace: String,
    /// Distinct positions in the log.
    pub positions: u64,
    /// Positions that must be in the log and are missing.
    pub gaps: u64,
    /// Records that repeat an earlier one, byte for byte; harmless.
    pub repeats: u64,
    /// Positions whose first record comes after a later position's.
    pub reordered: u64,
    /// Records that differ from what the plan and the route yield.
    pub wrong: u64,
    /// The longest delay from a position's `at` until the broker appended it, in milliseconds; absent when the topic
    /// does not use the broker's timestamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_max_milliseconds: Option<Millis>,
    /// Positions that the broker appended after the next one was due, as after an outage.
    pub caught_up: u64,
    /// Distinct positions that mark the delivery as finished.
    pub finished: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is unverifiable, truncated or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The first faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// The comparison with the index, if one was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sink: Option<SinkReport>,
}

/// The verdict on a delivery's positions in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkVerdict {
    /// Each of the log's positions is there once, as its first record says, and nothing else.
    Same,
    /// As `Same`, except for days that the index no longer keeps.
    Expired,
    /// The delivery was erased, and none of its positions are left.
    Erased,
    /// The last positions are missing: the sink has not written them in time.
    Behind,
    /// Positions are missing in between, duplicated, different or extra.
    Broken,
}

impl SinkVerdict {
    /// The name in tables and JSON.
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

/// A kind of difference between the index and the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkProblem {
    /// The index lacks it.
    Missing,
    /// The index has it more than once.
    Doubled,
    /// Its content differs.
    Different,
    /// The log lacks it.
    Extra,
}

impl SinkProblem {
    /// The name in tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Doubled => "doubled",
            Self::Different => "different",
            Self::Extra => "extra",
        }
    }
}

impl fmt::Display for SinkProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A position in which the index differs from the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkFault {
    /// The kind of difference.
    pub problem: SinkProblem,
    /// The position's seq.
    pub seq: u64,
    /// What the index has there; empty when it has nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
}

/// Why the index differs from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SinkCause {
    /// It has what a later record of the same seq says. Every reader keeps the first.
    LaterRecord,
    /// It has what a record says whose key is not the delivery's.
    ForeignKey,
    /// It has a position after the last one of the route.
    BeyondEnd,
    /// It differs from what the plan and the route yield, and the log does not hold the position.
    NotPlanned,
    /// No record that was read says so.
    NoRecord,
}

/// Positions in which the index differs from the log for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkDifference {
    /// The reason.
    pub cause: SinkCause,
    /// How many.
    pub count: u64,
    /// The first of them: the seq, and where the log has the record.
    pub examples: Vec<String>,
}

impl fmt::Display for SinkDifference {
    /// A whole sentence.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, count, examples } = self;
        let one = *count == 1;
        let (noun, is) = if one { ("position", "is") } else { ("positions", "are") };
        write!(formatter, "{count} {noun} in the index ")?;
        match cause {
            SinkCause::LaterRecord => {
                let say = if one { "a later record of its seq says" } else { "later records of their seq say" };
                write!(formatter, "{is} what {say}, while every reader keeps the first")
            }
            SinkCause::ForeignKey => {
                let records = if one { "a record" } else { "records" };
                write!(formatter, "{is} from {records} with the key of something else than this delivery")
            }
            SinkCause::BeyondEnd => write!(formatter, "{is} beyond the end of the route"),
            SinkCause::NotPlanned => {
                let differs = if one { "differs" } else { "differ" };
                let it = if one { "it" } else { "them" };
                write!(formatter, "{differs} from what plan and route yield, and no record that was read has {it}")
            }
            SinkCause::NoRecord => write!(formatter, "{is} in no record of the log that was read"),
        }?;
        write!(formatter, ": {}", examples.join("; "))?;
        let more = count.saturating_sub(examples.len() as u64);
        if more > 0 { write!(formatter, "; and {more} more.") } else { formatter.write_str(".") }
    }
}

/// The comparison of one delivery's positions in the index with the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkReport {
    /// Positions in the index.
    pub indexed: u64,
    /// Positions of the log that the index lacks although it keeps their day or an older one.
    pub missing: u64,
    /// Positions of the log from days that the index no longer keeps.
    pub expired: u64,
    /// Positions that the index has more than once.
    pub doubled: u64,
    /// Positions whose coordinates, time or course differ from the log's.
    pub different: u64,
    /// Positions that the log lacks although nothing was removed from it there.
    pub extra: u64,
    /// The verdict.
    pub verdict: SinkVerdict,
    /// The first faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<SinkFault>,
    /// Why positions are different, extra or doubled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<SinkDifference>,
}

/// The whole document that `-o json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document<'a> {
    /// One report per delivery.
    pub deliveries: &'a [DeliveryReport],
    /// The totals.
    pub summary: &'a Summary,
}

/// The totals over all reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Deliveries judged.
    pub deliveries: u64,
    /// Their distinct positions.
    pub positions: u64,
    /// Deliveries per verdict.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Deliveries per verdict on the index, if it was compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sink: BTreeMap<SinkVerdict, u64>,
    /// Records of `route.new-position` that are not positions and name no known delivery; every reader skips them.
    pub unreadable: u64,
    /// Deliveries without a plan in the part of the log that was read; left out because their namespace is unknown.
    pub without_plan: u64,
}

impl Summary {
    /// Counts one more report.
    pub fn add(&mut self, delivery: &DeliveryReport) {
        self.deliveries += 1;
        self.positions += delivery.positions;
        *self.verdicts.entry(delivery.verdict).or_default() += 1;
        if let Some(sink) = &delivery.sink {
            *self.sink.entry(sink.verdict).or_default() += 1;
        }
    }

    /// Whether the run fails: a delivery is broken, the index differs from the log, or, if `strict`, anything is not proven
    /// complete in both.
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
