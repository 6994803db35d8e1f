//! Judges many deliveries in one pass over `route.new-position`: hands each record to its delivery's judge.
//!
//! Reading the log is left to the caller, judging one delivery to [`super::judge`].

use std::collections::{BTreeMap, HashMap, HashSet};

use delivery_messages::{Millis, NewPosition};

use crate::comparison::LogSide;
use crate::facts::{Selection, Unplanned};
use crate::judge::{Judge, PositionRecord};
use crate::report::{DeliveryReport, Summary};
use crate::subject::{Subject, Unverifiable};

/// Since when a partition holds everything that was appended to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompleteSince {
    /// Since this time, in milliseconds since the Unix epoch; [`Millis::MIN`]: nothing has ever been removed.
    Time(Millis),
    /// Since the timestamp of the first record that is read: retention has removed everything before.
    FirstRecord,
}

/// The part of a partition that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionRange {
    /// The first offset.
    pub begin: i64,
    /// One after the last offset.
    pub end: i64,
    /// Since when the range holds everything.
    pub complete_since: CompleteSince,
}

impl PartitionRange {
    /// The part to read of a partition whose offsets are `low..high`. `from` is a time, in milliseconds since the Unix
    /// epoch, and the first offset that the broker appended then or later, if there is one; none: the whole partition.
    #[must_use]
    pub fn new(low: i64, high: i64, from: Option<(Millis, Option<i64>)>) -> Self {
        match from {
            Some((time, offset)) if offset.is_none_or(|offset| offset > low) => {
                Self { begin: offset.unwrap_or(high), end: high, complete_since: CompleteSince::Time(time) }
            }
            _ if low == 0 => Self { begin: 0, end: high, complete_since: CompleteSince::Time(Millis::MIN) },
            _ => Self { begin: low, end: high, complete_since: CompleteSince::FirstRecord },
        }
    }
}

/// Deliveries being judged.
#[derive(Debug)]
pub struct Audit {
    judges: HashMap<String, Judge>,
    ignored: HashSet<String>,
    unplanned: Unplanned,
    /// Deliveries without a plan that are not requested.
    left_out: HashSet<String>,
    ranges: BTreeMap<i32, PartitionRange>,
    unreadable: u64,
    fingerprinting: bool,
}

impl Audit {
    /// Starts to judge the selected deliveries by the records in these ranges of the partitions.
    #[must_use]
    pub fn new(selection: Selection, ranges: BTreeMap<i32, PartitionRange>) -> Self {
        let Selection { subjects, ignored, unplanned } = selection;
        let judges = subjects.into_iter().map(|subject| (subject.id.clone(), Judge::new(subject))).collect();
        Self { judges, ignored, unplanned, left_out: HashSet::new(), ranges, unreadable: 0, fingerprinting: false }
    }

    /// The same, keeping fingerprints for a comparison with an index.
    #[must_use]
    pub fn with_fingerprints(mut self) -> Self {
        self.judges = self.judges.into_iter().map(|(id, judge)| (id, judge.with_fingerprints())).collect();
        Self { fingerprinting: true, ..self }
    }

    /// Takes the next record of a partition.
    pub fn record(&mut self, record: &PositionRecord<'_>) {
        let complete_since = self.complete_since(record);
        let Ok(position) = delivery_messages::object::<NewPosition>(record.value) else {
            let judge = std::str::from_utf8(record.key).ok().and_then(|key| self.judges.get_mut(key));
            match judge {
                Some(judge) => judge.unreadable(record, &excerpt(record.value)),
                None => self.unreadable += 1,
            }
            return;
        };
        let id = position.delivery_id.as_str();
        if !self.judges.contains_key(id) {
            if self.ignored.contains(id) || !self.is_requested(id) {
                return;
            }
            let subject = Subject { id: id.to_owned(), plan: None, state: None, drive: Err(Unverifiable::NoPlan) };
            let judge = Judge::new(subject);
            self.judges.insert(id.to_owned(), if self.fingerprinting { judge.with_fingerprints() } else { judge });
        }
        if let Some(judge) = self.judges.get_mut(id) {
            judge.position(record, &position, complete_since);
        }
    }

    /// Whether a delivery without a plan is requested; counts it if not.
    fn is_requested(&mut self, id: &str) -> bool {
        let requested = match &self.unplanned {
            Unplanned::All => true,
            Unplanned::Only(ids) => ids.contains(id),
        };
        if !requested && !self.left_out.contains(id) {
            self.left_out.insert(id.to_owned());
        }
        requested
    }

    fn complete_since(&mut self, record: &PositionRecord<'_>) -> Millis {
        let Some(range) = self.ranges.get_mut(&record.partition) else { return Millis::MAX };
        match range.complete_since {
            CompleteSince::Time(time) => time,
            CompleteSince::FirstRecord => {
                let time = record.appended.unwrap_or(Millis::MAX);
                range.complete_since = CompleteSince::Time(time);
                time
            }
        }
    }

    /// The reports by namespace and name, and the summary.
    #[must_use]
    pub fn finish(self) -> (Vec<DeliveryReport>, Summary) {
        let (reports, _, mut summary) = self.finish_with_fingerprints();
        for report in &reports {
            summary.add(report);
        }
        (reports, summary)
    }

    /// The reports by namespace and name, the log's side of a comparison per delivery id if fingerprints were kept, and a
    /// summary that does not count the reports yet.
    #[must_use]
    pub fn finish_with_fingerprints(self) -> (Vec<DeliveryReport>, HashMap<String, LogSide>, Summary) {
        let complete_since = |partition| match self.ranges.get(&partition).map(|range| range.complete_since) {
            Some(CompleteSince::Time(time)) => time,
            Some(CompleteSince::FirstRecord) | None => Millis::MAX,
        };
        let end = |partition| self.ranges.get(&partition).map_or(-1, |range| range.end);
        let mut logs = HashMap::new();
        let mut reports = Vec::with_capacity(self.judges.len());
        for judge in self.judges.into_values() {
            let (report, log) = judge.finish(complete_since, end);
            logs.extend(log.map(|log| (report.delivery_id.clone(), log)));
            reports.push(report);
        }
        reports.sort_by(|one, other| {
            let key = |report: &DeliveryReport| {
                (report.name.is_empty(), report.namespace.clone(), report.name.clone(), report.delivery_id.clone())
            };
            key(one).cmp(&key(other))
        });
        let summary =
            Summary { unreadable: self.unreadable, without_plan: self.left_out.len() as u64, ..Summary::default() };
        (reports, logs, summary)
    }
}

/// The start of a value as text.
fn excerpt(value: &[u8]) -> String {
    const MAX_CHARACTERS: usize = 80;
    let text = String::from_utf8_lossy(value);
    if text.chars().nth(MAX_CHARACTERS).is_none() {
        return text.into_owned();
    }
    let start: String = text.chars().take(MAX_CHARACTERS).collect();
    format!("{start}… ({} bytes)", value.len())
}

#[cfg(test)]
#[path = "tests/audit.rs"]
mod tests;
