//! Compares an index's positions of one delivery with the log's.
//!
//! A merge of two lists ordered by seq. The state at the first missing position is kept, so that the index can be read again
//! from there ([`Comparison::rewind`]). Which delivery it is, and its pages, are left to [`super::index`].

use std::collections::BTreeMap;

use delivery_messages::{Millis, NewPosition};
use delivery_motion::Drive;

use crate::deviations::Deviations;
use crate::fingerprints::{Fingerprints, fingerprint};
use crate::report::{SinkCause, SinkDifference, SinkFault, SinkProblem, SinkReport, SinkVerdict};

/// The maximum number of faults reported per delivery.
const MAX_FAULTS: usize = 5;
/// The maximum number of examples per cause.
const MAX_EXAMPLES: usize = 3;

/// The log's side of the comparison.
#[derive(Clone, Debug, Default)]
pub struct LogSide {
    /// The delivery's positions in the log, each as its first record says.
    pub fingerprints: Fingerprints,
    /// The records that no reader takes for one of these.
    pub deviations: Deviations,
    /// Below this seq, retention may have removed positions from the log.
    pub cut: u64,
    /// From this seq on, positions may have been appended after the log's end was recorded.
    pub next: u64,
    /// The last seq of the route, if plan and route are known; nothing can follow it.
    pub last_seq: Option<u64>,
    /// What the positions that the log does not hold are recomputed from, if known.
    pub drive: Option<Drive>,
    /// Whether the delivery is on the list of erased ids, so that the index must not contain it.
    pub erased: bool,
}

/// A comparison in progress.
#[derive(Debug)]
pub struct Comparison {
    log: LogSide,
    /// The index keeps nothing older than this.
    kept_since: Millis,
    now: Counts,
    /// The seq and the counts at the first missing position.
    first_missing: Option<(u64, Counts)>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    /// Everything below this seq has been compared.
    reached: u64,
    last: Option<u64>,
    indexed: u64,
    missing: u64,
    expired: u64,
    doubled: u64,
    different: u64,
    extra: u64,
    /// Whether a position follows a missing one.
    hole: bool,
    faults: Vec<SinkFault>,
    causes: BTreeMap<SinkCause, (u64, Vec<String>)>,
}

impl Comparison {
    /// Starts a comparison with an index that keeps nothing older than `kept_since`; none: that is empty.
    #[must_use]
    pub fn new(log: LogSide, kept_since: Option<Millis>) -> Self {
        Self { log, kept_since: kept_since.unwrap_or(Millis::MIN), now: Counts::default(), first_missing: None }
    }

    /// Takes the index's next position, in the order of seq.
    pub fn take(&mut self, found: &NewPosition) {
        let seq = found.seq;
        let expected = self.log.fingerprints.get(seq);
        if self.now.last == Some(seq) {
            self.now.indexed += 1;
            self.now.doubled += 1;
            self.fault(SinkProblem::Doubled, seq, describe(found));
            if expected != Some(fingerprint(found)) {
                self.explain(found);
            }
            return;
        }
        self.skip(seq);
        self.now.indexed += 1;
        self.now.last = Some(seq);
        self.now.reached = seq.saturating_add(1);
        self.now.hole |= self.now.missing > 0;
        match expected {
            _ if self.log.erased => self.extra(found),
            Some(expected) if expected == fingerprint(found) => {}
            Some(_) => self.different(found),
            None if self.beyond_end(seq) || self.log.deviations.find(found).is_some() => self.extra(found),
            // Retention has removed it from the log, or it was appended after the log's end was recorded.
            None if seq < self.log.cut || seq >= self.log.next => {
                if !self.planned(found) {
                    self.different(found);
                }
            }
            None => self.extra(found),
        }
    }

    fn beyond_end(&self, seq: u64) -> bool {
        self.log.last_seq.is_some_and(|last| seq > last)
    }

    /// Whether a position that the log does not hold is what the plan and the route yield, as far as these say: its time
    /// depends on when the delivery was suspended.
    fn planned(&self, found: &NewPosition) -> bool {
        self.log.drive.as_ref().is_none_or(|drive| {
            let fix = drive.fix(found.seq);
            let at = NewPosition {
                position: fix.position,
                finished: fix.finished,
                speed: fix.speed_meters_per_second,
                heading: fix.heading,
                progress: fix.progress,
                ..found.clone()
            };
            fingerprint(&at) == fingerprint(found)
        })
    }

    fn extra(&mut self, found: &NewPosition) {
        self.now.extra += 1;
        self.fault(SinkProblem::Extra, found.seq, describe(found));
        self.explain(found);
    }

    fn different(&mut self, found: &NewPosition) {
        self.now.different += 1;
        self.fault(SinkProblem::Different, found.seq, describe(found));
        self.explain(found);
    }

    /// Counts why the index has this position.
    fn explain(&mut self, found: &NewPosition) {
        if self.log.erased {
            return;
        }
        let seq = found.seq;
        let (cause, example) = match self.log.deviations.find(found) {
            Some((cause, place)) => (cause, format!("seq {seq} ({place})")),
            None if self.beyond_end(seq) => (SinkCause::BeyondEnd, format!("seq {seq}")),
            None if self.log.fingerprints.get(seq).is_none() && !self.planned(found) => {
                (SinkCause::NotPlanned, format!("seq {seq}"))
            }
            None => (SinkCause::NoRecord, format!("seq {seq}")),
        };
        let (count, examples) = self.now.causes.entry(cause).or_default();
        *count += 1;
        if examples.len() < MAX_EXAMPLES {
            examples.push(example);
        }
    }

    /// Counts the log's positions below a seq that the index skipped.
    fn skip(&mut self, below: u64) {
        if self.log.erased {
            return;
        }
        let before = self.now.clone();
        for (seq, starts) in self.log.fingerprints.between(before.reached, below) {
            if starts < self.kept_since {
                self.now.expired += 1;
                continue;
            }
            if self.first_missing.is_none() {
                self.first_missing = Some((seq, Counts { reached: seq, expired: self.now.expired, ..before.clone() }));
            }
            self.now.missing += 1;
            if self.now.faults.len() < MAX_FAULTS {
                self.now.faults.push(SinkFault { problem: SinkProblem::Missing, seq, found: String::new() });
            }
        }
    }

    fn fault(&mut self, problem: SinkProblem, seq: u64, found: String) {
        if self.now.faults.len() < MAX_FAULTS {
            self.now.faults.push(SinkFault { problem, seq, found });
        }
    }

    /// The index has no more positions. True if reading it again may change the result: missing positions may have been
    /// written by then, and those to erase removed.
    pub fn end(&mut self) -> bool {
        self.skip(u64::MAX);
        self.now.missing > 0 || (self.log.erased && self.now.extra > 0)
    }

    /// How many positions are missing, or are still to be erased.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.now.missing + if self.log.erased { self.now.extra } else { 0 }
    }

    /// Goes back to the first missing position. Returns the seq after which to read the index again; none: from the start.
    pub fn rewind(&mut self) -> Option<u64> {
        let (seq, counts) = self.first_missing.take().unwrap_or_default();
        self.now = counts;
        seq.checked_sub(1)
    }

    /// The result.
    #[must_use]
    pub fn report(self) -> SinkReport {
        let Counts { indexed, missing, expired, doubled, different, extra, hole, faults, causes, .. } = self.now;
        let verdict = if doubled + different + extra > 0 || (missing > 0 && hole) {
            SinkVerdict::Broken
        } else if missing > 0 {
            SinkVerdict::Behind
        } else if self.log.erased {
            SinkVerdict::Erased
        } else if expired > 0 {
            SinkVerdict::Expired
        } else {
            SinkVerdict::Same
        };
        let differences = causes.into_iter();
        let differences =
            differences.map(|(cause, (count, examples))| SinkDifference { cause, count, examples }).collect();
        SinkReport { indexed, missing, expired, doubled, different, extra, verdict, faults, differences }
    }
}

/// A position of the index, for people.
fn describe(position: &NewPosition) -> String {
    let [lng, lat] = position.position;
    format!("at {}, [{lng}, {lat}]", position.at)
}

#[cfg(test)]
#[path = "tests/comparison.rs"]
mod tests;
